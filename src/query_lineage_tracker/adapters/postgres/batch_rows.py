"""A batch as rows of tables: pure, no database."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import orjson

from query_lineage_tracker.adapters.postgres.copy_text import Row
from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.domain.merge import DESCRIBING
from query_lineage_tracker.lineage.attribution import claim_json
from query_lineage_tracker.ports.store import Execution

T = TypeVar("T")


FACTS = (
    "statement_id",
    "text_id",
    "prepared_text_id",
    "user_name",
    "source",
    "session_catalog",
    "session_schema",
    "session_origin",
    "state",
    "created",
    "started",
    "ended",
    "error_type",
    "error_code",
    "error_message",
    "resource_group",
    "query_type",
    "update_type",
    "client_info",
    "client_tags",
    "original_user",
    "principal",
    "trace_token",
    "transaction_id",
    "cpu_ms",
    "elapsed_ms",
    "queued_ms",
    "analysis_ms",
    "planning_ms",
    "execution_ms",
    "peak_memory_bytes",
    "physical_input_bytes",
    "raw_input_rows",
    "written_bytes",
    "spilled_bytes",
    "written_rows",
    "finished_writing",
    "nothing_to_do",
    "claimed_by",
)
"""The columns of an execution that tellers tell of, in the order of `execution_facts`."""


def execution_facts(execution: Execution) -> Row:
    """What is told of the execution; the claim of a tool as a JSON value."""
    query = execution.query
    session, used = query.session, query.resources
    return (
        execution.statement_id,
        execution.text_id,
        execution.prepared_text_id,
        query.user,
        query.source,
        session.catalog,
        session.schema,
        session.origin and session.origin.value,
        query.state.value,
        query.created,
        query.started,
        query.ended,
        query.error_type,
        query.error_code,
        query.error_message,
        list(query.resource_group) or None,
        query.query_type,
        query.update_type,
        query.client_info,
        list(query.client_tags) or None,
        query.original_user,
        query.principal,
        query.trace_token,
        query.transaction_id,
        used.cpu_ms,
        used.elapsed_ms,
        used.queued_ms,
        used.analysis_ms,
        used.planning_ms,
        used.execution_ms,
        used.peak_memory_bytes,
        used.physical_input_bytes,
        used.raw_input_rows,
        used.written_bytes,
        used.spilled_bytes,
        used.written_rows,
        query.finished_writing,
        query.nothing_to_do,
        None if execution.claim is None else claim_json(execution.claim),
    )


def execution_row(execution: Execution) -> Row:
    """A row of the temporary table of the batch; the order is that of its columns."""
    query, outcome = execution.query, execution.outcome
    described = query.told_by.value if query.state.terminal and query.told_by in DESCRIBING else None
    return batch_row(
        query.query_id,
        execution_facts(execution),
        (execution.capture.value, outcome and outcome.value, [query.told_by.value], None, described),
    )


def batch_row(query_id: str, facts: Row, rest: Row) -> Row:
    """A row of the batch; `rest` are capture, outcome, who told, origins and description."""
    capture, outcome, told_by, origins, description = rest
    return (
        query_id,
        *facts[:-1],
        _json_text(facts[-1]),
        capture,
        outcome,
        told_by,
        _json_text(origins),
        description,
    )


def _json_text(value: object) -> str | None:
    """The value as JSON; None stays."""
    return None if value is None else orjson.dumps(value).decode()


def quarantine_digest(cluster: str, source: str, row: RejectedRow) -> bytes:
    """Identity of a rejected row: the same row from the same place is kept once."""
    parts = "\0".join((cluster, source, row.origin, row.payload))
    return hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def unique(items: Iterable[T]) -> Iterable[T]:
    """The items without repetitions, in their order."""
    return dict.fromkeys(items)


def storable(value: Any) -> Any:
    """The value with every text in it such that PostgreSQL can store it: no NUL, no lone surrogates, both visible."""
    if isinstance(value, str) and not hasattr(value, "value"):
        return value.replace("\0", "\u2400").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {one.name: storable(getattr(value, one.name)) for one in dataclasses.fields(value)}
        return dataclasses.replace(value, **parts)
    if isinstance(value, Mapping):
        return {storable(key): storable(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(storable(part) for part in value)
    return value


def columns_of(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows turned into one list a column, also when there are none."""
    return [[row[place] for row in rows] for place in range(width)]
