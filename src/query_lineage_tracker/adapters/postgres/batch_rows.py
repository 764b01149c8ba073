"""A batch as rows of tables: pure, no database."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import orjson

from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.lineage.attribution import claim_json
from query_lineage_tracker.lineage.result import Effect, Influence, LineageResult, ObjectName
from query_lineage_tracker.ports import AnalyzedStatement, Execution

Row = tuple[object, ...]
T = TypeVar("T")


def rounds(executions: Iterable[Execution]) -> list[list[Execution]]:
    """The executions, in their order, in lists that name each query once; nearly always there is one list."""
    lists: list[list[Execution]] = []
    seen: dict[str, int] = {}
    for execution in executions:
        place = seen.get(execution.query.query_id, 0)
        seen[execution.query.query_id] = place + 1
        if place == len(lists):
            lists.append([])
        lists[place].append(execution)
    return lists


def execution_row(execution: Execution) -> Row:
    """A row of the temporary table of the batch; the order is that of its columns."""
    query = execution.query
    session, used = query.session, query.resources
    return (
        query.query_id,
        execution.statement_id,
        execution.text_id,
        execution.prepared_text_id,
        query.user,
        query.source,
        session.catalog,
        session.schema,
        session.origin and session.origin.value,
        query.state.value,
        execution.capture.value,
        execution.outcome and execution.outcome.value,
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
        None if execution.claim is None else orjson.dumps(claim_json(execution.claim)).decode(),
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
    )


def result_hash(statement: AnalyzedStatement) -> bytes:
    """Hash of the result: equal means that there is nothing new to store.

    Who found it and which columns it went by are no part of it: most results stay what they are.
    """
    result = dataclasses.replace(statement.result, known=(), change=None)
    found = orjson.dumps((statement.text_id, result))
    return hashlib.blake2b(found, digest_size=16).digest()


def columns_hash(columns: Sequence[str] | None) -> bytes:
    """Hash of the names of columns in their order; of no bytes when they are unknown."""
    if columns is None:
        return b""
    return hashlib.blake2b("\0".join(columns).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def went_by(result: LineageResult) -> Iterator[tuple[ObjectName, bytes]]:
    """The objects that the statement uses and whose columns its analysis asked for, with the hash of the answer."""
    known = dict(result.known)
    for name in unique((*result.sources, *([] if result.target is None else [result.target]))):
        main = dataclasses.replace(name, branch="")
        if main in known:
            yield name, columns_hash(known[main])


def quarantine_digest(cluster: str, source: str, row: RejectedRow) -> bytes:
    """Identity of a rejected row: the same row from the same place is kept once."""
    parts = "\0".join((cluster, source, row.origin, row.payload))
    return hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def objects_of(result: LineageResult) -> Iterator[ObjectName]:
    """Every qualified object that the result names, some more than once."""
    yield from result.sources
    if result.target is not None:
        yield result.target
    for column in result.columns_read:
        yield column.object
    for influence in _influences(result):
        yield influence.column.object


@dataclass(frozen=True, slots=True)
class ResultRows:
    """Results as rows of the five tables that hold them."""

    statements: list[Row] = field(default_factory=list)
    objects: list[Row] = field(default_factory=list)
    columns: list[Row] = field(default_factory=list)
    names: list[Row] = field(default_factory=list)
    column_edges: list[Row] = field(default_factory=list)


def result_rows(
    namespace: str, hashed: Iterable[tuple[AnalyzedStatement, bytes]], ids: Mapping[ObjectName, int]
) -> ResultRows:
    """Rows of the statements, the hashes of their results given, with the identities of all their objects."""
    rows = ResultRows()
    for statement, digest in hashed:
        rows.statements.append(_statement_row(namespace, statement, digest))
        rows.objects.extend(_object_rows(statement, ids))
        rows.columns.extend(_column_rows(statement, ids))
        rows.names.extend(_name_rows(statement))
        rows.column_edges.extend(_column_edge_rows(statement, ids))
    return rows


def _statement_row(namespace: str, statement: AnalyzedStatement, digest: bytes) -> Row:
    result, error = statement.result, statement.result.error
    return (
        statement.statement_id,
        namespace,
        statement.fingerprint,
        statement.session_catalog,
        statement.session_schema,
        statement.text_id,
        result.kind.value,
        result.effect.value,
        result.coverage.value,
        list(result.reasons),
        error and error.line,
        error and error.column,
        error and error.message,
        statement.analyzer,
        digest,
    )


def _object_rows(statement: AnalyzedStatement, ids: Mapping[ObjectName, int]) -> Iterator[Row]:
    result = statement.result
    hashes = dict(went_by(result))
    for source in unique(result.sources):
        yield (statement.statement_id, "SOURCE", ids[source], hashes.get(source))
    if result.target is not None:
        yield (statement.statement_id, "TARGET", ids[result.target], hashes.get(result.target))


def _column_rows(statement: AnalyzedStatement, ids: Mapping[ObjectName, int]) -> Iterator[Row]:
    result = statement.result
    for object_id, column in unique((ids[column.object], column.column) for column in result.columns_read):
        yield (statement.statement_id, "SOURCE", object_id, column)
    if result.target is not None:
        for name in unique(column.name for column in result.columns):
            yield (statement.statement_id, "TARGET", ids[result.target], name)


def _name_rows(statement: AnalyzedStatement) -> Iterator[Row]:
    names = {(name.parts, name.target): name for name in statement.result.unresolved}
    for name in names.values():
        yield (statement.statement_id, list(name.parts), name.target, name.reason)


def _column_edge_rows(statement: AnalyzedStatement, ids: Mapping[ObjectName, int]) -> Iterator[Row]:
    result = statement.result
    if result.target is None or result.effect not in (Effect.WRITES, Effect.DEFINES):
        return
    downstream = ids[result.target]
    flows = [(influence, column.name) for column in result.columns for influence in (*column.direct, *column.indirect)]
    flows += [(influence, "") for influence in result.indirect]
    for influence, name in unique(flows):
        upstream = influence.column
        yield (
            statement.statement_id,
            ids[upstream.object],
            upstream.column,
            downstream,
            name,
            influence.subtype.value,
        )


def _influences(result: LineageResult) -> Iterator[Influence]:
    yield from result.indirect
    for column in result.columns:
        yield from column.direct
        yield from column.indirect


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


def texts_in_order(texts: Mapping[UUID, str]) -> tuple[list[UUID], list[str]]:
    """Identities and texts, in the order of the identities."""
    ordered = sorted(texts.items())
    return [key for key, _ in ordered], [text for _, text in ordered]
