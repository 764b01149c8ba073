"""Predicates: what may follow a value to make a condition of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from query_lineage_tracker.lineage.syntax.types import Types

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPARISONS = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})
QUERY_STARTS: Final = frozenset({"select", "with", "values", "table", "("})
"""What can follow a parenthesis that opens a query."""


class Predicates(Types):
    """Reads comparisons, BETWEEN, IN, LIKE, IS, MATCH and OVERLAPS."""

    __slots__ = ()

    def value(self) -> bool:
        raise NotImplementedError

    def booleans(self) -> None:
        raise NotImplementedError

    def subquery(self, *, valued: bool = True) -> None:
        raise NotImplementedError

    def predicate(self, key: str) -> bool:
        """A predicate behind a value, if what looks like one is one."""
        if key in _COMPARISONS:
            self._comparison()
            return True
        start = self.pos
        if key == "not":
            self.pos += 1
            key = self.keys[self.pos]
        predicate = _WORDED_PREDICATES.get(key)
        if predicate is None or not predicate(self):
            self.pos = start
            return False
        return True

    def _comparison(self) -> None:
        self.pos += 1
        if self.keys[self.pos] in ("all", "some", "any") and self.keys[self.pos + 1] == "(":
            self.pos += 1
            if self.starts_query():
                self.subquery()
                return
            self.pos -= 1
        self.value()

    def _between(self) -> bool:
        self.pos += 1
        if self.keys[self.pos] in ("symmetric", "asymmetric") and self.keys[self.pos + 1] not in ("and", "."):
            self.pos += 1
        self.value()
        self.expect("and")
        self.value()
        return True

    def _in(self) -> bool:
        if self.keys[self.pos + 1] != "(":
            return False
        self.pos += 1
        if self.keys[self.pos + 1] in QUERY_STARTS and self.starts_query():
            self.subquery()
            return True
        self.pos += 1
        self.booleans()
        self.expect(")")
        return True

    def _like(self) -> bool:
        self.pos += 1
        self.value()
        if self.accept("escape"):
            self.value()
        return True

    def _is(self) -> bool:
        self.pos += 1
        self.accept("not")
        if self.accept("distinct"):
            self.expect("from")
            self.value()
        elif not self.accept_any("null", "true", "false", "unknown"):
            raise self.unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
        return True

    def _match(self) -> bool:
        start = self.pos
        self.pos += 1
        self.accept("unique")
        self.accept_any("simple", "partial", "full")
        if self.keys[self.pos] != "(" or not self.starts_query():
            self.pos = start
            return False
        self.subquery()
        return True

    def _overlaps(self) -> bool:
        self.pos += 1
        self.value()
        return True


_WORDED_PREDICATES: dict[str, Callable[[Predicates], bool]] = {
    "between": Predicates._between,
    "in": Predicates._in,
    "like": Predicates._like,
    "is": Predicates._is,
    "match": Predicates._match,
    "overlaps": Predicates._overlaps,
}
PREDICATE_STARTS: Final = frozenset({*_COMPARISONS, *_WORDED_PREDICATES, "not"})
"""What a predicate can begin with."""
