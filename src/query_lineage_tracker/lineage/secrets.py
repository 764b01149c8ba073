"""What looks like a secret: names of properties and arguments that hold one, and secrets inside free text."""

from __future__ import annotations

import re
from functools import lru_cache

MASK = "***"
_MOST_ROUNDS = 4

_SECRET_NAME = re.compile(
    r"pass(?:w|phrase|code)|pwd|secret|token(?!iz)|credential|bearer|jaas"
    r"|jwt(?:$|[-_.](?:key|token|value))"
    r"|(?:api|access|private|account|json|encryption|signing|master|storage|shared|service|client|sas|ssh|kms)"
    r"[-_. ]?key(?![a-z])"
)
_KEY_PROPERTY = re.compile(r"(?:^|[-_.])(?:key|pass)$")
_STRUCTURAL_KEY = re.compile(
    r"(?:^|[-_.])(?:primary|partition|partitioning|sort|foreign|row|unique|hash|order|cluster|clustering|bucket|join"
    r"|merge|distribution|surrogate|natural|business|message)[-_.]?key$"
)


@lru_cache(maxsize=4096)
def is_secret_name(name: str, *, is_property: bool = False) -> bool:
    """Whether what is called so is likely a secret.

    A property or argument that is called a key, unless it is one of tables (`primary_key`), counts; a column does not.
    """
    folded = name.lower()
    if _SECRET_NAME.search(folded):
        return True
    return is_property and bool(_KEY_PROPERTY.search(folded)) and not _STRUCTURAL_KEY.search(folded)


# A look for these in the whole text comes first: most texts hold none of them and need nothing more.
_HINTS = (
    "://",
    "pass",
    "pwd",
    "secret",
    "token",
    "credential",
    "bearer",
    "thin:",
    "akia",
    "asia",
    "eyj",
    "sig=",
    "authorization",
)
_HINTS_ON_KEYS = ("private", "_key", "-key", ".key", "apikey", "accesskey", "accountkey", "sharedkey")
_HINTS_ON_VENDORS = ("ghp_", "gho_", "ghs_", "ghu_", "ghr_", "github_pat_", "glpat-", "xox", "aiza")
_ALL_HINTS = (*_HINTS, *_HINTS_ON_KEYS, *_HINTS_ON_VENDORS)

_WORDS = (
    r"(?:pass(?:word|wd|phrase|code)|pwd|secret|token|credentials?|sig|signature"
    r"|(?:api|access|account|private|encryption|signing|shared|secret|storage|client)[-_.]?key)"
)
# Quotes may be doubled inside a string, or escaped in JSON.
_ASSIGNED = rf"{_WORDS}[\w.-]{{0,32}}[\\\"'`]{{0,8}}\s{{0,8}}(?:=>?|:)\s{{0,8}}\\?"
# In every pattern the groups that stay surround the one that goes.
_PATTERNS = (
    # scheme://user:password@host, up to the last @ before the path
    re.compile(r"(://[^\s/?#:@'\"]*:)[^\s/?#'\"]+(@)"),
    # jdbc:oracle:thin:user/password@host
    re.compile(r"(thin:[^\s/@'\"]{0,200}/)[^\s@'\"]+(@)", re.IGNORECASE),
    # password='x', "password": "x"
    re.compile(rf"({_ASSIGNED}\"{{1,8}})[^\"\\]+(?:\\[^\"][^\"\\]*)*()", re.IGNORECASE),
    re.compile(rf"({_ASSIGNED}'{{1,8}})[^'\\]+(?:\\[^'][^'\\]*)*()", re.IGNORECASE),
    # password=x with no space around, so that most SQL inside a string (token = b.token) stays; a bracket begins a
    # pattern or a template, not a secret
    re.compile(rf"({_WORDS}[\w-]{{0,16}}=)[^\s;&,\"'(){{}}\[\]<>|%$][^\s;&,\"']*()", re.IGNORECASE),
    re.compile(r"(\bBearer\s{1,8})[\w.~+/=-]{8,}()", re.IGNORECASE),
    re.compile(r"(\bAuthorization[\"']{0,2}\s{0,8}[:=]\s{0,8}[\"']{0,2}Basic\s{1,8})[\w+/=-]+()", re.IGNORECASE),
    re.compile(
        r"()-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)()", re.DOTALL
    ),
    re.compile(r"()\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*()"),
    re.compile(r"()\b(?:AKIA|ASIA)[0-9A-Z]{16}\b()"),
    re.compile(r"()\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}|AIza[\w-]{35})()"),
)


def may_hold_secret(text: str) -> bool:
    """Whether a closer look is worth while; never False for a text that `hide_secrets` would change."""
    folded = text.lower()
    return any(hint in folded for hint in _ALL_HINTS)


def hide_secrets(text: str) -> str:
    """The text without passwords in URLs and connection strings, keys and tokens; names and quotes stay.

    A second time changes nothing: what goes may bring two words together that only then look like a secret, so the
    patterns are tried again until they find nothing new.
    """
    if not may_hold_secret(text):
        return text
    hidden = _hide_once(text)
    for _ in range(_MOST_ROUNDS):
        if hidden == text:
            break
        text, hidden = hidden, _hide_once(hidden)
    return hidden


def _hide_once(text: str) -> str:
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{MASK}\2", text)
    return text
