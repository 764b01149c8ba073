"""Events of Trino's HTTP and Kafka listeners, from Trino 363 on: a query was created, or it has completed.

Required are the id, text and user of the query, when it was created and, once it has completed, its state and end.
Whatever else is missing or malformed is not told. The two kinds carry no mark: only a completed query has an end,
statistics, or inputs and outputs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from query_lineage_tracker.domain.history import (
    ExecutedQuery,
    RejectedRow,
    ResourceUse,
    Session,
    SessionOrigin,
    State,
    Teller,
)
from query_lineage_tracker.events.body import Unreadable, read_body
from query_lineage_tracker.events.claim import read_claim
from query_lineage_tracker.events.engine_facts import (
    engine_answer,
    engine_column,
    named,
    source_column,
    stored_views,
    view_texts,
)
from query_lineage_tracker.events.facts import Facts, child, children, moment, text, texts
from query_lineage_tracker.events.told import (
    Essentials,
    NotUnderstood,
    Places,
    ToldQuery,
    does_nothing,
    essentials_of,
    not_understood,
    started_at,
)
from query_lineage_tracker.events.units import milliseconds, whole_number
from query_lineage_tracker.lineage.engine import EngineAnswer, EngineColumn
from query_lineage_tracker.records import shape_of

CLAIM = "qlt_claim"
"""The key of ours in a reduced event: which tool the query says it comes from."""

_CREATED: Places = {
    "query_id": ("metadata", "queryId"),
    "text": ("metadata", "query"),
    "user": ("context", "user"),
    "created": ("createTime",),
}
_COMPLETED: Places = {**_CREATED, "state": ("metadata", "queryState"), "ended": ("endTime",)}
_END_STATES = frozenset({State.FINISHED, State.FAILED})
_ONLY_COMPLETED = ("endTime", "statistics", "ioMetadata", "failureInfo")


def parse_event(body: bytes, origin: str) -> ToldQuery | RejectedRow:
    """What the event tells, or the rejected row with the reason why it is not understood.

    `origin` says where it stood. A Kafka message is unwrapped.
    """
    event: Facts = {}
    try:
        event = event_in(body)
        return _told(event, event_essentials(event))
    except (Unreadable, NotUnderstood) as problem:
        return unread_event(body, origin, str(problem), event)


def unread_event(body: bytes, origin: str, reason: str, event: Facts) -> RejectedRow:
    """The rejected row for an event that is not understood."""
    return not_understood(body, origin, reason, event, _CREATED)


def event_in(body: bytes) -> Facts:
    """The event in a body. Raises Unreadable, or NotUnderstood where it is no JSON object."""
    parsed = read_body(body)
    event = parsed.get("eventPayload", parsed) if isinstance(parsed, dict) else parsed
    if not isinstance(event, dict):
        raise NotUnderstood(f"{shape_of(event)}, expected one JSON object")
    return event


def event_essentials(event: Facts) -> Essentials:
    """What an event must tell. Raises NotUnderstood."""
    completed = any(event.get(key) is not None for key in _ONLY_COMPLETED)
    return essentials_of(event, _COMPLETED if completed else _CREATED, _END_STATES)


def _told(event: Facts, essentials: Essentials) -> ToldQuery:
    query = executed_query(event, essentials)
    if not essentials.state.terminal:
        return ToldQuery(query, claim=read_claim(event.get(CLAIM)))
    tables, inputs = children(child(event, "metadata"), "tables"), children(child(event, "ioMetadata"), "inputs")
    return ToldQuery(
        query,
        None if query.nothing_to_do else _answer(event, tables, query),
        view_texts(tables, stored_views(inputs)),
        read_claim(event.get(CLAIM)),
    )


def executed_query(event: Facts, essentials: Essentials) -> ExecutedQuery:
    """What an event tells of the execution itself."""
    metadata, context, failure = child(event, "metadata"), child(event, "context"), child(event, "failureInfo")
    code = child(failure, "errorCode")
    return ExecutedQuery(
        query_id=essentials.query_id,
        state=essentials.state,
        user=essentials.user,
        text=essentials.text,
        created=essentials.created,
        source=text(context, "source"),
        started=started_at(essentials, moment(event.get("executionStartTime"))),
        ended=essentials.ended,
        error_type=text(code, "type"),
        error_code=text(code, "name"),
        error_message=text(failure, "failureMessage"),
        resource_group=texts(context, "resourceGroupId"),
        # Absent means that the client set none: that is known, too.
        session=Session(text(context, "catalog"), text(context, "schema"), SessionOrigin.EVENT),
        prepared_text=text(metadata, "preparedQuery"),
        query_type=text(context, "queryType"),
        update_type=text(metadata, "updateType"),
        client_info=text(context, "clientInfo"),
        client_tags=texts(context, "clientTags"),
        resources=_resource_use(child(event, "statistics"), essentials),
        original_user=text(context, "originalUser"),
        principal=text(context, "principal"),
        trace_token=text(context, "traceToken"),
        transaction_id=text(metadata, "transactionId"),
        finished_writing=_finished_writing(event),
        nothing_to_do=_nothing_to_do(event),
        told_by=Teller.EVENT,
    )


def _output(event: Facts) -> Facts:
    return child(child(event, "ioMetadata"), "output")


def _finished_writing(event: Facts) -> bool | None:
    """None without an output. What the connector told can be too long for an event; then only that is said."""
    output = child(event, "ioMetadata").get("output")
    if not isinstance(output, dict):
        return None
    told = output.get("connectorOutputMetadata") not in (None, "null")
    return told or output.get("jsonLengthLimitExceeded") is True


def _nothing_to_do(event: Facts) -> bool | None:
    met = child(event, "metadata").get("tables") or child(event, "ioMetadata").get("inputs")
    kinds = text(child(event, "context"), "queryType"), text(child(event, "metadata"), "updateType")
    return does_nothing(_output(event), met, *kinds)


def _resource_use(statistics: Facts, essentials: Essentials) -> ResourceUse:
    """`writtenBytes` is left out: it counts what the engine handed over, not what was written."""
    use = ResourceUse(
        cpu_ms=milliseconds(statistics.get("cpuTime")),
        elapsed_ms=milliseconds(statistics.get("wallTime")),
        queued_ms=milliseconds(statistics.get("queuedTime")),
        analysis_ms=milliseconds(statistics.get("analysisTime")),
        planning_ms=milliseconds(statistics.get("planningTime")),
        execution_ms=milliseconds(statistics.get("executionTime")),
        peak_memory_bytes=whole_number(statistics.get("peakUserMemoryBytes")),
        physical_input_bytes=whole_number(statistics.get("physicalInputBytes")),
        raw_input_rows=whole_number(statistics.get("totalRows")),
        spilled_bytes=whole_number(statistics.get("spilledBytes")),
        written_rows=whole_number(statistics.get("writtenRows")),
    )
    return replace(use, cpu_ms=None, queued_ms=None, elapsed_ms=_elapsed(essentials)) if _never_ran(use) else use


def _never_ran(use: ResourceUse) -> bool:
    """Whether it failed before it ran: then Trino makes its times up, all zero however long it was analyzed."""
    return use.elapsed_ms == 0 and use.analysis_ms is use.planning_ms is use.execution_ms is None


def _elapsed(essentials: Essentials) -> int | None:
    """Milliseconds from the creation to the end; None where they do not fit."""
    if essentials.ended is None or essentials.ended < essentials.created:
        return None
    return (essentials.ended - essentials.created) // timedelta(milliseconds=1)


def _answer(event: Facts, tables: list[Facts], query: ExecutedQuery) -> EngineAnswer | None:
    output = _output(event) if query.update_type != "ANALYZE" else {}
    target = named(output, "catalogName")
    if target is not None:
        columns = _columns(output, "columns", "columnName")
    else:
        columns = _columns(event, "selectColumnsLineageInfo", "name")
    return engine_answer(tables, target, columns, query_type=query.query_type)


def _columns(facts: Facts, key: str, name_key: str) -> tuple[EngineColumn, ...] | None:
    if not isinstance(facts.get(key), list):
        return None
    named_ones = ((column, text(column, name_key)) for column in children(facts, key))
    return tuple([_column(column, name) for column, name in named_ones if name is not None])


def _column(column: Facts, name: str) -> EngineColumn:
    sources = (
        source_column(*[text(one, key) for key in ("catalog", "schema", "table", "columnName")])
        for one in children(column, "sourceColumns")
    )
    return engine_column(name, text(column, "columnType"), sources)
