import type { Params, Schemas } from "../api/ask";
import type { Place } from "../routing";
import { daysAgo } from "../times";

export type Graph = Schemas["Graph"];
export type Node = Schemas["Node"];
export type Edge = Schemas["Edge"];
export type ColumnEdge = Schemas["ColumnEdge"];
export type Focus = { name: string; namespace: string | null; column: string | null };
export type Wanted = Params<"/api/v1/lineage">;

/** One step from a node that is shown: which way, and from which object. */
export type Step = { way: "up" | "down"; object: string };

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
    indirect: params.get("indirect") === "true",
    ended: params.get("ended") === "true",
    since: seen > 0 ? daysAgo(seen) : null,
    columns: !focus.column && (params.has("open") || params.has("from")),
  };
}

/** The steps beyond the first answer, in the order in which they were taken. */
export function stepsOf({ params }: Place): Step[] {
  return params.getAll("grow").map((written) => {
    const [way, ...object] = written.split(":");
    return { way: way === "up" ? "up" : "down", object: object.join(":") };
  });
}

export const stepText = ({ way, object }: Step) => `${way}:${object}`;

/** The question that a step asks. */
export function stepQuestion(step: Step, wanted: Wanted): Wanted {
  return { ...wanted, name: step.object, column: null, upstream: step.way === "up" ? 1 : 0, downstream: step.way === "down" ? 1 : 0 };
}
