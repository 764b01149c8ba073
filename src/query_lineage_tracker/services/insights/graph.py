"""The part of the lineage around an object or column, never all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from query_lineage_tracker.domain.insights.lineage import ColumnEdge, Edge, EdgeFilter, Graph, Node, Walk
from query_lineage_tracker.ports.insights import LineageReads
from query_lineage_tracker.services.insights.naming import Focus
from query_lineage_tracker.services.insights.walk import walk_columns, walk_objects

MOST_NODES = 2000
MOST_COLUMN_EDGES = 4000
_VIEW = "VIEW"


async def lineage_around(
    reads: LineageReads, focus: Focus, walk: Walk, wanted: EdgeFilter, *, columns: bool = False
) -> Graph:
    """The graph around an object, on demand with the column edges in it; around a column, its trace."""
    start = focus.object.object_id
    if focus.column is not None:
        return await _trace(reads, (start, focus.column), walk, wanted)
    reached = await walk_objects(reads, start, walk, wanted)
    identities = list(reached.distances)
    nodes = await _nodes(reads, reached.distances, wanted)
    edges = await reads.edges_between(identities, wanted)
    if walk.through_views:
        nodes, edges = without_views(nodes, edges, start)
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


def without_views(nodes: Sequence[Node], edges: Iterable[Edge], focus: int) -> tuple[list[Node], list[Edge]]:
    """The graph with edges through views instead of the views; one at the border of the graph stays."""
    kept = {(edge.upstream, edge.downstream, edge.kind): edge for edge in edges}
    shown = {node.id: node for node in nodes}
    for view in nodes:
        into = [edge for edge in kept.values() if edge.downstream == view.id]
        out = [edge for edge in kept.values() if edge.upstream == view.id]
        if view.kind != _VIEW or view.id == focus or not (into and out):
            continue
        del shown[view.id]
        kept = {key: edge for key, edge in kept.items() if view.id not in key[:2]}
        for before in into:
            for after in out:
                if before.upstream != after.downstream:
                    through = (*before.through, view.object, *after.through)
                    joined = replace(
                        after, upstream=before.upstream, through=through, ended=before.ended or after.ended
                    )
                    kept.setdefault((joined.upstream, joined.downstream, joined.kind), joined)
    return list(shown.values()), list(kept.values())


def _advice(nodes: Sequence[Node], *, capped: bool) -> str | None:
    if not capped:
        return None
    hidden = sum(node.more_upstream + node.more_downstream for node in nodes)
    return f"{len(nodes)} objects are shown; {hidden} connections lead to others. Expand one, or ask for fewer hops."


def _columns_advice(found: Sequence[ColumnEdge]) -> str | None:
    if len(found) <= MOST_COLUMN_EDGES:
        return None
    return f"{MOST_COLUMN_EDGES:,} column edges are shown, and there are more. Ask for one column."
