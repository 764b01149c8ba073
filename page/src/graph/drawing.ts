import { Position as Side, type Edge as FlowEdge, type Node as FlowNode, type NodeHandle } from "@xyflow/react";
import { ago } from "../format";
import type { Group } from "./fold";
import type { Box, Drawing, Join, Positions, Routes } from "./layout";
import { isStale, type ColumnEdge, type Edge, type Graph, type Node } from "./question";
import { columnKey } from "./trace";

export const WIDTH = 232;
export const HEAD = 50;
export const ROW = 24;
export const MOST_ROWS = 10;

export type Opened = { columns: readonly string[]; hidden: number };
export type BoxData = {
  node: Node;
  focus: boolean;
  chosen: boolean;
  dim: boolean;
  opened: Opened | null;
  marked: ReadonlySet<string>;
  canGrow: boolean;
  act: Acts;
};
export type GroupData = { group: Group; chosen: boolean; dim: boolean; act: Acts };
export type Acts = {
  choose: (name: string) => void;
  unfold: (schema: string) => void;
  open: (node: Node) => void;
  whole: (node: Node) => void;
  grow: (node: Node, way: "up" | "down") => void;
  mark: (node: Node, column: string) => void;
};
export type BoxNode = FlowNode<BoxData, "object">;
export type GroupNode = FlowNode<GroupData, "group">;

/** Which part of the picture stands out. */
export type Light = { path: ReadonlySet<string> | null; from: number | null; to: number | null };

export const heightOf = (opened: Opened | null) =>
  HEAD + (opened ? (opened.columns.length + (opened.hidden ? 1 : 0)) * ROW + 6 : 0);

/** Where lines end at a box. Told, not measured: then boxes out of sight need not be drawn first. */
export function handlesOf(opened: Opened | null): NodeHandle[] {
  const rows = (opened?.columns ?? []).flatMap((column, at) => ends(`:${column}`, HEAD + 2 + at * ROW + ROW / 2));
  return [...ends("", HEAD / 2), ...rows];
}

const ends = (name: string, y: number): NodeHandle[] => [
  { id: `in${name}`, type: "target", position: Side.Left, x: 0, y, width: 0, height: 0 },
  { id: `out${name}`, type: "source", position: Side.Right, x: WIDTH, y, width: 0, height: 0 },
];

/** Boxes and joins for the layout; several edges between two objects are one join. */
export function drawingOf(graph: Graph, opened: ReadonlyMap<number, Opened>): Drawing {
  const boxes: Box[] = graph.nodes.map((node) => ({
    id: String(node.id), rank: node.distance, width: WIDTH, height: heightOf(opened.get(node.id) ?? null),
  }));
  const known = new Set(graph.nodes.map((node) => node.id));
  const joins = new Map<string, Join>();
  for (const edge of graph.edges)
    if (known.has(edge.upstream) && known.has(edge.downstream))
      joins.set(`${edge.upstream}>${edge.downstream}`, { from: String(edge.upstream), to: String(edge.downstream) });
  return { boxes, joins: [...joins.values()] };
}

export const positioned = (positions: Positions, id: number) => positions[String(id)] ?? { x: 0, y: 0 };

/** Lines between objects, and between columns where both ends are open: those stand for the line between their objects. */
export function linesOf(graph: Graph, opened: ReadonlyMap<number, Opened>, light: Light, routes: Routes): FlowEdge[] {
  const between = graph.column_edges.filter((edge) => shows(opened, edge.upstream, edge.upstream_column)
    && (edge.downstream_column === null || shows(opened, edge.downstream, edge.downstream_column)));
  const replaced = new Set(between.filter((edge) => opened.has(edge.downstream)).map((edge) => `${edge.upstream}>${edge.downstream}`));
  const pairs = new Map<string, Edge[]>();
  for (const edge of graph.edges) {
    const key = `${edge.upstream}>${edge.downstream}`;
    pairs.set(key, [...(pairs.get(key) ?? []), edge]);
  }
  const lit = new Set(graph.column_edges.filter((edge) => isLit(edge, light)).map((edge) => `${edge.upstream}>${edge.downstream}`));
  const objects = [...pairs].filter(([key]) => !replaced.has(key)).map(([key, edges]) => ({ ...objectLine(key, edges, light, lit.has(key)), type: "routed", data: { route: routes[key] ?? [] } }));
  return [...objects, ...between.map((edge, at) => columnLine(edge, at, light))];
}

/** Whether the path that stands out goes along this edge. */
const isLit = ({ upstream, upstream_column: from, downstream, downstream_column: to }: ColumnEdge, { path }: Light) =>
  path !== null && path.has(columnKey(upstream, from)) && path.has(columnKey(downstream, to));

const shows = (opened: ReadonlyMap<number, Opened>, id: number, column: string) => opened.get(id)?.columns.includes(column) ?? false;

/** `lit`: the path goes between two of their columns that are not drawn. */
function objectLine(key: string, edges: readonly Edge[], light: Light, lit: boolean): FlowEdge {
  const [first] = edges as [Edge, ...Edge[]];
  const chosen = first.upstream === light.from && first.downstream === light.to;
  const classes = [edges.every(isStale) && "stale", chosen && "chosen", lit && "lit", light.path && !chosen && !lit && "dim", first.kind === "DEFINITION" && "definition"];
  return line(key, first, { sourceHandle: "out", targetHandle: "in" }, classes);
}

function columnLine(edge: ColumnEdge, at: number, light: Light): FlowEdge {
  const ends = [columnKey(edge.upstream, edge.upstream_column), columnKey(edge.downstream, edge.downstream_column)] as const;
  const lit = isLit(edge, light);
  const classes = ["column", lit && "lit", light.path && !lit && "dim", !edge.direct && "indirect", edge.ended && "stale"];
  const handles = { sourceHandle: `out:${edge.upstream_column}`, targetHandle: edge.downstream_column === null ? "in" : `in:${edge.downstream_column}` };
  return { ...line(`c${at}:${ends.join(">")}`, edge, handles, classes), data: { columns: [edge.upstream_column, edge.downstream_column] } };
}

function line(id: string, ends: { upstream: number; downstream: number }, handles: Pick<FlowEdge, "sourceHandle" | "targetHandle">, classes: unknown[]): FlowEdge {
  return {
    id, source: String(ends.upstream), target: String(ends.downstream), ...handles,
    className: classes.filter(Boolean).join(" "), interactionWidth: 14,
  };
}

/** An edge in words. */
export function edgeWords(edge: Edge): string {
  const state = edge.ended ? "has ended" : isStale(edge) ? "not seen lately" : "alive";
  return `${edge.kind.toLowerCase()} edge, ${state}, last seen ${ago(edge.last_seen)}`;
}
