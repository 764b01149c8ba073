"""The part of the lineage around an object or column, never all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from query_lineage_tracker.domain.insights.lineage import ColumnEdge, Direction, EdgeFilter, Graph, Node, Step, Walk
from query_lineage_tracker.ports.insights import LineageReads
from query_lineage_tracker.services.insights.naming import Focus, object_named
from query_lineage_tracker.services.insights.passing import without_passed
from query_lineage_tracker.services.insights.walk import Reached, walk_columns, walk_objects, walk_on

MOST_NODES = 2000
MOST_COLUMN_EDGES = 4000


async def lineage_around(
    reads: LineageReads,
    focus: Focus,
    walk: Walk,
    wanted: EdgeFilter,
    *,
    columns: bool = False,
    steps: Sequence[Step] = (),
) -> Graph:
    """The graph around an object, with what each step adds; on demand with the column edges in it.

    Around a column, its trace, which has no steps.
    """
    start = focus.object.object_id
    if focus.column is not None:
        return await _trace(reads, (start, focus.column), walk, wanted)
    met = replace(wanted, into_gone=walk.through_gone)
    reached = await walk_objects(reads, start, walk, met)
    for step in steps:
        named = await object_named(reads, step.object, focus.object.namespace)
        await _expand(reads, reached, (named.object_id, step.direction), walk, met)
    nodes = await _nodes(reads, reached.distances, wanted)
    edges = await reads.edges_between(list(reached.distances), met)
    if walk.through_views or walk.through_gone:
        nodes, edges = without_passed(nodes, edges, start, walk, ended=wanted.ended)
    shown = [node.id for node in nodes]
    between = await reads.column_edges_between(shown, wanted, MOST_COLUMN_EDGES + 1) if columns else ()
    return Graph(
        focus=start,
        column=None,
        nodes=tuple(nodes),
        edges=tuple(edges),
        column_edges=tuple(between[:MOST_COLUMN_EDGES]),
        capped=reached.capped or len(between) > MOST_COLUMN_EDGES,
        advice=_advice(nodes, capped=reached.capped) or _columns_advice(between),
    )


async def _expand(
    reads: LineageReads, reached: Reached, step: tuple[int, Direction], walk: Walk, wanted: EdgeFilter
) -> None:
    """Adds at most as many objects as the first picture may have. What is not shown is not expanded."""
    start, direction = step
    if start in reached.distances:
        room = replace(walk, limit=min(len(reached.distances) + walk.limit, MOST_NODES))
        await walk_on(reads, reached, start, direction, walk=room, wanted=wanted)


async def _trace(reads: LineageReads, start: tuple[int, str], walk: Walk, wanted: EdgeFilter) -> Graph:
    trace = await walk_columns(reads, start, walk, wanted, MOST_COLUMN_EDGES)
    reached, column_edges = trace.objects, tuple(trace.edges.values())
    nodes = await _nodes(reads, reached.distances, wanted)
    connected = {(edge.upstream, edge.downstream) for edge in column_edges}
    between = await reads.edges_between(list(reached.distances), wanted)
    return Graph(
        focus=start[0],
        column=start[1],
        nodes=tuple(nodes),
        edges=tuple(edge for edge in between if (edge.upstream, edge.downstream) in connected),
        column_edges=column_edges,
        capped=reached.capped,
        advice=_advice(nodes, capped=reached.capped),
    )


async def _nodes(reads: LineageReads, distances: Mapping[int, int], wanted: EdgeFilter) -> list[Node]:
    """The nodes by their distance."""
    found = await reads.nodes(list(distances), wanted)
    nodes = [replace(node, distance=distances[node.id]) for node in found]
    return sorted(nodes, key=lambda node: (abs(node.distance), node.distance, node.object))


def _advice(nodes: Sequence[Node], *, capped: bool) -> str | None:
    if not capped:
        return None
    hidden = sum(node.more_upstream + node.more_downstream for node in nodes)
    return f"{len(nodes)} objects are shown; {hidden} connections lead to others. Expand one, or ask for fewer hops."


def _columns_advice(found: Sequence[ColumnEdge]) -> str | None:
    if len(found) <= MOST_COLUMN_EDGES:
        return None
    return f"{MOST_COLUMN_EDGES:,} column edges are shown, and there are more. Ask for one column."
