"""A statement without its data: what those may search who must not see, nor find out, any literal.

Every literal is one and the same mark, whatever it is for: those that bear lineage stay in a redacted text and go here,
nested SQL goes as a whole. Comments and layout are gone, words are in lower case. What remains are keywords, names and
operators with one space between them.
"""

from __future__ import annotations

import re

from query_lineage_tracker.lineage.tokens import Kind, tokenize

_MARK = "?"
# What Trino's grammar has no use for may be a literal whose quotes went astray.
_WORDS = frozenset({Kind.IDENT, Kind.QUOTED, Kind.OPERATOR})
# Signs, and how many literals there are in how many rows, are data as well.
_SIGNED = re.compile(r"(?<!\S)(?:[-+] )+\?")
_LIST = re.compile(r"\?(?: , \?)+")
_ROWS = re.compile(r"\( \? \)(?: , \( \? \))+")


def literal_free(sql: str) -> str:
    """The text without any literal or comment; the same is made of a statement and of what is looked for in it.

    For texts that parse: in others a literal may have lost its quotes, and looks like a name.
    """
    tokens = tokenize(sql)
    found = zip(tokens.words, tokens.kinds, strict=True)
    words = [word if kind in _WORDS else _MARK for word, kind in found if kind is not Kind.END]
    while words and words[-1] == ";":
        words.pop()
    return _ROWS.sub("( ? )", _LIST.sub(_MARK, _SIGNED.sub(_MARK, " ".join(words))))
