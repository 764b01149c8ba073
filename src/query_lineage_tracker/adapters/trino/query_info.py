"""What `GET /v1/query/{id}?pruned=true` tells: the facts of the completed event in another shape.

It does not tell how many rows were written (that of a pruned query is always 0) nor what the connector said of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from query_lineage_tracker.adapters.trino.details import QueryDetails, details_of
from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow, State, Teller
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
from query_lineage_tracker.lineage.engine import EngineAnswer, EngineColumn
from query_lineage_tracker.lineage.result import ColumnName
from query_lineage_tracker.records import shape_of

_PLACES: Places = {
    "query_id": ("queryId",),
    "text": ("query",),
    "user": ("session", "user"),
    "created": ("queryStats", "createTime"),
    "state": ("state",),
    "ended": ("queryStats", "endTime"),
}
_ANY_STATE = frozenset(State)
_PART = r'"(?:[^"]|"")*"|[^".]+'
_QUALIFIED = re.compile(rf"({_PART})\.({_PART})\.({_PART})")


def parse_query_info(info: object, origin: str) -> ToldQuery | RejectedRow:
    """What the JSON object of a query tells, or the rejected row with the reason why it is not understood."""
    facts: Facts = info if isinstance(info, dict) else {}
    try:
        if not isinstance(info, dict):
            raise NotUnderstood(f"{shape_of(info)}, expected one JSON object")
        essentials = essentials_of(facts, _PLACES, _ANY_STATE)
    except NotUnderstood as problem:
        return not_understood(json.dumps(info).encode(), origin, str(problem), facts, _PLACES)
    return _told(facts, essentials)


def _told(info: Facts, essentials: Essentials) -> ToldQuery:
    query = _query(info, essentials, details_of(essentials.query_id, info))
    if not essentials.state.terminal:
        return ToldQuery(query)
    tables = children(info, "referencedTables")
    answer = None if query.nothing_to_do else _answer(info, tables, query)
    return ToldQuery(query, answer, view_texts(tables, stored_views(children(info, "inputs"))))


def _query(info: Facts, essentials: Essentials, details: QueryDetails) -> ExecutedQuery:
    session, output = child(info, "session"), child(info, "output")
    met = info.get("referencedTables") or info.get("inputs")
    return ExecutedQuery(
        query_id=essentials.query_id,
        state=essentials.state,
        user=essentials.user,
        text=essentials.text,
        created=essentials.created,
        source=text(session, "source"),
        started=started_at(essentials, moment(child(info, "queryStats").get("executionStartTime"))),
        ended=essentials.ended,
        error_type=text(info, "errorType"),
        error_code=text(child(info, "errorCode"), "name"),
        error_message=details.error_message,
        resource_group=texts(info, "resourceGroupId"),
        session=details.session,
        prepared_text=details.prepared_text,
        query_type=details.query_type,
        update_type=details.update_type,
        client_info=details.client_info,
        client_tags=details.client_tags,
        resources=details.resources,
        original_user=text(session, "originalUser"),
        principal=text(session, "principal"),
        trace_token=text(session, "traceToken"),
        transaction_id=text(session, "transactionId"),
        nothing_to_do=does_nothing(output, met, details.query_type, details.update_type),
        told_by=Teller.REST,
    )


def _answer(info: Facts, tables: list[Facts], query: ExecutedQuery) -> EngineAnswer | None:
    output = child(info, "output") if query.update_type != "ANALYZE" else {}
    target = named(output, "catalogName")
    columns = None if target is None else _columns(output)
    return engine_answer(tables, target, columns, query_type=query.query_type)


def _columns(output: Facts) -> tuple[EngineColumn, ...] | None:
    if not isinstance(output.get("columns"), list):
        return None
    named_ones = ((one, child(one, "column")) for one in children(output, "columns"))
    return tuple(
        [
            engine_column(name, text(column, "type"), map(_source, children(one, "sourceColumns")))
            for one, column in named_ones
            if (name := text(column, "name")) is not None
        ]
    )


def _source(source: Mapping[str, object]) -> ColumnName | None:
    """`tableName` is a dotted name whose parts are quoted where they must be."""
    parts = _QUALIFIED.fullmatch(text(source, "tableName") or "")
    if parts is None:
        return None
    catalog, schema, table = (_unquoted(part) for part in parts.groups())
    return source_column(catalog, schema, table, text(source, "columnName"))


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part
