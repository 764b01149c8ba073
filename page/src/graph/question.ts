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

/** What an address asks of the graph. */
export function wantedOf({ params }: Place, focus: Focus): Wanted {
  const seen = Number(params.get("seen"));
  return {
    name: focus.name,
    namespace: focus.namespace,
    column: focus.column,
    upstream: Number(params.get("up") ?? "1"),
    downstream: Number(params.get("down") ?? "1"),
    limit: params.get("most") === "all" ? MOST : MOST_AT_FIRST,
    through_views: params.get("views") === "through",
    through_gone: params.get("gone") === "through",
    indirect: params.get("indirect") === "true",
    ended: params.get("ended") === "true",
    since: seen > 0 ? daysAgo(seen) : null,
    columns: !focus.column && (params.has("open") || params.has("from")),
    expand: focus.column ? [] : params.getAll("grow"),
  };
}

/** The address with one hop more from an object that is shown. */
export const grownHref = (place: Place, object: string, way: "up" | "down") =>
  hrefWith(place, { grow: [...new Set([...place.params.getAll("grow"), `${way}:${object}`])] });
