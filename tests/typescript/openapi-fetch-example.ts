// A client of the API: openapi-fetch with the types that openapi-typescript makes of /openapi.json.
// It is compiled and never run. Where a line must not compile, the line before it says so.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

const client = createClient<paths>({ baseUrl: "https://data.example.org" });

export async function list(): Promise<string[]> {
  const { data, error } = await client.GET("/projects.json", { params: { query: { limit: 10 } } });
  if (error) return [explain(error)];
  const total: number = data.total;
  const next: string | undefined = data.view.next;
  console.log(total, next);
  return data.items.map((project) => project.title["lv"] ?? project.title["en"] ?? project.id);
}

export async function filter(): Promise<string[]> {
  const { data, error } = await client.GET("/projects.json", {
    params: { query: { country: ["LT", "EE"], status: ["completed"], sort: ["-start", "title"], q: "social" } },
  });
  if (error) return [explain(error)];
  return data.items.map((project) => [project.id, project.start ?? "unknown", project.status?.id].join(" "));
}

export async function detail(id: string): Promise<string> {
  const { data, error } = await client.GET("/projects/{id}.json", { params: { path: { id } } });
  if (error) return explain(error);
  const isOver: boolean = data.status?.id === "completed";
  const participations = (data.participations ?? []).map((part) => {
    const role: "coordinator" | "partner" | undefined =
      part.role.id === "coordinator" || part.role.id === "partner" ? part.role.id : undefined;
    return [role, part.organisation?.name["en"], part.country?.id].join(" ");
  });
  return [isOver, data.record.modified, ...participations, ...(data.topics ?? []).map((topic) => topic.id)].join();
}

export async function inLatvian(id: string): Promise<string[]> {
  const listed = await client.GET("/projects.{lang}.json", {
    params: { path: { lang: "lv" }, query: { country: ["LV"], include: ["participations.organisation"] } },
  });
  if (listed.error) return [explain(listed.error)];
  const { data, error } = await client.GET("/projects/{id}.{lang}.json", { params: { path: { id, lang: "lv" } } });
  if (error) return [explain(error)];
  const partners: string[] = (data.participations ?? []).map((part) => part.organisation?.name ?? "not named");
  const titles: string[] = listed.data.items.map((project) => project.title);
  return [data.title, ...partners, ...titles];
}

export async function others(): Promise<string> {
  const partners = await client.GET("/partners.json", { params: { query: { country: ["LV"] } } });
  const found = await client.GET("/search.json", { params: { query: { q: "inkub*" } } });
  const table = await client.GET("/projects.csv", { parseAs: "text" });
  const graph = await client.GET("/projects/{id}.ttl", { params: { path: { id: "ensie" } }, parseAs: "text" });
  const counts: number[] = partners.data?.items.map((partner) => partner.projects_total) ?? [];
  const types = found.data?.items.map((item) => (item.type === "Project" ? item.title["lv"] : item.type)) ?? [];
  const text: string = table.data ?? "";
  return [...counts, ...types, text, graph.data].join();
}

type Problems =
  | components["schemas"]["NotFoundProblem"]
  | components["schemas"]["GoneProblem"]
  | components["schemas"]["UnknownParameterProblem"];

function explain(problem: { code: components["schemas"]["ProblemCode"]; detail: string }): string {
  const waits: components["schemas"]["ProblemCode"][] = ["unavailable", "too-slow"];
  return waits.includes(problem.code) ? "Try again later." : problem.detail;
}

export async function errors(id: string): Promise<string> {
  const { data, error } = await client.GET("/projects/{id}.json", { params: { path: { id } } });
  if (data) return data.id;
  switch (error.code) {
    case "gone":
      return `${error.entity} ${error.id} was withdrawn at ${error.at}: ${error.reason ?? "no reason given"}`;
    case "bad-parameter":
    case "unknown-parameter":
      return `${error.parameter}: ${error.detail}`;
    default:
      return `${error.status}: ${error.detail}`;
  }
}

// What follows is wrong, each in one way.

export async function mistakes(problem: Problems): Promise<void> {
  const { data, error } = await client.GET("/projects.json", { params: { query: { limit: 1 } } });
  // @ts-expect-error: the response may be an error.
  data.items;
  if (error) return;
  // @ts-expect-error: there may be no such item.
  data.items[0].id;
  const item = data.items[0];
  if (!item) return;
  // @ts-expect-error: items of lists have no participations.
  item.participations;
  // @ts-expect-error: there is no such parameter.
  await client.GET("/projects.json", { params: { query: { limt: 1 } } });
  // @ts-expect-error: a parameter that changes the type has no effect on the type of this address.
  await client.GET("/projects.json", { params: { query: { lang: "lv" } } });
  // @ts-expect-error: there is no such status.
  await client.GET("/projects.json", { params: { query: { sort: ["colour"] } } });
  // @ts-expect-error: a text need not be there in English.
  const title: string = item.title["en"];
  // @ts-expect-error: it may not be known when it began.
  const start: string = item.start;

  const project = await client.GET("/projects/{id}.json", { params: { path: { id: item.id } } });
  if (project.error) return;
  // @ts-expect-error: there is no such status.
  const isLate: boolean = project.data.status?.id === "late";
  // @ts-expect-error: what is not known is left out, and never undefined.
  const copy: components["schemas"]["Project"] = { ...project.data, acronym: undefined };
  // @ts-expect-error: amounts are texts, so that no cent is lost.
  const sum: number | undefined = project.data.participations?.[0]?.amounts?.[0]?.value;
  // @ts-expect-error: only problems with parameters name one.
  problem.parameter;
  console.log(title, isLate, start, copy, sum);
}
