import type { ColumnEdge, Edge, Graph, Node } from "../../src/graph/question";

const SEEN = "2026-11-22T12:00:00Z";

export const node = (id: number, more: Partial<Node> = {}): Node => ({
  id, namespace: "n", object: `lake.s.t${id}`, kind: "TABLE", gone: false, distance: 0, more_upstream: 0, more_downstream: 0, ...more,
});

export const edge = (upstream: number, downstream: number, more: Partial<Edge> = {}): Edge => ({
  upstream, downstream, kind: "DATA", first_seen: SEEN, last_seen: SEEN, certain: true, method: "PARSED", ended: false, through: [], ...more,
});

export const columnEdge = (from: [number, string], to: [number, string | null], more: Partial<ColumnEdge> = {}): ColumnEdge => ({
  upstream: from[0], upstream_column: from[1], downstream: to[0], downstream_column: to[1], subtype: "IDENTITY", direct: true, kind: "DATA",
  first_day: "2026-11-22", last_day: "2026-11-22", method: "PARSED", ended: false, ...more,
});

export const graphOf = (nodes: Node[], edges: Edge[], columnEdges: ColumnEdge[] = []): Graph => ({
  focus: nodes[0]?.id ?? 0, column: null, nodes, edges, column_edges: columnEdges, capped: false, advice: null,
});
