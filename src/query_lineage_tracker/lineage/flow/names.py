"""Resolves the names of columns against scopes. Never guesses: what is ambiguous is remembered, not chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.flow.columns import merged, sourceless
from query_lineage_tracker.lineage.flow.data_types import has_fields
from query_lineage_tracker.lineage.flow.scopes import AMBIGUOUS, Scope, TableRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from query_lineage_tracker.lineage.flow.columns import Field
    from query_lineage_tracker.lineage.flow.scopes import Rows
    from query_lineage_tracker.lineage.syntax.tree import Name

WORK_LIMIT = 1_500_000
"""How many columns may be added to fields before the columns of a statement are given up: bounds time and memory.

A name counts, too, but only by the hundreds of items of FROM that may have to be looked at for it.
"""
_OWNERS_SHOWN = 5


class Names:
    """`reasons` tells what could not be resolved; `selecting` while the values of a SELECT are read."""

    __slots__ = ("budget", "reasons", "selecting")

    def __init__(self) -> None:
        self.reasons: dict[str, None] = {}
        self.selecting = False
        self.budget = WORK_LIMIT

    def spend(self, work: int) -> bool:
        """Count work; False once there was too much of it, and then columns are followed no further."""
        self.budget -= work
        return self.budget >= 0

    def spend_on_rows(self, rows: Sequence[Rows | Field]) -> bool:
        """Count the work of looking at each item of FROM, or each of its columns: a few of them count as nothing."""
        return self.spend(len(rows) >> 4)

    def united(self, name: str | None, fields: Sequence[Field]) -> Field:
        """A field that any of the given fields flows into, while that can be afforded."""
        return merged(name, fields) if self.spend(sum(field.width for field in fields)) else sourceless(name)

    def resolve(self, parts: Name, scope: Scope) -> Field | None:
        """The field that a dotted name stands for.

        The innermost scope that has it counts, and there the longest qualification, then a row field. That a table of
        unknown columns has a row column called as a table of an outer query is not thought of.
        """
        if self.budget < 0:
            return None
        if len(parts) == 1:
            return self._unqualified(parts[0], scope)
        level: Scope | None = scope
        while level is not None:
            for length in range(min(len(parts) - 1, 3), 0, -1):
                field = self._qualified(parts[:length], parts[length], level)
                if field is not None:
                    return field if length == len(parts) - 1 else self._part(field, parts[length + 1 :])
            field = level.known(parts[0])
            if field is not None and field is not AMBIGUOUS and has_fields(field.data_type):
                return self._part(field, parts[1:])
            level = level.parent
        field = self._unqualified(parts[0], scope)
        return None if field is None else self._part(field, parts[1:])

    def _part(self, field: Field, path: Name) -> Field:
        """A row field; the text of its row's type is read anew for each name on the way to it."""
        self.budget -= len(field.data_type) * len(path) >> 7
        return field.part(path)

    def _qualified(self, prefix: Name, column: str, level: Scope) -> Field | None:
        """The column of what is called `prefix` in a scope, if that has it or may have it."""
        if prefix[0] in level.variables and len(prefix) == 1:
            return self._unqualified(column, Scope(level.rows)) or sourceless(column)
        self.budget -= len(level.rows) >> 4
        candidates = []
        for rows in level.rows:
            if rows.matches(prefix):
                field = rows.get(column)
                if field is not None:
                    return field
                if rows.open:
                    candidates.append(rows)
        return self._assumed(column, candidates, None) or sourceless(column) if candidates else None

    def _unqualified(self, name: str, scope: Scope) -> Field | None:
        level: Scope | None = scope
        while level is not None:
            self.budget -= len(level.rows) >> 2
            field = level.known(name)
            if field is AMBIGUOUS:
                self._ambiguous(name, level.owners(name))
                return None
            if field is not None:
                return field
            candidates = level.open_rows()
            if candidates:
                return self._assumed(name, candidates, level.parent)
            level = level.parent
        self.reasons[f"column {name} is not among the known columns"] = None
        return None

    def _assumed(self, name: str, candidates: list[Rows], outer: Scope | None) -> Field | None:
        """The column as one that is not known of the only rows that can have it, if there are such."""
        rivals = [] if _same_object(candidates) else candidates[1:]
        rivals += self._outer_rivals(name, outer)
        field = None if rivals else candidates[0].assume(name)
        if field is None and not rivals:
            self.reasons[f"where column {name} of {candidates[0].describe()} comes from is unknown"] = None
        elif field is None:
            self._ambiguous(name, [candidates[0], *rivals])
        return field

    def _ambiguous(self, name: str, owners: Sequence[Rows]) -> None:
        shown = dict.fromkeys(rows.describe() for rows in owners[:_OWNERS_SHOWN])
        self.reasons[f"column {name} may belong to any of {', '.join(shown)}"] = None

    def _outer_rivals(self, name: str, outer: Scope | None) -> list[Rows]:
        """Outer rows that may own a name that a subquery uses.

        Among the values that a subquery selects, a name that could be of an outer query is practically never that:
        there only outer rows that are known to have it count.
        """
        rivals: list[Rows] = []
        while outer is not None:
            if outer.known(name) is not None:
                return [*rivals, *outer.rows]
            if not self.selecting:
                rivals += outer.open_rows()
            outer = outer.parent
        return rivals


def _same_object(candidates: list[Rows]) -> bool:
    first = candidates[0]
    if not isinstance(first, TableRows):
        return len(candidates) == 1
    return all(isinstance(rows, TableRows) and rows.object == first.object for rows in candidates)
