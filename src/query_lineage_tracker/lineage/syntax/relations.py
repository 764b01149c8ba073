"""What stands in FROM: tables, joins, UNNEST, LATERAL, JSON_TABLE, table functions, MATCH_RECOGNIZE, PIVOT, NEAREST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.syntax.relation_forms import RelationForms
from query_lineage_tracker.lineage.syntax.tree import (
    Alias,
    Join,
    Joined,
    MatchRecognize,
    Nearest,
    Pivot,
    PivotGroup,
    QueryRelation,
    SelectItem,
    TableRelation,
)
from query_lineage_tracker.lineage.syntax.words import IDENTIFIERS, INTEGER, STRING

if TYPE_CHECKING:
    from collections.abc import Callable

    from query_lineage_tracker.lineage.syntax.tree import Expression, Query, Relation

_JOINS = frozenset({"join", "cross", "inner", "left", "right", "full", "natural"})
_NO_ALIAS = frozenset({"tablesample", "match_recognize", "pivot"})
_ENDS = frozenset({"limit", "offset", "fetch", "window"})  # names, too: they end a relation when their clause follows


class Relations(RelationForms):
    """Reads relations."""

    __slots__ = ()

    def relation(self) -> Relation:
        """A relation with all its joins."""
        first = self._sampled()
        if self.keys[self.pos] not in _JOINS:
            return first
        self.enter(3)
        steps: list[Joined] = []
        while self.keys[self.pos] in _JOINS:
            steps.append(self._join_step())
        self.depth -= 3
        return Join(first, steps)

    def _join_step(self) -> Joined:
        if self.accept("cross"):
            self.expect("join")
            return Joined(self._sampled())
        if self.accept("natural"):
            self._join_kind()
            return Joined(self._sampled(), natural=True)
        self._join_kind()
        right = self.relation()
        if self.accept("on"):
            return Joined(right, on=self.expression())
        self.expect("using")
        return Joined(right, using=self.identifiers())

    def _join_kind(self) -> None:
        if self.accept_any("left", "right", "full"):
            self.accept("outer")
        else:
            self.accept("inner")
        self.expect("join")

    def _sampled(self) -> Relation:
        relation = self._aliased(self._primary_relation())
        if self.keys[self.pos] == "match_recognize" and self.keys[self.pos + 1] == "(":
            relation = self._aliased(self._match_recognize(relation))
        if self.keys[self.pos] == "pivot" and self.keys[self.pos + 1] == "(":
            relation = self._aliased(self._pivot(relation))
        if self.keys[self.pos] == "tablesample" and self.keys[self.pos + 2] == "(":
            self.pos += 1
            if not self.accept_any("bernoulli", "system"):
                raise self.unexpected("BERNOULLI or SYSTEM")
            self.expect("(")
            self.loose_expression()
            self.expect(")")
        return relation

    def _aliased(self, relation: Relation) -> Relation:
        key = self.keys[self.pos]
        if key == "as":
            self.pos += 1
        elif key not in IDENTIFIERS or (key in _NO_ALIAS and self._clause_follows(key)) or self._ends(key):
            return relation
        alias = Alias(self.identifier())
        if self.keys[self.pos] == "(":
            alias.columns = self.identifiers()
        if relation.alias is not None:
            relation = Join(relation, [])
        relation.alias = alias
        return relation

    def _clause_follows(self, key: str) -> bool:
        if key == "tablesample":
            return self.keys[self.pos + 2] == "("
        return self.keys[self.pos + 1] == "("

    def _ends(self, key: str) -> bool:
        """Whether a word that could be an alias begins the clause after the relation."""
        if key == "match":
            return self.nearest
        if key not in _ENDS:
            return False
        after = self.keys[self.pos + 1]
        if key == "window":
            return after in IDENTIFIERS and self.keys[self.pos + 2] == "as"
        if key == "fetch":
            return after in ("first", "next")
        return after in (INTEGER, "?") or (key == "limit" and after == "all")

    def _primary_relation(self) -> Relation:
        key = self.keys[self.pos]
        if key == "(":
            return self._parenthesized_relation()
        if self.keys[self.pos + 1] == "(":
            read = _READERS.get(key)
            if read is not None:
                return read(self)
        return self._table()

    def _lateral(self) -> QueryRelation:
        self.pos += 1
        return QueryRelation(self._query_in_parentheses(), lateral=True)

    def _parenthesized_relation(self) -> Relation:
        if self.starts_query():
            return QueryRelation(self._query_in_parentheses())
        self.expect("(")
        self.enter(6)
        relation = self.relation()
        self.depth -= 6
        self.expect(")")
        return relation

    def _query_in_parentheses(self) -> Query:
        self.expect("(")
        query = self.query()
        self.expect(")")
        return query

    def _table(self) -> TableRelation:
        at = self.pos
        relation = TableRelation(self.qualified_name(), at)
        if self.keys[self.pos] == "for" and self.accept_all("for", self.keys[self.pos + 1], "as", "of"):
            if self.keys[self.pos - 3] not in ("timestamp", "version"):
                raise self.unexpected("FOR TIMESTAMP AS OF or FOR VERSION AS OF")
            start = self.pos
            self.loose_expression()
            relation.moment = self.keys[start - 3] == "timestamp"
            if not relation.moment:
                relation.version = " ".join(self.tokens.texts[start : self.pos])
                relation.branch = self.keys[start : self.pos] == [STRING]
        return relation

    def _nearest(self) -> Nearest:
        self.pos += 1
        self.expect("(", "from")
        outer, self.nearest = self.nearest, True
        relation = self.relation()
        self.nearest = outer
        where = self.expression() if self.accept("where") else None
        self.expect("match")
        match = self.expression()
        self.expect(")")
        return Nearest(relation, where, match)

    def _match_recognize(self, relation: Relation) -> MatchRecognize:
        self.pos += 1
        self.expect("(")
        partition = self.expressions() if self.accept_all("partition", "by") else []
        order = self.order_by() if self.keys[self.pos] == "order" else []
        measures = self.measures() if self.accept("measures") else []
        all_rows = self._rows_per_match()
        self.skip_to()
        self.expect("pattern")
        variables = self.pattern()
        self.expect("define")
        defined, defines = self._defines()
        self.expect(")")
        return MatchRecognize(relation, partition, order, measures, defines, variables | defined, all_rows)

    def _rows_per_match(self) -> bool:
        if self.accept_all("one", "row", "per", "match"):
            return False
        if not self.accept_all("all", "rows", "per", "match"):
            return False
        if self.accept_any("show", "omit"):
            self.expect("empty", "matches")
        elif self.accept("with"):
            self.expect("unmatched", "rows")
        return True

    def _defines(self) -> tuple[set[str], list[Expression]]:
        variables, conditions = set(), []
        while True:
            variables.add(self.identifier())
            self.expect("as")
            conditions.append(self.expression())
            if not self.accept(","):
                return variables, conditions

    def _pivot(self, relation: Relation) -> Pivot:
        self.pos += 1
        self.expect("(")
        aggregates = [self._pivot_aggregate()]
        while self.accept(","):
            aggregates.append(self._pivot_aggregate())
        self.expect("for")
        columns = self._pivot_columns()
        self.expect("in", "(")
        groups = [self._pivot_group()]
        while self.accept(","):
            groups.append(self._pivot_group())
        self.expect(")")
        group = self.group_by()[0] if self.accept_all("group", "by") else []
        self.expect(")")
        return Pivot(relation, aggregates, columns, groups, group)

    def _pivot_aggregate(self) -> SelectItem:
        expression = self.expression()
        return SelectItem(expression, self._optional_alias())

    def _optional_alias(self) -> str | None:
        return self.identifier() if self.accept("as") or self.peek_identifier() else None

    def _pivot_columns(self) -> list[Expression]:
        if not self.accept("("):
            return [self.expression_of_name()]
        columns = [self.expression_of_name()]
        while self.accept(","):
            columns.append(self.expression_of_name())
        self.expect(")")
        return columns

    def _pivot_group(self) -> PivotGroup:
        start = self.pos
        self.loose_expression()
        first, last = start, self.pos
        if self.keys[start] == "(" and self.keys[last - 1] == ")":
            first, last = start + 1, last - 1
        text = "".join("_" if text == "," else text for text in self.tokens.texts[first:last])
        alias = self._optional_alias()
        return PivotGroup(alias if alias is not None else text)


_READERS: dict[str, Callable[[Relations], Relation]] = {
    "unnest": Relations.unnest,
    "lateral": Relations._lateral,
    "table": Relations.table_function,
    "json_table": Relations.json_table,
    "nearest": Relations._nearest,
}
