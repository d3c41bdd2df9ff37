// A client of the API, written with the types that openapi-typescript makes of /openapi.json.
// It is compiled and never run. Where a line must not compile, the line before it says so.

import type { components, operations, paths } from "./schema";

type Answer<Name extends keyof operations, Status extends keyof operations[Name]["responses"]> =
  operations[Name]["responses"][Status] extends { content: infer Content } ? Content[keyof Content] : never;
type Lists = paths["/projects"]["get"]["responses"][200]["content"]["application/json"];
type Details = paths["/projects/{id}"]["get"]["responses"][200]["content"]["application/json"];
// Of the shapes that an answer may have, the first is that of whoever asks for no other.
type List = Extract<Lists, components["schemas"]["ProjectList"]>;
type Detail = components["schemas"]["Project"];
type Titles = components["schemas"]["ProjectFieldsListInLanguage"];
type Problem =
  | Answer<"getProject", 400>
  | Answer<"getProject", 404>
  | Answer<"getProject", 410>
  | Answer<"listProjects", 400>;

async function list(base: string, query: operations["listProjects"]["parameters"]["query"]): Promise<List> {
  const asked = Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
  const answer = await fetch(`${base}/projects?${new URLSearchParams(asked)}`);
  return (await answer.json()) as List;
}

async function detail(base: string, id: string): Promise<Detail | Problem> {
  const answer = await fetch(`${base}/projects/${id}`);
  return (await answer.json()) as Detail | Problem;
}

export async function titles(base: string): Promise<string[]> {
  const page = await list(base, { limit: 10 });
  const total: number = page.total;
  const next: string | undefined = page.view.next;
  console.log(total, next);
  return page.items.map((item) => item.title["lv"] ?? item.title["en"] ?? item.id);
}

export async function shown(base: string): Promise<string[]> {
  const answer = await fetch(`${base}/projects?fields=title&lang=lv&fallback=en,*&country=LT,EE&sort=-start,title`);
  const page: Lists = (await answer.json()) as Titles;
  const asked = page as Titles;
  return asked.items.map((item) => item.title ?? item.id);
}

export async function show(base: string, id: string): Promise<string> {
  const found = await detail(base, id);
  if (!("code" in found)) return described(found);
  switch (found.code) {
    case "gone":
      return `${found.entity} ${found.id} was withdrawn at ${found.at}: ${found.reason ?? "no reason given"}`;
    case "bad-parameter":
    case "unknown-parameter":
      return `${found.parameter}: ${found.detail}`;
    default:
      return `${found.status}: ${found.detail}`;
  }
}

function described(project: components["schemas"]["Project"]): string {
  const isOver: boolean = project.status?.id === "completed";
  const began: string = project.start ?? "unknown";
  const names = (project.participations ?? []).map((part) => {
    const role: "coordinator" | "partner" | undefined =
      part.role.id === "coordinator" || part.role.id === "partner" ? part.role.id : undefined;
    return [role, part.organisation?.name["en"], part.country?.id].join(" ");
  });
  const modified: string = project.record.modified;
  return [isOver, began, modified, ...names, ...(project.topics ?? []).map((topic) => topic.id)].join(", ");
}

// What follows is wrong, each in one way.

export async function mistakes(base: string): Promise<void> {
  const page = await list(base, { limit: 1 });
  // @ts-expect-error: there may be no such item.
  page.items[0].id;
  const item = page.items[0];
  if (!item) return;
  // @ts-expect-error: items of lists have no participations.
  item.participations;
  // @ts-expect-error: there is no such parameter.
  await list(base, { limt: 1 });
  // @ts-expect-error: there is no such format.
  await list(base, { format: "xlsx" });

  const found = await detail(base, item.id);
  // @ts-expect-error: it may be a problem.
  found.title.en;
  if (found.type !== "Project") return;
  // @ts-expect-error: a text need not be there in English.
  const title: string = found.title["en"];
  // @ts-expect-error: there is no such status.
  const isLate: boolean = found.status?.id === "late";
  // @ts-expect-error: it may not be known when it began.
  const start: string = found.start;
  // @ts-expect-error: what is not known is left out, and never undefined.
  const project: Detail = { ...found, acronym: undefined };
  // @ts-expect-error: amounts are texts, so that no cent is lost.
  const sum: number | undefined = found.participations?.[0]?.amounts?.[0]?.value;
  console.log(title, isLate, start, project, sum);
}
