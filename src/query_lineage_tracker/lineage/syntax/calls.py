"""Function calls: arguments, FILTER, OVER and all that may follow a name with a parenthesis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from query_lineage_tracker.lineage.syntax.aggregates import AGGREGATES
from query_lineage_tracker.lineage.syntax.predicates import PREDICATE_STARTS, Predicates
from query_lineage_tracker.lineage.syntax.tree import AGGREGATE, CONDITION, FILTER, VALUE, WINDOW, WindowUse
from query_lineage_tracker.lineage.syntax.words import IDENTIFIERS

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.syntax.tree import Window

ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%", "||"})
_AFTER_OPERAND = frozenset({",", ")", ".", "[", "=>", "->", *ARITHMETIC, *PREDICATE_STARTS, "and", "or", "order"}) - {
    "-",
    "+",
    "not",
}
AFTER_CALL = frozenset({"filter", "ignore", "respect", "over"})


class Calls(Predicates):
    """Reads function calls."""

    __slots__ = ()

    def result(self) -> None:
        raise NotImplementedError

    def window_specification(self) -> Window:
        raise NotImplementedError

    def opens_window(self) -> bool:
        after = self.keys[self.pos + 1]
        return after == "(" or after in IDENTIFIERS

    def call(self, name: tuple[str, ...]) -> None:
        """The arguments of a function and all that may follow them."""
        self.pos += 1
        role = self.role
        self.enter(2)
        if len(name) == 1 and role == VALUE and name[0] in AGGREGATES:
            self.role = AGGREGATE
        if not self._star() and self.keys[self.pos] not in {")", "order"}:
            if name == ("if",):
                self._if_arguments()
            elif name == ("classifier",) and self.peek_identifier() and self.keys[self.pos + 1] == ")":
                self.pos += 1  # a variable of the row pattern
            else:
                self.arguments()
        if self.keys[self.pos] == "order":
            self.order_of_aggregate()
        self.expect(")")
        self.role = role
        self.depth -= 2
        if self.keys[self.pos] in AFTER_CALL:
            self.after_call()

    def _star(self) -> bool:
        """Step over `*`, or `A.*` for the rows of a pattern variable."""
        if self.sees_rows_of_variable(0):
            self.pos += 2
        return self.accept("*")

    def sees_rows_of_variable(self, ahead: int) -> bool:
        """Whether `A.*` stands that many tokens ahead."""
        place = self.pos + ahead
        return self.keys[place + 1 : place + 3] == [".", "*"] and self.peek_identifier(ahead)

    def arguments(self) -> None:
        keys = self.keys
        if keys[self.pos] == "distinct" or (keys[self.pos] == "all" and keys[self.pos + 1] not in _AFTER_OPERAND):
            self.pos += 1
        while True:
            if keys[self.pos + 1] == "=>" and self.peek_identifier():
                self.pos += 2
            self.boolean()
            if keys[self.pos] != ",":
                return
            self.pos += 1

    def _if_arguments(self) -> None:
        self._in_role(CONDITION)
        while self.accept(","):
            self.result()

    def _in_role(self, role: int) -> None:
        """Read an expression whose uses have a role of their own, unless the role around it is indirect already."""
        outer = self.role
        if outer < CONDITION:
            self.role = role
        self.boolean()
        self.role = outer

    def order_of_aggregate(self) -> None:
        """ORDER BY within an aggregation."""
        role = self.role
        if role < CONDITION:
            self.role = WINDOW
        self.order_by_uses()
        self.role = role

    def order_by_uses(self) -> None:
        """ORDER BY, read into the expression around it."""
        self.expect("order", "by")
        while True:
            self.boolean()
            self.ordering()
            if not self.accept(","):
                return

    def ordering(self) -> None:
        """What may follow a sort key."""
        self.accept_any("asc", "desc")
        if self.keys[self.pos] == "nulls" and self.keys[self.pos + 1] in ("first", "last"):
            self.pos += 2

    def after_call(self) -> None:
        """FILTER (WHERE ...), IGNORE NULLS, OVER ... after a function call."""
        if self.accept_all("filter", "(", "where"):
            self._in_role(FILTER)
            self.expect(")")
        if self.keys[self.pos] in ("ignore", "respect") and self.keys[self.pos + 1] == "nulls":
            self.pos += 2
        if self.keys[self.pos] == "over" and self.opens_window():
            window = self.over()
            if isinstance(window, str) or window.variables:
                self.uses.append(WindowUse(window, self.role))
            else:
                self.uses.extend(window.uses)
                if window.base is not None:
                    self.uses.append(WindowUse(window.base, self.role))

    def over(self) -> str | Window:
        self.expect("over")
        if self.keys[self.pos] != "(":
            return self.identifier()
        self.pos += 1
        role = self.role
        if role < CONDITION:
            self.role = WINDOW
        window = self.window_specification()
        self.role = role
        self.expect(")")
        return window
