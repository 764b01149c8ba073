"""Relations made by functions: UNNEST, JSON_TABLE and table functions with their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.syntax.cursor import Unparsable
from query_lineage_tracker.lineage.syntax.tree import (
    VALUE,
    Argument,
    ColumnUse,
    Expression,
    JsonTable,
    QueryRelation,
    TableFunction,
    TableRelation,
    Unnest,
)
from query_lineage_tracker.lineage.syntax.windows import Windows
from query_lineage_tracker.lineage.syntax.words import IDENTIFIERS, STRING

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.syntax.tree import Alias, Relation, Use


class RelationForms(Windows):
    """Reads UNNEST, JSON_TABLE and TABLE(...)."""

    __slots__ = ()

    def group_by(self) -> tuple[list[Expression], bool]:
        raise NotImplementedError

    def optional_alias(self) -> Alias | None:
        raise NotImplementedError

    def expression_of_name(self) -> Expression:
        """A qualified name as an expression."""
        start = self.pos
        parts = self.qualified_name()
        return Expression([ColumnUse(parts, 0, start)], start, self.pos, bare=True, name=parts[-1])

    def order_by(self) -> list[Expression]:
        """ORDER BY, each key an expression."""
        self.expect("order", "by")
        return self.sort_keys()

    def sort_keys(self) -> list[Expression]:
        """Sort keys with commas between them."""
        keys = [self._sort_key()]
        while self.accept(","):
            keys.append(self._sort_key())
        return keys

    def _sort_key(self) -> Expression:
        key = self.expression()
        self.ordering()
        return key

    def unnest(self) -> Unnest:
        self.pos += 1
        self.expect("(")
        arguments, widths = [], []
        while True:
            start = self.pos
            arguments.append(self.expression())
            widths.append(self._unnest_width(start))
            if not self.accept(","):
                break
        self.expect(")")
        return Unnest(arguments, widths, ordinality=self.accept_all("with", "ordinality"))

    def _unnest_width(self, start: int) -> int:
        """How many columns an argument of UNNEST gives, if its text tells; else 0."""
        key, after = self.keys[start], self.keys[start + 1]
        if key == "map" and after == "(" and self.closing(start + 1) == self.pos - 1:
            return 2
        if key != "array" or after != "[" or self.keys[self.pos - 1] != "]":
            return 0
        first, behind = self.keys[start + 2], self.keys[start + 3]
        if first == "row" and behind == "(":
            return self._width_of_row(start + 3)
        if first == "(":
            return self._width_of_row(start + 2)
        return 0 if first in IDENTIFIERS else 1

    def _width_of_row(self, opening: int) -> int:
        keys = self.keys
        level, width = 0, 1
        for place in range(opening, self.closing(opening)):
            key = keys[place]
            if key in ("(", "["):
                level += 1
            elif key in (")", "]"):
                level -= 1
            elif key == "," and level == 1:
                width += 1
        return width

    def json_table(self) -> JsonTable:
        self.pos += 1
        self.expect("(")
        outer, role = self.uses, self.role
        uses: list[Use] = []
        self.uses, self.role = uses, VALUE
        start = self.pos
        self.json_path_invocation()
        document = Expression(uses, start, self.pos)
        columns: list[str] = []
        ordinals: set[str] = set()
        self._json_columns(columns, ordinals)
        self.uses, self.role = outer, role
        if self.accept("plan"):
            self.accept("default")
            self._json_plan()
        if self.accept_any("error", "empty"):
            self.expect("on", "error")
        self.expect(")")
        return JsonTable(document, columns, frozenset(ordinals))

    def _json_columns(self, columns: list[str], ordinals: set[str]) -> None:
        """COLUMNS (...), nested ones flattened."""
        self.enter(3)
        self.expect("columns", "(")
        while True:
            if self.keys[self.pos] == "nested" and self.keys[self.pos + 1] in ("path", STRING):
                self._nested_columns(columns, ordinals)
            else:
                self._json_column(columns, ordinals)
            if not self.accept(","):
                break
        self.expect(")")
        self.depth -= 3

    def _nested_columns(self, columns: list[str], ordinals: set[str]) -> None:
        self.pos += 1
        self.accept("path")
        self.string()
        if self.accept("as"):
            self.identifier()
        self._json_columns(columns, ordinals)

    def _json_column(self, columns: list[str], ordinals: set[str]) -> None:
        name = self.identifier()
        columns.append(name)
        if self.accept_all("for", "ordinality"):
            ordinals.add(name)
            return
        self.type()
        self.json_format()
        if self.accept("path"):
            self.string()
        self.json_query_options()

    def _json_plan(self) -> None:
        """PLAN (...) names paths only; its words and parentheses are stepped over."""
        if self.keys[self.pos] != "(":
            raise self.unexpected("'('")
        self.pos = self.closing(self.pos)
        self.expect(")")

    def table_function(self) -> TableFunction:
        self.pos += 1
        self.expect("(")
        at = self.pos
        name = self.qualified_name()
        self.expect("(")
        arguments: list[Argument] = []
        while self.keys[self.pos] not in (")", "copartition") or (arguments and self.keys[self.pos - 1] == ","):
            arguments.append(self._table_argument())
            if not self.accept(","):
                break
        if self.accept("copartition"):
            self._copartition()
        self.expect(")", ")")
        return TableFunction(name, arguments, at)

    def _copartition(self) -> None:
        while True:
            self.expect("(")
            self.qualified_name()
            while self.accept(","):
                self.qualified_name()
            self.expect(")")
            if not self.accept(","):
                return

    def _table_argument(self) -> Argument:
        name = None
        if self.peek_identifier() and self.keys[self.pos + 1] == "=>":
            name = self.identifier()
            self.pos += 1
        key, after = self.keys[self.pos], self.keys[self.pos + 1]
        if key == "table" and after == "(":
            return self._relation_argument(name)
        if key == "descriptor" and after == "(" and self.keys[self.pos + 2] in IDENTIFIERS:
            start = self.pos
            try:
                return Argument(name, columns=self._descriptor())
            except Unparsable:
                self.pos = start  # a function of that name
        if key == "cast" and self.accept_all("cast", "(", "null", "as", "descriptor", ")"):
            return Argument(name)
        return self.plain_argument(name)

    def plain_argument(self, name: str | None) -> Argument:
        """An expression; its value, too, where it is a lone string."""
        start = self.pos
        text = None
        if self.keys[start] == STRING:
            text = self.string()
            if self.keys[self.pos] not in (",", ")"):
                text = None
            self.pos = start
        return Argument(name, self.expression(), text)

    def argument(self) -> Argument:
        """An argument of a procedure."""
        name = None
        if self.peek_identifier() and self.keys[self.pos + 1] == "=>":
            name = self.identifier()
            self.pos += 1
        return self.plain_argument(name)

    def _descriptor(self) -> tuple[str, ...]:
        self.pos += 1
        self.expect("(")
        names = []
        while True:
            names.append(self.identifier())
            if self.keys[self.pos] not in (",", ")"):
                self.type()
            if not self.accept(","):
                break
        self.expect(")")
        return tuple(names)

    def _relation_argument(self, name: str | None) -> Argument:
        self.pos += 2
        table: Relation
        if self.keys[self.pos] in IDENTIFIERS:
            at = self.pos
            table = TableRelation(self.qualified_name(), at)
        else:
            table = QueryRelation(self.query())
        self.expect(")")
        if self.keys[self.pos] not in ("partition", "prune", "keep") or self.keys[self.pos + 1] not in ("by", "when"):
            table.alias = self.optional_alias()
        argument = Argument(name, table=table)
        if self.accept_all("partition", "by"):
            argument.partition = self._maybe_parenthesized()
        if self.accept_any("prune", "keep"):
            self.expect("when", "empty")
        if self.accept_all("order", "by"):
            self._order_of_argument()
        return argument

    def _maybe_parenthesized(self) -> list[Expression]:
        if self.accept_all("(", ")"):
            return []
        return [self.expression()]

    def _order_of_argument(self) -> None:
        if self.keys[self.pos] == "(" and self._lists_keys():
            self.pos += 1
            self.sort_keys()
            self.expect(")")
        else:
            self._sort_key()

    def _lists_keys(self) -> bool:
        """Whether the parentheses here hold the whole ORDER BY."""
        return self.keys[self.closing(self.pos) + 1] in (",", ")", "copartition")
