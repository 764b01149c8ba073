import { located } from "../root";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

type Routes = { [P in keyof paths]: paths[P] extends { get: unknown } ? P : never }[keyof paths];
type Get<P extends Routes> = paths[P] extends { get: infer G } ? G : never;
type Given<Q> = [NonNullable<Q>] extends [never] ? unknown : NonNullable<Q>;
type Part<G, K extends "query" | "path"> = G extends { parameters: { [key in K]?: infer Q } } ? Given<Q> : unknown;

export type Route = Routes;
export type Params<P extends Route> = Part<Get<P>, "query"> & Part<Get<P>, "path">;
export type AnswerOf<P extends Route> =
  Get<P> extends { responses: { 200: { content: { "application/json": infer A } } } } ? A : never;

/** Why there is no answer, in words, and the way out; `login` is where a person logs in, if that is it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint: string | null,
    readonly login: string | null = null,
  ) {
    super(message);
  }
}

/** The address of a question; parameters without a value are left out, lists are repeated. */
export function addressOf(route: string, params: object): string {
  const rest = new URLSearchParams();
  let path = route;
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null || value === "" || value === false) continue;
    const place = `{${name}}`;
    if (Array.isArray(value)) for (const one of value) rest.append(name, String(one));
    else if (path.includes(place)) path = path.replace(place, encodeURIComponent(String(value)));
    else rest.set(name, String(value));
  }
  const query = rest.toString();
  return query ? `${path}?${query}` : path;
}

/** The answer of the API. Throws Problem, and AbortError when the signal said so. */
export async function ask<A>(address: string, signal: AbortSignal): Promise<A> {
  const response = await answered(address, { signal, headers: { Accept: "application/json" } });
  if (response.ok) return (await response.json()) as A;
  throw await problemIn(response);
}

type Changes = { [P in keyof paths]: paths[P] extends { post: unknown } ? P : never }[keyof paths];
type Body<P extends Changes> =
  paths[P] extends { post: { requestBody: { content: { "application/json": infer B } } } } ? B : never;

const CHANGING = { Accept: "application/json", "Content-Type": "application/json", "X-QLT-Request": "1" };

/** Change something. Says how many were changed; throws Problem. */
export async function change<P extends Changes>(route: P, body: Body<P>): Promise<number> {
  const response = await answered(route, { method: "POST", headers: CHANGING, body: JSON.stringify(body) });
  if (!response.ok) throw await problemIn(response);
  return ((await response.json()) as Schemas["Changed"]).changed;
}

/** End the session and leave the page. Throws Problem. */
export async function logOut(): Promise<void> {
  const response = await answered("/auth/logout", { method: "POST", headers: CHANGING, body: "{}" });
  if (!response.ok) throw await problemIn(response);
  location.assign(located(((await response.json()) as { leave: string }).leave));
}

async function answered(address: string, how: RequestInit): Promise<Response> {
  try {
    return await fetch(located(address), how);
  } catch (error) {
    if (how.signal?.aborted) throw error;
    throw new Problem(0, "The tracker does not answer.", "Is qlt serve still running? Try again in a moment.");
  }
}

async function problemIn(response: Response): Promise<Problem> {
  const told = (await response.json().catch(() => ({}))) as Partial<Schemas["Problem"]>;
  return new Problem(response.status, told.detail ?? `The tracker answered ${response.status}.`, told.hint ?? null, told.login ?? null);
}
