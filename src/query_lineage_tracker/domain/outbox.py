"""Messages for metadata catalogs: what is enqueued, what is delivered, how a delivery can end.

A message is one entity of one kind for one sink. Enqueueing raises its generation; the payload is composed at delivery
from the current state; a delivery settles the message only if its generation has not moved meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum


class MessageKind(str, Enum):
    """What a message tells of."""

    QUERY = "QUERY"
    """A statement: its representative text, the objects it uses, its users. Entity: the statement id."""
    LINEAGE = "LINEAGE"
    """An edge between two objects with its columns. Entity: `upstream_id:downstream_id`."""
    USAGE = "USAGE"
    """How often an object was used on a UTC day. Entity: `object_id:YYYY-MM-DD`."""
    TEXT = "TEXT"
    """A text of a statement that is not its representative one. Entity: `statement_id:text_id`."""
    COST = "COST"
    """What executions cost on a UTC day, by their statements' representative text. Entity: `text_id:YYYY-MM-DD`."""


class EdgeKind(str, Enum):
    """What an edge is made of."""

    DATA = "DATA"
    """Data flowed from upstream to downstream."""
    DEFINITION = "DEFINITION"
    """The downstream view is defined over the upstream object."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to deliver until `lease_until`."""

    sink: str
    kind: MessageKind
    entity: str
    generation: int
    attempts: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """An object as a catalog should know it: `catalog.schema.table`, and `@branch` where it is not the main one."""

    namespace: str
    catalog: str
    schema: str
    name: str
    branch: str = ""

    def __str__(self) -> str:
        name = f"{self.catalog}.{self.schema}.{self.name}"
        return f"{name}@{self.branch}" if self.branch else name


@dataclass(frozen=True, slots=True)
class QueryFacts:
    """Everything about one statement, or one text of it, that a catalog may want to know. `text` is redacted."""

    statement_id: str
    fingerprint: str
    text: str
    kind: str
    session_catalog: str | None
    session_schema: str | None
    sources: tuple[ObjectFacts, ...]
    targets: tuple[ObjectFacts, ...]
    users: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    executions: int
    duration_ms: int | None
    coverage: str


@dataclass(frozen=True, slots=True)
class ColumnFlow:
    """Columns that flow into one column of the downstream object, or, when that is empty, influence all its rows.

    `method`: how that is known of all of them together, ENGINE, PARSED or BOTH.
    """

    downstream_column: str
    upstream_columns: tuple[str, ...]
    subtype: str
    method: str = "PARSED"


@dataclass(frozen=True, slots=True)
class LineageFacts:
    """One edge with its columns and the newest statement that made it, `text` in the session that it ran in.

    `certain` is False while only executions with an UNCERTAIN outcome made it. `method`: ENGINE, PARSED or BOTH.
    `ended`: the downstream object is gone, or was created anew since from something else. `withdrawn`: the receiver is
    to hold it no longer, because nobody has seen it since, or because it holds it under another name. `read_as`: what
    the upstream object was called in the statement, where it was renamed since.
    """

    upstream: ObjectFacts
    downstream: ObjectFacts
    kind: EdgeKind
    columns: tuple[ColumnFlow, ...]
    text: str
    statement_id: str
    first_seen: datetime
    last_seen: datetime
    certain: bool
    method: str = "PARSED"
    ended: bool = False
    session_catalog: str | None = None
    session_schema: str | None = None
    withdrawn: bool = False
    read_as: ObjectFacts | None = None


@dataclass(frozen=True, slots=True)
class UsageFacts:
    """How often an object was used on a UTC day, by executions that count.

    An execution that reads and writes the object is one of `executions`, and one of both `reads` and `writes`.
    """

    object: ObjectFacts
    day: date
    executions: int
    reads: int
    writes: int
    users: int


@dataclass(frozen=True, slots=True)
class CostFacts:
    """What executions of the statements that `text` stands for cost on a UTC day, failed ones included.

    Only those are among them whose CPU time is known. `objects`: what the statements use, targets first.
    """

    text: str
    statement_ids: tuple[str, ...]
    objects: tuple[ObjectFacts, ...]
    day: date
    executions: int
    cpu_ms: int
    elapsed_ms: int


Facts = QueryFacts | LineageFacts | UsageFacts | CostFacts


@dataclass(frozen=True, slots=True)
class Message:
    """A claimed message: facts composed from the current state, and what was last sent for it (JSON), if anything."""

    claim: Claim
    facts: Facts
    sent: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """It arrived, or was there already. `sent` (JSON) is kept as the base of the next merge."""

    sent: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Retry:
    """It did not arrive and may later; `after_seconds`: the receiver named a time; `busy`: it does not keep up."""

    reason: str
    after_seconds: float | None = None
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Parked:
    """The receiver does not know the entity yet; tried again slowly."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dead:
    """It will never arrive as it is; kept with its reason until somebody requeues it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Halted:
    """Nothing can be delivered to this sink now (token, rights, address); one alarm, then probes until it can."""

    reason: str


DeliveryResult = Delivered | Retry | Parked | Dead | Halted


@dataclass(frozen=True, slots=True)
class Preview:
    """What a delivery would change at the receiver, in words, and how it would end.

    `missing`: the receiver has nothing of what the message is about.
    """

    changes: tuple[str, ...]
    result: DeliveryResult
    missing: bool = False
