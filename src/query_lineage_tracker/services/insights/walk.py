"""Walks through the graph, hop by hop, from one object or column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from query_lineage_tracker.domain.insights.lineage import ColumnEdge, Direction, EdgeFilter, Walk
from query_lineage_tracker.ports.insights import AskedColumns, FoundEdge, LineageReads

Column = tuple[int, str]
"""A column of an object; '' stands for what influences all rows, so for all columns."""


@dataclass(slots=True)
class Reached:
    """Objects by their distance from the start, negative upstream; `capped`: there are more than the limit."""

    distances: dict[int, int]
    capped: bool = False

    def add(self, found: int, distance: int, limit: int) -> bool:
        """Whether the object is new and there was room for it."""
        if found in self.distances:
            return False
        if len(self.distances) >= limit:
            self.capped = True
            return False
        self.distances[found] = distance
        return True


async def walk_objects(reads: LineageReads, start: int, walk: Walk, wanted: EdgeFilter) -> Reached:
    """The objects within so many hops; one that is gone through is no hop."""
    reached = Reached({start: 0})
    frontiers = {direction: [start] for direction in Direction}
    for distance, direction in _hops(walk):
        frontier, far = frontiers[direction], _signed(distance, direction)
        frontiers[direction] = await _hop(reads, reached, frontier, far, direction=direction, walk=walk, wanted=wanted)
    return reached


async def walk_on(
    reads: LineageReads, reached: Reached, start: int, direction: Direction, *, walk: Walk, wanted: EdgeFilter
) -> None:
    """One hop more from an object that was reached."""
    distance = reached.distances[start] + _signed(1, direction)
    await _hop(reads, reached, [start], distance, direction=direction, walk=walk, wanted=wanted)


async def _hop(
    reads: LineageReads,
    reached: Reached,
    frontier: Sequence[int],
    distance: int,
    *,
    direction: Direction,
    walk: Walk,
    wanted: EdgeFilter,
) -> list[int]:
    """Adds the neighbours of these objects on one side, at that distance. Those to go on from."""
    found = list[int]()
    while frontier:
        edges = await reads.edges(direction, frontier, wanted, walk.limit + 1)
        frontier = []
        for far, passed in _far_ends(edges, direction, walk):
            if reached.add(far, distance, walk.limit):
                (frontier if passed else found).append(far)
    return found


@dataclass(slots=True)
class Trace:
    """Columns by their distance from the start, and the column edges between them."""

    objects: Reached
    columns: dict[Column, int]
    edges: dict[tuple[object, ...], ColumnEdge] = field(default_factory=dict)

    def add(self, edge: ColumnEdge, column: Column, distance: int, limit: int) -> bool:
        """Whether the edge leads to a new column; it is left out where there is no room for the object."""
        known = column[0] in self.objects.distances or self.objects.add(column[0], distance, limit)
        if not known:
            return False
        self.edges[_identity(edge)] = edge
        new = column not in self.columns and (column[0], "") not in self.columns
        if new:
            self.columns[column] = distance
        return new


async def walk_columns(reads: LineageReads, start: Column, walk: Walk, wanted: EdgeFilter, most_edges: int) -> Trace:
    """The columns within so many hops, and how they are connected."""
    trace = Trace(Reached({start[0]: 0}), {start: 0})
    frontiers = {direction: [start] for direction in Direction}
    for distance, direction in _hops(walk):
        frontier = frontiers[direction]
        if not frontier:
            continue
        asked = AskedColumns(*map(tuple, zip(*frontier, strict=True)))
        edges = await reads.column_edges(direction, asked, wanted, most_edges)
        frontiers[direction] = found = list[Column]()
        for edge in edges:
            if len(trace.edges) >= most_edges:
                trace.objects.capped = True
                return trace
            column = _far_column(edge, direction)
            if trace.add(edge, column, _signed(distance, direction), walk.limit):
                found.append(column)
    return trace


def _hops(walk: Walk) -> Iterator[tuple[int, Direction]]:
    """Both sides in turn, so that the limit is shared fairly."""
    for distance in range(1, max(walk.upstream, walk.downstream) + 1):
        if distance <= walk.upstream:
            yield distance, Direction.UPSTREAM
        if distance <= walk.downstream:
            yield distance, Direction.DOWNSTREAM


def _signed(distance: int, direction: Direction) -> int:
    return -distance if direction is Direction.UPSTREAM else distance


def _far_ends(edges: Iterable[FoundEdge], direction: Direction, walk: Walk) -> Iterator[tuple[int, bool]]:
    """The far end of each edge, and whether it is gone through."""
    for found in edges:
        if direction is Direction.UPSTREAM:
            yield found.edge.upstream, walk.passes(found.upstream_kind, gone=found.upstream_gone)
        else:
            yield found.edge.downstream, walk.passes(found.downstream_kind, gone=found.downstream_gone)


def _far_column(edge: ColumnEdge, direction: Direction) -> Column:
    if direction is Direction.UPSTREAM:
        return edge.upstream, edge.upstream_column
    return edge.downstream, edge.downstream_column or ""


def _identity(edge: ColumnEdge) -> tuple[object, ...]:
    return edge.upstream, edge.upstream_column, edge.downstream, edge.downstream_column, edge.subtype, edge.kind
