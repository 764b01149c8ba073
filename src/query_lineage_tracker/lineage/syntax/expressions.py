"""Expressions: two levels, as in Trino's grammar.

A *boolean* is values and predicates joined by AND and OR, a *value* is operands joined by arithmetic. Precedence below
that does not change what is used, so operators of one level are read in one loop, however long the chain.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from query_lineage_tracker.lineage.syntax.calls import ARITHMETIC, Calls
from query_lineage_tracker.lineage.syntax.predicates import PREDICATE_STARTS, QUERY_STARTS
from query_lineage_tracker.lineage.syntax.tree import (
    CHOSEN,
    VALUE,
    ColumnUse,
    Expression,
    MeasureUse,
    QueryUse,
)
from query_lineage_tracker.lineage.syntax.words import BINARY, END, IDENTIFIERS, INTEGER, NAME, NUMBER, REFUSED, STRING

if TYPE_CHECKING:
    from collections.abc import Callable

    from query_lineage_tracker.lineage.syntax.tree import Use

_QUERIES = QUERY_STARTS - {"("}
_LITERALS = frozenset({STRING, INTEGER, NUMBER, BINARY, "null", "true", "false", "?"})
_AFTER_REFERENCE = frozenset({"(", STRING, "->", "over", ":"})


class Expressions(Calls):
    """Reads expressions into `uses`; `forms` read the operands that begin with a keyword."""

    __slots__ = ()

    forms: ClassVar[dict[str, Callable[[Any], None]]] = {}

    def expression(self) -> Expression:
        """An expression with uses of its own."""
        outer, role = self.uses, self.role
        uses: list[Use] = []
        self.uses = uses
        self.role = VALUE
        start = self.pos
        compound = self.boolean()
        self.uses, self.role = outer, role
        if compound:
            return Expression(uses, start, self.pos)
        return self._named(Expression(uses, start, self.pos))

    def _named(self, expression: Expression) -> Expression:
        """Tell what an expression without operators is as a whole, and what name it gives to a column of its own."""
        start, end = expression.start, expression.end
        if self.is_bare(start, end, expression.uses):
            expression.bare = True
            use = expression.uses[0]
            expression.name = use.parts[-1] if type(use) is ColumnUse else None
        elif self.keys[start] in ("cast", "try_cast") and self.cast_to[1] == end - 1:
            expression.data_type = " ".join(self.tokens.texts[slice(*self.cast_to)]).replace(" (", "(")
        elif self.keys[start] in ("case", "if"):
            expression.chooses = self._is_choice(start, end)
        elif len(expression.uses) == 1 and isinstance(expression.uses[0], MeasureUse):
            expression.name = expression.uses[0].measure
        elif self.keys[start] == "(" and len(expression.uses) == 1 and self._is_dotted(start, end):
            self.pos = end - 1
            expression.name = self.identifier()
        return expression

    def _is_dotted(self, start: int, end: int) -> bool:
        """Whether the tokens are names with dots between them, some of them in parentheses: `(r.f).g`."""
        if self.keys[end - 2] != ".":
            return False
        names = True
        for key in islice(self.keys, start, end):
            if key not in ("(", ")"):
                if key not in IDENTIFIERS if names else key != ".":
                    return False
                names = not names
        return not names

    def is_bare(self, start: int, end: int, uses: list[Use]) -> bool:
        """Whether the tokens are one column or one subquery, and parentheses around it."""
        if len(uses) != 1:
            return False
        use = uses[0]
        opening = start
        if type(use) is ColumnUse:
            while self.keys[opening] == "(" and use.at > opening:
                opening += 1
            return opening == use.at and end - opening == 2 * len(use.parts) - 1 + opening - start
        if type(use) is QueryUse:
            return self.keys[start] == "(" and self.keys[end - 1] == ")" and self.keys[start + 1] in QUERY_STARTS
        return False

    def _is_choice(self, start: int, end: int) -> bool:
        """Whether an expression that begins with CASE or IF and has no operators is nothing else."""
        if self.keys[start] == "case":
            return self.keys[end - 1] == "end"
        return self.keys[start + 1] == "(" and self.closing(start + 1) == end - 1

    def result(self) -> None:
        """A result of CASE or IF, read into the expression around it."""
        start, used = self.pos, len(self.uses)
        compound = self.boolean()
        if self.role != VALUE:
            return
        uses = self.uses[used:]
        if not compound and self.is_bare(start, self.pos, uses) and type(uses[0]) is ColumnUse:
            uses[0].role = CHOSEN
        elif compound or not (self.keys[start] in ("case", "if") and self._is_choice(start, self.pos)):
            for use in uses:
                use.role = max(use.role, VALUE)

    def loose_expression(self) -> None:
        """An expression in a place where no column can flow from; only its subqueries are kept."""
        self.loosen(self.expression().uses)

    def loosen(self, uses: list[Use]) -> None:
        self.loose += [use for use in uses if type(use) is QueryUse]

    def expressions(self) -> list[Expression]:
        """Expressions with commas between them."""
        found = [self.expression()]
        while self.accept(","):
            found.append(self.expression())
        return found

    def booleans(self) -> None:
        """Expressions with commas between them, read into the expression around them."""
        keys = self.keys
        while True:
            pos = self.pos
            if keys[pos] in _LITERALS and keys[pos + 1] == ",":
                self.pos = pos + 2  # IN lists and arrays of literals can be very long
                continue
            self.boolean()
            if keys[self.pos] != ",":
                return
            self.pos += 1

    def boolean(self) -> bool:
        """Values and predicates joined by AND and OR; True if it is more than one operand."""
        keys = self.keys
        self.enter(5)
        compound = False
        while True:
            while keys[self.pos] == "not":
                self.pos += 1
                compound = True
            if self.value():
                compound = True
            key = keys[self.pos]
            if key in PREDICATE_STARTS and self.predicate(key):
                compound = True
                key = keys[self.pos]
            if key not in {"and", "or"}:
                self.depth -= 5
                return compound
            self.pos += 1
            compound = True

    def value(self) -> bool:
        """Operands joined by arithmetic; True if it is more than one operand."""
        keys = self.keys
        compound = False
        while True:
            key = keys[self.pos]
            while key in {"-", "+"}:
                self.pos += 1
                key = keys[self.pos]
                compound = True
            if key == NAME:
                self.reference()
            else:
                self._primary(key)
            key = keys[self.pos]
            if key in {".", "[", "at"}:
                compound = self._postfix() or compound
                key = keys[self.pos]
            if key not in ARITHMETIC:
                return compound
            self.pos += 1
            compound = True

    def _primary(self, key: str) -> None:
        if key == "(":
            self.parenthesized()
        elif key in self.forms:
            self.forms[key](self)
        elif key in IDENTIFIERS:
            self.reference()
        else:
            raise self.unexpected("an expression")

    def _postfix(self) -> bool:
        """`.field`, `.'json key'`, `.method(...)`, `[index]`, `AT TIME ZONE ...` behind an operand."""
        keys = self.keys
        compound = False
        while True:
            key, after = keys[self.pos], keys[self.pos + 1]
            if key == "[":
                self._subscript()
            elif key == "." and after == STRING:
                self.pos += 1
                self.string()
            elif key == "." and after not in ("*", END, REFUSED):
                self.pos += 2
                if keys[self.pos] == "(" and not self._query_follows():
                    self._method_arguments()
            elif key == "at" and after in ("time", "local"):
                self._time_zone()
                compound = True
            else:
                return compound

    def _method_arguments(self) -> None:
        self.expect("(")
        if not self.accept(")"):
            self.arguments()
            self.expect(")")

    def _subscript(self) -> None:
        self.pos += 1
        if not self.accept("*"):
            self.value()
        self.expect("]")

    def _time_zone(self) -> None:
        self.pos += 1
        if self.accept("local"):
            return
        self.expect("time", "zone")
        if self.keys[self.pos] == STRING:
            self.string()
        else:
            self.value()

    # Names: columns, function calls, typed literals, lambdas

    def reference(self) -> None:
        """Whatever begins with a name."""
        pos = self.pos
        parts = self.qualified_name()
        key = self.keys[self.pos]
        if key in _AFTER_REFERENCE and self._after_reference(key, parts, pos):
            return
        if self.bound and any(parts[0] in names for names in self.bound):
            return
        self.uses.append(ColumnUse(parts, self.role, pos))

    def _after_reference(self, key: str, parts: tuple[str, ...], pos: int) -> bool:
        """Read what makes something else of a name than a column."""
        if key == "(":
            if self._query_follows():
                return False
            self.call(parts)
        elif key == STRING and len(parts) == 1:
            self.string()
        elif key == "->" and len(parts) == 1:
            self._lambda(parts)
        elif key == "over" and len(parts) == 1 and self.opens_window():
            window = self.over()
            self.uses.append(MeasureUse(parts[0], window, self.role))
        elif key == ":" and self.keys[self.pos + 1] == ":":
            return self._static_method(parts, pos)
        else:
            return False
        return True

    def _query_follows(self) -> bool:
        """Whether the parenthesis behind a name opens a query: then it is no function, none takes one so."""
        inner = self.keys[self.pos + 1]
        if inner == "(" and self.starts_query():
            return self.keys[self.closing(self.pos + 1) + 1] != ")"
        return inner in _QUERIES

    def _static_method(self, parts: tuple[str, ...], pos: int) -> bool:
        """`type::method(...)`; without parentheses `value::type`, as it was for a while."""
        self.pos += 2
        if self.keys[self.pos + 1] == "(":
            self.pos += 1
            self._method_arguments()
            return True
        self.type()
        self.uses.append(ColumnUse(parts, self.role, pos))
        return True

    def _lambda(self, parameters: tuple[str, ...]) -> None:
        self.expect("->")
        self.bound.append(parameters)
        self.boolean()
        self.bound.pop()

    # Parentheses

    def parenthesized(self) -> None:
        """An expression, a row, a lambda or a subquery in parentheses."""
        keys = self.keys
        first = keys[self.pos + 1]
        if first in QUERY_STARTS and self.starts_query():
            self.subquery()
        elif (first in IDENTIFIERS or first == ")") and self._lambda_parameters():
            return
        else:
            self.pos += 1
            self.booleans()
            if keys[self.pos] != ")":
                raise self.unexpected()
            self.pos += 1

    def _lambda_parameters(self) -> bool:
        """Read `(x, y) -> ...` if it is one."""
        keys = self.keys
        place = self.pos + 1
        while keys[place] in IDENTIFIERS and keys[place + 1] == ",":
            place += 2
        if keys[place] in IDENTIFIERS:
            place += 1
        if keys[place] != ")" or keys[place + 1] != "->":
            return False
        if self.keys[self.pos + 1] == ")":
            self.pos += 2
            self._lambda(())
        else:
            self._lambda(self.identifiers())
        return True

    def subquery(self, *, valued: bool = True) -> None:
        """A query in parentheses."""
        self.expect("(")
        outer, role, bound = self.uses, self.role, self.bound
        self.bound, self.role = [], VALUE
        query = self.query()
        self.uses, self.role, self.bound = outer, role, bound
        self.uses.append(QueryUse(query, role, valued))
        self.expect(")")
