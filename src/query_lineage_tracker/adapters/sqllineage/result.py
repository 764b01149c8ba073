"""From what sqllineage says to our answer, without believing more than it knows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from query_lineage_tracker.lineage.kinds import leading_kind
from query_lineage_tracker.lineage.result import (
    ColumnName,
    Coverage,
    Influence,
    LineageResult,
    ObjectName,
    OutputColumn,
    Subtype,
    SyntaxProblem,
    UnresolvedName,
)
from query_lineage_tracker.ports.analysis import StatementText

_POSITION = re.compile(r"Line (\d+), Position (\d+): (.*)")
_NO_SESSION = "the session catalog or schema is unknown"
_LOST_QUOTES = "sqllineage does not tell where a quoted name with dots ends"


def result_of(statement: StatementText, answer: Mapping[str, Any]) -> LineageResult:
    """The result for one answer of the worker."""
    kind, effect = leading_kind(statement.sql)
    if "error" in answer:
        problem = _problem(answer["error"])
        return LineageResult(kind, effect, coverage=Coverage.NONE, reasons=(problem.message,), error=problem)
    if "unsupported" in answer:
        return LineageResult(kind, effect, coverage=Coverage.NONE, reasons=(answer["unsupported"],))
    sources = [_qualified(parts, statement) for parts in answer["sources"]]
    targets = [_qualified(parts, statement, target=True) for parts in answer["targets"]]
    columns = _columns(answer["columns"], statement)
    return LineageResult(
        kind,
        effect,
        sources=tuple(sorted(name for name in sources if isinstance(name, ObjectName))),
        target=next((name for name in targets if isinstance(name, ObjectName)), None),
        unresolved=tuple(name for name in (*sources, *targets) if isinstance(name, UnresolvedName)),
        columns=columns,
        columns_read=tuple(sorted({influence.column for column in columns for influence in column.direct})),
        coverage=Coverage.TABLE,
        reasons=("sqllineage does not tell whether its column lineage is complete",),
    )


def _problem(message: str) -> SyntaxProblem:
    found = _POSITION.search(message)
    if found is None:
        return SyntaxProblem(0, 0, message)
    return SyntaxProblem(int(found[1]), int(found[2]), found[3])


def _qualified(parts: Sequence[str], statement: StatementText, *, target: bool = False) -> ObjectName | UnresolvedName:
    if len(parts) > 3:
        return UnresolvedName(tuple(parts), _LOST_QUOTES, target)
    missing = (statement.catalog, statement.schema)[: 3 - len(parts)]
    known = [part for part in missing if part is not None]
    if len(known) < len(missing):
        return UnresolvedName(tuple(parts), _NO_SESSION, target)
    catalog, schema, name = (part.lower() for part in (*known, *parts))
    return ObjectName(catalog, schema, name)


def _columns(edges: Sequence[Sequence[Any]], statement: StatementText) -> tuple[OutputColumn, ...]:
    flows: dict[str, set[Influence]] = defaultdict(set)
    for upstream, column, _, output in edges:
        name = _qualified(upstream, statement)
        if isinstance(name, ObjectName) and "*" not in (column, output):
            # sqllineage does not tell a copy from a computation: the weaker claim is the true one.
            flows[output.lower()].add(Influence(ColumnName(name, column.lower()), Subtype.TRANSFORMATION))
    return tuple(OutputColumn(output, tuple(sorted(direct))) for output, direct in flows.items())
