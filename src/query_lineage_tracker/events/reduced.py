"""Events cut down to what is read of them, and redacted: what may be written to a disk.

Plans, statistics of operators and the like make up nine tenths of an event, or hundreds of times the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from math import isfinite
from typing import Any, TypeAlias

import orjson

from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow
from query_lineage_tracker.events.body import Unreadable
from query_lineage_tracker.events.claim import read_claim
from query_lineage_tracker.events.facts import Facts
from query_lineage_tracker.events.light import read_light
from query_lineage_tracker.events.query_event import CLAIM, event_essentials, event_in, executed_query, unread_event
from query_lineage_tracker.events.told import NotUnderstood
from query_lineage_tracker.lineage.attribution import Attribution, claim_json, without_secrets
from query_lineage_tracker.lineage.fingerprint import normalize
from query_lineage_tracker.services.prepare import ClaimRules, PreparedExecution, prepare

_REMEMBERED_VIEWS = 1_024
_LARGEST_NUMBER = 2**63 - 1
_NO_RULES = ClaimRules()
_BALLAST = frozenset(
    {"plan", "jsonPlan", "payload", "operatorSummaries", "planNodeStatsAndCosts", "failuresJson", "sessionProperties"}
)

_Kept: TypeAlias = Callable[[object], object]
"""What is kept of a JSON value; None for nothing."""


def reduced_event(
    body: bytes, *, redact_literals: bool, claims: ClaimRules = _NO_RULES, origin: str = "event"
) -> bytes | RejectedRow:
    """The event as compact JSON with only what `parse_event` reads, who reads the same from it; its texts redacted.

    Comments are empty when literals are redacted, and client info goes when nothing personal is to be kept; so what
    the query claims of its tool is added then. Reducing it again changes nothing. A rejected row is raw, but without
    plans and the like, in which no literal could be told.
    """
    light = read_light(body)
    plain = None if light is None else _reduced_plainly(light, redact_literals, claims)
    if plain is not None:
        return plain
    event: Facts = {}
    try:
        event = event_in(body)
        return _reduced(event, redact_literals, claims)
    except (Unreadable, NotUnderstood) as problem:
        return _without_ballast(unread_event(body, origin, str(problem), event), event)


def _reduced_plainly(event: Facts, redact_literals: bool, claims: ClaimRules) -> bytes | None:
    """None for what is not plain: then it has to be read leniently."""
    try:
        reduced = _reduced(event, redact_literals, claims)
    except (NotUnderstood, orjson.JSONEncodeError):
        return None
    return None if b"\\u0000" in reduced else reduced


def _reduced(event: Facts, redact_literals: bool, claims: ClaimRules) -> bytes:
    query = executed_query(event, event_essentials(event))
    (prepared,) = prepare((query,), namespace="", redact_literals=redact_literals, claims=claims)
    reduced = _kept_event(event)
    _redact(reduced, prepared.query, redact_literals)
    claim = _claim(event, prepared, needed=redact_literals or not claims.personal)
    if claim is not None:
        reduced[CLAIM] = claim_json(claim)
    return orjson.dumps(reduced)


def _redact(reduced: dict[str, Any], query: ExecutedQuery, redact_literals: bool) -> None:
    """Put the redacted texts of the query, and of the views that it met, where the raw ones are."""
    places = (
        (reduced["metadata"], "query", query.text),
        (reduced["metadata"], "preparedQuery", query.prepared_text),
        (reduced["context"], "clientInfo", query.client_info),
        (reduced["context"], "source", query.source),
        (reduced["context"], "traceToken", query.trace_token),
        (reduced["context"], "clientTags", list(query.client_tags)),
        (reduced.get("failureInfo"), "failureMessage", query.error_message),
    )
    for holder, key, redacted in places:
        if isinstance(holder, dict) and holder.pop(key, None) is not None and redacted is not None:
            holder[key] = redacted
    tables = reduced["metadata"].get("tables")
    for table in tables if isinstance(tables, list) else ():
        if isinstance(table, dict) and isinstance(table.get("viewText"), str):
            table["viewText"] = _redacted_view(table["viewText"], redact_literals)


def _claim(event: Facts, prepared: PreparedExecution, *, needed: bool) -> Attribution | None:
    told = read_claim(event.get(CLAIM))
    if told is not None:
        return without_secrets(told)
    return prepared.claim if needed else None


@lru_cache(maxsize=_REMEMBERED_VIEWS)
def _redacted_view(text: str, redact_literals: bool) -> str:
    return normalize(text, literals=redact_literals).redacted


def _without_ballast(row: RejectedRow, event: Facts) -> RejectedRow:
    kept = {key: _lightened(value) for key, value in event.items()}
    return row if kept == event else replace(row, payload=json.dumps(kept))


def _lightened(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if key not in _BALLAST}


# --- what is kept ---


def _scalar(value: object) -> object:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, str):
        return value
    return value if isinstance(value, int) and abs(value) <= _LARGEST_NUMBER else None


def _was_told(value: object) -> object:
    """Of what the connector wrote only that it told: it names every file."""
    return value if value in (None, "null") else True


def _texts(value: object) -> object:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else None


def _object(**kept: _Kept) -> _Kept:
    """Of an object the given keys; a trailing underscore stands for a leading @. What is malformed stays so."""
    picks = tuple([("@" + key[:-1] if key.endswith("_") else key, pick) for key, pick in kept.items()])

    def pick_object(value: object) -> object:
        if not isinstance(value, dict):
            return True if value else None
        found = ((key, pick(value[key])) for key, pick in picks if key in value)
        return {key: one for key, one in found if one is not None}

    return pick_object


def _objects(pick: _Kept) -> _Kept:
    """Of a list its objects, null for what is none."""

    def pick_objects(value: object) -> object:
        if not isinstance(value, list):
            return True if value else None
        return [pick(one) if isinstance(one, dict) else None for one in value]

    return pick_objects


def _names(*keys: str) -> Mapping[str, _Kept]:
    return dict.fromkeys(keys, _scalar)


_SOURCES = _objects(_object(**_names("catalog", "schema", "table", "columnName")))
_TABLE = _object(
    **_names("catalog", "schema", "table", "directlyReferenced", "viewText"),
    columns=_objects(_object(column=_scalar)),
    referenceChain=_objects(_object(**_names("type_", "catalogName", "schemaName", "viewName"))),
)
_OUTPUT = _object(
    **_names("catalogName", "schema", "table", "jsonLengthLimitExceeded"),
    columns=_objects(_object(**_names("columnName", "columnType"), sourceColumns=_SOURCES)),
    connectorOutputMetadata=_was_told,
)
_EVENT = _object(
    **_names("createTime", "executionStartTime", "endTime"),
    metadata=_object(
        **_names("queryId", "transactionId", "query", "updateType", "preparedQuery", "queryState"),
        tables=_objects(_TABLE),
    ),
    context=_object(
        **_names("user", "originalUser", "principal", "traceToken", "clientInfo", "source", "catalog", "schema"),
        queryType=_scalar,
        clientTags=_texts,
        resourceGroupId=_texts,
    ),
    statistics=_object(
        **_names("cpuTime", "wallTime", "queuedTime", "analysisTime", "planningTime", "executionTime"),
        **_names("peakUserMemoryBytes", "physicalInputBytes", "totalRows", "spilledBytes", "writtenRows"),
    ),
    ioMetadata=_object(
        inputs=_objects(_object(**_names("catalogName", "schema", "table"))),
        output=_OUTPUT,
    ),
    selectColumnsLineageInfo=_objects(_object(name=_scalar, sourceColumns=_SOURCES)),
    failureInfo=_object(failureMessage=_scalar, errorCode=_object(**_names("name", "type"))),
)


def _kept_event(event: Facts) -> dict[str, Any]:
    kept = _EVENT(event)
    return kept if isinstance(kept, dict) else {}
