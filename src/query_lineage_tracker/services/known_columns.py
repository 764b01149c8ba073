"""The columns of objects while statements that change them run one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from query_lineage_tracker.lineage.changes import changed_columns
from query_lineage_tracker.lineage.column_sets import ColumnSet
from query_lineage_tracker.lineage.result import ColumnChange, ObjectName, StatementKind
from query_lineage_tracker.ports.analysis import Run

COLUMN_CHANGING = frozenset(
    {
        StatementKind.CTAS,
        StatementKind.CREATE_TABLE,
        StatementKind.CREATE_VIEW,
        StatementKind.CREATE_MATERIALIZED_VIEW,
        StatementKind.RENAME,
        StatementKind.DDL,
    }
)
"""Statements that may tell of columns: what they did to them is read again, though their lineage is known."""


class RunningColumns:
    """Begins with what is stored and follows the changes of executed statements.

    `told` holds what they told, also where it is what was known; a change that is older than what is known tells
    nothing, so the same executions may come twice and those of the past late.
    """

    def __init__(self, stored: Mapping[ObjectName, ColumnSet]) -> None:
        self._known = dict(stored)
        self.told: dict[ObjectName, ColumnSet] = {}

    def __call__(self, name: ObjectName) -> tuple[str, ...] | None:
        """The columns of an object now, or None."""
        known = self._known.get(name)
        return None if known is None else known.columns

    def follow(self, change: ColumnChange, at: datetime) -> None:
        """A statement that makes this change was executed."""
        known = self._known.get(change.object)
        if known is not None and known.known_at >= at:
            return
        like = None if change.like is None else self._known.get(change.like)
        model = like.columns if like is not None and like.known_at <= at else None
        columns = changed_columns(change, self(change.object), model)
        if columns is None or (change.if_absent and known is not None):
            return
        self._known[change.object] = self.told[change.object] = ColumnSet(columns, at)


def columns_told(
    stored: Mapping[ObjectName, ColumnSet], executed: Iterable[tuple[Run, ColumnChange | None]]
) -> dict[ObjectName, ColumnSet]:
    """What executions, in any order, tell of columns beyond what is stored."""
    columns = RunningColumns(stored)
    changes = [(run.finished, change) for run, change in executed if run.finished is not None and change is not None]
    for at, change in sorted(changes, key=lambda one: one[0]):
        columns.follow(change, at)
    return columns.told


def objects_of_changes(changes: Iterable[ColumnChange | None]) -> set[ObjectName]:
    """The objects whose columns must be known to follow the changes."""
    named = [(change.object, change.like) for change in changes if change is not None]
    return {name for pair in named for name in pair if name is not None}
