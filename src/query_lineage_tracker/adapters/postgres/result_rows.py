"""Results of statements as rows of tables: pure, no database."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from query_lineage_tracker.adapters.postgres.batch_rows import unique
from query_lineage_tracker.adapters.postgres.copy_text import Row
from query_lineage_tracker.adapters.postgres.engine_json import answer_text
from query_lineage_tracker.lineage.engine import EngineAnswer, Merged, merged
from query_lineage_tracker.lineage.result import (
    Effect,
    Influence,
    Lifecycle,
    LineageResult,
    ObjectName,
    SchemaDrop,
    SchemaRename,
)
from query_lineage_tracker.ports.store import AnalyzedStatement

_RESULT_BYTES = 16
_METHODS_BYTES = 8


@dataclass(frozen=True, slots=True)
class JoinedStatement:
    """A statement with its lineage from analyzer and Trino together; `result_hash` is what to store as such."""

    statement: AnalyzedStatement
    lineage: Merged
    result_hash: bytes

    @property
    def result(self) -> LineageResult:
        return self.lineage.result


def joined(statement: AnalyzedStatement, stored: EngineAnswer | None, stored_at: datetime | None) -> JoinedStatement:
    """The statement with the newest answer of Trino: the stored one, unless its own is of a later execution."""
    if stored is not None and engine_rank(statement.engine, statement.engine_at) < engine_rank(stored, stored_at):
        statement = dataclasses.replace(statement, engine=stored, engine_at=stored_at)
    lineage = merged(statement.result, statement.engine)
    return JoinedStatement(statement, lineage, _result_hash(statement, lineage))


def engine_rank(answer: EngineAnswer | None, at: datetime | None) -> tuple[bool, float, bytes]:
    """The greatest of several answers counts: that of the latest execution; whichever, but always the same, of one."""
    if answer is None:
        return False, 0.0, b""
    return True, 0.0 if at is None else at.timestamp(), answer.digest()


def same_result(one: bytes, other: bytes) -> bool:
    """Whether two hashes are those of equal results, however they are known."""
    return one[:_RESULT_BYTES] == other[:_RESULT_BYTES]


def _result_hash(statement: AnalyzedStatement, lineage: Merged) -> bytes:
    """Equal means that there is nothing new to store: hash of the result, then that of how it is known.

    Who found it and which columns it went by are no part of it: most results stay what they are.
    """
    result = dataclasses.replace(lineage.result, known=(), change=None)
    found = orjson.dumps((statement.text_id, result))
    methods = repr((sorted(lineage.sources.items()), lineage.target, sorted(lineage.flows.items())))
    told = statement.engine.digest() if statement.engine is not None else b""
    known = hashlib.blake2b(methods.encode("utf-8", "surrogatepass") + told, digest_size=_METHODS_BYTES)
    return hashlib.blake2b(found, digest_size=_RESULT_BYTES).digest() + known.digest()


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


def objects_of(result: LineageResult) -> Iterator[ObjectName]:
    """Every qualified object that the result names, some more than once."""
    yield from result.sources
    if result.target is not None:
        yield result.target
    for column in result.columns_read:
        yield column.object
    for influence in _influences(result):
        yield influence.column.object
    if isinstance(result.lifecycle, Lifecycle):
        yield result.lifecycle.object
        if result.lifecycle.name is not None:
            yield result.lifecycle.name


@dataclass(frozen=True, slots=True)
class ResultRows:
    """Results as rows of the tables that hold them."""

    statements: list[Row] = field(default_factory=list)
    objects: list[Row] = field(default_factory=list)
    columns: list[Row] = field(default_factory=list)
    names: list[Row] = field(default_factory=list)
    column_edges: list[Row] = field(default_factory=list)
    lifecycles: list[Row] = field(default_factory=list)
    schema_renames: list[Row] = field(default_factory=list)
    schema_drops: list[Row] = field(default_factory=list)


def result_rows(namespace: str, statements: Iterable[JoinedStatement], ids: Mapping[ObjectName, int]) -> ResultRows:
    """Rows of the statements, with the identities of all their objects."""
    rows = ResultRows()
    for one in statements:
        rows.statements.append(_statement_row(namespace, one))
        rows.objects.extend(_object_rows(one, ids))
        rows.columns.extend(_column_rows(one, ids))
        rows.names.extend(_name_rows(one))
        rows.column_edges.extend(_column_edge_rows(one, ids))
        rows.lifecycles.extend(_lifecycle_rows(one, ids))
        rows.schema_renames.extend(_schema_rename_rows(one))
        rows.schema_drops.extend(_schema_drop_rows(one))
    return rows


def _statement_row(namespace: str, one: JoinedStatement) -> Row:
    statement, result, error = one.statement, one.result, one.result.error
    answer, session = statement.engine, result.session
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
        one.result_hash,
        None if answer is None else answer_text(answer),
        None if answer is None else answer.digest(),
        None if answer is None else statement.engine_at,
        session and session.verb,
        None if session is None else list(session.names),
        statement.literal_free,
    )


def _object_rows(one: JoinedStatement, ids: Mapping[ObjectName, int]) -> Iterator[Row]:
    result, key = one.result, one.statement.statement_id
    hashes = dict(went_by(result))
    for source in unique(result.sources):
        yield (key, "SOURCE", ids[source], hashes.get(source), one.lineage.sources[source].value)
    if result.target is not None:
        yield (key, "TARGET", ids[result.target], hashes.get(result.target), one.lineage.target.value)


def _column_rows(one: JoinedStatement, ids: Mapping[ObjectName, int]) -> Iterator[Row]:
    result, key = one.result, one.statement.statement_id
    for object_id, column in unique((ids[column.object], column.column) for column in result.columns_read):
        yield (key, "SOURCE", object_id, column)
    if result.target is not None:
        for name in unique(column.name for column in result.columns):
            yield (key, "TARGET", ids[result.target], name)


def _name_rows(one: JoinedStatement) -> Iterator[Row]:
    names = {(name.parts, name.target): name for name in one.result.unresolved}
    for name in names.values():
        yield (one.statement.statement_id, list(name.parts), name.target, name.reason)


def _column_edge_rows(one: JoinedStatement, ids: Mapping[ObjectName, int]) -> Iterator[Row]:
    result, key = one.result, one.statement.statement_id
    if result.target is None or result.effect not in (Effect.WRITES, Effect.DEFINES):
        return
    downstream = ids[result.target]
    flows = [(influence, column.name) for column in result.columns for influence in (*column.direct, *column.indirect)]
    flows += [(influence, "") for influence in result.indirect]
    for influence, name in unique(flows):
        upstream = influence.column
        yield (
            key,
            ids[upstream.object],
            upstream.column,
            downstream,
            name,
            influence.subtype.value,
            one.lineage.flows[upstream, name].value,
        )


def _lifecycle_rows(one: JoinedStatement, ids: Mapping[ObjectName, int]) -> Iterator[Row]:
    lifecycle = one.result.lifecycle
    if isinstance(lifecycle, Lifecycle):
        new_id = None if lifecycle.name is None else ids[lifecycle.name]
        yield (one.statement.statement_id, lifecycle.verb.value, ids[lifecycle.object], new_id)


def _schema_rename_rows(one: JoinedStatement) -> Iterator[Row]:
    rename = one.result.lifecycle
    if isinstance(rename, SchemaRename):
        yield (one.statement.statement_id, rename.catalog, rename.schema, rename.new_schema)


def _schema_drop_rows(one: JoinedStatement) -> Iterator[Row]:
    drop = one.result.lifecycle
    if isinstance(drop, SchemaDrop):
        yield (one.statement.statement_id, drop.catalog, drop.schema)


def _influences(result: LineageResult) -> Iterator[Influence]:
    yield from result.indirect
    for column in result.columns:
        yield from column.direct
        yield from column.indirect
