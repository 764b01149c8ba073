"""What flows into expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.flow.columns import (
    AGGREGATION,
    CONDITIONAL,
    FILTER,
    IDENTITY,
    TRANSFORMATION,
    WINDOW,
    Field,
    Flow,
    add_influences,
)
from query_lineage_tracker.lineage.flow.names import Names
from query_lineage_tracker.lineage.flow.scopes import Scope
from query_lineage_tracker.lineage.syntax import tree
from query_lineage_tracker.lineage.syntax.tree import CHOSEN, VALUE, ColumnUse, Expression, QueryUse, Use

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.flow.columns import BaseColumn
    from query_lineage_tracker.lineage.flow.objects import Objects
    from query_lineage_tracker.lineage.syntax.tree import MeasureUse, Query, Window

_WAY_OF_ROLE = {
    tree.AGGREGATE: AGGREGATION,
    tree.CONDITION: CONDITIONAL,
    tree.FILTER: FILTER,
    tree.WINDOW: WINDOW,
}


class Expressions(Names):
    """Collects what flows into expressions; `influences` collects what influences all rows of the query."""

    __slots__ = ("influences", "objects")

    def __init__(self, objects: Objects) -> None:
        super().__init__()
        self.objects = objects
        self.influences: dict[tuple[BaseColumn, int], None] = {}

    def query(self, query: Query, parent: Scope | None) -> list[Field]:
        raise NotImplementedError

    def field(self, expression: Expression, scope: Scope, name: str | None) -> Field:
        """The field that an expression makes."""
        uses = expression.uses
        span = expression.start, expression.end
        if expression.bare and type(uses[0]) is ColumnUse:
            found = self.resolve(uses[0].parts, scope)
            if found is None:
                return Field(name, {}, {}, None, span)
            self.objects.columns_read.update(found.direct)
            return Field(name, found.direct, found.indirect, found.star, span, found.data_type)
        flow = Flow()
        if expression.chooses:
            self._gather_choice(uses, scope, flow)
        else:
            self.gather(uses, scope, flow, IDENTITY if expression.bare else TRANSFORMATION)
        return Field(name, flow.direct, flow.indirect, None, span, expression.data_type)

    def _gather_choice(self, uses: list[Use], scope: Scope, flow: Flow) -> None:
        """A CASE or IF: results that are columns flow on unchanged."""
        for use in uses:
            self.gather([use], scope, flow, IDENTITY if use.role == CHOSEN else TRANSFORMATION)

    def gather(self, uses: list[Use], scope: Scope, flow: Flow, level: int = TRANSFORMATION) -> None:
        """Add what flows from uses, by their roles; values at least in the way `level`."""
        for use in uses:
            way = _WAY_OF_ROLE[use.role] if use.role > VALUE else level
            if type(use) is ColumnUse:
                field = self.resolve(use.parts, scope)
                if field is not None and self.spend(field.width):
                    self.objects.columns_read.update(field.direct)
                    _add(flow, field, way)
            elif type(use) is QueryUse:
                self._gather_query(use, scope, flow, way)
            elif isinstance(use, tree.MeasureUse):
                self._gather_measure(use, scope, flow, way)
            elif isinstance(use, tree.WindowUse):
                self._gather_window(use.window, scope, flow)

    def _gather_query(self, use: QueryUse, scope: Scope, flow: Flow, way: int) -> None:
        fields = self.query(use.query, scope)
        if not use.valued:
            return
        for field in fields:
            if field.star is not None:
                self.unknown_star(field.star.describe())
            if self.spend(field.width):
                _add(flow, field, way)

    def unknown_star(self, what: str) -> None:
        self.reasons[f"columns of {what} unknown for *"] = None

    def _window(self, window: str | Window, scope: Scope) -> Window | None:
        return scope.windows.get(window) if isinstance(window, str) else window

    def _gather_window(self, window: str | Window, scope: Scope, flow: Flow) -> None:
        """The columns that a window, and those that it extends, partition and sort by."""
        found = self._window(window, scope)
        seen: set[int] = set()
        while found is not None and id(found) not in seen:
            seen.add(id(found))
            field = self._of_window(found, None, scope)
            if self.spend(field.width):
                flow.add_direct(field, TRANSFORMATION)
            found = None if found.base is None else self._window(found.base, scope)

    def _of_window(self, window: Window, measure: str | None, scope: Scope) -> Field:
        """What flows from a window or one of its measures; found once, however often the window is used."""
        key = id(window), measure
        field = scope.windowed.get(key)
        if field is None:
            inner = Scope(scope.rows, scope.parent, variables=window.variables, windows=scope.windows)
            if measure is None:
                flow = Flow()
                self.gather(window.uses, inner, flow)
                field = flow.field(None)
            else:
                field = self.field(window.measures[measure], inner, None)
            scope.windowed[key] = field
        return field

    def _gather_measure(self, use: MeasureUse, scope: Scope, flow: Flow, way: int) -> None:
        window = self._window(use.window, scope)
        if window is None:
            return
        if use.measure in window.measures:
            field = self._of_window(window, use.measure, scope)
            if self.spend(field.width):
                _add(flow, field, way)
        self._gather_window(window, scope, flow)

    def influence(self, expression: Expression, scope: Scope, way: int) -> None:
        """All that an expression uses influences all rows, in the given way."""
        flow = Flow()
        self.gather(expression.uses, scope, flow)
        self.influence_by(flow.field(None), way)

    def influence_by(self, field: Field, way: int) -> None:
        if self.spend(field.width):
            self.objects.columns_read.update(field.direct)
            add_influences(self.influences, field, way)


def _add(flow: Flow, field: Field, way: int) -> None:
    if way <= AGGREGATION:
        flow.add_direct(field, way)
    else:
        flow.add_indirect(field, way)
