"""What flows through statements: from the syntax tree to the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.flow.columns import FILTER, JOIN, Field, sourceless
from query_lineage_tracker.lineage.flow.names import WORK_LIMIT
from query_lineage_tracker.lineage.flow.queries import Queries
from query_lineage_tracker.lineage.flow.scopes import Scope
from query_lineage_tracker.lineage.result import (
    ColumnChange,
    ColumnVerb,
    Coverage,
    Effect,
    Lifecycle,
    LifecycleVerb,
    LineageResult,
    ObjectName,
    OutputColumn,
    StatementKind,
)

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.syntax.statement_tree import (
        Delete,
        Merge,
        MergeArm,
        QueryStatement,
        Update,
        Write,
    )
    from query_lineage_tracker.lineage.syntax.tree import Expression


class Statements(Queries):
    """Follows columns through the statements that read, write or define."""

    __slots__ = ()

    def answer(
        self,
        kind: StatementKind,
        effect: Effect,
        target: ObjectName | None,
        fields: list[Field],
        change: ColumnChange | None = None,
    ) -> LineageResult:
        """All that was found, as the answer about the statement; `fields` are the columns of its target or result."""
        fields = self._tellable(_nameable(fields))
        columns = [_output(field, place, self.places) for place, field in enumerate(fields)]
        objects = self.objects
        if not self.spend(0):
            self.reasons["the columns of the statement flow too widely to be followed"] = None
        for name in objects.unresolved:
            self.reasons[f"{name} cannot be qualified: {name.reason}"] = None
        return LineageResult(
            kind=kind,
            effect=effect,
            sources=tuple(sorted(objects.sources, key=str)),
            target=target,
            unresolved=tuple(objects.unresolved),
            columns=tuple(columns),
            indirect=tuple([column.influence(way) for column, way in self.influences]),
            columns_read=tuple([column.named() for column in objects.columns_read]),
            coverage=Coverage.TABLE if self.reasons else Coverage.COLUMN,
            reasons=tuple(self.reasons),
            versions=tuple(objects.versions),
            known=objects.asked(),
            change=change,
        )

    def _tellable(self, fields: list[Field]) -> list[Field]:
        """The fields, with their names alone if what flows into all of them together is too much for an answer."""
        total = sum(field.width for field in fields)
        if total <= WORK_LIMIT or self.spend(total):
            return fields
        return [sourceless(field.name) for field in fields]

    def read(self, statement: QueryStatement) -> LineageResult:
        fields = self.query(statement.query, None)
        self.known_places(fields)
        return self.answer(StatementKind.SELECT, Effect.READS, None, fields)

    def write(self, write: Write) -> LineageResult:
        """INSERT, CTAS and the definition of a view."""
        target = self.objects.qualify(write.target, write.branch, target=True)
        fields = self.query(write.query, None)
        change = _all_columns(write, target, fields)
        if write.columns:
            fields = self._by_position(fields, write.columns)
        elif write.kind is StatementKind.INSERT:
            fields = self._into_table(fields, target)
        else:
            self.known_places(fields)
        answer = self.answer(write.kind, Effect.WRITES if write.moves_data else Effect.DEFINES, target, fields, change)
        if target is None or write.kind is StatementKind.INSERT or write.if_absent:
            return answer
        return replace(answer, lifecycle=Lifecycle(LifecycleVerb.BEGINS, target))

    def _by_position(self, fields: list[Field], names: tuple[str, ...]) -> list[Field]:
        known = self.known_places(fields)
        return [field.renamed(name) for field, name in zip(fields[:known], names, strict=False)]

    def _into_table(self, fields: list[Field], target: ObjectName | None) -> list[Field]:
        """The columns of an INSERT without a list of columns: those of the target in their order."""
        columns = None if target is None else self.objects.columns(target)
        if columns is not None:
            return self._by_position(fields, tuple(columns))
        if target is not None:
            self.reasons[f"columns of {target} unknown for INSERT by position"] = None
        return []

    # UPDATE, DELETE, MERGE

    def update(self, update: Update) -> LineageResult:
        target = self.objects.qualify(update.target, update.branch, target=True)
        scope = self._scope_of_target(target, update.target, None)
        fields = [self._value(expression, scope).renamed(name) for name, expression in update.assignments]
        if update.where is not None:
            self.influence(update.where, scope, FILTER)
        return self.answer(StatementKind.UPDATE, Effect.WRITES, target, fields)

    def delete(self, delete: Delete) -> LineageResult:
        target = self.objects.qualify(delete.target, delete.branch, target=True)
        if delete.where is not None:
            self.influence(delete.where, self._scope_of_target(target, delete.target, None), FILTER)
        return self.answer(StatementKind.DELETE, Effect.WRITES, target, [])

    def merge(self, merge: Merge) -> LineageResult:
        target = self.objects.qualify(merge.target, merge.branch, target=True)
        scope = self._scope_of_target(target, merge.target, merge.alias)
        self.relation(merge.source, scope)
        self.influence(merge.on, scope, JOIN)
        found: dict[str, list[Field]] = {}
        for arm in merge.arms:
            if arm.condition is not None:
                self.influence(arm.condition, scope, FILTER)
            values = [self._value(value, scope) for value in arm.values]
            for name, value in zip(self._columns_of_arm(arm, target), values, strict=False):
                found.setdefault(name, []).append(value)
        self.touch(merge.loose)
        fields = [self.united(name, values) for name, values in found.items()]
        order = {} if target is None else self.objects.columns(target)
        if order:
            places = {name: place for place, name in enumerate(order)}
            fields.sort(key=lambda field: places.get(field.name or "", len(places)))
        return self.answer(StatementKind.MERGE, Effect.WRITES, target, fields)

    def _columns_of_arm(self, arm: MergeArm, target: ObjectName | None) -> tuple[str, ...]:
        if arm.columns or not arm.values:
            return arm.columns
        columns = None if target is None else self.objects.columns(target)
        if columns is None:
            self.reasons[f"columns of {target} unknown for INSERT by position"] = None
            return ()
        return tuple(columns)

    def _value(self, expression: Expression, scope: Scope) -> Field:
        outer, self.selecting = self.selecting, True
        field = self.field(expression, scope, None)
        self.selecting = outer
        return field

    def _scope_of_target(self, target: ObjectName | None, name: tuple[str, ...], alias: str | None) -> Scope:
        """The target as rows that expressions can name; it is no source for that."""
        if target is None:
            return Scope([self.objects.unqualified_rows(name if alias is None else (alias,))])
        path = (target.catalog, target.schema, target.name) if alias is None else (alias,)
        return Scope([self.objects.rows(target, path)])


def _all_columns(write: Write, target: ObjectName | None, fields: list[Field]) -> ColumnChange | None:
    """What CTAS or the definition of a view tells of the columns of its target, if they are all known."""
    if target is None or write.kind is StatementKind.INSERT:
        return None
    names = write.columns or tuple(field.name for field in fields if field.name is not None and field.star is None)
    if not write.columns and len(names) < len(fields):
        return None
    return ColumnChange(target, ColumnVerb.ALL, names, if_absent=write.if_absent)


def _nameable(fields: list[Field]) -> list[Field]:
    """The columns whose names are known: behind a star of unknown columns the places, too, are unknown."""
    first = next((place for place, field in enumerate(fields) if field.star is not None), len(fields))
    return fields[:first] + [field for field in fields[first:] if field.star is None and field.name is not None]


def _output(field: Field, place: int, tokens: list[tuple[int, int]]) -> OutputColumn:
    return OutputColumn(
        field.name if field.name is not None else f"_col{place}",
        tuple([column.influence(level) for column, level in field.direct.items()]),
        tuple([column.influence(way) for column, way in field.indirect]),
        _span(field, tokens) if tokens and field.span[1] else None,
    )


def _span(field: Field, tokens: list[tuple[int, int]]) -> tuple[int, int]:
    start, end = field.span
    return tokens[start][0], tokens[end - 1][1]
