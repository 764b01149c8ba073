import { expect, test } from "vitest";
import { edgesBehind, folded, shownAs } from "../../src/graph/fold";
import { columnEdge, edge, graphOf, node } from "./graphs";

const GRAPH = graphOf(
  [
    node(1, { object: "lake.core.orders" }), node(2, { object: "lake.raw.a", distance: -1 }), node(3, { object: "lake.raw.b", distance: -2 }),
    node(4, { object: "lake.core.lines", distance: 1 }), node(5, { object: "lake.core.parts", distance: 2, gone: true }), node(6, { object: "lake.mart.x", distance: 1 }),
  ],
  [
    edge(2, 1, { first_seen: "2026-11-20T00:00:00Z", last_seen: "2026-11-21T00:00:00.5Z", ended: true }),
    edge(3, 1, { first_seen: "2026-11-19T00:00:00Z", last_seen: "2026-11-21T00:00:00Z", kind: "DEFINITION" }),
    edge(3, 2), edge(1, 4), edge(1, 6), edge(4, 6), edge(4, 5), edge(2, 4),
  ],
  [columnEdge([2, "a"], [1, "a"]), columnEdge([1, "a"], [6, "a"])],
);
const NONE = new Set<string>();
const ends = (edges: { upstream: number; downstream: number }[]) => edges.map((one) => `${one.upstream}>${one.downstream}`).sort();

test("objects of a schema become one node, the focus and single objects stay", () => {
  const { graph, groups } = folded(GRAPH, NONE);
  expect(graph.nodes.map((one) => [one.id, one.object])).toEqual([[1, "lake.core.orders"], [6, "lake.mart.x"], [-2, "lake.raw"], [-4, "lake.core"]]);
  expect(groups.get(-2)?.objects.map((one) => one.id)).toEqual([2, 3]);
  expect(graph.nodes.map((one) => [one.distance, one.gone])).toEqual([[0, false], [1, false], [-1, false], [1, false]]);
});

test("no edge is lost: each is shown, or bundled, or inside a schema", () => {
  const { graph, groups } = folded(GRAPH, NONE);
  expect(ends(graph.edges)).toEqual(["-2>-4", "-2>1", "-4>6", "1>-4", "1>6"]);
  expect(ends(groups.get(-2)?.inside ?? [])).toEqual(["3>2"]);
  expect(ends(groups.get(-4)?.inside ?? [])).toEqual(["4>5"]);
  const behind = graph.edges.flatMap((one) => edgesBehind(GRAPH, groups, nameOf(graph, one.upstream), nameOf(graph, one.downstream)));
  expect(behind.length + 2).toBe(GRAPH.edges.length);
});

test("a bundle is seen from its first to its last, and alive as long as one of it is", () => {
  const bundle = folded(GRAPH, NONE).graph.edges.find((one) => one.upstream === -2 && one.downstream === 1);
  expect(bundle).toMatchObject({ first_seen: "2026-11-19T00:00:00Z", last_seen: "2026-11-21T00:00:00.5Z", ended: false, kind: "DATA" });
});

test("column edges are those between objects that are shown", () => {
  expect(folded(GRAPH, NONE).graph.column_edges.map((one) => [one.upstream, one.downstream])).toEqual([[1, 6]]);
});

test("an unfolded schema shows its objects and their edges", () => {
  const { graph, groups } = folded(GRAPH, new Set(["lake.raw"]));
  expect([...groups.keys()]).toEqual([-4]);
  expect(ends(graph.edges)).toEqual(["-4>6", "1>-4", "1>6", "2>-4", "2>1", "3>1", "3>2"]);
  expect(graph.column_edges).toHaveLength(2);
});

test("names lead to what stands for them", () => {
  const found = folded(GRAPH, NONE);
  expect([shownAs(found, "lake.core.orders"), shownAs(found, "lake.raw"), shownAs(found, "lake.raw.b"), shownAs(found, "nothing"), shownAs(found, null)])
    .toEqual([1, -2, -2, null, null]);
});

test("nothing to fold changes nothing", () => {
  const small = graphOf([node(1), node(2)], [edge(1, 2)]);
  expect(folded(small, NONE).graph).toEqual(small);
});

const nameOf = (graph: typeof GRAPH, id: number) => graph.nodes.find((one) => one.id === id)?.object ?? "";
