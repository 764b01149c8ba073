"""An executed query as the JSON object that `records.parse_record` reads: docs/reference/recorded-queries.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from query_lineage_tracker.domain.history import ExecutedQuery


def record_of(query: ExecutedQuery) -> Mapping[str, object]:
    """The keys that say something. Who told of it, and how its session is known, have none."""
    session, used = query.session, query.resources
    known = {
        "query_id": query.query_id,
        "state": query.state.value,
        "user": query.user,
        "source": query.source,
        "query": query.text,
        "resource_group_id": list(query.resource_group) or None,
        "queued_time_ms": used.queued_ms,
        "analysis_time_ms": used.analysis_ms,
        "planning_time_ms": used.planning_ms,
        "created": query.created.isoformat(),
        "started": _time(query.started),
        "end": _time(query.ended),
        "error_type": query.error_type,
        "error_code": query.error_code,
        "prepared_query": query.prepared_text,
        "query_type": query.query_type,
        "update_type": query.update_type,
        "client_info": query.client_info,
        "client_tags": list(query.client_tags) or None,
        "error_message": query.error_message,
        "cpu_time_ms": used.cpu_ms,
        "elapsed_time_ms": used.elapsed_ms,
        "execution_time_ms": used.execution_ms,
        "peak_memory_bytes": used.peak_memory_bytes,
        "physical_input_bytes": used.physical_input_bytes,
        "raw_input_rows": used.raw_input_rows,
        "physical_written_bytes": used.written_bytes,
        "spilled_bytes": used.spilled_bytes,
        "written_rows": used.written_rows,
        "original_user": query.original_user,
        "principal": query.principal,
        "trace_token": query.trace_token,
        "transaction_id": query.transaction_id,
        "finished_writing": query.finished_writing,
        "nothing_to_do": query.nothing_to_do,
    }
    told = {key: value for key, value in known.items() if value is not None}
    return told if session.origin is None else {**told, "catalog": session.catalog, "schema": session.schema}


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
