"""What Trino itself says of the tables and columns that an execution used, and how that joins what the analyzer found.

Trino's answer comes from its own analysis of the statement, with the schemas of the moment: tables with redirections
followed, columns of `*` and of unqualified names. It has holes, so it is never used as negative truth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from query_lineage_tracker.lineage.result import (
    ColumnName,
    Coverage,
    Effect,
    Influence,
    LineageResult,
    Method,
    ObjectName,
    OutputColumn,
    StatementKind,
    Subtype,
    UnresolvedName,
)

_CHANGING = frozenset({Effect.WRITES, Effect.DEFINES})
_FILLED_FROM_A_QUERY = frozenset(
    {
        StatementKind.INSERT,
        StatementKind.CTAS,
        StatementKind.CREATE_VIEW,
        StatementKind.CREATE_MATERIALIZED_VIEW,
        StatementKind.REFRESH,
    }
)
Flow = tuple[ColumnName, str]
"""An upstream column and the column of the target that it flows into or influences; "" stands for all rows."""


@dataclass(frozen=True, slots=True, order=True)
class EngineTable:
    """A table or view that the analysis of a statement met.

    `direct`: the text names it; else it was reached `via` views, the outermost first. `columns` are those that were
    read of it, lower case.
    """

    object: ObjectName
    direct: bool
    columns: tuple[str, ...] = ()
    via: tuple[ObjectName, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineColumn:
    """A column of the target, or of the result of a SELECT, with the columns that flow into it.

    `sources` are direct ones with those of CASE conditions, of inline windows and of FILTER of aggregates: Trino does
    not tell them apart.
    """

    name: str
    sources: tuple[ColumnName, ...] = ()
    type: str | None = None


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """Trino's answer about one execution, generated names filtered and storage tables named as their views.

    `target` is what the execution was planned to write or to define; None for a SELECT. `columns` are None where Trino
    said nothing about columns, which is no answer; an empty tuple is one.
    """

    tables: tuple[EngineTable, ...] = ()
    target: ObjectName | None = None
    columns: tuple[EngineColumn, ...] | None = None

    def digest(self) -> bytes:
        """Hash of the answer: equal answers have equal ones, in every process."""
        return hashlib.blake2b(repr(self).encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class ViewText:
    """The text of a view or materialized view, as Trino told it: a query without CREATE.

    Unqualified names in it are those of the session in which it was created, which Trino does not tell; `reaches` are
    the tables that Trino itself reached through it, one step down, None where Trino did not tell them.
    """

    object: ObjectName
    materialized: bool
    text: str
    reaches: tuple[ObjectName, ...] | None = ()


@dataclass(frozen=True, slots=True)
class FetchedViews:
    """The answer about the objects that were `asked` for: those that are views, as of `asked_at`.

    `problem` is why Trino refused to answer, empty where it did: what is not in `views` is none then.
    """

    asked: tuple[ObjectName, ...]
    asked_at: datetime
    views: tuple[ViewText, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """The lineage of a statement from analyzer and engine together, and how each part of it is known.

    `sources` and `flows` tell the method of every source and of every flow of `result`, `target` that of its target.
    """

    result: LineageResult
    sources: Mapping[ObjectName, Method]
    target: Method
    flows: Mapping[Flow, Method]


def merged(result: LineageResult, answer: EngineAnswer | None) -> Merged:
    """What the analyzer found, completed by what Trino said.

    Of what the analyzer found only names go away that Trino has resolved, and a target that Trino says is another: it
    follows redirections. How a column takes part that only Trino told of is UNKNOWN. Trino knows no branches.
    """
    if answer is None:
        return _with_methods(result, result, frozenset(), frozenset(), None)
    told = {table.object: table for table in answer.tables if table.direct}
    target = answer.target if result.effect in _CHANGING else None
    columns = answer.columns or () if target is not None else ()
    flows = frozenset((source, column.name) for column in columns for source in column.sources)
    objects = {*told, *(source.object for source, _ in flows if source.object != target)}
    joined = replace(
        result,
        sources=_sources(result, objects),
        target=result.target if target in (None, _main(result.target)) else target,
        unresolved=tuple(name for name in result.unresolved if not _is_resolved(name, told, target)),
        columns=_columns(result, columns),
        columns_read=_columns_read(result, told.values()),
    )
    if _is_complete(result, columns):
        joined = replace(joined, coverage=Coverage.COLUMN, reasons=())
    elif result.coverage is Coverage.NONE and (told or target is not None):
        joined = replace(joined, coverage=Coverage.TABLE)
    return _with_methods(joined, result, frozenset(objects), flows, target)


def _with_methods(
    joined: LineageResult,
    parsed: LineageResult,
    told: Collection[ObjectName],
    told_flows: Collection[Flow],
    told_target: ObjectName | None,
) -> Merged:
    parsed_flows = _flows(parsed)
    return Merged(
        joined,
        {one: _method(one in parsed.sources, _main(one) in told) for one in joined.sources},
        _method(joined.target == parsed.target, told_target is not None),
        {
            (column, name): _method((column, name) in parsed_flows, (_main_column(column), name) in told_flows)
            for column, name in _flows(joined)
        },
    )


def _method(parsed: bool, told: bool) -> Method:
    if parsed and told:
        return Method.BOTH
    return Method.ENGINE if told else Method.PARSED


def _flows(result: LineageResult) -> frozenset[Flow]:
    own = ((one.column, column.name) for column in result.columns for one in (*column.direct, *column.indirect))
    return frozenset(own) | {(one.column, "") for one in result.indirect}


def _sources(result: LineageResult, told: Collection[ObjectName]) -> tuple[ObjectName, ...]:
    known = {_main(one) for one in result.sources}
    return (*result.sources, *sorted(one for one in told if one not in known))


def _columns(result: LineageResult, told: Collection[EngineColumn]) -> tuple[OutputColumn, ...]:
    by_name = {column.name: column for column in told}
    own = {column.name for column in result.columns}
    completed = (_completed(column, by_name.get(column.name)) for column in result.columns)
    return (*completed, *(_completed(OutputColumn(name), one) for name, one in by_name.items() if name not in own))


def _completed(column: OutputColumn, told: EngineColumn | None) -> OutputColumn:
    if told is None:
        return column
    known = {_main_column(one.column) for one in (*column.direct, *column.indirect)}
    missing = (Influence(source, Subtype.UNKNOWN) for source in dict.fromkeys(told.sources) if source not in known)
    return replace(column, direct=(*column.direct, *missing))


def _columns_read(result: LineageResult, told: Collection[EngineTable]) -> tuple[ColumnName, ...]:
    known = {_main_column(one) for one in result.columns_read}
    read = (ColumnName(table.object, column) for table in told for column in table.columns)
    return (*result.columns_read, *dict.fromkeys(one for one in read if one not in known))


def _is_resolved(name: UnresolvedName, told: Collection[ObjectName], target: ObjectName | None) -> bool:
    """Whether Trino met an object whose name ends with these parts."""
    met = ([] if target is None else [target]) if name.target else told
    return any((one.catalog, one.schema, one.name)[-len(name.parts) :] == name.parts for one in met)


def _is_complete(result: LineageResult, columns: Collection[EngineColumn]) -> bool:
    """Whether the columns are known by what Trino said: where it names no source there may be a hole in its answer."""
    return (
        result.coverage is not Coverage.COLUMN
        and result.kind in _FILLED_FROM_A_QUERY
        and bool(columns)
        and all(column.sources for column in columns)
    )


def _main(name: ObjectName | None) -> ObjectName | None:
    return replace(name, branch="") if name is not None and name.branch else name


def _main_column(column: ColumnName) -> ColumnName:
    return replace(column, object=replace(column.object, branch="")) if column.object.branch else column
