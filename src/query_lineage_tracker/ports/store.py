"""Where the history is kept: what one transaction saves, and who may save it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from query_lineage_tracker.domain.capture import Gap, LostQuery, Undescribed
from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.domain.history import Capture, ExecutedQuery, Outcome, RejectedRow
from query_lineage_tracker.lineage.attribution import Attribution
from query_lineage_tracker.lineage.column_sets import ColumnSet
from query_lineage_tracker.lineage.differences import Outline
from query_lineage_tracker.lineage.engine import EngineAnswer
from query_lineage_tracker.lineage.result import Effect, LineageResult, ObjectName, StatementKind
from query_lineage_tracker.ports.analysis import (
    Run,
)
from query_lineage_tracker.ports.sources import (
    IngestState,
    OwnQueries,
)


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
    """A statement that was analyzed for this batch. `text_id` is the text that it was analyzed from; `literal_free` is
    that without literals and comments, None if it could not be parsed.

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
    literal_free: str | None = None
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


Save = Callable[["Lease | None"], Awaitable[SavedBatch]]
"""Saves one batch; raises as `IngestStore.save` does."""


class IngestStore(OwnQueries, Protocol):
    """The write side of the history."""

    async def ingest_state(self, cluster: str, source: str) -> IngestState: ...

    async def known_statements(self, statement_ids: Sequence[UUID]) -> Mapping[UUID, KnownStatement]: ...

    async def save(self, batch: Batch, lease: Lease | None) -> SavedBatch:
        """Save the whole batch or nothing.

        Raises LeaseLost when `lease` is not the current one any more, StatementsPurged when a statement that the batch
        takes to be stored is not, StoreRefused when PostgreSQL does not take something that is in it, StoreUnreachable
        when PostgreSQL is away.
        """
        ...

    async def ready(self, batch: Batch) -> Save:
        """Do what needs no transaction, so that nothing waits for it later; the answer saves the batch."""
        ...

    async def begin_run(self, cluster: str, source: str) -> UUID: ...

    async def end_run(self, run_id: UUID, saved: SavedBatch, error: str | None) -> None: ...


class UndescribedWrites(Protocol):
    """Which executions ought to be asked for, because only polls told of them."""

    async def undescribed(self, cluster: str, remembered_s: float, limit: int) -> Sequence[str]:
        """Ids of writes that ended within the time before the watermark, the first that ended first."""
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
