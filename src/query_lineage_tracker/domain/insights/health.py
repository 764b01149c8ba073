"""How the tracker is, as people are shown it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ClusterState:
    """A cluster: who ingests it, and how many queries are open."""

    cluster: str
    namespace: str
    lease_holder: str | None
    lease_until: datetime | None
    open_queries: int


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source of a cluster: how far it was ingested, and what it brought."""

    cluster: str
    source: str
    watermark: datetime | None
    lag_seconds: int | None
    last_run: datetime | None
    last_error: str | None
    queries: int
    lost: int
    rejected: int
    gaps: int


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for failures, and how many there are of it."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class RejectedRows:
    """Rows in quarantine by source."""

    cluster: str
    source: str
    waiting: int
    replayed: int


@dataclass(frozen=True, slots=True)
class DayTotal:
    """Executions of a UTC day that have ended."""

    day: date
    executions: int
    failed: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many executions used or came from something."""

    value: str
    executions: int


@dataclass(frozen=True, slots=True)
class KnownGap:
    """A range of time that a source could not serve; `covered` by events: yes, partly, no."""

    cluster: str
    source: str
    cause: str
    since: datetime | None
    until: datetime
    seconds: int | None
    covered: str
    by_event: int
    ids_missing: int | None
    detail: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class RecordedGap:
    """A gap as it was recorded."""

    cluster: str
    source: str
    cause: str
    since: datetime | None
    until: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class SinkState:
    """Messages of one kind for one sink; `halted` says why nothing can be delivered now."""

    sink: str
    kind: str
    pending: int
    parked: int
    dead: int
    settled: int
    oldest: datetime | None
    last_delivered: datetime | None
    halted: str | None


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message that a sink does not have: what it is `about` in names, why the last attempt failed, since when."""

    sink: str
    kind: str
    entity: str
    about: str
    state: str
    attempts: int
    reason: str | None
    since: datetime
    next_attempt: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """What came in lately, what is used most, and how the tracker is.

    `totals`, `tables` and `users` are over the days from `since` on, `failures` over the last day. Tables are counted
    over the 1,000 statements that ran most.
    """

    since: date
    totals: tuple[DayTotal, ...]
    tables: tuple[Count, ...]
    users: tuple[Count, ...]
    failures: tuple[Reason, ...]
    clusters: tuple[ClusterState, ...]
    sources: tuple[SourceState, ...]
    gaps: tuple[RecordedGap, ...]
    sync: tuple[SinkState, ...]
    quarantine: tuple[RejectedRows, ...]
    not_parsed: tuple[Reason, ...]
