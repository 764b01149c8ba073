"""Executed queries: what a source tells of one execution, and what we make of its state."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

_QUERY_ID = re.compile(r"\d{8}_\d{6}_\d{5}_[a-z0-9]{5}")


class State(str, Enum):
    """Trino's query states in their order; an execution only moves forward through them."""

    QUEUED = "QUEUED"
    WAITING_FOR_RESOURCES = "WAITING_FOR_RESOURCES"
    DISPATCHING = "DISPATCHING"
    PLANNING = "PLANNING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    FINISHING = "FINISHING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"

    @property
    def rank(self) -> int:
        """Place in the order; FINISHED and FAILED share the last one, so neither replaces the other."""
        return min(_ORDER[self], _ORDER[State.FINISHED])

    @property
    def terminal(self) -> bool:
        return self in (State.FINISHED, State.FAILED)


_ORDER = {state: rank for rank, state in enumerate(State)}


class Capture(str, Enum):
    """Whether we saw the execution to its end."""

    OPEN = "OPEN"
    COMPLETE = "COMPLETE"
    LOST = "LOST"


class Outcome(str, Enum):
    """What happened to the data of a write; reads have none."""

    COMMITTED = "COMMITTED"
    NOT_WRITTEN = "NOT_WRITTEN"
    UNCERTAIN = "UNCERTAIN"


class Teller(str, Enum):
    """Who told a fact of an execution; where two tellers differ, the one that stands first here is believed."""

    EVENT = "EVENT"
    """An event listener of the coordinator."""
    REST = "REST"
    """The coordinator, asked for this one query."""
    POLL = "POLL"
    """The coordinator's system table, with its list of queries."""
    FILE = "FILE"
    """A recorded query."""


class SessionOrigin(str, Enum):
    """How the session catalog and schema of an execution are known."""

    EVENT = "EVENT"
    REST = "REST"
    RECORDED = "RECORDED"
    CONFIGURED = "CONFIGURED"


@dataclass(frozen=True, slots=True)
class Session:
    """The session catalog and schema that unqualified names are resolved in."""

    catalog: str | None = None
    schema: str | None = None
    origin: SessionOrigin | None = None


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """What an execution cost: milliseconds, bytes, rows. None where the source does not tell."""

    cpu_ms: int | None = None
    elapsed_ms: int | None = None
    queued_ms: int | None = None
    analysis_ms: int | None = None
    planning_ms: int | None = None
    execution_ms: int | None = None
    peak_memory_bytes: int | None = None
    physical_input_bytes: int | None = None
    raw_input_rows: int | None = None
    written_bytes: int | None = None
    spilled_bytes: int | None = None
    written_rows: int | None = None


@dataclass(frozen=True, slots=True)
class ExecutedQuery:
    """One statement's execution as a source tells it. `text` and `prepared_text` are raw: redact before anything else.

    Times are aware datetimes in UTC. `query_id` begins with its UTC day (`yyyyMMdd_HHmmss_NNNNN_ccccc`).
    `finished_writing`: the connector told what it wrote, which it does just before the commit. `nothing_to_do`: Trino
    planned no write at all, as for CREATE TABLE IF NOT EXISTS of a table that exists.
    """

    query_id: str
    state: State
    user: str
    text: str
    created: datetime
    source: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    error_type: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    resource_group: tuple[str, ...] = ()
    session: Session = Session()
    prepared_text: str | None = None
    query_type: str | None = None
    update_type: str | None = None
    client_info: str | None = None
    client_tags: tuple[str, ...] = ()
    resources: ResourceUse = ResourceUse()
    original_user: str | None = None
    principal: str | None = None
    trace_token: str | None = None
    transaction_id: str | None = None
    finished_writing: bool | None = None
    nothing_to_do: bool | None = None
    told_by: Teller = Teller.FILE


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be understood: kept in the quarantine with its reason, never dropped.

    `payload` is what arrived, as storable text; `origin` says where it stood: a file and line, a poll.
    """

    reason: str
    payload: str
    origin: str
    query_id: str | None = None


def is_query_id(text: str) -> bool:
    """Whether the text has the shape of a Trino query id."""
    return _QUERY_ID.fullmatch(text) is not None


def coordinator_of(query_id: str) -> str:
    """The suffix that names the coordinator process that issued the id; it changes with every restart."""
    return query_id[-5:]
