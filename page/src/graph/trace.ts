import type { ColumnEdge } from "./question";

/** A column of a node; '' stands for all of its rows. */
export const columnKey = (id: number, column: string | null) => `${id}\n${column ?? ""}`;

/** The nodes of a set of columns. */
export const objectsOf = (columns: ReadonlySet<string>) => new Set([...columns].map((key) => Number.parseInt(key, 10)));

/** All columns that feed a column or are fed by it, itself included. */
export function pathThrough(edges: readonly ColumnEdge[], start: string): Set<string> {
  const up = new Map<string, string[]>();
  const down = new Map<string, string[]>();
  for (const edge of edges) {
    const source = columnKey(edge.upstream, edge.upstream_column);
    const target = columnKey(edge.downstream, edge.downstream_column);
    up.set(target, [...(up.get(target) ?? []), source]);
    down.set(source, [...(down.get(source) ?? []), target]);
  }
  return new Set([...reached(up, start), ...reached(down, start)]);
}

function reached(next: ReadonlyMap<string, readonly string[]>, start: string): Set<string> {
  const found = new Set([start]);
  for (const key of found) for (const one of next.get(key) ?? []) found.add(one);
  return found;
}

/** The columns of each node that take part in column edges, by name. */
export function columnsOfNodes(edges: readonly ColumnEdge[]): Map<number, string[]> {
  const found = new Map<number, Set<string>>();
  const add = (id: number, column: string | null) => {
    if (column) found.set(id, (found.get(id) ?? new Set()).add(column));
  };
  for (const edge of edges) {
    add(edge.upstream, edge.upstream_column);
    add(edge.downstream, edge.downstream_column);
  }
  return new Map([...found].map(([id, columns]) => [id, [...columns].sort()]));
}
