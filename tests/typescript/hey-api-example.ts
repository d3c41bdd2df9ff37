// A client of the API: the functions and types that @hey-api/openapi-ts makes of /openapi.json.
// It is compiled and never run. Where a line must not compile, the line before it says so.

import { getProject, getProjectInLanguage, listProjects, listProjectsInLanguage, search } from "./hey-api";
import type { ProblemCode, Project } from "./hey-api";

export async function list(): Promise<string[]> {
  const { data, error } = await listProjects({ query: { limit: 10 } });
  if (!data) return [explain(error)];
  const next: string | undefined = data.view.next;
  console.log(data.total, next);
  return data.items.map((project) => project.title["lv"] ?? project.id);
}

export async function filter(): Promise<string[]> {
  const { data, error } = await listProjects({ query: { country: ["LT", "EE"], sort: ["-start"], q: "social" } });
  if (!data) return [explain(error)];
  return data.items.map((project) => [project.id, project.start ?? "unknown", project.status?.id].join(" "));
}

export async function detail(id: string): Promise<string> {
  const { data, error } = await getProject({ path: { id } });
  if (!data) return explain(error);
  const names = (data.participations ?? []).map((part) => part.organisation?.name["en"] ?? "not named");
  return [data.record.modified, data.status?.id === "completed", ...names].join();
}

export async function inLatvian(id: string): Promise<string[]> {
  const listed = await listProjectsInLanguage({ path: { lang: "lv" }, query: { country: ["LV"] } });
  if (!listed.data) return [explain(listed.error)];
  const { data, error } = await getProjectInLanguage({ path: { id, lang: "lv" } });
  if (!data) return [explain(error)];
  const partners: string[] = (data.participations ?? []).map((part) => part.organisation?.name ?? "not named");
  const titles: string[] = listed.data.items.map((project) => project.title);
  return [data.title, ...partners, ...titles];
}

export async function find(): Promise<string[]> {
  const { data } = await search({ query: { q: "inkub*" } });
  return data?.items.map((item) => (item.type === "Project" ? item.id : item.type)) ?? [];
}

export async function errors(id: string): Promise<string> {
  const { data, error } = await getProject({ path: { id } });
  if (data) return data.id;
  switch (error?.code) {
    case "gone":
      return `${error.entity} ${error.id} was withdrawn at ${error.at}: ${error.reason ?? "no reason given"}`;
    case "bad-parameter":
    case "unknown-parameter":
      return `${error.parameter}: ${error.detail}`;
    default:
      return explain(error);
  }
}

function explain(problem: { code: ProblemCode; detail: string } | undefined): string {
  return problem ? `${problem.code}: ${problem.detail}` : "There was no answer.";
}

// What follows is wrong, each in one way.

export async function mistakes(): Promise<void> {
  // @ts-expect-error: there is no such parameter.
  await listProjects({ query: { limt: 1 } });
  const { data } = await listProjects({ query: { limit: 1 } });
  // @ts-expect-error: the response may be an error.
  data.items;
  const item = data?.items[0];
  if (!item) return;
  // @ts-expect-error: items of lists have no participations.
  item.participations;
  const project = await getProject({ path: { id: item.id } });
  if (!project.data) return;
  // @ts-expect-error: there is no such status.
  const isLate: boolean = project.data.status?.id === "late";
  // @ts-expect-error: amounts are texts, so that no cent is lost.
  const sum: number | undefined = project.data.participations?.[0]?.amounts?.[0]?.value;
  // @ts-expect-error: a project has a title.
  const untitled: Project = { ...project.data, title: undefined };
  console.log(isLate, sum, untitled);
}
