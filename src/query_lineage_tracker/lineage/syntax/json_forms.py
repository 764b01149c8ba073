"""The SQL/JSON functions and the clauses that they share with JSON_TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.syntax.forms import Forms
from query_lineage_tracker.lineage.syntax.words import IDENTIFIERS

if TYPE_CHECKING:
    from collections.abc import Callable


class JsonForms(Forms):
    """Reads JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT and JSON_ARRAY."""

    __slots__ = ()

    def json_path_invocation(self) -> None:
        """`document, 'path' AS name PASSING a AS b`."""
        self._json_value_expression()
        self.expect(",")
        self.string()
        if self.accept("as"):
            self.identifier()
        if self.accept("passing"):
            while True:
                self._json_value_expression()
                self.expect("as")
                self.identifier()
                if not self.accept(","):
                    break

    def _json_value_expression(self) -> None:
        self.boolean()
        self.json_format()

    def json_format(self) -> None:
        """FORMAT JSON, with its encoding."""
        if self.accept_all("format", "json") and self.accept("encoding"):
            self.identifier()

    def json_exists(self) -> None:
        self.pos += 1
        self.expect("(")
        self.json_path_invocation()
        if self.accept_any("true", "false", "unknown", "error"):
            self.expect("on", "error")
        self.expect(")")

    def json_value(self) -> None:
        self.pos += 1
        self.expect("(")
        self.json_path_invocation()
        self._returning()
        self.json_behaviours()
        self.expect(")")

    def _returns_type(self) -> bool:
        """Whether RETURNING comes, rather than a column of that name."""
        return self.keys[self.pos] == "returning" and self.keys[self.pos + 1] in IDENTIFIERS - {"returning", "format"}

    def _returning(self) -> None:
        if self.accept("returning"):
            self.type()
            self.json_format()

    def json_behaviours(self) -> None:
        """What happens ON EMPTY and ON ERROR."""
        for _ in range(2):
            if self.accept("default"):
                self.boolean()
            elif self.accept("empty"):
                self.accept_any("array", "object")
            elif not self.accept_any("null", "error"):
                return
            self.expect("on")
            if not self.accept_any("empty", "error"):
                raise self.unexpected("EMPTY or ERROR")

    def json_query(self) -> None:
        self.pos += 1
        self.expect("(")
        self.json_path_invocation()
        self._returning()
        self.json_query_options()
        self.expect(")")

    def json_query_options(self) -> None:
        """Wrapper and quotes, then what happens ON EMPTY and ON ERROR."""
        if self.accept_any("with", "without"):
            self.accept_any("conditional", "unconditional")
            self.accept("array")
            self.expect("wrapper")
        if self.accept_any("keep", "omit"):
            self.expect("quotes")
            self.accept_all("on", "scalar", "string")
        self.json_behaviours()

    def json_object(self) -> None:
        self.pos += 1
        self.expect("(")
        if self.keys[self.pos] != ")" and not self._returns_type():
            self._json_members()
            self._json_nulls()
            if self.accept_any("with", "without"):
                self.expect("unique")
                self.accept("keys")
        self._returning()
        self.expect(")")

    def _json_members(self) -> None:
        while True:
            if self.keys[self.pos] == "key" and self.keys[self.pos + 1] not in (":", ".", "value", "(", "["):
                self.pos += 1
            self.boolean()
            if not self.accept_any("value", ":"):
                raise self.unexpected("VALUE or ':'")
            self._json_value_expression()
            if not self.accept(","):
                return

    def _json_nulls(self) -> None:
        if self.accept_any("null", "absent"):
            self.expect("on", "null")

    def json_array(self) -> None:
        self.pos += 1
        self.expect("(")
        if self.keys[self.pos] != ")" and not self._returns_type():
            while True:
                self._json_value_expression()
                if not self.accept(","):
                    break
            self._json_nulls()
        self._returning()
        self.expect(")")


JSON_FORMS: dict[str, Callable[[JsonForms], None]] = {
    "json_exists": JsonForms.json_exists,
    "json_value": JsonForms.json_value,
    "json_query": JsonForms.json_query,
    "json_object": JsonForms.json_object,
    "json_array": JsonForms.json_array,
}
