"""The state of the one pass that tells what the literals of a text are for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from query_lineage_tracker.lineage.folds import PLACEHOLDER
from query_lineage_tracker.lineage.tokens import Kind, Tokens, unicode_escape

IDENTIFIERS = (Kind.IDENT, Kind.DIGIT_IDENT, Kind.QUOTED, Kind.BACKQUOTED)
_LONGEST_NAME = 200
FIRST_LITERAL = int(Kind.STRING)  # a member of an enumeration costs more to look up than the rest of a comparison
TEXTS = (Kind.STRING, Kind.UNICODE_STRING)


@dataclass(slots=True)
class Uses:
    """The use of the literals of one text; all numbers are indexes of tokens.

    `shape` is the text's words with a placeholder for every literal. `kept` tokens bear lineage as they are written;
    `secret` tokens must never be stored and win over `kept`; `nested` literals hold SQL. `folds` are ranges (from, to,
    replacement) that say nothing about lineage by their length: constant IN-lists, rows of VALUES, signs; ordered and
    disjoint. `depth` says in how many strings the text stands.
    """

    shape: list[str]
    depth: int = 0
    kept: set[int] = field(default_factory=set)
    secret: set[int] = field(default_factory=set)
    nested: set[int] = field(default_factory=set)
    folds: list[tuple[int, int, str]] = field(default_factory=list)


class Place(IntEnum):
    """Where a literal stands, as far as it matters: inside which parentheses or clause."""

    PLAIN = 0
    ARGUMENTS = 1
    """Of a procedure or table function: strings may name tables, locations, versions, branches."""
    RAW_ARGUMENTS = 2
    """Of raw_query, whose query is not SQL."""
    ORDINALS = 3
    """GROUP BY and ORDER BY: a bare integer is a column of the select list."""
    PIVOT = 4
    PIVOT_VALUES = 5
    JSON_TABLE = 6
    PROPERTIES = 7
    TYPE = 8


@dataclass(slots=True)
class Walk:
    tokens: Tokens
    uses: Uses
    place: Place = Place.PLAIN
    outer: list[Place] = field(default_factory=list)
    upcoming: dict[int, Place] = field(default_factory=dict)
    sets_session: bool = False
    raw: int = 0
    """Every token before this one counts as it is written, if it is kept."""
    settled: int = 0
    """Every token before this one has its use already."""


def literals_from(walk: Walk, i: int) -> list[int]:
    """The literals that stand right here, also in parentheses or concatenated."""
    shape = walk.uses.shape
    found = []
    while shape[i] in (PLACEHOLDER, "(", "||", "-", "+"):
        if shape[i] == PLACEHOLDER:
            found.append(i)
        i += 1
    return found


def is_escape_character(walk: Walk, i: int) -> bool:
    """Whether this is the '!' of UESCAPE '!', which another text would make invalid."""
    return walk.uses.shape[i - 1] == "uescape" and unicode_escape(walk.tokens, i - 2) != ""


def name_before(walk: Walk, i: int) -> str:
    """The name that an operator follows, as far as it says what it names."""
    return walk.tokens.words[i - 1][-_LONGEST_NAME:].strip('"`')
