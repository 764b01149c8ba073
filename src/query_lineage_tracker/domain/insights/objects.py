"""Objects, their columns and their usage as people are shown them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from query_lineage_tracker.domain.insights.dbt import ToldByDbt


@dataclass(frozen=True, slots=True)
class ObjectSearch:
    """Which objects; what is None does not matter. `text` is a part of the name; `unread_since`: not read since."""

    text: str | None = None
    kind: str | None = None
    namespace: str | None = None
    catalog: str | None = None
    schema: str | None = None
    gone: bool | None = None
    unread_since: date | None = None


@dataclass(frozen=True, slots=True)
class NamedObject:
    """Which object: its identity and its name."""

    object_id: int
    namespace: str
    object: str


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object in a list, with how many columns, upstream and downstream objects are known of it.

    `first_seen` and `last_seen` are those of executions that used it; `gone`: dropped or renamed away, not seen since.
    """

    object_id: int
    namespace: str
    object: str
    kind: str | None
    gone: bool
    first_seen: datetime | None
    last_seen: datetime | None
    columns: int
    upstream: int
    downstream: int


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """Objects by their names. `complete`, `next` and `advice` as in a page of queries."""

    rows: tuple[FoundObject, ...]
    next: str | None
    complete: bool
    advice: str | None


@dataclass(frozen=True, slots=True)
class OneObject:
    """An object: what became of it, who told its columns, and its use in the last `usage_days` days.

    Reads and writes are executions that count. `renamed_to` and `renamed_from` are names. `dbt` is None
    without a project.
    """

    object_id: int
    namespace: str
    object: str
    kind: str | None
    gone: bool
    first_seen: datetime | None
    last_seen: datetime | None
    begun_at: datetime | None
    ended_at: datetime | None
    columns: int
    columns_origin: str | None
    columns_known_at: datetime | None
    upstream: int
    downstream: int
    renamed_to: tuple[str, ...]
    renamed_from: tuple[str, ...]
    usage_days: int
    reads: int
    writes: int
    readers: int
    last_read: datetime | None
    last_written: datetime | None
    dbt: ToldByDbt | None = None


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column with how many column edges lead into it and out of it; `ordinal` is None when it is gone or unknown."""

    object_id: int
    namespace: str
    object: str
    column: str
    ordinal: int | None
    type: str | None
    first_day: date | None
    last_day: date | None
    upstream: int
    downstream: int


@dataclass(frozen=True, slots=True)
class ColumnPage:
    """Columns: of one object in their order, or of several by column and object."""

    rows: tuple[FoundColumn, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class UsageDay:
    """How often and by how many users an object was read and written a UTC day."""

    day: date
    reads: int
    writes: int
    readers: int
    writers: int


@dataclass(frozen=True, slots=True)
class ObjectUser:
    """A user of an object."""

    user: str
    reads: int
    writes: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """The use of an object from a day on: day by day, and by user, the most frequent first."""

    object: NamedObject
    since: date
    days: tuple[UsageDay, ...]
    users: tuple[ObjectUser, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads an object or column, and through what: tool, job, model, dashboard are what the queries claim.

    `columns` are those of the columns asked for that it reads; none where the object as a whole was asked for. `effect`
    is READS for plain queries. `query_id` is the last execution.
    """

    object: str
    columns: tuple[str, ...]
    user: str
    source: str | None
    tool: str | None
    job: str | None
    model: str | None
    dashboard: str | None
    url: str | None
    effect: str
    executions: int
    statements: int
    first_seen: datetime
    last_seen: datetime
    cluster: str | None
    query_id: str | None


@dataclass(frozen=True, slots=True)
class Readers:
    """Who read an object or column from `since` to `until`; `capped`: there are more, these are the latest."""

    object: NamedObject
    column: str | None
    since: date
    until: date
    rows: tuple[Reader, ...]
    capped: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """What the executions of a user, tool or table took together; the memory is the most that one of them took."""

    value: str
    executions: int
    failed: int
    cpu_ms: int
    elapsed_ms: int
    peak_memory_bytes: int
    input_bytes: int
    input_rows: int
    written_bytes: int
    written_rows: int
    spilled_bytes: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Cost by user, tool or table of executions from `since` to `until`, the largest first.

    A query that uses several tables counts for each of them. Not `complete`: there was no time to add them up.
    """

    by: str
    since: datetime
    until: datetime
    rows: tuple[Cost, ...]
    complete: bool
    advice: str | None
