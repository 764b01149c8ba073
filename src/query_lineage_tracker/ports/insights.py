"""What the read side needs of the store: each protocol is one page's worth of questions.

Questions are bounded: they look at so many rows behind a place, and say where they stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from query_lineage_tracker.domain.insights import health, lineage, objects, queries
from query_lineage_tracker.domain.insights.dbt import DbtAnswer
from query_lineage_tracker.domain.insights.lineage import Direction, EdgeFilter
from query_lineage_tracker.domain.insights.objects import ObjectSearch
from query_lineage_tracker.domain.insights.queries import QuerySearch


@dataclass(frozen=True, slots=True)
class Lead:
    """The condition of a search that an index answers in the order of the executions; at most one is given."""

    user: str | None = None
    source: str | None = None
    failed: bool = False
    text_ids: tuple[UUID, ...] | None = None
    statement_ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class QueryPlace:
    """An execution; the next ones are older."""

    query_id: str
    cluster: str


@dataclass(frozen=True, slots=True)
class QueryScan:
    """Of which executions to look at how many, and how many of the wanted ones to return."""

    wanted: QuerySearch
    lead: Lead
    object_ids: tuple[int, ...] | None
    place: QueryPlace | None
    scan: int
    limit: int


@dataclass(frozen=True, slots=True)
class ScannedQueries:
    """What a scan found; `last` and `last_created` are of the last execution that was looked at, None for none."""

    rows: Sequence[queries.FoundQuery]
    scanned: int
    last: QueryPlace | None
    last_created: datetime | None


@dataclass(frozen=True, slots=True)
class ScannedFacets:
    """How many of the wanted executions have a value, by facet and value; `last` as in `ScannedQueries`."""

    counts: Mapping[tuple[str, str], int]
    scanned: int
    last: QueryPlace | None


class QueryReads(Protocol):
    """Executed queries."""

    async def scan(self, wanted: QueryScan) -> ScannedQueries: ...

    async def facets(self, wanted: QueryScan) -> ScannedFacets: ...

    async def texts(self, text: str, limit: int, patience_s: float) -> tuple[UUID, ...] | None:
        """At most so many texts that hold this one; None where there was not enough time."""
        ...

    async def statements_like(self, literal_free: str, limit: int, patience_s: float) -> tuple[UUID, ...] | None:
        """At most so many statements that hold this without their literals; None where there was not enough time."""
        ...

    async def objects_named(self, table: str) -> tuple[int, ...]:
        """Objects of that name, schema and name, or catalog, schema and name."""
        ...

    async def statements_of(self, object_ids: Sequence[int], limit: int) -> tuple[UUID, ...]:
        """At most so many statements that use one of the objects."""
        ...

    async def executions_of(self, statement_ids: Sequence[UUID], first: date, last: date) -> int:
        """How often the statements were executed in these days."""
        ...

    async def clusters_of(self, query_id: str, cluster: str | None) -> Sequence[str]:
        """Clusters that ran a query of that id."""
        ...

    async def query(self, query_id: str, cluster: str) -> queries.OneQuery: ...


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """An object by its name; the next ones come behind it."""

    namespace: str
    catalog: str
    schema: str
    name: str
    branch: str


@dataclass(frozen=True, slots=True)
class ScannedObjects:
    """What a scan found; `last` is the last object that was looked at."""

    rows: Sequence[tuple[ObjectPlace, objects.FoundObject]]
    scanned: int
    last: ObjectPlace | None


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name as far as it is told."""

    name: str
    schema: str | None = None
    catalog: str | None = None
    branch: str = ""


class NameReads(Protocol):
    """Which objects have a name."""

    async def named(self, parts: NameParts, namespace: str | None) -> Sequence[objects.NamedObject]: ...

    async def similar(self, text: str) -> Sequence[str]:
        """Some names that hold the text."""
        ...

    async def with_column(self, object_ids: Sequence[int], column: str) -> frozenset[int]:
        """Those of the objects that have, or had, such a column."""
        ...


@dataclass(frozen=True, slots=True)
class ReaderQuestion:
    """Who read these objects, or of each the column beside it, in the days from `since` to before `until`."""

    object_ids: tuple[int, ...]
    columns: tuple[str | None, ...]
    since: date
    until: date
    limit: int
    effect: str | None = None


@dataclass(frozen=True, slots=True)
class ToldReaders:
    """Readers with the identity of the object that each reads; `capped`: more statements read than were looked at."""

    rows: Sequence[tuple[int, objects.Reader]]
    capped: bool


class ReaderReads(Protocol):
    """Who reads."""

    async def readers(self, question: ReaderQuestion) -> ToldReaders: ...


class ObjectReads(NameReads, ReaderReads, Protocol):
    """Objects and columns."""

    async def scan(
        self, wanted: ObjectSearch, place: ObjectPlace | None, *, scan: int, limit: int
    ) -> ScannedObjects: ...

    async def one(self, object_id: int, since: date) -> objects.OneObject: ...

    async def columns_of(
        self, object_id: int, text: str | None, place: tuple[int, str] | None, limit: int
    ) -> Sequence[objects.FoundColumn]:
        """Columns of an object behind a place (ordinal and name), in their order."""
        ...

    async def columns_found(
        self, text: str, namespace: str | None, place: tuple[str, int] | None, limit: int
    ) -> Sequence[objects.FoundColumn]:
        """Columns whose names hold the text, behind a place (name and object), by name."""
        ...

    async def usage(self, named: objects.NamedObject, since: date, users: int) -> objects.Usage: ...

    async def costs(
        self, by: str, since: datetime, until: datetime, *, sort: str, limit: int, patience_s: float
    ) -> Sequence[objects.Cost] | None:
        """The largest first by `sort`, a field of theirs. None where there was not enough time."""
        ...


@dataclass(frozen=True, slots=True)
class FoundEdge:
    """An edge, with what is known of its ends."""

    edge: lineage.Edge
    upstream_kind: str | None
    downstream_kind: str | None
    upstream_gone: bool
    downstream_gone: bool


@dataclass(frozen=True, slots=True)
class AskedColumns:
    """Columns of objects, side by side; '' stands for all columns of the object."""

    object_ids: tuple[int, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundWitness:
    """A witness, with the session that its text is to be read in."""

    witness: lineage.Witness
    namespace: str
    session_catalog: str | None
    session_schema: str | None
    columns: tuple[str, ...] = field(default=())
    """The columns of the target into which the upstream flows."""


class EvidenceReads(Protocol):
    """Why edges are there."""

    async def evidence(
        self, ends: tuple[int, int], columns: tuple[str | None, str | None], limit: int
    ) -> Sequence[FoundWitness]:
        """Statements that make the edge between two objects, or between columns of them."""
        ...


class LineageReads(NameReads, ReaderReads, Protocol):
    """The graph, hop by hop."""

    async def edges(
        self, direction: Direction, object_ids: Sequence[int], wanted: EdgeFilter, limit: int
    ) -> Sequence[FoundEdge]:
        """Edges of each of the objects on one side, the latest first, at most so many of each."""
        ...

    async def edges_between(self, object_ids: Sequence[int], wanted: EdgeFilter) -> Sequence[lineage.Edge]: ...

    async def nodes(self, object_ids: Sequence[int], wanted: EdgeFilter) -> Sequence[lineage.Node]:
        """The objects at distance 0, with counts of neighbours that are none of them."""
        ...

    async def column_edges(
        self, direction: Direction, asked: AskedColumns, wanted: EdgeFilter, limit: int
    ) -> Sequence[lineage.ColumnEdge]: ...

    async def column_edges_between(
        self, object_ids: Sequence[int], wanted: EdgeFilter, limit: int
    ) -> Sequence[lineage.ColumnEdge]: ...


class DbtReads(Protocol):
    """What a dbt project says."""

    async def nodes(self, namespace: str, objects: Sequence[str]) -> DbtAnswer:
        """What makes the objects of these names in the namespace."""
        ...


class HealthReads(Protocol):
    """How the tracker is."""

    async def overview(self, since: date, most: int) -> health.Overview: ...

    async def gaps(self, cluster: str | None, limit: int) -> Sequence[health.KnownGap]: ...

    async def sync(self) -> Sequence[health.SinkState]: ...

    async def waiting(self, sink: str | None, state: str | None, limit: int) -> Sequence[health.WaitingMessage]:
        """Messages that a sink does not have, of one sink and in one state, if these are given."""
        ...
