"""Graphs without the objects that only connect others: views, and objects that are gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from query_lineage_tracker.domain.insights.lineage import Edge, Node, Walk


def without_passed(
    nodes: Sequence[Node], edges: Iterable[Edge], focus: int, walk: Walk, *, ended: bool
) -> tuple[list[Node], list[Edge]]:
    """The graph with edges through the objects that the walk passes; one at the border of the graph stays.

    `ended`: with edges that no longer hold. What only the others led to leaves with them.
    """
    kept = {_identity(edge): edge for edge in edges}
    shown = {node.id: node for node in nodes}
    for node in nodes:
        into = [edge for edge in kept.values() if edge.downstream == node.id]
        out = [edge for edge in kept.values() if edge.upstream == node.id]
        if node.id == focus or not (into and out and walk.passes(node.kind, gone=node.gone)):
            continue
        del shown[node.id]
        kept = {key: edge for key, edge in kept.items() if node.id not in key[:2]}
        for joined in _joined(into, out, node):
            kept.setdefault(_identity(joined), joined)
    left = [edge for edge in kept.values() if ended or not edge.ended]
    met = _connected(left, focus)
    return [node for node in shown.values() if node.id in met], [edge for edge in left if edge.upstream in met]


def _connected(edges: Iterable[Edge], focus: int) -> set[int]:
    neighbours: defaultdict[int, list[int]] = defaultdict(list)
    for edge in edges:
        neighbours[edge.upstream].append(edge.downstream)
        neighbours[edge.downstream].append(edge.upstream)
    met, frontier = {focus}, [focus]
    while frontier:
        new = {far for one in frontier for far in neighbours[one]} - met
        met |= new
        frontier = list(new)
    return met


def _identity(edge: Edge) -> tuple[int, int, str]:
    return edge.upstream, edge.downstream, edge.kind


def _joined(into: Sequence[Edge], out: Sequence[Edge], between: Node) -> Iterator[Edge]:
    for before in into:
        for after in out:
            if before.upstream != after.downstream and not (between.gone and before.first_seen > after.last_seen):
                yield _through(before, after, between)


def _through(before: Edge, after: Edge, between: Node) -> Edge:
    """From what feeds an object to what it feeds. That an object is gone ends none of what came from it."""
    through = (*before.through, between.object, *after.through)
    if not between.gone:
        return replace(after, upstream=before.upstream, through=through, ended=before.ended or after.ended)
    return replace(
        after,
        upstream=before.upstream,
        through=through,
        first_seen=max(before.first_seen, after.first_seen),
        last_seen=min(before.last_seen, after.last_seen),
        certain=before.certain and after.certain,
    )
