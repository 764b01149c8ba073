import type { Graph, Node } from "./question";

type Neighbours = { up: Set<number>; down: Set<number> };

/** One graph of several answers, the first one's focus; what is hidden of each node is counted anew. */
export function merged(graphs: readonly Graph[]): Graph | null {
  const [first, ...grown] = graphs;
  if (!first) return null;
  if (grown.length === 0) return first;
  const edges = unique(graphs.flatMap((graph) => graph.edges), (edge) => `${edge.upstream}>${edge.downstream}>${edge.kind}`);
  const columnEdges = unique(graphs.flatMap((graph) => graph.column_edges), (edge) =>
    JSON.stringify([edge.upstream, edge.upstream_column, edge.downstream, edge.downstream_column, edge.subtype, edge.kind]));
  const shown = neighbours(edges);
  const nodes = new Map<number, Node>();
  for (const graph of graphs) {
    const within = neighbours(graph.edges);
    const origin = nodes.get(graph.focus)?.distance ?? 0;
    for (const node of graph.nodes) {
      if (nodes.has(node.id)) continue;
      const all = { up: node.more_upstream + size(within, node.id, "up"), down: node.more_downstream + size(within, node.id, "down") };
      nodes.set(node.id, {
        ...node,
        distance: origin + node.distance,
        more_upstream: Math.max(0, all.up - size(shown, node.id, "up")),
        more_downstream: Math.max(0, all.down - size(shown, node.id, "down")),
      });
    }
  }
  return { ...first, nodes: [...nodes.values()], edges, column_edges: columnEdges, capped: graphs.some((graph) => graph.capped) };
}

function neighbours(edges: Graph["edges"]): Map<number, Neighbours> {
  const found = new Map<number, Neighbours>();
  const of = (id: number) => {
    const one = found.get(id) ?? { up: new Set<number>(), down: new Set<number>() };
    found.set(id, one);
    return one;
  };
  for (const edge of edges) {
    of(edge.downstream).up.add(edge.upstream);
    of(edge.upstream).down.add(edge.downstream);
  }
  return found;
}

const size = (found: Map<number, Neighbours>, id: number, way: "up" | "down") => found.get(id)?.[way].size ?? 0;

function unique<T>(all: readonly T[], key: (one: T) => string): T[] {
  return [...new Map(all.map((one) => [key(one), one])).values()];
}
