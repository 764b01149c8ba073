import type { Params, Schemas } from "../api/ask";
import { hrefWith, type Place } from "../routing";
import { daysAgo } from "../times";

export type Graph = Schemas["Graph"];
export type Node = Schemas["Node"];
export type Edge = Schemas["Edge"];
export type ColumnEdge = Schemas["ColumnEdge"];
export type Focus = { name: string; namespace: string | null; column: string | null };
export type Wanted = Params<"/api/v1/lineage">;

export const DEPTHS = ["0", "1", "2", "3", "5", "10"];
export const SEEN_DAYS = ["7", "30", "90"];
export const MOST_AT_FIRST = 150;
export const MOST = 2000;

/** An edge that was not seen for so long is greyed, as one that has ended. */
const STALE_MS = 30 * 86_400_000;

export const isStale = (edge: { ended: boolean; last_seen: string }) =>
  edge.ended || Date.now() - Date.parse(edge.last_seen) > STALE_MS;

/** Whether schemas are shown as one; then more objects find room. */
export const isFolded = (params: URLSearchParams) => params.get("fold") === "schema" && !params.has("column");

/** What an address asks of the graph. */
export function wantedOf({ params }: Place, focus: Focus): Wanted {
  const seen = Number(params.get("seen"));
  return {
    name: focus.name,
    namespace: focus.namespace,
    column: focus.column,
    upstream: Number(params.get("up") ?? "1"),
    downstream: Number(params.get("down") ?? "1"),
    limit: params.get("most") === "all" || isFolded(params) ? MOST : MOST_AT_FIRST,
    through_views: params.get("views") === "through",
    through_gone: params.get("gone") === "through",
    indirect: params.get("indirect") === "true",
    ended: params.get("ended") === "true",
    since: seen > 0 ? daysAgo(seen) : null,
    columns: !focus.column && (params.has("open") || params.has("from")),
    expand: focus.column ? [] : params.getAll("grow"),
  };
}

/** The columns of an edge's ends; without, the edge between the objects. */
export type Columns = [from: string, to: string | null] | null;

export const NO_ENDS = { from: null, to: null, fromcol: null, tocol: null };

/** The address with the evidence of an edge. */
export function edgeHref(place: Place, graph: Graph, upstream: number, downstream: number, columns: Columns): string {
  const nameOf = (id: number) => graph.nodes.find((node) => node.id === id)?.object;
  return hrefWith(place, { at: null, from: nameOf(upstream), to: nameOf(downstream), fromcol: columns?.[0], tocol: columns?.[1] });
}

/** The address with a schema's objects instead of the schema. */
export const unfoldHref = (place: Place, schema: string) =>
  hrefWith(place, { ...NO_ENDS, at: null, unfold: [...new Set([...place.params.getAll("unfold"), schema])] });

/** The address with one hop more from an object that is shown. */
export const grownHref = (place: Place, object: string, way: "up" | "down") =>
  hrefWith(place, { grow: [...new Set([...place.params.getAll("grow"), `${way}:${object}`])] });
