"""What the services need from the outside, cut to their needs; adapters provide it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple, Protocol, runtime_checkable
from uuid import UUID

from query_lineage_tracker.domain.capture import Gap, LostQuery, Undescribed
from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.domain.history import Capture, ExecutedQuery, Outcome, RejectedRow
from query_lineage_tracker.domain.outbox import Claim, DeliveryResult, Message, Preview
from query_lineage_tracker.lineage.attribution import Attribution
from query_lineage_tracker.lineage.column_sets import ColumnSet, FetchedColumns
from query_lineage_tracker.lineage.differences import Outline
from query_lineage_tracker.lineage.engine import EngineAnswer, FetchedViews, ViewText
from query_lineage_tracker.lineage.result import Effect, LineageResult, ObjectName, StatementKind


@dataclass(frozen=True, slots=True)
class IngestState:
    """What the store remembers of one source of one cluster; `position` (JSON) is opaque to all but the source."""

    watermark: datetime | None = None
    position: Mapping[str, object] = field(default_factory=dict)
    open_queries: frozenset[str] = frozenset()
    own_queries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FetchedBatch:
    """Rows to save in one transaction, with what moves with them; None leaves watermark or position where it is.

    `answers` is what Trino says of the lineage of executions, `views` are texts of views that it told of on the way;
    both by query id. `undescribed` are executions about which the coordinator was asked in vain. `saved` is called
    after the transaction, before that of the next batch begins: a source that may forget only what is stored waits for
    it. It does not raise for what its neighbour does.
    """

    queries: tuple[ExecutedQuery, ...]
    rejected: tuple[RejectedRow, ...] = ()
    answers: Mapping[str, EngineAnswer] = field(default_factory=dict)
    views: Mapping[str, tuple[ViewText, ...]] = field(default_factory=dict)
    attributions: Mapping[str, Attribution] = field(default_factory=dict)
    claims: tuple[ClaimedRun, ...] = ()
    gaps: tuple[Gap, ...] = ()
    lost: tuple[LostQuery, ...] = ()
    undescribed: tuple[tuple[str, Undescribed], ...] = ()
    watermark: datetime | None = None
    position: Mapping[str, object] | None = None
    saved: Callable[[], Awaitable[None]] | None = field(default=None, compare=False)


class EventKind(str, Enum):
    """What an entry of the journal is."""

    TRINO = "TRINO"
    """An event of Trino's event listener."""
    OPENLINEAGE = "OPENLINEAGE"
    """An OpenLineage event, or a batch of them."""
    REJECTED = "REJECTED"
    """A rejected row."""


class EventJournal(Protocol):
    """Where received events of one cluster are kept until they are in the store."""

    async def append(self, kind: EventKind, payload: bytes) -> None:
        """Returns once the payload, JSON in UTF-8, is on disk. Raises JournalRefuses."""
        ...


class QuerySource(Protocol):
    """Where executed queries come from."""

    @property
    def name(self) -> str:
        """Stable name under which watermark and position are kept."""
        ...

    def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        """One pass: batches in the order in which they must be saved, the last one moving the watermark."""
        ...

    async def aclose(self) -> None:
        """Release connections; safe to call twice."""
        ...


class OwnQueries(Protocol):
    """Where a source records the queries that it issues itself, as soon as it knows their ids."""

    async def record_own_query(self, cluster: str, query_id: str) -> None: ...


class Run(NamedTuple):
    """An execution of a statement, as far as the columns of objects are concerned; `finished` if it succeeded."""

    created: datetime
    finished: datetime | None = None


@dataclass(frozen=True, slots=True)
class StatementText:
    """A redacted statement in its session, ready to be analyzed; `runs` tell which columns there were, and are now."""

    sql: str
    catalog: str | None
    schema: str | None
    statement_id: UUID | None = None
    runs: tuple[Run, ...] = ()


class LineageAnalyzer(Protocol):
    """Statements in, lineage out. Bad SQL, time-outs and crashes of the analysis are results, never exceptions."""

    @property
    def version(self) -> str:
        """Name and version, e.g. `sqllineage 1.5.9`; stored with each result, a new one makes it stale."""
        ...

    async def analyze(self, statements: Sequence[StatementText]) -> Sequence[LineageResult]:
        """One result a statement, in the same order."""
        ...

    async def aclose(self) -> None: ...


class SchemaResolver(Protocol):
    """Columns of objects; objects whose columns are unknown are absent."""

    async def columns(self, objects: Iterable[ObjectName]) -> Mapping[ObjectName, ColumnSet]: ...


class DefinitionResolver(Protocol):
    """Definitions of views and materialized views; those that are not known are absent."""

    async def definitions(self, objects: Iterable[ObjectName]) -> Mapping[ObjectName, StatementText]:
        """The statement that last created each of the objects, or would have, in its session and with its identity."""
        ...


class ColumnSource(Protocol):
    """Where the columns of objects can be asked for: Trino's information schema."""

    async def fetch(self, objects: Sequence[ObjectName]) -> FetchedColumns | None:
        """One bounded question about as many of the first objects, all of one catalog, as fit into it.

        What the neighbour refuses is an answer; None when it does not answer.
        """
        ...


class ColumnStore(SchemaResolver, Protocol):
    """Columns of objects that are kept, and which of them ought to be asked for."""

    async def wanted(self, refresh_s: float, limit: int) -> Sequence[ObjectName]:
        """Objects of one catalog that statements use of late: unknown ones first, then those not asked for longest."""
        ...

    async def keep(self, answer: FetchedColumns) -> int:
        """Remember the answer, and that there was none; returns of how many objects the columns changed."""
        ...


class ViewSource(Protocol):
    """Where the texts of views can be asked for: Trino's catalogs."""

    async def fetch(self, objects: Sequence[ObjectName]) -> FetchedViews | None:
        """One bounded question about as many of the first objects, all of one catalog, as fit into it.

        What the neighbour refuses is an answer; None when it does not answer.
        """
        ...


class ViewStore(DefinitionResolver, Protocol):
    """Definitions of views that are kept, and which objects ought to be asked for theirs."""

    async def wanted(self, refresh_s: float, limit: int) -> Sequence[ObjectName]:
        """Objects of one catalog that were read of late and may be views: those without a known definition first, then
        those that were not asked for longest."""
        ...

    async def keep(self, answer: FetchedViews) -> None:
        """Remember who was asked for; the definitions themselves are saved as a batch."""
        ...


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to ingest a cluster; every batch transaction checks that `epoch` is still the current one."""

    cluster: str
    holder: str
    epoch: int


@dataclass(frozen=True, slots=True)
class KnownStatement:
    """What ingest needs to know of a statement that is stored already.

    `columns_changed`: since when the columns that its analysis went by are others. `engine_digest` is that of Trino's
    answer about the execution that ended at `engine_at`; None where it never answered.
    """

    statement_id: UUID
    effect: Effect
    analyzer: str
    kind: StatementKind = StatementKind.UNKNOWN
    columns_changed: datetime | None = None
    engine_digest: bytes | None = None
    engine_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnalyzedStatement:
    """A statement that was analyzed for this batch. `text_id` is the text that it was analyzed from.

    `result` is what the analyzer found. `engine` is what Trino said of the execution that ended at `engine_at`; the
    store joins the two, and keeps a later answer of Trino that it has already.
    """

    statement_id: UUID
    fingerprint: str
    session_catalog: str | None
    session_schema: str | None
    text_id: UUID
    result: LineageResult
    analyzer: str
    engine: EngineAnswer | None = None
    engine_at: datetime | None = None


class Which(str, Enum):
    """Which stored statements."""

    ALL = "ALL"
    STALE = "STALE"
    """Those that another analyzer version analyzed, or that went by other columns than those that are known now."""
    LEARNT = "LEARNT"
    """Those that went by unknown columns which are known now."""


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A stored statement with its text and what is thought of its lineage; `runs` holds its last success, if any."""

    statement_id: UUID
    fingerprint: str
    session_catalog: str | None
    session_schema: str | None
    text_id: UUID
    sql: str
    runs: tuple[Run, ...]
    outline: Outline
    engine: EngineAnswer | None = None


class StatementStore(Protocol):
    """Statements that are stored, to be analyzed again."""

    async def ids(self, namespace: str, which: Which, analyzer: str, limit: int) -> Sequence[UUID]:
        """Statements of the namespace, in the order of their last execution; `analyzer` is the current version."""
        ...

    async def statements(self, statement_ids: Sequence[UUID]) -> Sequence[StoredStatement]:
        """Those of the statements that are stored, in the given order."""
        ...


@dataclass(frozen=True, slots=True)
class Execution:
    """An executed query with what it refers to; its texts are redacted.

    `claim` is which tool it says it comes from: anybody can write that, so it decides nothing.
    """

    query: ExecutedQuery
    text_id: UUID
    prepared_text_id: UUID | None
    statement_id: UUID
    capture: Capture
    outcome: Outcome | None
    claim: Attribution | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """What a view or materialized view is defined as, told by Trino and not by an execution that created it.

    The statement is one of the batch, or stored already.
    """

    view: ObjectName
    materialized: bool
    statement_id: UUID
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one transaction saves. `rolled_back` are transactions: what was written in them is void."""

    batch_id: UUID
    run_id: UUID
    cluster: str
    namespace: str
    source: str
    executions: tuple[Execution, ...] = ()
    texts: Mapping[UUID, str] = field(default_factory=dict)
    statements: tuple[AnalyzedStatement, ...] = ()
    columns: Mapping[ObjectName, ColumnSet] = field(default_factory=dict)
    rejected: tuple[RejectedRow, ...] = ()
    claims: tuple[ClaimedRun, ...] = ()
    definitions: tuple[Definition, ...] = ()
    rolled_back: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    lost: tuple[LostQuery, ...] = ()
    undescribed: tuple[tuple[str, Undescribed], ...] = ()
    watermark: datetime | None = None
    position: Mapping[str, object] | None = None
    sinks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedBatch:
    """What a batch changed; all zero when it was saved before."""

    inserted: int = 0
    advanced: int = 0
    rejected: int = 0
    lost: int = 0
    gaps: int = 0
    statements: int = 0
    edges: int = 0
    enqueued: int = 0

    def __add__(self, other: SavedBatch) -> SavedBatch:
        return SavedBatch(*(mine + theirs for mine, theirs in zip(self.counts(), other.counts(), strict=True)))

    def counts(self) -> tuple[int, ...]:
        """All counts, in the order of the fields."""
        return tuple(getattr(self, name) for name in self.__slots__)


class IngestStore(OwnQueries, Protocol):
    """The write side of the history."""

    async def ingest_state(self, cluster: str, source: str) -> IngestState: ...

    async def known_statements(self, statement_ids: Sequence[UUID]) -> Mapping[UUID, KnownStatement]: ...

    async def save(self, batch: Batch, lease: Lease | None) -> SavedBatch:
        """Save the whole batch or nothing.

        Raises LeaseLost when `lease` is not the current one any more, StoreUnreachable when PostgreSQL is away.
        """
        ...

    async def begin_run(self, cluster: str, source: str) -> UUID: ...

    async def end_run(self, run_id: UUID, saved: SavedBatch, error: str | None) -> None: ...


class UndescribedWrites(Protocol):
    """Which executions ought to be asked for, because only polls told of them."""

    async def undescribed(self, cluster: str, remembered_s: float, limit: int) -> Sequence[str]:
        """Ids of writes that ended within the time before the watermark, the first that ended first."""
        ...


class Describer(Protocol):
    """Who describes single executions: the coordinator, one question each."""

    def describe(self, query_ids: Sequence[str]) -> QuerySource:
        """The source of what is answered about them."""
        ...


class Leases(Protocol):
    """Who ingests which cluster."""

    async def acquire(self, cluster: str, holder: str, seconds: float) -> Lease:
        """Raises LeaseHeld, naming the holder and until when, while another holder's lease lasts."""
        ...

    async def renew(self, lease: Lease, seconds: float) -> None:
        """Raises LeaseLost when somebody else took it."""
        ...

    async def release(self, lease: Lease) -> None: ...


class Outbox(Protocol):
    """Pending messages and their life."""

    async def claim(self, sink: str, worker: str, limit: int, seconds: float) -> Sequence[Claim]:
        """Due messages of the sink, ours for `seconds`; none while the sink is halted."""
        ...

    async def compose(self, claims: Sequence[Claim]) -> Sequence[Message]:
        """Messages for the claims from the current state; a claim whose entity is gone has none and is settled."""
        ...

    async def settle(self, results: Sequence[tuple[Claim, DeliveryResult]]) -> None:
        """Settle each claim that is still ours; one whose generation moved meanwhile stays due.

        Halted gives the claim back as it was: due, and with no attempt counted.
        """
        ...

    async def halt(self, sink: str, reason: str) -> bool:
        """Stop claims for the sink; True when it was not halted before."""
        ...

    async def resume(self, sink: str) -> bool:
        """Allow claims again; True when it was halted."""
        ...

    async def halted(self, sink: str) -> str | None:
        """Why the sink is halted, or None."""
        ...


@dataclass(frozen=True, slots=True)
class EnqueuedUsage:
    """Messages that are new, and those that were given up as too old; `waiting` while any is on its way."""

    enqueued: int
    expired: int
    waiting: bool


class UsageQueue(Protocol):
    """Who enqueues how often objects were used."""

    async def enqueue(self, sink: str) -> EnqueuedUsage:
        """Enqueue the earliest day that is over and untold, once all earlier ones are told. Each is enqueued once."""
        ...


class MetadataSink(Protocol):
    """A catalog that is told what we know."""

    @property
    def name(self) -> str: ...

    async def deliver(self, message: Message) -> DeliveryResult:
        """Deliver one message. Never raises for what the receiver or the network does."""
        ...

    async def probe(self) -> str | None:
        """Why nothing can be delivered now, or None when it can."""
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class PreviewingSink(Protocol):
    """A sink that can say what a delivery would change."""

    async def preview(self, message: Message) -> Preview:
        """Reads what stands at the receiver and writes nothing. Never raises for what the receiver does."""
        ...
