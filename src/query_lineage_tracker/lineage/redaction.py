"""Redaction: what must not be stored, logged or sent out leaves the SQL before anything else looks at it.

Secrets always go: the property values of CREATE CATALOG, what is assigned to a name such as "password", passwords in
URLs and connection strings. With `literals` every literal goes, except those that bear lineage: names of tables,
versions and branches, ordinals, PIVOT values, JSON_TABLE paths; comments go as well, so read an attribution first.
What goes is replaced by a literal of its kind: identifiers, tokens and the fingerprint stay as they were, and a second
redaction changes nothing. Nested SQL (EXECUTE IMMEDIATE, pass-through queries) is redacted inside.

In another dialect's pass-through query a text in double quotes counts as an identifier and stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from query_lineage_tracker.lineage.literals import uses_of
from query_lineage_tracker.lineage.secrets import MASK, hide_secrets, may_hold_secret
from query_lineage_tracker.lineage.tokens import (
    BACKSLASH,
    COMMENT,
    Kind,
    Tokens,
    string_literal,
    string_value,
    tokenize,
    unicode_escape,
)
from query_lineage_tracker.lineage.walk import FIRST_LITERAL, Uses


@dataclass(frozen=True, slots=True)
class Changes:
    """New texts of tokens and of the layout before them, by index of the token."""

    texts: dict[int, str]
    gaps: dict[int, str]


def redact(sql: str, *, literals: bool = False, prepared: str = "") -> str:
    """The text without secrets, or without any data in it; the same object when nothing had to go.

    `prepared` is the text that an EXECUTE runs: it tells which of the parameters are secrets.
    """
    return _redact(sql, literals=literals, prepared=prepared)


def _redact(sql: str, *, literals: bool, prepared: str = "", depth: int = 0) -> str:
    tokens = tokenize(sql)
    return apply_changes(tokens, changes_of(tokens, uses_of(tokens, depth), literals=literals, prepared=prepared))


def apply_changes(tokens: Tokens, changes: Changes) -> str:
    """The text with the changes; the same object when there are none."""
    if not changes.texts and not changes.gaps:
        return tokens.sql
    gaps, texts = tokens.gaps.copy(), tokens.texts.copy()
    for i, gap in changes.gaps.items():
        gaps[i] = gap
    for i, text in changes.texts.items():
        texts[i] = text
    return "".join([part for pair in zip(gaps, texts, strict=True) for part in pair])


def changes_of(tokens: Tokens, uses: Uses, *, literals: bool = False, prepared: str = "") -> Changes:
    """What redaction changes in a text."""
    secret = uses.secret | _secret_parameters(tokens, uses, prepared)
    texts = {i: _masked(tokens.kinds[i], tokens.texts[i]) for i in secret}
    for i in uses.nested - secret:
        texts[i] = _redacted_nested(tokens, i, literals=literals, depth=uses.depth + 1)
    if literals:
        settled = uses.kept | uses.nested | secret
        texts.update((i, _masked(tokens.kinds[i], tokens.texts[i])) for i in _literals(tokens) if i not in settled)
    gaps: dict[int, str] = {}
    if may_hold_secret(tokens.sql):
        hidden = ((i, _hidden(tokens, i)) for i in _literals(tokens) if i not in texts)
        texts.update(hidden)
        gaps = {i: _COMMENTS.sub(_hide_in_comment, gap) for i, gap in _comment_gaps(tokens)}
    if literals:
        gaps = {i: _COMMENTS.sub(_masked_comment, gap) for i, gap in _comment_gaps(tokens)}
    return Changes(
        {i: text for i, text in texts.items() if text != tokens.texts[i]},
        {i: gap for i, gap in gaps.items() if gap != tokens.gaps[i]},
    )


def _literals(tokens: Tokens) -> list[int]:
    """The literals, an unterminated one included."""
    found = [i for i, kind in enumerate(tokens.kinds) if kind >= FIRST_LITERAL]
    if len(tokens.kinds) > 1 and tokens.kinds[-2] is Kind.ERROR and tokens.texts[-2].startswith(_OPEN_MARKS):
        found.append(len(tokens.kinds) - 2)
    return found


def _secret_parameters(tokens: Tokens, uses: Uses, prepared: str) -> set[int]:
    """The literals after USING that stand for a secret in the text that is executed."""
    found: set[int] = set()
    inner_texts = [(i, nested_sql(tokens, i)) for i in uses.nested]
    if prepared and tokens.words[0] == "execute":
        inner_texts.append((1, prepared))
    for i, inner in inner_texts:
        wanted = _secret_ordinals(inner) if "?" in inner else set()
        if wanted:
            found |= _parameters(tokens, i, wanted)
    return found


def _secret_ordinals(sql: str) -> set[int]:
    """Which of the parameters of a text, counted from 0, are secrets."""
    tokens = tokenize(sql)
    secret = uses_of(tokens).secret
    parameters = [i for i, word in enumerate(tokens.words) if word == "?"]
    return {ordinal for ordinal, i in enumerate(parameters) if i in secret}


def _parameters(tokens: Tokens, i: int, wanted: set[int]) -> set[int]:
    """The literals of the wanted parameters of the USING after token i."""
    found: set[int] = set()
    depth = ordinal = 0
    started = False
    for j in range(i + 1, len(tokens.words)):
        word = tokens.words[j]
        started = started or word == "using"
        depth += (word in ("(", "[")) - (word in (")", "]"))
        ordinal += started and depth == 0 and word == ","
        if started and ordinal in wanted and tokens.kinds[j] >= Kind.ERROR:
            found.add(j)
    return found


_OPEN_MARKS = ("'", '"', "`", "/*")
_DIGITS = re.compile(r"[0-9]+")
_PREFIXED_NUMBER = re.compile(r"0[xXoObB]")


def _masked(kind: Kind, text: str) -> str:
    """A literal of the same kind that says nothing. Layout around it must not matter: the digits' places stay."""
    if Kind.INTEGER <= kind <= Kind.DOUBLE:
        return text[:2] + "0" if _PREFIXED_NUMBER.match(text) else _DIGITS.sub("0", text)
    if kind is Kind.ERROR:
        mark = next((mark for mark in _OPEN_MARKS if text.startswith(mark)), "")
        return f"{mark} {MASK}" if mark else text
    return _MASKS.get(kind.value, text)


_MASKS = {
    Kind.STRING.value: f"'{MASK}'",
    Kind.UNICODE_STRING.value: f"U&'{MASK}'",
    Kind.BINARY.value: "X'00'",
    Kind.DOLLAR_STRING.value: f"$${MASK}$$",
    Kind.QUOTED.value: f'"{MASK}"',
    Kind.BACKQUOTED.value: f"`{MASK}`",
    Kind.IDENT.value: "redacted",
    Kind.DIGIT_IDENT.value: "redacted",
}


def _redacted_nested(tokens: Tokens, i: int, *, literals: bool, depth: int) -> str:
    value = nested_sql(tokens, i)
    redacted = _redact(value, literals=literals, depth=depth)
    return tokens.texts[i] if redacted == value else _with_value(tokens, i, redacted)


def nested_sql(tokens: Tokens, i: int) -> str:
    """The SQL inside a string."""
    return string_value(tokens.texts[i], unicode_escape(tokens, i) or BACKSLASH)


def _with_value(tokens: Tokens, i: int, value: str) -> str:
    if tokens.kinds[i] is Kind.UNICODE_STRING:
        escape = unicode_escape(tokens, i) or BACKSLASH
        return tokens.texts[i][:2] + string_literal(value.replace(escape, escape * 2))
    return string_literal(value)


def _hidden(tokens: Tokens, i: int) -> str:
    kind, text = tokens.kinds[i], tokens.texts[i]
    if kind is Kind.ERROR:
        return hide_secrets(text).replace("*/", "* /")
    if kind is Kind.DOLLAR_STRING:
        return f"$${hide_secrets(text[2:-2])}$$"
    if kind not in (Kind.STRING, Kind.UNICODE_STRING):
        return text
    value = nested_sql(tokens, i)
    hidden = hide_secrets(value)
    return text if hidden == value else _with_value(tokens, i, hidden)


_COMMENTS = re.compile(COMMENT, re.DOTALL)


def _comment_gaps(tokens: Tokens) -> list[tuple[int, str]]:
    return [(i, gap) for i, gap in enumerate(tokens.gaps) if "-" in gap or "/" in gap]


def _hide_in_comment(match: re.Match[str]) -> str:
    comment = match[0]
    if comment.startswith("--"):
        line = comment.rstrip("\r\n")
        return hide_secrets(line) + comment[len(line) :]
    return "/*" + hide_secrets(comment[2:-2]).replace("*/", "* /") + "*/"


def _masked_comment(match: re.Match[str]) -> str:
    comment = match[0]
    if comment.startswith("--"):
        return f"-- {MASK}" + comment[len(comment.rstrip("\r\n")) :]
    return f"/* {MASK} */"


# --- what is not SQL ---

_QUOTED_PIECE = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_NAMES_SOMETHING = re.compile(
    r"(?:catalog|schema|table|view|column|function|procedure|property|type|branch|field|input|argument|expecting|name"
    r"|[:,{=(])\s*$",
    re.IGNORECASE,
)
_SHORTEST_VALUE = 3


def redact_message(message: str, *, sql: str = "", prepared: str = "", literals: bool = False) -> str:
    """A failure message without the secrets in it.

    With the statement's raw text in `sql` (and in `prepared` the text that it executes) whatever redaction removes
    there is removed here, too. With `literals` quoted pieces that are not the name of something go as well: they may
    be data.
    """
    message = hide_secrets(message)
    values = _removed_values(sql, prepared, literals=literals) | _removed_values(prepared, "", literals=literals)
    for value in sorted(values, key=len, reverse=True):
        if value in message:
            message = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, message)
    return _QUOTED_PIECE.sub(_masked_unless_name, message) if literals else message


@lru_cache(maxsize=8)  # all the messages of a row ask for the same text
def _removed_values(sql: str, prepared: str, *, literals: bool) -> frozenset[str]:
    tokens = tokenize(sql)
    changes = changes_of(tokens, uses_of(tokens), literals=literals, prepared=prepared)
    changed = [i for i in changes.texts if tokens.kinds[i] is not Kind.IDENT]
    values = {nested_sql(tokens, i) for i in changed if tokens.kinds[i] in (Kind.STRING, Kind.UNICODE_STRING)}
    values |= {tokens.texts[i].strip("'\"`") for i in changed}
    return frozenset(value for value in values if len(value) >= _SHORTEST_VALUE)


def _masked_unless_name(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 24) : match.start()]
    return match[0] if _NAMES_SOMETHING.search(before) else f"{match[0][0]}{MASK}{match[0][-1]}"
