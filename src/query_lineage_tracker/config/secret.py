"""A value that must not be seen: passwords, tokens, connection strings."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

MASK = "****"
_PAIR = re.compile(r"(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|\S+)")
_HARMLESS = ("host", "hostaddr", "port", "dbname", "user", "service", "sslmode")


class Secret:
    """Text whose str, repr and format are masked; only `reveal` gives it. False when empty.

    `masked` is what may be shown in its place.
    """

    __slots__ = ("_value", "masked")

    def __init__(self, value: str, masked: str = MASK) -> None:
        self._value = value
        self.masked = masked if value else ""

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __str__(self) -> str:
        return self.masked

    def __format__(self, spec: str) -> str:
        return format(self.masked, spec)

    def __repr__(self) -> str:
        return f"Secret({self.masked!r})"


def masked_dsn(dsn: str) -> str:
    """A PostgreSQL connection string with only its known harmless parts; anything odd is masked whole."""
    if "://" not in dsn:
        pairs = [f"{key}={value}" for key, value in _PAIR.findall(dsn) if key in _HARMLESS]
        return " ".join(pairs) or MASK
    scheme, authority, path = _uri_parts(dsn)
    if not scheme or "@" in path:
        return MASK
    user, at, hosts = authority.rpartition("@")
    name, colon, _ = user.partition(":")
    return f"{scheme}://{name}{colon}{MASK if colon else ''}{at}{hosts}{path}"


def dsn_passwords(dsn: str) -> tuple[str, ...]:
    """The passwords inside a PostgreSQL connection string, to be masked wherever else they turn up."""
    if "://" not in dsn:
        quoted = [value for key, value in _PAIR.findall(dsn) if key == "password"]
        return tuple(re.sub(r"\\(.)", r"\1", value.strip("'")) for value in quoted)
    _, authority, _ = _uri_parts(dsn)
    _, _, written = authority.rpartition("@")[0].partition(":")
    asked = parse_qs(dsn.partition("?")[2]).get("password", [])
    return tuple(dict.fromkeys(filter(None, [written, unquote(written), *asked])))


def _uri_parts(dsn: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(dsn)
    except ValueError:
        return "", "", ""
    return parts.scheme, parts.netloc, parts.path
