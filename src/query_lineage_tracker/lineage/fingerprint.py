"""The fingerprint: what is left of a statement when everything that says nothing about lineage is gone.

Equal fingerprint in an equal session over equal columns means equal lineage. Literals are generalised, comments and
layout dropped, names and keywords folded to lower case, IN-lists and VALUES rows collapsed; literals that bear lineage
stay, and nested SQL counts by its own fingerprint. Any text has one, also text that does not parse.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from query_lineage_tracker.lineage.literals import uses_of
from query_lineage_tracker.lineage.redaction import Changes, apply_changes, changes_of, nested_sql
from query_lineage_tracker.lineage.skeleton import Fingerprints, Skinned, skinned
from query_lineage_tracker.lineage.tokens import Kind, Tokens, tokenize
from query_lineage_tracker.lineage.walk import FIRST_LITERAL, Uses

_DIGEST_SIZE = 16
_KNOWN = Fingerprints()
_TEXT, _BYTES, _NUMBER, _BODY = "?s", "?b", "?n", "?d"
# Where the grammar wants a text, a number makes no statement: the class of a literal counts, by its kind here.
_PLACEHOLDERS = [""] * Kind.STRING + [_TEXT, _TEXT, _BYTES, _NUMBER, _NUMBER, _NUMBER, _BODY]


@dataclass(frozen=True, slots=True)
class Normalized:
    """A text made fit to be stored, and its fingerprint (32 hexadecimal digits)."""

    redacted: str
    fingerprint: str


def normalize(sql: str, *, literals: bool = False, prepared: str = "") -> Normalized:
    """Redact a text and take its fingerprint, looking at it once; `literals` and `prepared` as in `redact`."""
    text = None if literals or prepared else skinned(sql)
    known = None if text is None else _KNOWN.get(text)
    return Normalized(sql, known) if known else _normalize(sql, literals=literals, prepared=prepared, text=text)


def forget() -> None:
    """Forget what was remembered for the short cut, as a new process would."""
    _KNOWN.clear()


def _normalize(
    sql: str, *, literals: bool = False, prepared: str = "", depth: int = 0, text: Skinned | None = None
) -> Normalized:
    tokens = tokenize(sql)
    uses = uses_of(tokens, depth)
    changes = changes_of(tokens, uses, literals=literals, prepared=prepared)
    result = _fingerprint(tokens, uses, changes)
    if text is not None:
        _KNOWN.remember(text, tokens, uses, result)
    return Normalized(apply_changes(tokens, changes), result)


def fingerprint(sql: str) -> str:
    """The fingerprint of a text: 32 hexadecimal digits."""
    return normalize(sql).fingerprint


def _fingerprint(tokens: Tokens, uses: Uses, changes: Changes) -> str:
    words = [
        word if kind < FIRST_LITERAL else _PLACEHOLDERS[kind]
        for word, kind in zip(uses.shape, tokens.kinds, strict=True)
    ]
    for i in uses.kept - uses.secret:
        words[i] = changes.texts.get(i, tokens.texts[i])
    for i in uses.secret:
        if tokens.kinds[i] < Kind.OPERATOR:
            words[i] = changes.texts.get(i, tokens.words[i])
    for i in uses.nested - uses.secret:
        words[i] = f"'{_normalize(nested_sql(tokens, i), depth=uses.depth + 1).fingerprint}'"
    folded = _folded(words, uses.folds)
    while folded and folded[-1] in ("", ";"):
        folded.pop()
    text = "\0".join(folded)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_SIZE).hexdigest()


def _folded(words: list[str], folds: list[tuple[int, int, str]]) -> list[str]:
    if not folds:
        return words
    parts: list[str] = []
    end = 0
    for begin, next_end, replacement in folds:
        parts += words[end:begin]
        if replacement:
            parts.append(replacement)
        end = next_end
    return parts + words[end:]
