"""A place in the tokens of a statement, and the small steps that every part of the parser is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.syntax.words import END, IDENTIFIERS, INTEGER, NAME, REFUSED, STRING
from query_lineage_tracker.lineage.tokens import Tokens, identifier_value, string_value

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.syntax.tree import Expression, Query, QueryUse, Relation, Use

DEPTH_LIMIT = 760
"""How many frames of the interpreter (of the 1,000 that it allows) the nesting of a statement may take."""


class TooDeep(Exception):
    """The nesting takes more frames than allowed; `at` is the token where that shows."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


class Unparsable(Exception):
    """The statement cannot be read; `at` is the token where that shows."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


class Cursor:
    """Walks over the keys of the tokens; `uses` collects what the expression being read uses, in role `role`."""

    __slots__ = (
        "_closings",
        "_run",
        "bound",
        "cast_to",
        "depth",
        "keys",
        "limit",
        "loose",
        "nearest",
        "pos",
        "role",
        "tokens",
        "uses",
        "words",
    )

    def __init__(self, tokens: Tokens, keys: list[str], limit: int = DEPTH_LIMIT) -> None:
        self.tokens = tokens
        self.words = tokens.words
        self.keys = keys
        self.pos = 0
        self.depth = 0
        self.limit = limit
        self.role = 0
        self.nearest = False
        self.uses: list[Use] = []
        self.loose: list[QueryUse] = []
        self.bound: list[tuple[str, ...]] = []
        self.cast_to = 0, 0
        self._closings: dict[int, int] | None = None
        self._run = 0, 0

    def unexpected(self, expected: str = "") -> Unparsable:
        """The error that the current token cannot stand here."""
        key = self.keys[self.pos]
        found = "the end of the statement" if key == END else repr(self.tokens.texts[self.pos][:60])
        why = f", expected {expected}" if expected else ""
        if key == REFUSED and self.tokens.texts[self.pos][:1] in "0123456789`":
            why = ": such a name needs double quotes"
        return Unparsable(self.pos, f"unexpected {found}{why}")

    def enter(self, frames: int) -> None:
        """Go deeper; the caller takes `frames` off `depth` again."""
        self.depth += frames
        if self.depth > self.limit:
            raise TooDeep(self.pos)

    def accept(self, key: str) -> bool:
        """Step over the token if it is this keyword or operator."""
        if self.keys[self.pos] == key:
            self.pos += 1
            return True
        return False

    def accept_any(self, *keys: str) -> bool:
        if self.keys[self.pos] in keys:
            self.pos += 1
            return True
        return False

    def accept_all(self, *keys: str) -> bool:
        """Step over these keywords if all of them come next."""
        if self.sees(*keys):
            self.pos += len(keys)
            return True
        return False

    def sees(self, *keys: str) -> bool:
        """Whether these keys come next."""
        end = self.pos + len(keys)
        return tuple(self.keys[self.pos : end]) == keys

    def expect(self, *keys: str) -> None:
        """Step over these keywords or operators, which must come next."""
        for key in keys:
            if self.keys[self.pos] != key:
                raise self.unexpected(key.upper())
            self.pos += 1

    def end(self) -> None:
        """Step over a semicolon; the text must end there."""
        if self.keys[self.pos] == ";" and self.keys[self.pos + 1] == END:
            self.pos += 1
        if self.keys[self.pos] != END:
            raise self.unexpected("the end of the statement")

    def identifier(self) -> str:
        """A name, in lower case."""
        pos = self.pos
        if self.keys[pos] not in IDENTIFIERS:
            raise self.unexpected("a name")
        self.pos = pos + 1
        word = self.words[pos]
        if word[0] != '"':
            return word
        if word == '""':
            self.pos = pos
            raise self.unexpected("a name of at least one character")
        return identifier_value(self.tokens.texts[pos])

    def peek_identifier(self, offset: int = 0) -> bool:
        """Whether a name stands `offset` tokens ahead."""
        pos = self.pos + offset
        return pos < len(self.keys) and self.keys[pos] in IDENTIFIERS

    def identifiers(self) -> tuple[str, ...]:
        """Names in parentheses."""
        self.expect("(")
        names = [self.identifier()]
        while self.accept(","):
            names.append(self.identifier())
        self.expect(")")
        return tuple(names)

    def qualified_name(self) -> tuple[str, ...]:
        """Names with dots between them."""
        keys = self.keys
        first = self.identifier()
        if keys[self.pos] != ".":
            return (first,)
        parts = [first]
        while keys[self.pos] == "." and keys[self.pos + 1] in IDENTIFIERS:
            self.pos += 1
            parts.append(self.identifier())
        return tuple(parts)

    def string(self) -> str:
        """The value of a string literal, Unicode ones and their UESCAPE included."""
        pos = self.pos
        if self.keys[pos] != STRING:
            raise self.unexpected("a string")
        self.pos = pos + 1
        text = self.tokens.texts[pos]
        if text[0] in "uU" and self.keys[self.pos] == "uescape":
            self.pos += 1
            return string_value(text, self.string() or "\\")
        return string_value(text)

    def integer(self) -> str:
        """The text of an integer literal."""
        if self.keys[self.pos] != INTEGER:
            raise self.unexpected("an integer")
        self.pos += 1
        return self.words[self.pos - 1]

    def closing(self, opening: int) -> int:
        """The place of the parenthesis that closes the one at `opening`; that of the end where none does."""
        if self._closings is None:
            self._closings = _closings(self.keys)
        return self._closings.get(opening, len(self.words) - 1)

    def _behind_parentheses(self) -> int:
        """The first place from here on where no parenthesis opens."""
        start, end = self._run
        if not start <= self.pos < end:
            end = self.pos
            while self.keys[end] == "(":
                end += 1
            self._run = self.pos, end
        return end

    def starts_query(self) -> bool:
        """Whether the parenthesis here opens a query rather than an expression or a relation.

        Behind further parentheses that depends on what follows them: `((SELECT 1) UNION ...)` is a query,
        `((SELECT 1) + 1)` is an expression and `((SELECT 1) JOIN t)` is a relation.
        """
        keys = self.keys
        place = self._behind_parentheses()
        if keys[place] not in _QUERY_STARTS or (keys[place] == "table" and keys[place + 1] not in IDENTIFIERS):
            return False
        for opening in range(place - 1, self.pos, -1):
            after = self.closing(opening) + 1
            if not self._continues_query(after):
                return False
        return True

    def _continues_query(self, place: int) -> bool:
        key = self.keys[place]
        if key in ("limit", "offset", "fetch"):
            return self.keys[place + 1] in (INTEGER, "?", "all", "first", "next")
        return key in (")", "union", "except", "intersect", "order")

    # What the parts of the parser that come later give to those before them.

    def boolean(self) -> bool:
        raise NotImplementedError

    def expression(self) -> Expression:
        raise NotImplementedError

    def query(self) -> Query:
        raise NotImplementedError

    def relation(self) -> Relation:
        raise NotImplementedError


def _closings(keys: list[str]) -> dict[int, int]:
    """Where each parenthesis is closed."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for place, key in enumerate(keys):
        if key == "(":
            opened.append(place)
        elif key == ")" and opened:
            found[opened.pop()] = place
    return found


_QUERY_STARTS = frozenset({"select", "with", "values", "table"})

__all__ = ["DEPTH_LIMIT", "NAME", "Cursor", "TooDeep", "Unparsable"]
