"""Lists of constants, whose length says nothing about lineage: IN-lists, arrays, the rows of VALUES.

`shape` is a text's words with a placeholder for every literal, `kinds` their kinds; both end with the END sentinel.
"""

from __future__ import annotations

from collections.abc import Sequence

from query_lineage_tracker.lineage.syntax.words import RESERVED
from query_lineage_tracker.lineage.tokens import Kind

PLACEHOLDER = "?"

_CONSTANT_WORDS = frozenset({"null", "true", "false"})
_SIGNS = ("-", "+")
_AFTER_ROWS = frozenset(
    {"", ")", ";", ",", "order", "limit", "offset", "fetch", "union", "except", "intersect", "with", "as"}
)


def constant_end(shape: Sequence[str], kinds: Sequence[Kind], i: int) -> int:
    """Where a well-formed list of constants that begins here is closed; -1 where it is none, or empty.

    What is not well-formed must stay as it is: its text has no lineage, and a proper list has.
    """
    depth = 0
    wanted = True
    while True:
        word = shape[i]
        if wanted and (word == PLACEHOLDER or word in _CONSTANT_WORDS):
            wanted = False
        elif wanted and word == "(":
            depth += 1
        elif word == "," and not wanted:
            wanted = True
        elif word in (")", "]") and not wanted:
            if depth == 0:
                return i
            depth -= 1
        elif not wanted or not _begins_constant(shape, kinds, i):
            return -1
        i += 1


def constant_rows(shape: Sequence[str], kinds: Sequence[Kind], i: int) -> tuple[int, str]:
    """Where the rows of constants that begin here end, and what they are: equal neighbours once; '' for none."""
    rows: list[str] = []
    end = i
    while True:
        stop, columns = _constant_row(shape, kinds, i)
        if stop < 0:
            break
        row = "(" + ",".join([PLACEHOLDER] * columns) + ")" if columns else PLACEHOLDER
        if rows[-1:] != [row]:
            rows.append(row)
        end = stop
        if shape[stop] != ",":
            break
        i = stop + 1
    return end, ",".join(rows)


def _constant_row(shape: Sequence[str], kinds: Sequence[Kind], i: int) -> tuple[int, int]:
    """Where the row of constants that begins here ends (-1: not one) and its columns (0 for a bare constant)."""
    if shape[i] == "row" and shape[i + 1] == "(":
        i += 1
    if shape[i] == "(":
        close = constant_end(shape, kinds, i + 1)
        if close < 0 or shape[close] != ")" or shape[close + 1] not in _AFTER_ROWS:
            return -1, 0
        return close + 1, _columns(shape[i + 1 : close])
    while _begins_constant(shape, kinds, i):
        i += 1
    is_constant = shape[i] == PLACEHOLDER or shape[i] in _CONSTANT_WORDS
    return (i + 1, 0) if is_constant and shape[i + 1] in _AFTER_ROWS else (-1, 0)


def _columns(row: Sequence[str]) -> int:
    depth = 0
    columns = 1
    for word in row:
        depth += (word == "(") - (word == ")")
        columns += word == "," and depth == 0
    return columns


def _begins_constant(shape: Sequence[str], kinds: Sequence[Kind], i: int) -> bool:
    """Whether this is a sign, or DATE of DATE '2026-01-01'."""
    if shape[i] in _SIGNS:
        return True
    typed = kinds[i] is Kind.IDENT and kinds[i + 1] in (Kind.STRING, Kind.UNICODE_STRING)
    return typed and shape[i] not in RESERVED
