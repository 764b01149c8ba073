"""What flows through the items of FROM. Each adds its rows to the scope, so that lateral ones see those before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.flow.columns import (
    FILTER,
    JOIN,
    BaseColumn,
    Field,
    Flow,
    sourceless,
)
from query_lineage_tracker.lineage.flow.data_types import Part, unnested
from query_lineage_tracker.lineage.flow.functions import TableFunctions
from query_lineage_tracker.lineage.flow.scopes import DerivedRows, OpaqueRows, Rows, Scope, SpreadRows
from query_lineage_tracker.lineage.syntax.tree import (
    Join,
    JsonTable,
    MatchRecognize,
    Nearest,
    Pivot,
    QueryRelation,
    Relation,
    TableFunction,
    TableRelation,
    Unnest,
)

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.flow.objects import Objects
    from query_lineage_tracker.lineage.syntax.tree import Alias, Joined, Name


@dataclass(slots=True)
class NamedResult:
    """A common table expression: its fields, what influences all its rows, and whether it was read."""

    fields: list[Field]
    influences: dict[tuple[BaseColumn, int], None]
    used: bool = False


class Relations(TableFunctions):
    """Follows columns through relations; `named` are the common table expressions in reach."""

    __slots__ = ("named", "places", "words")

    def __init__(self, objects: Objects, words: list[str]) -> None:
        super().__init__(objects)
        self.words = words
        self.places: list[tuple[int, int]] = []
        self.named: dict[str, NamedResult] = {}

    def relation(self, relation: Relation, scope: Scope) -> None:
        """Add the rows of a relation to the scope."""
        if isinstance(relation, TableRelation):
            scope.rows.append(self._renamed(self.table(relation), relation.alias))
        elif isinstance(relation, Join):
            self._join(relation, scope)
        elif isinstance(relation, Nearest) and relation.alias is None:
            scope.rows.extend(self._nearest(relation, scope))
        else:
            fields = self._fields(relation, scope)
            scope.rows.append(_derived(fields, relation.alias))

    def _fields(self, relation: Relation, scope: Scope) -> list[Field]:
        if isinstance(relation, QueryRelation):
            fields = self.query(relation.query, scope if relation.lateral else scope.parent)
        elif isinstance(relation, Unnest):
            fields = self._unnest(relation, scope)
        elif isinstance(relation, JsonTable):
            fields = self._json_table(relation, scope)
        elif isinstance(relation, TableFunction):
            fields = self.table_function(relation, scope)
        elif isinstance(relation, Nearest):
            fields = [field for rows in self._nearest(relation, scope) for field in rows.expand()]
        elif isinstance(relation, MatchRecognize):
            fields = self.match_recognize(relation, scope)
        elif isinstance(relation, Pivot):
            fields = self.pivot(relation, scope)
        else:
            fields = self.expanded(relation, scope)
        alias = relation.alias
        return self.aliased(fields, alias.columns) if alias is not None and alias.columns else fields

    def expanded(self, relation: Relation, scope: Scope) -> list[Field]:
        """All columns of a relation that stands for itself."""
        inner = Scope([], scope.parent)
        self.relation(relation, inner)
        return [field for rows in inner.rows for field in rows.expand()]

    def table(self, relation: TableRelation) -> Rows:
        """The rows of a name: a common table expression in reach, else a stored object."""
        if len(relation.name) == 1:
            named = self.named.get(relation.name[0])
            if named is not None:
                named.used = True
                if self.spend(len(named.influences)):
                    self.influences.update(named.influences)
                return DerivedRows(relation.name if relation.alias is None else (relation.alias.name,), named.fields)
        return self.objects.source(relation)

    def _renamed(self, rows: Rows, alias: Alias | None) -> Rows:
        if alias is None or not alias.columns:
            return rows
        return DerivedRows((alias.name,), self.aliased(rows.expand(), alias.columns))

    def aliased(self, fields: list[Field], names: Name) -> list[Field]:
        """Fields with names of their own, by position; those after a star of unknown columns lose their lineage."""
        known = self.known_places(fields)
        found = [field.renamed(name) for field, name in zip(fields[:known], names, strict=False)]
        if known < len(fields):
            found += [sourceless(name) for name in names[known:]]
        return found

    def known_places(self, fields: list[Field]) -> int:
        """How many fields are at a known place: all, or those before the first star of unknown columns."""
        for place, field in enumerate(fields):
            if field.star is not None:
                self.unknown_star(field.star.describe())
                return place
        return len(fields)

    # Joins

    def _join(self, join: Join, scope: Scope) -> None:
        start = len(scope.rows)
        self.relation(join.first, scope)
        for step in join.steps:
            middle = len(scope.rows)
            self.relation(step.relation, scope)
            self._join_step(step, scope, start, middle)
        if join.alias is not None:
            fields = [field for rows in scope.rows[start:] for field in rows.expand()]
            del scope.rows[start:]
            fields = self.aliased(fields, join.alias.columns) if join.alias.columns else fields
            scope.rows.append(_derived(fields, join.alias))

    def _join_step(self, step: Joined, scope: Scope, start: int, middle: int) -> None:
        if step.on is not None:
            self.influence(step.on, Scope(scope.rows[start:] if start else scope.rows, scope.parent), JOIN)
            return
        if not self.spend_on_rows(scope.rows):
            return
        names = step.using
        if step.natural:
            names = self._common_names(scope.rows[start:middle], scope.rows[middle:])
        if names:
            self._join_using(names, scope, start, middle)

    def _join_using(self, names: Name, scope: Scope, start: int, middle: int) -> None:
        """Both sides flow into a column of USING, which takes the place of theirs."""
        sides = Scope(scope.rows[start:middle], None), Scope(scope.rows[middle:], None)
        fields = []
        for name in names:
            found = [field for side in sides if (field := self.resolve((name,), side)) is not None]
            for field in found:
                self.influence_by(field, JOIN)
            fields.append(self.united(name, found))
        for rows in scope.rows[start:]:
            rows.hidden = rows.hidden.union(names)
        scope.rows.insert(start, DerivedRows((), fields))

    def _common_names(self, left: list[Rows], right: list[Rows]) -> tuple[str, ...]:
        """The columns that NATURAL compares; none if those of a side are not known."""
        for rows in (*left, *right):
            if rows.open:
                self.reasons[f"columns of {rows.describe()} unknown for NATURAL JOIN"] = None
                return ()
        others = {field.name for rows in right for field in rows.expand()}
        fields = [field for rows in left for field in rows.expand()]
        self.spend_on_rows(fields)
        return tuple([field.name for field in fields if field.name is not None and field.name in others])

    # Relations that are computed from expressions

    def _unnest(self, unnest: Unnest, scope: Scope) -> list[Field]:
        arguments = [self.field(argument, scope, None) for argument in unnest.arguments]
        columns = [
            list(unnested(field.data_type)) or [Part()] * width
            for field, width in zip(arguments, unnest.widths, strict=True)
        ]
        names = unnest.alias.columns if unnest.alias is not None else ()
        if names:
            _widen(columns, len(names) - unnest.ordinality)
        fields = [field for argument, own in zip(arguments, columns, strict=True) for field in argument.spread(own)]
        if not all(columns):
            fields = self._unnest_unknown(arguments, len(names) - unnest.ordinality)
        return [*fields, sourceless(None)] if unnest.ordinality else fields

    def _unnest_unknown(self, arguments: list[Field], named: int) -> list[Field]:
        """The columns of an UNNEST of which it is not known how many each argument gives."""
        if len(arguments) == 1:
            return [Field(None, {}, {}, SpreadRows(("unnest",), arguments[0].part()))]
        if not any(field.direct for field in arguments):
            return [sourceless(None)] * max(named, 0)
        self.reasons["the types of the arguments of UNNEST are unknown"] = None
        return [Field(None, {}, {}, OpaqueRows(("unnest",), clear=False))] if named < 0 else [sourceless(None)] * named

    def _json_table(self, table: JsonTable, scope: Scope) -> list[Field]:
        flow = Flow()
        self.gather(table.document.uses, scope, flow)
        return [sourceless(name) if name in table.ordinals else flow.field(name) for name in table.columns]

    def _nearest(self, nearest: Nearest, scope: Scope) -> list[Rows]:
        inner = Scope([], scope)
        self.relation(nearest.relation, inner)
        if nearest.where is not None:
            self.influence(nearest.where, inner, FILTER)
        self.influence(nearest.match, inner, JOIN)
        return inner.rows


def _derived(fields: list[Field], alias: Alias | None) -> DerivedRows:
    return DerivedRows(() if alias is None else (alias.name,), fields)


def _widen(columns: list[list[Part]], total: int) -> None:
    """Tell from the number of all columns how many there are where that is unknown, if it can be told."""
    unknown = [place for place, own in enumerate(columns) if not own]
    if total == len(columns):
        columns[:] = [own if len(own) == 1 else [Part()] for own in columns]
    elif len(unknown) == 1:
        columns[unknown[0]] = [Part()] * (total - sum(map(len, columns)))
