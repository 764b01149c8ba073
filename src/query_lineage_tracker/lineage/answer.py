"""The answer about a statement as plain data, ready to be written as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from query_lineage_tracker.lineage.result import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from query_lineage_tracker.lineage.result import Influence, LineageResult, ObjectName, OutputColumn


def answer(result: LineageResult, fingerprint: str) -> dict[str, Any]:
    """The documented JSON of `qlt analyze`; names are dotted, a part that holds a dot or a quote is quoted."""
    target = result.target
    return {
        "kind": result.kind.value,
        "writes": result.effect is Effect.WRITES,
        "sources": [str(source) for source in result.sources],
        "target": None if target is None else str(main_branch(target)),
        "branch": None if target is None else target.branch or None,
        "unresolved": [str(name) for name in result.unresolved],
        "columns": [_column(column) for column in result.columns],
        "indirect": _influences(result.indirect),
        "coverage": result.coverage.value,
        "reasons": list(result.reasons),
        "error": _error(result),
        "fingerprint": fingerprint,
        "effect": result.effect.value,
        "columns_read": sorted(str(column) for column in result.columns_read),
    }


def main_branch(name: ObjectName) -> ObjectName:
    """The object without its branch."""
    return replace(name, branch="") if name.branch else name


def _column(column: OutputColumn) -> dict[str, Any]:
    return {"name": column.name, "direct": _influences(column.direct), "indirect": _influences(column.indirect)}


def _influences(influences: Iterable[Influence]) -> list[dict[str, str]]:
    found = [{"column": str(influence.column), "subtype": influence.subtype.value} for influence in influences]
    return sorted(found, key=lambda influence: (influence["column"], influence["subtype"]))


def _error(result: LineageResult) -> dict[str, Any] | None:
    error = result.error
    return None if error is None else {"line": error.line, "column": error.column, "message": error.message}
