"""What the read side answers: plain rows for the command line, the page and exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How far a source of a cluster is. `lag_s`: seconds between its watermark and now, by the database's clock."""

    cluster: str
    source: str
    watermark: datetime | None
    lag_s: float | None
    open_queries: int
    gaps: int
    holder: str | None
    last_run_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """Messages of a sink in a state: PENDING, PARKED, DEAD or SETTLED."""

    sink: str
    state: str
    messages: int
    oldest: datetime | None
    halted: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """How often something happened for a reason."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What is stored. `statements` are distinct; objects of the system catalogs are not counted."""

    queries: int
    failed: int
    lost: int
    statements: int
    not_parsed: int
    objects: int
    edges: int
    column_edges: int
    gaps: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class QueryFilter:
    """Which queries to list; None is any. `text` is a part of the SQL, in any case."""

    cluster: str | None = None
    user: str | None = None
    state: str | None = None
    source: str | None = None
    text: str | None = None
    error_code: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A query in a list; `text` is the beginning of its SQL."""

    cluster: str
    query_id: str
    state: str
    capture: str
    outcome: str | None
    user: str
    source: str | None
    kind: str
    created: datetime
    elapsed_ms: int | None
    error_code: str | None
    text: str


@dataclass(frozen=True, slots=True)
class UsedObject:
    """An object that a statement uses as SOURCE or TARGET."""

    role: str
    namespace: str
    catalog: str
    schema: str
    name: str
    branch: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class EdgeColumn:
    """A column edge of a statement; `downstream_column` is empty for what influences all rows."""

    upstream: str
    upstream_column: str
    downstream: str
    downstream_column: str
    subtype: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A name of a statement that could not be qualified."""

    name: str
    target: bool
    reason: str


@dataclass(frozen=True, slots=True)
class QueryDetail:
    """All about one query: `facts` are its columns in the history and in its statement, by name."""

    facts: Mapping[str, object]
    text: str
    prepared_text: str | None
    objects: tuple[UsedObject, ...]
    columns: tuple[EdgeColumn, ...]
    unresolved: tuple[Unresolved, ...]


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message in a list."""

    sink: str
    kind: str
    entity: str
    state: str
    generation: int
    attempts: int
    next_attempt_at: datetime
    reason: str | None
    enqueued_at: datetime


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that could not be understood."""

    quarantine_id: int
    cluster: str
    source: str
    origin: str
    query_id: str | None
    reason: str
    payload: str
    recorded_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class GapRow:
    """A recorded gap; `start` is None for "ever before"."""

    cluster: str
    source: str
    cause: str
    start: datetime | None
    end: datetime
    detail: str
    recorded_at: datetime
