"""What flows through queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.flow.columns import (
    FILTER,
    GROUP_BY,
    SORT,
    Field,
    Flow,
    sourceless,
)
from query_lineage_tracker.lineage.flow.data_types import Part, row_fields
from query_lineage_tracker.lineage.flow.relations import NamedResult, Relations
from query_lineage_tracker.lineage.flow.scopes import OpaqueRows, Scope, outputs_of, unclear
from query_lineage_tracker.lineage.syntax.tree import (
    AGGREGATE,
    Query,
    Select,
    SelectItem,
    SetOperation,
    StarItem,
    TableBody,
    TableRelation,
    Values,
)

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.syntax.tree import Body, Expression, NamedQuery, Operand, QueryUse

_ROUNDS_OF_RECURSION = 20
_COST_OF_ROUND = 1_000


class Queries(Relations):
    """Follows columns through queries."""

    __slots__ = ()

    def query(self, query: Query, parent: Scope | None) -> list[Field]:
        """The fields that a query returns; what influences all its rows is collected on the way."""
        if not query.named and not query.loose:
            return self._ordered(query, parent)
        outer = self.named
        self.named = dict(outer)
        for named in query.named:
            self._define(named, parent, recursive=query.recursive)
        fields = self._ordered(query, parent)
        self.touch(query.loose)
        self.named = outer
        return fields

    def touch(self, loose: list[QueryUse]) -> None:
        """Take the objects that subqueries read, and nothing else of them."""
        for use in loose:
            if self.spend(_COST_OF_ROUND):
                self._touch(use.query)

    def _touch(self, query: Query) -> None:
        outer = self.influences, dict(self.reasons), dict(self.objects.columns_read)
        self.influences = {}
        self.query(query, None)
        self.influences, self.reasons, self.objects.columns_read = outer

    def _define(self, named: NamedQuery, parent: Scope | None, *, recursive: bool) -> None:
        """A common table expression: followed once, whether it is used or not."""
        outer, self.influences = self.influences, {}
        if recursive:
            fields = self._recursive(named, parent)
        else:
            fields = self.query(named.query, parent)
            if named.aliases:
                fields = self.aliased(fields, named.aliases)
        self.named[named.name] = NamedResult(fields, self.influences)
        self.influences = outer

    def _recursive(self, named: NamedQuery, parent: Scope | None) -> list[Field]:
        """Follow a query that may read itself until nothing new flows; each round adds to the one before.

        In the first round the query reads rows of its own of which nothing is known yet, so what that round misses
        is no finding.
        """
        fields = [sourceless(name) for name in named.aliases] or [Field(None, {}, {}, OpaqueRows((named.name,)))]
        reasons = dict(self.reasons)
        before = -1
        for _ in range(_ROUNDS_OF_RECURSION):
            itself = self.named[named.name] = NamedResult(fields, {})
            fields = self.query(named.query, parent)
            if named.aliases:
                fields = self.aliased(fields, named.aliases)
            if not itself.used:
                break
            size = sum(1 + field.width for field in fields)
            if before < 0:
                self.reasons = reasons
            if size == before or not self.spend(size + _COST_OF_ROUND + named.length):
                break
            before = size
        return fields

    def _ordered(self, query: Query, parent: Scope | None) -> list[Field]:
        body = query.body
        if isinstance(body, Select):
            fields, scope = self._select(body, parent)
            if query.order:
                scope = scope.with_outputs(fields)
        else:
            fields = self._body(body, parent)
            scope = Scope([], parent, outputs=outputs_of(fields))
        for key in query.order:
            self._by_expression_or_place(key, fields, scope, SORT)
        return fields

    def _by_expression_or_place(self, key: Expression, fields: list[Field], scope: Scope, way: int) -> None:
        """A key of ORDER BY or GROUP BY: an integer is the place of a column."""
        if key.uses or key.end - key.start != 1:
            self.influence(key, scope, way)
            return
        word = self.words[key.start]
        if word.isdecimal() and 0 < int(word[:9]) <= len(fields):
            self.influence_by(fields[int(word) - 1], way)

    def _body(self, body: Body, parent: Scope | None) -> list[Field]:
        if isinstance(body, Select):
            return self._select(body, parent)[0]
        if isinstance(body, SetOperation):
            return self._set_operation(body, parent)
        if isinstance(body, Values):
            return self._values(body, parent)
        if isinstance(body, TableBody):
            return self._affordable(self.table(TableRelation(body.name, body.at)).expand())
        return self.query(body, parent)

    def _values(self, body: Values, parent: Scope | None) -> list[Field]:
        scope = Scope([], parent)
        width = max(len(row) for row in body.rows)
        flows = [Flow() for _ in range(width)]
        for row in body.rows:
            for flow, expression in zip(flows, row, strict=False):
                if expression.uses:
                    self.gather(expression.uses, scope, flow)
        return [flow.field(None) for flow in flows]

    # Set operations

    def _set_operation(self, body: SetOperation, parent: Scope | None) -> list[Field]:
        """Columns of all operands; what flows into one is collected first and united at the end, in linear time."""
        columns = [[field] for field in self._body(body.first, parent)]
        for operand in body.operands:
            others = self._body(operand.body, parent)
            columns = (self._by_name if operand.corresponding else self._by_place)(columns, others, operand)
        return [column[0] if len(column) == 1 else self.united(column[0].name, column) for column in columns]

    def _by_place(self, columns: list[list[Field]], others: list[Field], _: Operand) -> list[list[Field]]:
        """The columns of a further operand by position, as far as the positions are known."""
        known = min(self._known_columns(columns), self.known_places(others))
        for column, other in zip(columns[:known], others, strict=False):
            column.append(other)
        if known == len(columns):
            return columns
        lost = [[sourceless(column[0].name)] for column in columns[known:] if column[0].star is None]
        return [*columns[:known], *lost, [unclear()]]

    def _by_name(self, columns: list[list[Field]], others: list[Field], operand: Operand) -> list[list[Field]]:
        """The columns of a further operand by their names."""
        clear = self._known_columns(columns) == len(columns) and self.known_places(others) == len(others)
        theirs = outputs_of(others)
        mine = {name: column for column in reversed(columns) if (name := column[0].name) is not None}
        names = operand.by or tuple(name for column in columns if (name := column[0].name) is not None)
        found = [[*mine[name], theirs[name]] for name in names if name in mine and name in theirs]
        return found if clear else [*found, [unclear()]]

    def _known_columns(self, columns: list[list[Field]]) -> int:
        return self.known_places([column[0] for column in columns])

    # SELECT

    def _select(self, select: Select, parent: Scope | None) -> tuple[list[Field], Scope]:
        outer, self.selecting = self.selecting, False
        scope = Scope([], parent, windows=select.windows)
        for relation in select.relations:
            self.relation(relation, scope)
        fields = self._select_fields(select, scope)
        if select.where is not None:
            self.influence(select.where, scope, FILTER)
        for key in select.group:
            self._by_expression_or_place(key, fields, scope, GROUP_BY)
        if select.group_auto:
            self._group_automatically(select, fields)
        if select.having is not None:
            self.influence(select.having, scope, FILTER)
        self.selecting = outer
        return fields, scope

    def _group_automatically(self, select: Select, fields: list[Field]) -> None:
        if any(isinstance(item, StarItem) for item in select.items):
            return
        for item, field in zip(select.items, fields, strict=True):
            if isinstance(item, SelectItem) and all(use.role != AGGREGATE for use in item.expression.uses):
                self.influence_by(field, GROUP_BY)

    def _select_fields(self, select: Select, scope: Scope) -> list[Field]:
        self.selecting = True
        fields: list[Field] = []
        for item in select.items:
            if isinstance(item, SelectItem):
                expression = item.expression
                fields.append(self.field(expression, scope, item.alias or expression.name))
            else:
                fields.extend(self._star(item, scope))
        self.selecting = False
        return fields

    def _star(self, item: StarItem, scope: Scope) -> list[Field]:
        if item.row is not None:
            return self._fields_of_row(self.field(item.row, scope, None), item)
        fields: list[Field] = []
        if not item.qualifier:
            for rows in scope.rows:
                fields.extend(rows.expand())
            return self._affordable(fields)
        fields = self._affordable(self._qualified_star(item, scope))
        return self.aliased(fields, item.aliases) if item.aliases else fields

    def _affordable(self, fields: list[Field]) -> list[Field]:
        """The fields of a star, or a star again if stars of stars have become too many."""
        for field in fields:
            self.objects.columns_read.update(field.direct)
        return fields if self.spend(len(fields)) else [unclear()]

    def _qualified_star(self, item: StarItem, scope: Scope) -> list[Field]:
        level: Scope | None = scope
        while level is not None and self.spend_on_rows(level.rows):
            matching = [rows for rows in level.rows if rows.matches(item.qualifier)]
            if matching:
                return [field for rows in matching for field in rows.expand()]
            level = level.parent
        field = self.resolve(item.qualifier, scope)
        return [] if field is None else self._fields_of_row(field, item)

    def _fields_of_row(self, row: Field, item: StarItem) -> list[Field]:
        """`r.*`: each field comes from the whole row."""
        fields = row.spread(row_fields(row.data_type) or [Part(name) for name in item.aliases])
        if not fields:
            self.reasons["the fields of a row are unknown for *"] = None
        self.objects.columns_read.update(row.direct)
        return self.aliased(fields, item.aliases) if item.aliases else fields
