"""What is too long for a key of PostgreSQL, which holds 2,704 bytes in all: anybody can write such a name into a query.

One that could not be stored would keep its whole batch from being stored, for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from query_lineage_tracker.adapters.postgres.result_rows import objects_of
from query_lineage_tracker.lineage.engine import EngineAnswer
from query_lineage_tracker.lineage.result import (
    ColumnName,
    Coverage,
    LineageResult,
    ObjectName,
    SchemaDrop,
    SchemaRename,
)
from query_lineage_tracker.ports.store import AnalyzedStatement, Batch, Execution

LARGEST = 2**63 - 1
"""A sum may be larger, which no bigint holds."""

_LONGEST_TEXT = 500
_COLUMN_BYTES = 1_000
"""Two columns are one key."""
_NAME_BYTES = 2_000
_CHARACTER_BYTES = 4


def bounded(batch: Batch) -> Batch:
    """The batch with nothing in it that no key can hold; the same object when there is none.

    Of a statement with such a name what is known otherwise stays, with the reason; what users and clients call
    themselves is cut, visibly.
    """
    executions = [_execution(one) for one in batch.executions]
    statements = [_statement(one) for one in batch.statements]
    changed = any(new is not old for new, old in zip(executions, batch.executions, strict=True))
    changed |= any(new is not old for new, old in zip(statements, batch.statements, strict=True))
    if not (changed or batch.claims or batch.columns or batch.definitions or batch.rolled_back):
        return batch
    return replace(
        batch,
        executions=tuple(executions),
        statements=tuple(statements),
        columns={name: one for name, one in batch.columns.items() if not _is_long(name)},
        claims=tuple(replace(one, run_id=cut(one.run_id)) for one in batch.claims),
        definitions=tuple(one for one in batch.definitions if not _is_long(one.view)),
        rolled_back=tuple(map(cut, batch.rolled_back)),
    )


def cut(text: str) -> str:
    """The text, or its beginning and how long it was."""
    if len(text) <= _LONGEST_TEXT:
        return text
    told = f"… ({len(text)} characters)"
    return text if text.endswith(told) else text[:_LONGEST_TEXT] + told


def too_long_for_a_column(name: str) -> bool:
    """Whether no key can hold the name of the column."""
    return _exceeds(name, _COLUMN_BYTES)


def _execution(one: Execution) -> Execution:
    query = one.query
    told = (query.user, query.source or "", query.transaction_id or "")
    if max(map(len, told)) <= _LONGEST_TEXT:
        return one
    user, source, transaction = (cut(each) or None for each in told)
    return replace(one, query=replace(query, user=user or "", source=source, transaction_id=transaction))


def _statement(one: AnalyzedStatement) -> AnalyzedStatement:
    result = _result(one.result)
    engine_is_long = one.engine is not None and _is_long_answer(one.engine)
    if result is one.result and not engine_is_long:
        return one
    return replace(one, result=result, engine=None, engine_at=None) if engine_is_long else replace(one, result=result)


def _result(result: LineageResult) -> LineageResult:
    session = result.session.names if result.session is not None else ()
    if (
        any(map(_is_long, objects_of(result)))
        or (isinstance(result.lifecycle, SchemaRename | SchemaDrop) and _is_long_schema(result.lifecycle))
        or any(_exceeds("".join(name.parts), _NAME_BYTES) for name in result.unresolved)
        or any(_exceeds(name, _NAME_BYTES) for name in session)
    ):
        reason = "a name in it is too long to be stored"
        return LineageResult(
            result.kind, result.effect, coverage=Coverage.NONE, reasons=(*result.reasons, reason), error=result.error
        )
    if any(map(too_long_for_a_column, _columns(result))):
        reason = "the name of a column is too long to be stored"
        told = (*result.reasons, reason)
        return replace(result, columns=(), indirect=(), columns_read=(), coverage=Coverage.TABLE, reasons=told)
    return result


def _columns(result: LineageResult) -> Iterator[str]:
    """The names of columns that are stored: those of the result of a SELECT are not."""
    yield from (one.column for one in result.columns_read)
    for column in result.columns:
        if result.target is not None:
            yield column.name
        yield from (influence.column.column for influence in (*column.direct, *column.indirect))
    yield from (influence.column.column for influence in result.indirect)


def _is_long_answer(answer: EngineAnswer) -> bool:
    objects = [one.object for one in answer.tables] + [via for one in answer.tables for via in one.via]
    columns = answer.columns or ()
    sources: list[ColumnName] = [source for one in columns for source in one.sources]
    names = [name for one in answer.tables for name in one.columns] + [one.column for one in sources]
    names += [one.name for one in columns] if answer.target is not None else []
    target = [] if answer.target is None else [answer.target]
    return any(map(_is_long, [*objects, *(one.object for one in sources), *target])) or any(
        map(too_long_for_a_column, names)
    )


def _is_long(name: ObjectName) -> bool:
    return _exceeds(f"{name.catalog}{name.schema}{name.name}{name.branch}", _NAME_BYTES)


def _is_long_schema(change: SchemaRename | SchemaDrop) -> bool:
    new_schema = change.new_schema if isinstance(change, SchemaRename) else ""
    return _exceeds(f"{change.catalog}{change.schema}{new_schema}", _NAME_BYTES)


def _exceeds(text: str, most_bytes: int) -> bool:
    if len(text) * _CHARACTER_BYTES <= most_bytes:
        return False
    return len(text.encode("utf-8", "surrogatepass")) > most_bytes
