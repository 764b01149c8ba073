"""Recorded queries at the edge: one JSON object a query in, an executed query or a rejected row out.

An object has the columns of Trino's `system.runtime.queries`, times as ISO 8601 text with their zone, and optionally
`catalog` and the keys that follow it below. Both the poller and the reader of recorded files speak it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timezone
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, Strict, TypeAdapter, ValidationError
from typing_extensions import Required, TypedDict

from query_lineage_tracker.domain.history import (
    ExecutedQuery,
    RejectedRow,
    ResourceUse,
    Session,
    SessionOrigin,
    State,
    is_query_id,
)

_LARGEST_NUMBER = 2**63 - 1
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NUL_SYMBOL = "\u2400"
_REPLACEMENT = "\ufffd"

_QUERY_ID = r"^[0-9]{8}_([01][0-9]|2[0-3])([0-5][0-9]){2}_[0-9]{5}_[a-z0-9]{5}$"
_QueryId = Annotated[str, Field(pattern=_QUERY_ID)]
_Time = Annotated[AwareDatetime, Strict()]
_Number = Annotated[int, Field(ge=0, le=_LARGEST_NUMBER)]


class _Record(TypedDict, total=False):
    query_id: Required[_QueryId]
    state: Required[State]
    user: Required[str]
    query: Required[str]
    created: Required[_Time]
    source: str | None
    resource_group_id: list[str] | None
    queued_time_ms: _Number | None
    analysis_time_ms: _Number | None
    planning_time_ms: _Number | None
    started: _Time | None
    end: _Time | None
    error_type: str | None
    error_code: str | None
    catalog: str | None
    schema: str | None
    prepared_query: str | None
    query_type: str | None
    update_type: str | None
    client_info: str | None
    client_tags: list[str] | None
    error_message: str | None
    cpu_time_ms: _Number | None
    elapsed_time_ms: _Number | None
    execution_time_ms: _Number | None
    peak_memory_bytes: _Number | None
    physical_input_bytes: _Number | None
    raw_input_rows: _Number | None
    physical_written_bytes: _Number | None
    spilled_bytes: _Number | None
    written_rows: _Number | None
    original_user: str | None
    principal: str | None
    trace_token: str | None
    transaction_id: str | None
    finished_writing: bool | None
    nothing_to_do: bool | None


_RECORD: TypeAdapter[_Record] = TypeAdapter(_Record)
_KEYS = frozenset(_Record.__annotations__)
_UNKNOWN_SESSION = Session()
_UNKNOWN_USE = ResourceUse()
_TEXT = "text"
_EXPECTED = {
    "query_id": "an id such as 20261122_171401_00060_99ia3",
    "state": "one of " + ", ".join(state.value for state in State),
    "resource_group_id": "a list of texts",
    "client_tags": "a list of texts",
    **dict.fromkeys(("finished_writing", "nothing_to_do"), "true or false"),
    **dict.fromkeys(("created", "started", "end"), "a time with its zone such as 2026-11-22T17:14:01.717Z"),
    **dict.fromkeys(
        [key for key in _KEYS if key.endswith(("_ms", "_bytes", "_rows"))],
        f"a whole number from 0 to {_LARGEST_NUMBER}",
    ),
}


def parse_record(line: bytes, origin: str) -> ExecutedQuery | RejectedRow:
    """The query that the JSON object tells of, or the row with the reason why it cannot be understood.

    NUL characters and lone surrogates, which no database keeps, come out as U+2400 and U+FFFD. Unknown keys are
    ignored. `origin` says where the line stood.
    """
    # PostgreSQL refuses NUL, the fast parser lone surrogates, NaN, deep nesting: rare, so only those take the slow way.
    if b"\\u0000" in line:
        return _parse_leniently(line, origin)
    try:
        return _executed_query(_RECORD.validate_json(line))
    except ValidationError as problem:
        if problem.errors(include_url=False, include_context=False, include_input=False)[0]["type"] == "json_invalid":
            return _parse_leniently(line, origin)
        return _rejected(line, origin, _reason(problem), _readable_id(line))
    except (_Contradiction, OverflowError) as problem:
        return _rejected(line, origin, str(problem), _readable_id(line))


def storable(text: str) -> str:
    """The text with NUL characters and lone surrogates replaced visibly."""
    if text.isascii():
        return text.replace("\0", _NUL_SYMBOL)
    return _LONE_SURROGATE.sub(_REPLACEMENT, text.replace("\0", _NUL_SYMBOL))


def is_recordable_id(text: str) -> bool:
    """Whether the text is a query id that begins with a day of the calendar and a time of day."""
    return re.fullmatch(_QUERY_ID, text) is not None and _is_day(text[:8])


def rejected_row(line: bytes, origin: str, reason: str) -> RejectedRow:
    """A rejected row for a line that was not even looked into."""
    return _rejected(line, origin, reason, None)


class _Contradiction(ValueError):
    """Valid fields that cannot be true together."""


def _executed_query(record: _Record) -> ExecutedQuery:
    state, ended = record["state"], record.get("end")
    if ended is None and state.terminal:
        raise _Contradiction(f"end: null, expected {_EXPECTED['end']}, because the state is {state.value}")
    if not _is_day(record["query_id"][:8]):
        raise _Contradiction(f"query_id: begins with no day of the calendar, expected {_EXPECTED['query_id']}")
    return ExecutedQuery(
        query_id=record["query_id"],
        state=state,
        user=record["user"],
        text=record["query"],
        created=record["created"].astimezone(timezone.utc),
        source=record.get("source"),
        started=_in_utc(record.get("started")),
        ended=_in_utc(ended),
        error_type=record.get("error_type"),
        error_code=record.get("error_code"),
        error_message=record.get("error_message"),
        resource_group=tuple(record.get("resource_group_id") or ()),
        session=_session(record),
        prepared_text=record.get("prepared_query"),
        query_type=record.get("query_type"),
        update_type=record.get("update_type"),
        client_info=record.get("client_info"),
        client_tags=tuple(record.get("client_tags") or ()),
        resources=_resource_use(record),
        original_user=record.get("original_user"),
        principal=record.get("principal"),
        trace_token=record.get("trace_token"),
        transaction_id=record.get("transaction_id"),
        finished_writing=record.get("finished_writing"),
        nothing_to_do=record.get("nothing_to_do"),
    )


def _session(record: _Record) -> Session:
    """A key that is there with null says that the session had none; a key that is not there says nothing."""
    if "catalog" not in record and "schema" not in record:
        return _UNKNOWN_SESSION
    return Session(record.get("catalog"), record.get("schema"), SessionOrigin.RECORDED)


def _resource_use(record: _Record) -> ResourceUse:
    use = ResourceUse(
        record.get("cpu_time_ms"),
        record.get("elapsed_time_ms"),
        record.get("queued_time_ms"),
        record.get("analysis_time_ms"),
        record.get("planning_time_ms"),
        record.get("execution_time_ms"),
        record.get("peak_memory_bytes"),
        record.get("physical_input_bytes"),
        record.get("raw_input_rows"),
        record.get("physical_written_bytes"),
        record.get("spilled_bytes"),
        record.get("written_rows"),
    )
    return _UNKNOWN_USE if use == _UNKNOWN_USE else use


def _in_utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(timezone.utc)


@lru_cache(maxsize=1024)
def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return True


def _parse_leniently(line: bytes, origin: str) -> ExecutedQuery | RejectedRow:
    """The same with the standard library's parser, which takes what the fast one refuses; slower by far."""
    query_id = None
    try:
        parsed = json.loads(line.decode("utf-8", "replace"), strict=False)
        if not isinstance(parsed, dict):
            return _rejected(line, origin, f"{shape_of(parsed)}, expected one JSON object", None)
        query_id = _id_in(parsed)
        known = {key: _repaired(value) for key, value in parsed.items() if key in _KEYS}
        return _executed_query(_RECORD.validate_json(json.dumps(known)))
    except ValidationError as problem:
        reason = _reason(problem)
    except RecursionError:
        reason = "nested too deeply to be read"
    except json.JSONDecodeError as problem:
        reason = f"not JSON: {problem.msg} at character {problem.pos + 1} of {len(line)}"
    except (ValueError, OverflowError) as problem:
        reason = str(problem)
    return _rejected(line, origin, reason, query_id)


def _repaired(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_repaired(one) for one in value]
    return value


def _rejected(line: bytes, origin: str, reason: str, query_id: str | None) -> RejectedRow:
    payload = line.decode("utf-8", "backslashreplace").replace("\0", "\\u0000").rstrip("\r\n")
    return RejectedRow(reason=reason, payload=payload, origin=origin, query_id=query_id)


def _readable_id(line: bytes) -> str | None:
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _id_in(parsed) if isinstance(parsed, dict) else None


def _id_in(parsed: Mapping[str, Any]) -> str | None:
    query_id = parsed.get("query_id")
    return query_id if isinstance(query_id, str) and is_query_id(query_id) else None


def _reason(problem: ValidationError) -> str:
    """What is wrong, field by field: what was found, as a shape and never as the value, and what is expected."""
    return "; ".join(
        dict.fromkeys(
            _field_reason(error["loc"], error["type"], error["input"])
            for error in problem.errors(include_url=False, include_context=False)
        )
    )


def _field_reason(location: tuple[int | str, ...], kind: str, found: object) -> str:
    if not location:
        return (
            "nested too deeply to be read" if kind == "json_invalid" else f"{shape_of(found)}, expected one JSON object"
        )
    key = str(location[0])
    shape = "missing" if kind == "missing" else shape_of(found)
    return f"{key}: {shape}, expected {_EXPECTED.get(key, _TEXT)}"


def shape_of(value: object) -> str:
    """What kind of JSON value it is, without telling the value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return f"a text of {len(value)} characters"
    if isinstance(value, (int, float)):
        return "a number"
    return f"a list of {len(value)}" if isinstance(value, list) else "an object"
