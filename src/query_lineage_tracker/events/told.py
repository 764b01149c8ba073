"""What one message of Trino tells of one execution, and which facts it must hold to tell anything at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow, State, is_query_id
from query_lineage_tracker.events.facts import Facts, moment
from query_lineage_tracker.lineage.attribution import Attribution
from query_lineage_tracker.lineage.engine import EngineAnswer, ViewText
from query_lineage_tracker.records import is_recordable_id, rejected_row, shape_of, storable


@dataclass(frozen=True, slots=True)
class ToldQuery:
    """An execution, what Trino answers about its lineage, and texts of views that it met; all texts are raw.

    `claim` is which tool the query says it comes from, where that was read before its comments were redacted.
    """

    query: ExecutedQuery
    answer: EngineAnswer | None = None
    views: tuple[ViewText, ...] = ()
    claim: Attribution | None = None


class NotUnderstood(ValueError):
    """An essential fact is missing; the text is the reason, by shape and never by value."""


@dataclass(frozen=True, slots=True)
class Essentials:
    """What must be told of an execution; `ended` is None exactly while it is open."""

    query_id: str
    text: str
    user: str
    created: datetime
    state: State = State.QUEUED
    ended: datetime | None = None


Places = Mapping[str, "tuple[str, ...]"]
"""Where the essential facts stand, by field of Essentials: the keys on the way."""


def essentials_of(info: Facts, places: Places, states: Collection[State]) -> Essentials:
    """The essential facts, with one of the states. Raises NotUnderstood, naming all that are missing."""
    found: dict[str, Any] = {fact: _READERS[fact](_at(info, path)) for fact, path in places.items()}
    state = found.get("state")
    if state is not None and not state.terminal:
        found["ended"] = _OPEN
    if "state" in places and state not in states:
        found["state"] = None
    missing = [fact for fact in places if found[fact] is None]
    if missing:
        raise NotUnderstood("; ".join([_reason(info, places[fact], fact, states) for fact in missing]))
    return Essentials(**{fact: value for fact, value in found.items() if value is not _OPEN})


def not_understood(body: bytes, origin: str, reason: str, info: Facts, places: Places) -> RejectedRow:
    """The rejected row for a message that is not understood, with its query id where that can be read."""
    query_id = _at(info, places["query_id"])
    readable = query_id if isinstance(query_id, str) and is_query_id(query_id) else None
    return replace(rejected_row(body, origin, reason), query_id=readable)


_OPEN = object()


def _at(info: Facts, path: tuple[str, ...]) -> object:
    value: object = info
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _reason(info: Facts, path: tuple[str, ...], fact: str, states: Collection[State]) -> str:
    value = _at(info, path)
    expected = (
        "one of " + ", ".join(one.value for one in State if one in states) if fact == "state" else _EXPECTED[fact]
    )
    return f"{'.'.join(path)}: {'missing' if value is None else shape_of(value)}, expected {expected}"


def _query_id(value: object) -> str | None:
    return value if isinstance(value, str) and is_recordable_id(value) else None


def _text(value: object) -> str | None:
    return storable(value) if isinstance(value, str) else None


def _state(value: object) -> State | None:
    return State.__members__.get(value) if isinstance(value, str) else None


_READERS: Mapping[str, Callable[[object], object]] = {
    "query_id": _query_id,
    "text": _text,
    "user": _text,
    "created": moment,
    "state": _state,
    "ended": moment,
}
_TIME = "a time with its zone such as 2026-11-22T17:14:01.717Z"
_EXPECTED = {
    "query_id": "an id such as 20261122_171401_00060_99ia3",
    "text": "a text",
    "user": "a text",
    "created": _TIME,
    "ended": _TIME,
}


def started_at(essentials: Essentials, told: datetime | None) -> datetime | None:
    """When the execution began: Trino puts the end there for one that never did."""
    ended = essentials.ended
    never_began = essentials.state is State.FAILED and told == ended and ended != essentials.created
    return None if never_began else told


def does_nothing(output: Facts, met: object, query_type: str | None, update_type: str | None) -> bool | None:
    """True for CREATE TABLE AS on a table that exists, which has an output and nothing else; None for all others."""
    creates_from_query = (query_type, update_type) == ("INSERT", "CREATE TABLE")
    has_target = isinstance(output.get("table"), str)
    return True if creates_from_query and has_target and not output.get("columns") and not met else None
