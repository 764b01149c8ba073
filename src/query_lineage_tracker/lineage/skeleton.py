"""A short cut to the fingerprint: texts that differ only in literals, comments and the like have it in common.

The skeleton of a text is the text without its strings, whole numbers and comments. Of equal skeletons the tokens are
equal but for the contents of these, so what was learnt from the first of them, which of its literals bear lineage,
holds for all. A skeleton costs a tenth of a look at every token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from query_lineage_tracker.lineage.secrets import may_hold_secret
from query_lineage_tracker.lineage.tokens import Kind, Tokens
from query_lineage_tracker.lineage.walk import FIRST_LITERAL, Uses

# What begins none of these pieces and still hides quotes from Trino: no short cut there.
_OTHER_QUOTES = ("`", "$$")
_PIECE = re.compile(
    r"""('[^']*'|"[^"]*"|--[^\r\n]*|/\*.*?\*/|(?<![\w.$@])[0-9]+(?![\w.]))""",
    re.DOTALL,
)
# A string can be the name of what stands after it.
_NAME_OF_SECRET = re.compile(r"jaas|jwt|key", re.IGNORECASE)
_MOST_SKELETONS = 16_384
_MOST_FINGERPRINTS = 256

Skeleton = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Skinned:
    """A text taken apart: its skeleton, and the pieces that the skeleton does not tell."""

    skeleton: Skeleton
    pieces: list[str]


def skinned(sql: str) -> Skinned | None:
    """The text taken apart; None where there is no short cut, because something in it could be a secret."""
    if any(quote in sql for quote in _OTHER_QUOTES):
        return None
    parts = _PIECE.split(sql)
    pieces = parts[1::2]
    # A quoted name belongs to the skeleton; of all others their first character, the class of a literal.
    marks = [piece if piece[0] == '"' else "0" if piece[0] in "0123456789" else piece[0] for piece in pieces]
    contents = "\0".join(pieces)
    if may_hold_secret(contents) or _NAME_OF_SECRET.search(contents):
        return None
    return Skinned(("\0".join(parts[::2]), "\0".join(marks)), pieces)


@dataclass(slots=True)
class _Learnt:
    """What the texts of one skeleton have in common; `bearing` is None when they have to be looked into."""

    bearing: tuple[int, ...] | None
    fingerprints: dict[tuple[str, ...], str] = field(default_factory=dict)


class Fingerprints:
    """Remembers fingerprints by skeletons, a bounded number of them."""

    def __init__(self) -> None:
        self._learnt: dict[Skeleton, _Learnt] = {}

    def get(self, text: Skinned) -> str | None:
        """The fingerprint of the text, or None when it has to be taken from the tokens."""
        learnt = self._learnt.get(text.skeleton)
        if learnt is None or learnt.bearing is None:
            return None
        return learnt.fingerprints.get(tuple([text.pieces[i] for i in learnt.bearing]))

    def clear(self) -> None:
        """Forget everything."""
        self._learnt.clear()

    def remember(self, text: Skinned, tokens: Tokens, uses: Uses, fingerprint: str) -> None:
        """Learn from a text that was looked at token by token."""
        learnt = self._learnt.get(text.skeleton)
        if learnt is None:
            if len(self._learnt) >= _MOST_SKELETONS:
                self._learnt.clear()
            learnt = self._learnt[text.skeleton] = _Learnt(_bearing(tokens, uses))
        if learnt.bearing is not None and len(learnt.fingerprints) < _MOST_FINGERPRINTS:
            learnt.fingerprints[tuple([text.pieces[i] for i in learnt.bearing])] = fingerprint


def _bearing(tokens: Tokens, uses: Uses) -> tuple[int, ...] | None:
    """Which pieces bear lineage; None for a text whose literals have to be looked into."""
    if uses.secret or uses.nested or Kind.ERROR in tokens.kinds:
        return None
    offsets = tokens.offsets()
    kept = [
        (offsets[i], offsets[i] + len(tokens.texts[i])) for i in sorted(uses.kept) if tokens.kinds[i] >= FIRST_LITERAL
    ]
    starts = [match.start() for match in _PIECE.finditer(tokens.sql)]
    return tuple(i for i, start in enumerate(starts) if any(begin <= start < end for begin, end in kept))
