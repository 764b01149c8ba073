"""SQL routines: `FUNCTION f(x bigint) RETURNS bigint RETURN x + 1`. Their bodies read no tables."""

from __future__ import annotations

from query_lineage_tracker.lineage.syntax.queries import Queries
from query_lineage_tracker.lineage.syntax.words import DOLLAR, IDENTIFIERS

_ENDINGS = frozenset({"end", "else", "elseif", "until"})


class Routines(Queries):
    """Reads function specifications; what they use is dropped."""

    __slots__ = ()

    def function_specification(self) -> None:
        outer, self.uses = self.uses, []
        self.expect("function")
        self.function_declaration()
        self.expect("returns")
        self.type()
        while self._characteristic():
            pass
        if self.accept("as"):
            self.expect(DOLLAR)
        else:
            self._control_statement()
        self.loosen(self.uses)
        self.uses = outer

    def function_declaration(self) -> None:
        """Name and parameters; a parameter may lack its name."""
        self.qualified_name()
        self.expect("(")
        if self.accept(")"):
            return
        self.row_fields()

    def _characteristic(self) -> bool:
        if self.accept("language"):
            self.identifier()
        elif self.accept("comment"):
            self.string()
        elif self.accept("security"):
            self.identifier()
        elif self.accept_all("with", "("):
            self.pos = self.closing(self.pos - 1) + 1
        else:
            return (
                self.accept_all("not", "deterministic")
                or self.accept("deterministic")
                or self.accept_all("returns", "null", "on", "null", "input")
                or self.accept_all("called", "on", "null", "input")
            )
        return True

    def _control_statement(self) -> None:
        self.enter(4)
        key, after = self.keys[self.pos], self.keys[self.pos + 1]
        if key in IDENTIFIERS and after == ":":
            self.pos += 2
            key = self.keys[self.pos]
        if key == "return":
            self.pos += 1
            self.value()
        elif key == "set":
            self.pos += 1
            self.identifier()
            self.expect("=")
            self.boolean()
        elif key in ("iterate", "leave"):
            self.pos += 1
            self.identifier()
        else:
            self._block(key)
        self.depth -= 4

    def _block(self, key: str) -> None:
        self.pos += 1
        if key == "case":
            self._case_statement()
        elif key == "if":
            self.boolean()
            self.expect("then")
            self._if_arms()
        elif key == "begin":
            self._compound()
            return
        elif key == "while":
            self.boolean()
            self.expect("do")
            self._statements()
        elif key == "repeat":
            self._statements()
            self.expect("until")
            self.boolean()
        elif key == "loop":
            self._statements()
        else:
            self.pos -= 1
            raise self.unexpected("a statement of a function")
        self.expect("end", key)

    def _case_statement(self) -> None:
        if self.keys[self.pos] != "when":
            self.boolean()
        while self.accept("when"):
            self.boolean()
            self.expect("then")
            self._statements()
        if self.accept("else"):
            self._statements()

    def _if_arms(self) -> None:
        self._statements()
        while self.accept("elseif"):
            self.boolean()
            self.expect("then")
            self._statements()
        if self.accept("else"):
            self._statements()

    def _compound(self) -> None:
        while self.accept("declare"):
            self.identifier()
            while self.accept(","):
                self.identifier()
            self.type()
            if self.accept("default"):
                self.value()
            self.expect(";")
        if self.keys[self.pos] != "end":
            self._statements()
        self.expect("end")

    def _statements(self) -> None:
        while True:
            self._control_statement()
            self.expect(";")
            if self.keys[self.pos] in _ENDINGS or self.keys[self.pos] == "when":
                return
