import { nameParts } from "../format";
import type { Edge, Graph, Node } from "./question";

/** Objects of a schema that are shown as one; `inside` are the edges between them. */
export type Group = { key: string; objects: Node[]; inside: Edge[] };
export type Groups = ReadonlyMap<number, Group>;
export type Folded = { graph: Graph; groups: Groups };

export const UNFOLDED: Groups = new Map();
export const SCHEMA = "SCHEMA";
const FEWEST = 2;
const MIXED = "MIXED";

export const schemaOf = (node: Node) => nameParts(node.object).before;

/** The graph with a node for each schema, but for those that are unfolded; the focus stays by itself. */
export function folded(graph: Graph, unfolded: ReadonlySet<string>): Folded {
  const groups = groupsOf(graph, unfolded);
  const shown = new Map(graph.nodes.map((node) => [node.id, node.id]));
  for (const [id, group] of groups) for (const node of group.objects) shown.set(node.id, id);
  const ends = (edge: { upstream: number; downstream: number }) => [shown.get(edge.upstream), shown.get(edge.downstream)] as const;
  const alone: Edge[] = [];
  const bundles = new Map<string, Edge[]>();
  for (const edge of graph.edges) {
    const [from = edge.upstream, to = edge.downstream] = ends(edge);
    if (from === to && from !== edge.upstream) groups.get(from)?.inside.push(edge);
    else if (from === edge.upstream && to === edge.downstream) alone.push(edge);
    else bundles.set(`${from}>${to}`, [...(bundles.get(`${from}>${to}`) ?? []), { ...edge, upstream: from, downstream: to }]);
  }
  const kept = graph.nodes.filter((node) => shown.get(node.id) === node.id);
  return {
    groups,
    graph: {
      ...graph,
      nodes: [...kept, ...[...groups].map(([id, group]) => nodeOf(id, group))],
      edges: [...alone, ...[...bundles.values()].map(bundled)],
      column_edges: graph.column_edges.filter((edge) => shown.get(edge.upstream) === edge.upstream && shown.get(edge.downstream) === edge.downstream),
    },
  };
}

function groupsOf(graph: Graph, unfolded: ReadonlySet<string>): Map<number, Group> {
  const schemas = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    const key = schemaOf(node);
    if (node.id !== graph.focus && key && !unfolded.has(key)) schemas.set(key, [...(schemas.get(key) ?? []), node]);
  }
  const large = [...schemas].filter(([, objects]) => objects.length >= FEWEST);
  // Identities of objects are positive: the least of a group's, negated, is its own, and stays while the graph grows.
  return new Map(large.map(([key, objects]) => [-Math.min(...objects.map((node) => node.id)), { key, objects, inside: [] }]));
}

function nodeOf(id: number, { key, objects }: Group): Node {
  const nearest = objects.reduce((one, other) => (Math.abs(other.distance) < Math.abs(one.distance) ? other : one));
  return {
    id, namespace: nearest.namespace, object: key, kind: SCHEMA, gone: objects.every((node) => node.gone),
    distance: nearest.distance, more_upstream: 0, more_downstream: 0,
  };
}

/** One edge for several between the same two nodes: alive as long as one of them is. */
function bundled(edges: readonly Edge[]): Edge {
  const [first] = edges as [Edge, ...Edge[]];
  const by = (moment: (edge: Edge) => string) => (one: Edge, other: Edge) => Date.parse(moment(one)) - Date.parse(moment(other));
  return {
    ...first,
    kind: edges.some((edge) => edge.kind === "DATA") ? "DATA" : first.kind,
    first_seen: [...edges].sort(by((edge) => edge.first_seen))[0]?.first_seen ?? first.first_seen,
    last_seen: [...edges].sort(by((edge) => edge.last_seen)).at(-1)?.last_seen ?? first.last_seen,
    certain: edges.some((edge) => edge.certain),
    method: edges.every((edge) => edge.method === first.method) ? first.method : MIXED,
    ended: edges.every((edge) => edge.ended),
    through: [],
  };
}

/** What of the folded graph has this name: an object, a schema, or the schema that an object is folded into. */
export function shownAs({ graph, groups }: Folded, name: string | null): number | null {
  const node = graph.nodes.find((one) => one.object === name);
  if (node) return node.id;
  return [...groups].find(([, group]) => group.objects.some((one) => one.object === name))?.[0] ?? null;
}

/** The edges of the whole graph that an edge between two of these names stands for. */
export function edgesBehind(graph: Graph, groups: Groups, from: string, to: string): Edge[] {
  const [sources, targets] = [idsOf(graph, groups, from), idsOf(graph, groups, to)];
  return graph.edges.filter((edge) => sources.has(edge.upstream) && targets.has(edge.downstream));
}

function idsOf(graph: Graph, groups: Groups, name: string): Set<number> {
  const group = [...groups.values()].find((one) => one.key === name);
  return new Set((group?.objects ?? graph.nodes.filter((node) => node.object === name)).map((node) => node.id));
}
