"""Data types: `decimal(10, 2)`, `row(a bigint, array(varchar))`, `timestamp(3) with time zone` ..."""

from __future__ import annotations

from query_lineage_tracker.lineage.syntax.cursor import Cursor
from query_lineage_tracker.lineage.syntax.words import IDENTIFIERS, INTEGER

INTERVAL_FIELDS = frozenset({"year", "month", "day", "hour", "minute", "second"})


class Types(Cursor):
    """Steps over types; lineage does not need them."""

    __slots__ = ()

    def type(self) -> None:
        key = self.keys[self.pos]
        self.enter(3)
        if key == "interval" and self.keys[self.pos + 1] in INTERVAL_FIELDS:
            self.pos += 1
            self.interval_qualifier()
        elif key == "double" and self.keys[self.pos + 1] == "precision":
            self.pos += 2
        else:
            self._named_type()
        self.depth -= 3
        while self.accept("array"):
            if self.accept("["):
                self.integer()
                self.expect("]")

    def _named_type(self) -> None:
        key = self.keys[self.pos]
        self.identifier()
        if key == "row" and self.accept("("):
            self.row_fields()
        elif key in ("array", "map") and self.accept("<"):
            self.type()
            if key == "map":
                self.expect(",")
                self.type()
            self.expect(">")
        elif self.accept("("):
            self._type_parameters()
        if key in ("time", "timestamp") and not self.accept_all("with", "time", "zone"):
            self.accept_all("without", "time", "zone")

    def row_fields(self) -> None:
        """Types with or without a name before them, up to the closing parenthesis."""
        while True:
            start = self.pos
            self.identifier()
            if self.keys[self.pos] in IDENTIFIERS and not self._type_goes_on(start):
                self.type()
            else:
                self.pos = start
                self.type()
            if not self.accept(","):
                break
        self.expect(")")

    def _type_goes_on(self, start: int) -> bool:
        """Whether the word after the one at `start` belongs to the same type: `double precision`, `x array`."""
        after = self.keys[start + 1]
        ends = self.keys[start + 2] in (",", ")", "[", "array")
        if after == "precision":
            return self.keys[start] == "double" and ends
        if after in ("with", "without"):
            return self.keys[start + 2] == "time"
        if after == "array":
            return ends
        return self.keys[start] == "interval" and after in INTERVAL_FIELDS

    def _type_parameters(self) -> None:
        while True:
            if self.keys[self.pos] == INTEGER:
                self.pos += 1
            else:
                self.type()
            if not self.accept(","):
                break
        self.expect(")")

    def interval_qualifier(self) -> None:
        """`year`, `day to second(3)`, `second(2, 3)` ..."""
        self._interval_field()
        if self.keys[self.pos] == "to" and self.keys[self.pos + 1] in INTERVAL_FIELDS:
            self.pos += 1
            self._interval_field()

    def _interval_field(self) -> None:
        if self.keys[self.pos] not in INTERVAL_FIELDS:
            raise self.unexpected("a field of an interval")
        self.pos += 1
        if self.keys[self.pos] == "(" and self.keys[self.pos + 1] == INTEGER:
            self.pos += 2
            if self.accept(","):
                self.integer()
            self.expect(")")
