"""Where executed queries come from, and where received events are kept until they are stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from query_lineage_tracker.domain.capture import Gap, LostQuery, Undescribed
from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow
from query_lineage_tracker.lineage.attribution import Attribution
from query_lineage_tracker.lineage.engine import EngineAnswer, ViewText


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
    it. It does not raise for what its neighbour does. `refused` hears, before that, of each thing in the batch that the
    store refuses, and why; what the source keeps itself, and so answers with True, does not go to the quarantine.
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
    refused: Callable[[object, str], bool] | None = field(default=None, compare=False)


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


class Describer(Protocol):
    """Who describes single executions: the coordinator, one question each."""

    def describe(self, query_ids: Sequence[str]) -> QuerySource:
        """The source of what is answered about them."""
        ...
