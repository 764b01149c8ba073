"""REFRESH MATERIALIZED VIEW names no source: what it reads stands in the definition of the view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from query_lineage_tracker.lineage.result import LineageResult, ObjectName, StatementKind
from query_lineage_tracker.ports.analysis import StatementText


def to_refresh(results: Sequence[LineageResult]) -> dict[int, ObjectName]:
    """The materialized views that are refreshed, by the places of the statements."""
    return {
        place: result.target
        for place, result in enumerate(results)
        if result.kind is StatementKind.REFRESH and result.target is not None
    }


def created_in(
    statements: Sequence[StatementText], results: Sequence[LineageResult]
) -> dict[ObjectName, StatementText]:
    """The definitions of materialized views that executions of these statements created, the last one of each."""
    created = [
        (run.finished, place, result.target)
        for place, (statement, result) in enumerate(zip(statements, results, strict=True))
        if result.kind is StatementKind.CREATE_MATERIALIZED_VIEW and result.target is not None
        for run in statement.runs
        if run.finished is not None
    ]
    return {view: statements[place] for _, place, view in sorted(created)}


def refreshed(refresh: LineageResult, definition: LineageResult) -> LineageResult:
    """What the refresh does, by the definition; a definition that cannot be read tells nothing.

    The view may have been called otherwise when it was defined.
    """
    if definition.error is not None or definition.target is None:
        return refresh
    target, kind, effect = refresh.target, refresh.kind, refresh.effect
    return replace(definition, kind=kind, effect=effect, target=target, change=None, lifecycle=None)
