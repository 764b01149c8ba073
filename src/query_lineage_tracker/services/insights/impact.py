"""What a change of an object or column reaches: objects downstream of it, and who reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from query_lineage_tracker.domain.insights.lineage import Affected, EdgeFilter, Impact, ImpactRow, Node, Walk
from query_lineage_tracker.domain.insights.objects import Reader
from query_lineage_tracker.ports.insights import LineageReads, ReaderQuestion
from query_lineage_tracker.services.insights.graph import MOST_COLUMN_EDGES
from query_lineage_tracker.services.insights.naming import Focus
from query_lineage_tracker.services.insights.objects import USAGE_DAYS, first_day, today
from query_lineage_tracker.services.insights.walk import Trace, walk_columns, walk_objects

MOST_OBJECTS = 500
_MOST_STATEMENTS = 2000
_READS = "READS"
_ADVICE = "There is more than is listed here. Ask for fewer hops, or from one of the objects that are listed."


@dataclass(frozen=True, slots=True)
class _Downstream:
    """What lies downstream, the start included: columns of objects (None: the object) by distance."""

    distances: Mapping[tuple[int, str | None], int]
    capped: bool
    subtypes: Mapping[tuple[int, str | None], tuple[str, ...]] = field(default_factory=dict)


async def impact_of(
    reads: LineageReads, focus: Focus, wanted: EdgeFilter, *, hops: int = 5, since: date | None = None
) -> Impact:
    """Everything downstream within so many hops, by distance, with who read it from `since` on (thirty days ago).

    Who reads an object is named once for it, with all that concerns him: its affected columns, and what affects all of
    its rows.
    """
    since = since or first_day(USAGE_DAYS)
    found = await _downstream(reads, focus, Walk(upstream=0, downstream=hops, limit=MOST_OBJECTS), wanted)
    identities = list({object_id for object_id, _ in found.distances})
    nodes = {node.id: node for node in await reads.nodes(identities, wanted)}
    asked = [one for one in found.distances if one[0] in nodes]
    columns = tuple(column or None for _, column in asked)
    until = today() + timedelta(days=1)
    ids = tuple(object_id for object_id, _ in asked)
    readers = await reads.readers(ReaderQuestion(ids, columns, since, until, _MOST_STATEMENTS, _READS))
    rows = [*_objects(found, nodes), *_readers(found, nodes, readers.rows)]
    capped = found.capped or readers.capped
    return Impact(
        object=focus.object.object,
        namespace=focus.object.namespace,
        column=focus.column,
        since=since,
        rows=tuple(sorted(rows, key=_order)),
        capped=capped,
        advice=_ADVICE if capped else None,
    )


async def _downstream(reads: LineageReads, focus: Focus, walk: Walk, wanted: EdgeFilter) -> _Downstream:
    start = focus.object.object_id
    if focus.column is None:
        reached = await walk_objects(reads, start, walk, wanted)
        return _Downstream({(found, None): far for found, far in reached.distances.items()}, reached.capped)
    trace = await walk_columns(reads, (start, focus.column), walk, wanted, MOST_COLUMN_EDGES)
    distances = {(found, column or None): far for (found, column), far in trace.columns.items()}
    return _Downstream(distances, trace.objects.capped, _subtypes(trace))


def _subtypes(trace: Trace) -> Mapping[tuple[int, str | None], tuple[str, ...]]:
    """How the columns before each column take part in it."""
    found: dict[tuple[int, str | None], set[str]] = defaultdict(set)
    for edge in trace.edges.values():
        found[edge.downstream, edge.downstream_column].add(edge.subtype)
    return {column: tuple(sorted(subtypes)) for column, subtypes in found.items()}


def _objects(found: _Downstream, nodes: Mapping[int, Node]) -> Iterator[ImpactRow]:
    for (object_id, column), distance in found.distances.items():
        if distance and object_id in nodes:
            subtypes = found.subtypes.get((object_id, column), ())
            yield replace(_row(nodes[object_id], column, distance), subtypes=subtypes)


def _readers(
    found: _Downstream, nodes: Mapping[int, Node], readers: Sequence[tuple[int, Reader]]
) -> Iterable[ImpactRow]:
    for object_id, reader in readers:
        reasons = [(object_id, column) for column in (None, *reader.columns) if (object_id, column) in found.distances]
        distance = min(found.distances[one] for one in reasons)
        yield replace(
            _row(nodes[object_id], None, distance),
            affected=Affected.READER,
            subtypes=tuple(sorted({subtype for one in reasons for subtype in found.subtypes.get(one, ())})),
            reads=reader.columns,
            user=reader.user,
            source=reader.source,
            tool=reader.tool,
            job=reader.job,
            model=reader.model,
            dashboard=reader.dashboard,
            url=reader.url,
            executions=reader.executions,
            first_seen=reader.first_seen,
            last_seen=reader.last_seen,
            cluster=reader.cluster,
            query_id=reader.query_id,
        )


def _row(node: Node, column: str | None, distance: int) -> ImpactRow:
    return ImpactRow(Affected.OBJECT, distance, node.namespace, node.object, column, node.kind, ())


def _order(row: ImpactRow) -> tuple[object, ...]:
    return row.distance, row.object, row.affected.value, row.column or "", row.user or "", row.tool or ""
