"""Operands with a syntax of their own: CASE, CAST, EXTRACT, TRIM, LISTAGG, the JSON functions ..."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.syntax.calls import AFTER_CALL
from query_lineage_tracker.lineage.syntax.expressions import Expressions
from query_lineage_tracker.lineage.syntax.predicates import PREDICATE_STARTS
from query_lineage_tracker.lineage.syntax.tree import AGGREGATE, CONDITION, VALUE
from query_lineage_tracker.lineage.syntax.types import INTERVAL_FIELDS
from query_lineage_tracker.lineage.syntax.words import BINARY, INTEGER, NUMBER, STRING

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIM_SIDES = ("leading", "trailing", "both")
_CONSTANTS = ("current_date", "current_user", "current_catalog", "current_schema", "current_path")
_TIMES = ("current_time", "current_timestamp", "localtime", "localtimestamp")


class Forms(Expressions):
    """Reads the special forms."""

    __slots__ = ()

    def literal(self) -> None:
        self.pos += 1

    def string_constant(self) -> None:
        self.string()

    def time_constant(self) -> None:
        self.pos += 1
        if self.accept("("):
            self.integer()
            self.expect(")")

    def array_literal(self) -> None:
        """`ARRAY[...]`, or `array` as a name, or `[...]`."""
        if self.keys[self.pos] == "array" and self.keys[self.pos + 1] != "[":
            self.reference()
            return
        self.accept("array")
        self.expect("[")
        if not self.accept("]"):
            self.booleans()
            self.expect("]")

    def case(self) -> None:
        self.pos += 1
        self.enter(2)
        outer = self.role
        condition = CONDITION if outer < CONDITION else outer
        self.role = condition
        simple = self.keys[self.pos] != "when"
        if simple:
            self.boolean()
        while self.accept("when"):
            self.role = condition
            self._case_condition(simple=simple)
            self.expect("then")
            self.role = outer
            self.result()
        self.role = outer
        if self.accept("else"):
            self.result()
        self.expect("end")
        self.depth -= 2

    def _case_condition(self, *, simple: bool) -> None:
        """A condition; behind `CASE x` it may be a predicate without its operand: `WHEN > 3`."""
        key = self.keys[self.pos]
        if not simple or key not in PREDICATE_STARTS or not self.predicate(key):
            self.boolean()

    def cast(self) -> None:
        """CAST and TRY_CAST; TRY_CAST can be a name."""
        if self.keys[self.pos + 1] != "(" or self.keys[self.pos + 2] == "*":
            self.reference()
            return
        self.pos += 2
        self.boolean()
        self.expect("as")
        start = self.pos
        self.type()
        self.cast_to = start, self.pos
        self.expect(")")

    def exists(self) -> None:
        self.pos += 1
        self.subquery(valued=False)

    def unique(self) -> None:
        if self.keys[self.pos + 1] != "(" or not self._query_behind():
            self.reference()
            return
        self.exists()

    def _query_behind(self) -> bool:
        self.pos += 1
        found = self.starts_query()
        self.pos -= 1
        return found

    def interval(self) -> None:
        after = self.keys[self.pos + 1]
        if after not in (STRING, "+", "-") or (after != STRING and self.keys[self.pos + 2] != STRING):
            self.reference()
            return
        self.pos += 1
        signed = self.accept_any("+", "-")
        self.string()
        if signed or self.keys[self.pos] in INTERVAL_FIELDS:
            self.interval_qualifier()

    def double_precision(self) -> None:
        if self.keys[self.pos + 1] == "precision" and self.keys[self.pos + 2] == STRING:
            self.pos += 2
            self.string()
        else:
            self.reference()

    def position(self) -> None:
        """`POSITION(a IN b)`; with a comma it is a function like any other."""
        if not self._opens_call():
            return
        self.value()
        if self.accept("in"):
            self.value()
        self._rest_of_call()

    def substring(self) -> None:
        """SUBSTRING and OVERLAY with words between their arguments, or as ordinary functions."""
        if not self._opens_call():
            return
        self.boolean()
        for word in ("placing", "from", "for"):
            if self.accept(word):
                self.value()
        self._rest_of_call()

    def _opens_call(self) -> bool:
        """Step into the arguments; without any, the word is an ordinary name and read as one."""
        plain = self.keys[self.pos + 2] in (")", "*", "distinct", "order") or self.sees_rows_of_variable(2)
        if self.keys[self.pos + 1] != "(" or plain:
            self.reference()
            return False
        self.pos += 2
        self.enter(2)
        return True

    def _rest_of_call(self) -> None:
        if self.accept(","):
            self.booleans()
        self.expect(")")
        self.depth -= 2
        if self.keys[self.pos] in AFTER_CALL:
            self.after_call()

    def trim(self) -> None:
        self.pos += 1
        self.expect("(")
        if self.keys[self.pos] in _TRIM_SIDES and self.keys[self.pos + 1] not in (")", ",", "."):
            self.pos += 1
        if not self.accept("from"):
            self.value()
            if not self.accept_any("from", ","):
                self.expect(")")
                return
        self.value()
        self.expect(")")

    def normalize(self) -> None:
        self.pos += 1
        self.expect("(")
        self.value()
        if self.accept(","):
            self.identifier()
        self.expect(")")

    def extract(self) -> None:
        self.pos += 1
        self.expect("(")
        self.identifier()
        self.expect("from")
        self.value()
        self.expect(")")

    def grouping(self) -> None:
        self.pos += 1
        self.expect("(")
        if not self.accept(")"):
            self.booleans()
            self.expect(")")

    def row(self) -> None:
        """`ROW(a, b AS name)`, or `row` as a name."""
        if self.keys[self.pos + 1] != "(" or self.keys[self.pos + 2] == "order":
            self.reference()
            return
        self.pos += 2
        while self.keys[self.pos] != ")":
            self.boolean()
            if self.accept("as") or self.peek_identifier():
                self.identifier()
            if not self.accept(","):
                break
        self.expect(")")

    def running(self) -> None:
        """RUNNING and FINAL before a function of a row pattern, or as names."""
        if self.peek_identifier(1) and self.keys[self.pos + 2] in ("(", "."):
            self.pos += 1
        self.reference()

    def listagg(self) -> None:
        self.pos += 1
        self.expect("(")
        role = self.role
        if role == VALUE:
            self.role = AGGREGATE
        self.accept_any("distinct", "all")
        self.boolean()
        if self.accept(","):
            self.string()
        if self.accept_all("on", "overflow"):
            self._overflow()
        self.role = role
        self.expect(")", "within", "group", "(")
        self.order_of_aggregate()
        self.expect(")")
        self.after_call()

    def _overflow(self) -> None:
        if self.accept("error"):
            return
        self.expect("truncate")
        if self.keys[self.pos] == STRING:
            self.string()
        if not self.accept_any("with", "without"):
            raise self.unexpected("WITH COUNT or WITHOUT COUNT")
        self.expect("count")


FORMS: dict[str, Callable[[Forms], None]] = {
    **dict.fromkeys((INTEGER, NUMBER, BINARY, "null", "true", "false", "?", *_CONSTANTS), Forms.literal),
    **dict.fromkeys(_TIMES, Forms.time_constant),
    STRING: Forms.string_constant,
    "[": Forms.array_literal,
    "array": Forms.array_literal,
    "case": Forms.case,
    "cast": Forms.cast,
    "try_cast": Forms.cast,
    "exists": Forms.exists,
    "unique": Forms.unique,
    "interval": Forms.interval,
    "double": Forms.double_precision,
    "position": Forms.position,
    "substring": Forms.substring,
    "overlay": Forms.substring,
    "trim": Forms.trim,
    "normalize": Forms.normalize,
    "extract": Forms.extract,
    "grouping": Forms.grouping,
    "row": Forms.row,
    "running": Forms.running,
    "final": Forms.running,
    "listagg": Forms.listagg,
}
