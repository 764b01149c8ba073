"""The tokens of Trino SQL, by the lexical rules of Trino's grammar (SqlBase.g4).

Any text has tokens: what Trino would not recognize (an unterminated string or comment, a stray character) becomes a
token of kind ERROR, nothing raises, and the time is linear in the length of the text. Layout (white space and
comments) is kept between the tokens, so the text can always be put together again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate


class Kind(IntEnum):
    """What a token is; literals come last, so that `kind >= Kind.STRING` means literal."""

    END = 1
    """The sentinel after the last token; its text is empty."""
    IDENT = 2
    """A keyword or an unquoted identifier; which of them it is depends on the place."""
    DIGIT_IDENT = 3
    """An identifier that begins with a digit, such as 2024_orders."""
    QUOTED = 4
    BACKQUOTED = 5
    OPERATOR = 6
    """An operator or a punctuation mark."""
    ERROR = 7
    """What Trino's lexer does not recognize; an unterminated string, identifier or comment reaches to the end."""
    STRING = 8
    UNICODE_STRING = 9
    """U&'...' alone; a UESCAPE '...' after it is two tokens of its own."""
    BINARY = 10
    INTEGER = 11
    DECIMAL = 12
    DOUBLE = 13
    DOLLAR_STRING = 14
    """$$...$$, the body of a function in another language."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one text as parallel lists; the last one is the END sentinel.

    `words` are the texts in lower case, for comparing keywords and operators; `gaps[i]` is the layout right before
    token i.
    """

    sql: str
    kinds: list[Kind]
    texts: list[str]
    words: list[str]
    gaps: list[str]

    def offsets(self) -> list[int]:
        """Where each token begins in the text."""
        ends = accumulate(len(gap) + len(text) for gap, text in zip(self.gaps, self.texts, strict=True))
        return [end - len(text) for end, text in zip(ends, self.texts, strict=True)]


_SPACE = r"[ \r\n\t]*"
COMMENT = r"--[^\r\n]*\r?\n?|/\*.*?\*/"
# The frequent tokens come first. Nothing here can backtrack over more than it has just read: a doubled quote is read as
# two adjacent strings, and whatever is unterminated is taken to the end at once, so that no quote is ever read twice.
_TOKEN = "|".join(
    (
        r"[a-tv-wyzA-TVWYZ_]\w*",
        r"[xX]'[^']*'",
        r"[uU]&(?:'[^']*')+",
        r"[uUxX]\w*",
        r"[(),;+*?\[\]]",
        r"\.(?![0-9])",
        r"(?:'[^']*')+",
        r'(?:"[^"]*")+',
        r"[0-9]+(?:\.[0-9]*[eE][+-]?[0-9]+|[eE][+-][0-9]+)",
        r"[0-9]+(?:_[0-9]+)*\.(?:[0-9]+(?:_[0-9]+)*)?",
        r"[0-9]\w*",
        r"\.[0-9]+[eE][+-]?[0-9]+",
        r"\.[0-9]+(?:_[0-9]+)*",
        r"\$\$.*?\$\$",
        r"->|=>|\|\||<>|!=|<=|>=|\{-|-\}",
        r"/\*.*",
        r"[-/%<>=:@$^|{}]",
        r"(?:`[^`]*`)+",
        r"""['"`].*""",
        r"""[^-\w \r\n\t"'`+*/%<>=?;:@$^|\[\]{}(),.!]+|!""",
        r"\Z",
    )
)
_WITHOUT_COMMENTS = re.compile(f"({_SPACE})({_TOKEN})", re.ASCII | re.DOTALL)
_WITH_COMMENTS = re.compile(f"({_SPACE}(?:(?:{COMMENT}){_SPACE})*)({_TOKEN})", re.ASCII | re.DOTALL)
_COMMENTS = re.compile(COMMENT, re.DOTALL)

_KIND_BY_FIRST = {
    **dict.fromkeys("abcdefghijklmnopqrstvwyzABCDEFGHIJKLMNOPQRSTVWYZ_", Kind.IDENT),
    **dict.fromkeys("(),;+*?[]-%<>=:@^|{}", Kind.OPERATOR),
    "": Kind.END,
}
_KIND_BY_TEXT = dict.fromkeys((".", "/", "!=", "$"), Kind.OPERATOR)
_KIND_BY_QUOTE = {"'": Kind.STRING, '"': Kind.QUOTED, "`": Kind.BACKQUOTED}
_INTEGER = re.compile(r"[0-9]+(?:_[0-9]+)*|0x(?:_?[0-9a-f])+|0o(?:_?[0-7])+|0b(?:_?[01])+", re.IGNORECASE)
_DOUBLE = re.compile(r"[0-9]*\.?[0-9]*e[+-]?[0-9]+", re.IGNORECASE)


def tokenize(sql: str) -> Tokens:
    """Split a text into tokens and the layout between them."""
    pattern = _WITH_COMMENTS if "--" in sql or "/*" in sql else _WITHOUT_COMMENTS
    pairs = pattern.findall(sql)
    if len(pairs) > 1 and not pairs[-2][1]:
        pairs.pop()  # layout at the end already made a sentinel
    gaps = [gap for gap, _ in pairs]
    texts = [text for _, text in pairs]
    known = _KIND_BY_FIRST.get
    kinds = [known(text[:1]) or _kind_of(text) for text in texts]
    return Tokens(sql, kinds, texts, [text.lower() for text in texts], gaps)


def _kind_of(text: str) -> Kind:
    known = _KIND_BY_TEXT.get(text)
    if known:
        return known
    first = text[0]
    if first in _KIND_BY_QUOTE:
        closed = len(text) > 1 and text[-1] == first
        return _KIND_BY_QUOTE[first] if closed else Kind.ERROR
    if "0" <= first <= "9" or first == ".":
        return Kind.INTEGER if text.isdecimal() else _kind_of_number(text)
    if first in "uUxX":
        return _kind_of_prefixed(text)
    return Kind.DOLLAR_STRING if first == "$" else Kind.ERROR


def _kind_of_prefixed(text: str) -> Kind:
    if text[-1] != "'":
        return Kind.IDENT
    return Kind.UNICODE_STRING if text[1] == "&" else Kind.BINARY


def _kind_of_number(text: str) -> Kind:
    if _INTEGER.fullmatch(text):
        return Kind.INTEGER
    if _DOUBLE.fullmatch(text):
        return Kind.DOUBLE
    return Kind.DECIMAL if "." in text else Kind.DIGIT_IDENT


def comments(tokens: Tokens) -> list[tuple[int, str]]:
    """The comments with their offsets, in the order of the text, marks included."""
    offsets = tokens.offsets()
    return [
        (offset - len(gap) + match.start(), match[0].rstrip("\r\n"))
        for offset, gap in zip(offsets, tokens.gaps, strict=True)
        if "-" in gap or "/" in gap
        for match in _COMMENTS.finditer(gap)
    ]


def line_and_column(sql: str, offset: int) -> tuple[int, int]:
    """The line and column of an offset, both counted from 1."""
    return sql.count("\n", 0, offset) + 1, offset - sql.rfind("\n", 0, offset)


def identifier_value(text: str) -> str:
    """The name that an identifier token stands for: unquoted, in lower case as Trino reports it."""
    quote = text[:1]
    if quote in ('"', "`"):
        return text[1:-1].replace(quote * 2, quote).lower()
    return text.lower()


BACKSLASH = "\\"


def string_value(text: str, escape: str = BACKSLASH) -> str:
    """The value of a STRING or UNICODE_STRING token; `escape` is the character that UESCAPE names.

    An invalid Unicode escape, which Trino refuses, stays as it is written.
    """
    if text[:1] in "uU":
        return _unescape(text[3:-1].replace("''", "'"), escape)
    return text[1:-1].replace("''", "'")


def unicode_escape(tokens: Tokens, i: int) -> str:
    """The escape character that UESCAPE after token i names, one character; '' where there is no valid one."""
    if tokens.words[i + 1] == "uescape" and tokens.kinds[i + 2] is Kind.STRING and len(tokens.texts[i + 2]) == 3:
        return tokens.texts[i + 2][1]
    return ""


def _unescape(value: str, escape: str) -> str:
    mark = re.escape(escape)
    pattern = rf"{mark}(?:({mark})|([0-9a-fA-F]{{4}})|\+([0-9a-fA-F]{{6}}))"
    return re.sub(pattern, _escaped_character, value)


def _escaped_character(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    code = int(match[2] or match[3], 16)
    return chr(code) if code <= 0x10FFFF else match[0]


def string_literal(value: str) -> str:
    """The value as a string literal."""
    return "'" + value.replace("'", "''") + "'"
