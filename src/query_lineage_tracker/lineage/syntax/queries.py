"""Queries: WITH, set operations, SELECT, VALUES, TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.syntax.relations import Relations
from query_lineage_tracker.lineage.syntax.tree import (
    VALUE,
    WINDOW,
    Alias,
    NamedQuery,
    Operand,
    Query,
    Select,
    SelectItem,
    SetOperation,
    StarItem,
    TableBody,
    Values,
)
from query_lineage_tracker.lineage.syntax.words import END, IDENTIFIERS, INTEGER

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.syntax.tree import Body, Expression, Relation


class Queries(Relations):
    """Reads queries."""

    __slots__ = ()

    def root_query(self) -> Query:
        """A query with the functions and session properties that may stand before it."""
        if self.keys[self.pos] == "with" and self.keys[self.pos + 1] == "session" and not self._names_query():
            self.pos += 2
            self._session_properties()
        if self.keys[self.pos] == "with" and self.keys[self.pos + 1] == "function" and not self._names_query():
            self.pos += 1
            self.function_specification()
            while self.accept(","):
                self.function_specification()
        loose, self.loose = self.loose, []
        query = self.query()
        query.loose += loose
        return query

    def _names_query(self) -> bool:
        """Whether the word after WITH is the name of a query."""
        return self.keys[self.pos + 2] in ("as", "(")

    def _session_properties(self) -> None:
        while True:
            self.qualified_name()
            self.expect("=")
            self.expression()
            if not self.accept(","):
                return

    def function_specification(self) -> None:
        raise NotImplementedError

    def query(self) -> Query:
        self.enter(12)
        outer, self.loose = self.loose, []
        named: list[NamedQuery] = []
        recursive = False
        if self.accept("with"):
            recursive = self.accept("recursive")
            named.append(self._named_query())
            while self.accept(","):
                named.append(self._named_query())
        query = self._query_without_with()
        query.named = named
        query.recursive = recursive
        query.loose, self.loose = self.loose, outer
        self.depth -= 12
        return query

    def _named_query(self) -> NamedQuery:
        name = self.identifier()
        aliases = self.identifiers() if self.keys[self.pos] == "(" else ()
        self.expect("as", "(")
        start = self.pos
        query = self.query()
        length = self.pos - start
        self.expect(")")
        return NamedQuery(name, aliases, query, length)

    def _query_without_with(self) -> Query:
        body = self._term()
        order = self.order_by() if self.keys[self.pos] == "order" else []
        if self.accept("offset"):
            self._row_count()
            self.accept_any("row", "rows")
        if self.accept("limit"):
            if not self.accept("all"):
                self._row_count()
        elif self.accept("fetch"):
            self._fetch()
        return Query(body, order)

    def _row_count(self) -> None:
        if not self.accept_any(INTEGER, "?"):
            raise self.unexpected("a number of rows")

    def _fetch(self) -> None:
        if not self.accept_any("first", "next"):
            raise self.unexpected("FIRST or NEXT")
        self.accept_any(INTEGER, "?")
        if not self.accept_any("row", "rows"):
            raise self.unexpected("ROW or ROWS")
        if not self.accept("only"):
            self.expect("with", "ties")

    def _term(self) -> Body:
        """Operands of UNION and EXCEPT; INTERSECT binds tighter."""
        first = self._intersection()
        operands: list[Operand] = []
        while self.keys[self.pos] in ("union", "except"):
            operands.append(self._operand(tight=False))
        return SetOperation(first, operands) if operands else first

    def _intersection(self) -> Body:
        first = self._query_primary()
        operands: list[Operand] = []
        while self.keys[self.pos] == "intersect":
            operands.append(self._operand(tight=True))
        return SetOperation(first, operands) if operands else first

    def _operand(self, *, tight: bool) -> Operand:
        operator = self.keys[self.pos]
        self.pos += 1
        self.accept_any("all", "distinct")
        corresponding = self.accept("corresponding")
        by = self.identifiers() if corresponding and self.accept("by") else ()
        body = self._query_primary() if tight else self._intersection()
        return Operand(operator, body, corresponding, by)

    def _query_primary(self) -> Body:
        key = self.keys[self.pos]
        if key == "select":
            return self._select()
        if key == "(":
            self.pos += 1
            self.enter(6)
            query = self.query() if self.keys[self.pos] == "with" else self._query_without_with()
            self.depth -= 6
            self.expect(")")
            return query
        if self.accept("values"):
            return self._values()
        if self.accept("table"):
            at = self.pos
            return TableBody(self.qualified_name(), at)
        raise self.unexpected("a query")

    def _values(self) -> Values:
        rows = [self._values_row()]
        while self.accept(","):
            rows.append(self._values_row())
        return Values(rows)

    def _values_row(self) -> list[Expression]:
        """The columns of a row; if it is more than a row constructor, the whole is one column."""
        start = self.pos
        opening = start + 1 if self.keys[start] == "row" else start
        if not self._lists_in_parentheses(opening, _AFTER_ROW) or (opening == start and self.starts_query()):
            return [self.expression()]
        self.pos = opening + 1
        columns = self._row_columns()
        self.expect(")")
        return columns

    def _lists_in_parentheses(self, opening: int, ends: frozenset[str]) -> bool:
        """Whether a list in parentheses opens there, with nothing but one of `ends` behind it.

        This looks ahead instead of reading on trial: what is read twice at each level takes exponential time.
        """
        keys = self.keys
        return keys[opening] == "(" and keys[opening + 1] != ")" and keys[self.closing(opening) + 1] in ends

    def _row_columns(self) -> list[Expression]:
        columns = [self.expression()]
        self._field_alias()
        while self.accept(","):
            columns.append(self.expression())
            self._field_alias()
        return columns

    def _field_alias(self) -> None:
        if self.accept("as") or (self.peek_identifier() and self.keys[self.pos + 1] in (",", ")")):
            self.identifier()

    def _select(self) -> Select:
        self.pos += 1
        if self.keys[self.pos] == "distinct" or (self.keys[self.pos] == "all" and self._all_quantifies()):
            self.pos += 1
        items = [self._select_item()]
        while self.accept(","):
            items.append(self._select_item())
        select = Select(items, self._from() if self.accept("from") else [])
        if self.accept("where"):
            select.where = self.expression()
        if self.accept_all("group", "by"):
            select.group, select.group_auto = self.group_by()
        if self.accept("having"):
            select.having = self.expression()
        if self.keys[self.pos] == "window" and self.keys[self.pos + 2] == "as":
            self._window_definitions(select)
        return select

    def _all_quantifies(self) -> bool:
        return self.keys[self.pos + 1] not in (",", "from", ".", "as", ")", END, "=", "||")

    def _from(self) -> list[Relation]:
        relations = [self.relation()]
        while self.accept(","):
            relations.append(self.relation())
        return relations

    def _select_item(self) -> SelectItem | StarItem:
        if self.accept("*"):
            return StarItem()
        start = self.pos
        qualifier = self._star_qualifier()
        if qualifier:
            return StarItem(qualifier, aliases=self._star_aliases())
        self.pos = start
        expression = self.expression()
        if self.keys[self.pos] == "." and self.keys[self.pos + 1] == "*":
            self.pos += 2
            return StarItem(row=expression, aliases=self._star_aliases())
        key = self.keys[self.pos]
        if key == "as":
            self.pos += 1
            return SelectItem(expression, self.identifier())
        if key in IDENTIFIERS and not (key in _CLAUSES and self._ends(key)):
            return SelectItem(expression, self.identifier())
        return SelectItem(expression, None)

    def _star_qualifier(self) -> tuple[str, ...]:
        """The name before `.*`, if that is what comes."""
        if not self.peek_identifier() or self.keys[self.pos + 1] != ".":
            return ()
        name = self.qualified_name()
        return name if self.accept_all(".", "*") else ()

    def _star_aliases(self) -> tuple[str, ...]:
        return self.identifiers() if self.accept("as") else ()

    def group_by(self) -> tuple[list[Expression], bool]:
        """The expressions of GROUP BY, whatever the grouping sets; True if AUTO is among them."""
        self.accept("distinct")
        if self.keys[self.pos] == "all" and self._all_quantifies():
            self.pos += 1
        found: list[Expression] = []
        auto = False
        while True:
            if self.keys[self.pos] == "auto" and self.keys[self.pos + 1] not in (".", "(", "["):
                self.pos += 1
                auto = True
            else:
                self._grouping_element(found)
            if not self.accept(","):
                return found, auto

    def _grouping_element(self, found: list[Expression]) -> None:
        if self.accept_all("grouping", "sets") or self.accept_any("rollup", "cube"):
            self.expect("(")
            while self.keys[self.pos] != ")":
                self._grouping_set(found)
                if not self.accept(","):
                    break
            self.expect(")")
        else:
            self._grouping_set(found)

    def _grouping_set(self, found: list[Expression]) -> None:
        """`(a, b)`, `()` or an expression, which may well begin with a parenthesis."""
        if self.sees("(", ")") and self.keys[self.pos + 2] != "->":
            self.pos += 2
        elif self._lists_in_parentheses(self.pos, _AFTER_GROUPING_SET) and not self.starts_query():
            self.pos += 1
            found.extend(self.expressions())
            self.expect(")")
        else:
            found.append(self.expression())

    def _window_definitions(self, select: Select) -> None:
        self.pos += 1
        while True:
            name = self.identifier()
            self.expect("as", "(")
            self.role = WINDOW
            window = select.windows[name] = self.window_specification()
            self.role = VALUE
            for uses in (window.uses, *(measure.uses for measure in window.measures.values())):
                self.loosen(uses)
            self.expect(")")
            if not self.accept(","):
                return

    def optional_alias(self) -> Alias | None:
        """`AS x (a, b)` where one stands."""
        if not self.accept("as") and not self.peek_identifier():
            return None
        alias = Alias(self.identifier())
        if self.keys[self.pos] == "(":
            alias.columns = self.identifiers()
        return alias


_CLAUSES = frozenset({"limit", "offset", "fetch", "window"})
_AFTER_ROW = frozenset(
    {",", ")", END, ";", "order", "limit", "offset", "fetch", "union", "except", "intersect", "with"}
)
_AFTER_GROUPING_SET = frozenset(
    {",", ")", END, ";", "having", "window", "order", "limit", "offset", "fetch", "union", "except", "intersect"}
    | {"with"}
)
