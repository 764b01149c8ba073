import { expect, test } from "vitest";
import { drawingOf, handlesOf, heightOf, linesOf, MOST_ROWS, type Light, type Opened } from "../../src/graph/drawing";
import { inColumns } from "../../src/graph/layout";
import { columnKey, columnsOfNodes, objectsOf, pathThrough } from "../../src/graph/trace";
import { columnEdge, edge, graphOf, node } from "./graphs";

const DARK: Light = { path: null, from: null, to: null };
const opened = (columns: Record<number, string[]>) =>
  new Map(Object.entries(columns).map(([id, names]): [number, Opened] => [Number(id), { columns: names, hidden: 0 }]));

test("the path of a column is all that feeds it and all that it feeds, and nothing beside it", () => {
  const edges = [
    columnEdge([1, "a"], [2, "b"]), columnEdge([2, "b"], [3, "c"]), columnEdge([1, "x"], [2, "y"]), columnEdge([4, "z"], [3, "c"]),
    columnEdge([3, "c"], [1, "a"]),
  ];
  const path = pathThrough(edges.slice(0, 4), columnKey(2, "b"));
  expect([...path].sort()).toEqual([columnKey(1, "a"), columnKey(2, "b"), columnKey(3, "c")]);
  expect([...objectsOf(path)].sort()).toEqual([1, 2, 3]);
  expect(pathThrough(edges, columnKey(2, "b")).size).toBe(4);
});

test("columns of nodes are those with edges, by name; all rows are no column", () => {
  const found = columnsOfNodes([columnEdge([1, "b"], [2, null]), columnEdge([1, "a"], [2, "c"])]);
  expect(found.get(1)).toEqual(["a", "b"]);
  expect(found.get(2)).toEqual(["c"]);
});

test("several edges between two objects are one line, pale only if all of them are", () => {
  const graph = graphOf([node(1), node(2)], [edge(1, 2, { ended: true }), edge(1, 2, { kind: "DEFINITION", last_seen: new Date().toISOString() })]);
  const [line, ...others] = linesOf(graph, new Map(), DARK, {});
  expect(others).toEqual([]);
  expect(line?.className).toBe("");
  const ended = linesOf(graphOf([node(1), node(2)], [edge(1, 2, { ended: true })]), new Map(), DARK, {});
  expect(ended[0]?.className).toBe("stale");
});

test("lines between columns stand for the line between their objects only where both ends are open", () => {
  const graph = graphOf([node(1), node(2)], [edge(1, 2)], [columnEdge([1, "a"], [2, "b"])]);
  expect(linesOf(graph, opened({ 1: ["a"] }), DARK, {}).map((line) => line.sourceHandle)).toEqual(["out"]);
  expect(linesOf(graph, opened({ 1: ["a"], 2: ["b"] }), DARK, {}).map((line) => [line.sourceHandle, line.targetHandle])).toEqual([["out:a", "in:b"]]);
});

test("what influences all rows ends at the object", () => {
  const graph = graphOf([node(1), node(2)], [edge(1, 2)], [columnEdge([1, "a"], [2, null], { direct: false, subtype: "FILTER" })]);
  const lines = linesOf(graph, opened({ 1: ["a"] }), DARK, {});
  expect(lines.map((line) => [line.sourceHandle, line.targetHandle])).toEqual([["out", "in"], ["out:a", "in"]]);
  expect(lines[1]?.className).toBe("column indirect");
});

test("a chosen edge stands out, and beside a path the others are dim", () => {
  const graph = graphOf([node(1), node(2), node(3)], [edge(1, 2), edge(2, 3)].map((one) => ({ ...one, last_seen: new Date().toISOString() })));
  const lines = linesOf(graph, new Map(), { path: new Set([columnKey(1, "a")]), from: 1, to: 2 }, {});
  expect(lines.map((line) => line.className)).toEqual(["chosen", "dim"]);
});

test("a box is as high as the columns that it shows, and each has its ends", () => {
  const columns = Array.from({ length: MOST_ROWS }, (_, at) => `c${at}`);
  expect(heightOf({ columns, hidden: 3 }) - heightOf({ columns, hidden: 0 })).toBe(heightOf({ columns: ["a", "b"], hidden: 0 }) - heightOf({ columns: ["a"], hidden: 0 }));
  expect(handlesOf({ columns, hidden: 0 })).toHaveLength(2 + 2 * MOST_ROWS);
  expect(handlesOf(null).map((handle) => handle.id)).toEqual(["in", "out"]);
});

test("the layout is asked for each pair once, and for nothing that is not shown", () => {
  const { boxes, joins } = drawingOf(graphOf([node(1), node(2)], [edge(1, 2), edge(1, 2, { kind: "DEFINITION" }), edge(2, 9)]), new Map());
  expect(boxes.map((box) => box.id)).toEqual(["1", "2"]);
  expect(joins).toEqual([{ from: "1", to: "2" }]);
});

test("the first layout has a column a distance, and no box covers another", () => {
  const box = (id: string, rank: number) => ({ id, rank, width: 100, height: 40 });
  const at = inColumns([box("a", -1), box("b", 0), box("c", 0), box("d", 1)]);
  expect(at["a"]?.x).toBeLessThan(at["b"]?.x ?? 0);
  expect(at["b"]?.x).toBe(at["c"]?.x);
  expect((at["c"]?.y ?? 0) - (at["b"]?.y ?? 0)).toBeGreaterThanOrEqual(40);
});

test("a path stands out also between objects whose columns are closed", () => {
  const recent = { last_seen: new Date().toISOString() };
  const columns = [columnEdge([1, "a"], [2, "b"]), columnEdge([2, "b"], [3, "c"]), columnEdge([1, "x"], [4, "y"])];
  const graph = graphOf([node(1), node(2), node(3), node(4)], [edge(1, 2, recent), edge(2, 3, recent), edge(1, 4, recent)], columns);
  const lines = linesOf(graph, opened({ 1: ["a"] }), { path: pathThrough(columns, columnKey(1, "a")), from: null, to: null }, {});
  expect(lines.map((line) => line.className)).toEqual(["lit", "lit", "dim"]);
});
