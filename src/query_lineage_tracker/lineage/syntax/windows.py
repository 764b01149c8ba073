"""Windows and row patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.syntax.json_forms import JsonForms
from query_lineage_tracker.lineage.syntax.tree import Window
from query_lineage_tracker.lineage.syntax.words import IDENTIFIERS, INTEGER

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.syntax.tree import Expression, Use

_SPECIFICATION_WORDS = frozenset({"partition", "measures", "range", "rows", "groups"})
_PATTERN_STARTS = IDENTIFIERS | {"(", "^", "$", "{-"}


class Windows(JsonForms):
    """Reads window specifications and the clauses of row pattern recognition."""

    __slots__ = ()

    def window_specification(self) -> Window:
        """What stands in the parentheses of a window; its uses get the role that the cursor has."""
        outer = self.uses
        uses: list[Use] = []
        self.uses = uses
        base = self._base_window()
        if self.accept_all("partition", "by"):
            self.booleans()
        if self.keys[self.pos] == "order":
            self.order_by_uses()
        measures: dict[str, Expression] = {}
        if self.accept("measures"):
            measures = dict(self.measures())
        variables = self._frame() if self.keys[self.pos] in ("range", "rows", "groups") else frozenset()
        self.uses = outer
        return Window(base, uses, measures, variables)

    def _base_window(self) -> str | None:
        key = self.keys[self.pos]
        if key not in IDENTIFIERS:
            return None
        after = self.keys[self.pos + 1]
        if key == "partition" and after == "by":
            return None
        if key in _SPECIFICATION_WORDS and after not in (")", "order", "partition", "range", "rows", "groups"):
            return None
        return self.identifier()

    def measures(self) -> list[tuple[str, Expression]]:
        """`expression AS name, ...`."""
        found = []
        while True:
            expression = self.expression()
            self.expect("as")
            found.append((self.identifier(), expression))
            if not self.accept(","):
                return found

    def _frame(self) -> frozenset[str]:
        """The frame; answers with the pattern variables that its pattern defines."""
        self.pos += 1
        if self.keys[self.pos] == "between" and self.keys[self.pos + 1] != ".":
            self.pos += 1
            self._frame_bound()
            self.expect("and")
        self._frame_bound()
        self.skip_to()
        variables = self.pattern() if self.accept("pattern") else frozenset()
        self.subset(set())
        if self.accept("define"):
            self._defines_into_uses()
        return variables

    def _frame_bound(self) -> None:
        if self.keys[self.pos + 1] in ("preceding", "following", "row") and self.accept_any("unbounded", "current"):
            self.pos += 1
            return
        self.boolean()
        if not self.accept_any("preceding", "following"):
            raise self.unexpected("PRECEDING or FOLLOWING")

    def _defines_into_uses(self) -> None:
        while True:
            self.identifier()
            self.expect("as")
            self.boolean()
            if not self.accept(","):
                return

    def skip_to(self) -> None:
        """`AFTER MATCH SKIP ...`, then INITIAL or SEEK."""
        if self.accept_all("after", "match"):
            self.expect("skip")
            if not self.accept_all("past", "last", "row"):
                self.expect("to")
                self._skip_target()
        self.accept_any("initial", "seek")

    def _skip_target(self) -> None:
        if self.accept_all("next", "row"):
            return
        if self.keys[self.pos] in ("first", "last") and self.peek_identifier(1):
            after = self.keys[self.pos + 1]
            if after not in ("pattern", "initial", "seek") or self.keys[self.pos + 2] != "(":
                self.pos += 1
        self.identifier()

    def pattern(self) -> frozenset[str]:
        """`(A B+ ...)` and SUBSET; answers with the variables."""
        variables: set[str] = set()
        self.expect("(")
        self._row_pattern(variables)
        self.expect(")")
        self.subset(variables)
        return frozenset(variables)

    def subset(self, variables: set[str]) -> None:
        """SUBSET, if it comes; adds the variables that it defines."""
        if self.accept("subset"):
            while True:
                variables.add(self.identifier())
                self.expect("=")
                variables.update(self.identifiers())
                if not self.accept(","):
                    break

    def _row_pattern(self, variables: set[str]) -> None:
        """Alternatives of sequences of quantified primaries."""
        self.enter(3)
        self._pattern_primary(variables)
        while self.keys[self.pos] in _PATTERN_STARTS or self.keys[self.pos] == "|":
            self.accept("|")
            self._pattern_primary(variables)
        self.depth -= 3

    def _pattern_primary(self, variables: set[str]) -> None:
        key = self.keys[self.pos]
        if key in ("^", "$"):
            self.pos += 1
        elif key == "{-":
            self.pos += 1
            self._row_pattern(variables)
            self.expect("-}")
        elif key == "permute" and self.keys[self.pos + 1] == "(":
            self.pos += 1
            self._pattern_group(variables)
        elif key == "(":
            self._pattern_group(variables)
        else:
            variables.add(self.identifier())
        self._quantifier()

    def _pattern_group(self, variables: set[str]) -> None:
        self.expect("(")
        if self.accept(")"):
            return
        self._row_pattern(variables)
        while self.accept(","):
            self._row_pattern(variables)
        self.expect(")")

    def _quantifier(self) -> None:
        if self.accept("{"):
            while self.keys[self.pos] in (INTEGER, ","):
                self.pos += 1
            self.expect("}")
        elif not self.accept_any("*", "+", "?"):
            return
        self.accept("?")
