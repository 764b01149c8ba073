"""Statements made wrong: the seeds are the case files and random queries; tokens and characters are mutated."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from tests.lineage_cases import cases
from tests.oracle import queries

PIECES = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|\s+|[^\w\s]")
ODDITIES: tuple[str, ...] = (
    *"'\"`()[]{}@$?;.,*|\0é😀\ud800\u2028\ufeff",
    *(
        "{-",
        "-}",
        "--",
        "/*",
        "*/",
        "$$",
        "::",
        "->",
        "=>",
        "||",
        "..",
        "0x",
        "1e",
        "9" * 400,
        "U&'\\",
        "U&'\\+00006",
        "X'F",
    ),
    *(" AS ", " OVER ", " WITH ", " SELECT ", " FROM ", " TABLE ", " VALUES ", " UESCAPE "),
    *(" PIVOT (", " MATCH_RECOGNIZE (", " JSON_TABLE("),
)


def seeds(count: int = 1_000) -> list[str]:
    """Right statements to begin with: every case, and `count` random queries."""
    return [case.sql for case in cases.load()] + queries.statements(count, seed=11)


class Mutants:
    """A stream of mutants; equal seeds give equal streams."""

    def __init__(self, statements: list[str], seed: int) -> None:
        self.dice = random.Random(seed)
        self.statements = statements
        self.pieces: list[list[str]] = [PIECES.findall(sql) for sql in statements]
        self.token_mutations: tuple[Callable[[list[str]], None], ...] = (
            self.drop,
            self.double,
            self.swap,
            self.replace,
            self.splice,
            self.other_literal,
            self.other_literal,
        )
        self.text_mutations: tuple[Callable[[str], str], ...] = (
            self.cut,
            self.odd,
            self.flip_case,
            self.nest,
            self.repeat,
            self.immediate,
        )

    def stream(self, count: int) -> Iterator[str]:
        for _ in range(count):
            yield self.one()

    def one(self) -> str:
        """A right statement after one to four mutations."""
        words = list(self.dice.choice(self.pieces))
        for _ in range(self.dice.randrange(3)):
            self.dice.choice(self.token_mutations)(words)
        text = "".join(words)
        for _ in range(self.dice.choice((0, 0, 1, 1, 2))):
            text = self.dice.choice(self.text_mutations)(text)
        return text

    def at(self, sized: list[str] | str) -> int:
        return self.dice.randrange(len(sized) or 1)

    def drop(self, words: list[str]) -> None:
        start = self.at(words)
        del words[start : start + self.dice.choice((1, 1, 1, 2, 5))]

    def double(self, words: list[str]) -> None:
        at = self.at(words)
        words[at:at] = [" ", *words[at : at + self.dice.choice((1, 3, 9))], " "]

    def swap(self, words: list[str]) -> None:
        if words:
            one, other = self.at(words), self.at(words)
            words[one], words[other] = words[other], words[one]

    def replace(self, words: list[str]) -> None:
        if words:
            words[self.at(words)] = f" {self.dice.choice(self.dice.choice(self.pieces))} "

    def splice(self, words: list[str]) -> None:
        other = self.dice.choice(self.pieces)
        start = self.at(other)
        words[self.at(words) :] = [" ", *other[start:]]

    def other_literal(self, words: list[str]) -> None:
        """The same statement for other values: mostly of the same fingerprint, then it must be of the same lineage."""
        literals = [i for i, word in enumerate(words) if word[0] == "'" or word[0].isdigit()]
        if literals:
            at = self.dice.choice(literals)
            number = words[at][0].isdigit()
            words[at] = (
                str(self.dice.randrange(1, 99)) if number else self.dice.choice(("'y'", "'it''s'", "''", "'dev'"))
            )

    def cut(self, text: str) -> str:
        return text[: self.at(text)]

    def odd(self, text: str) -> str:
        at = self.at(text)
        return text[:at] + self.dice.choice(ODDITIES) + text[at + self.dice.randrange(2) :]

    def flip_case(self, text: str) -> str:
        return text.swapcase()

    def nest(self, text: str) -> str:
        opening, closing = self.dice.choice(
            (("(", ")"), ("SELECT * FROM (", ")"), ("EXPLAIN ANALYZE ", ""), ("NOT ", ""))
        )
        times = self.dice.choice((1, 2, 20, 200))
        return opening * times + text + closing * times

    def repeat(self, text: str) -> str:
        at = self.at(text)
        return text[:at] + text[at : at + 12] * self.dice.choice((2, 30)) + text[at:]

    def immediate(self, text: str) -> str:
        quoted = text.replace("'", "''")
        return f"EXECUTE IMMEDIATE '{quoted}'"
