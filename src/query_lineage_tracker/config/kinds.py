"""Kinds of settings: how the text of each is understood, and what is expected in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from query_lineage_tracker.config.secret import Secret, masked_dsn

T = TypeVar("T")
Tables = Sequence[Mapping[str, object]]
Network = IPv4Network | IPv6Network

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_SERVICE = 256
_SERVICE = f"at most {_LONGEST_SERVICE} characters without double quotes and control characters"
_BROKER = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """`parse` raises ValueError for a text that is not `expected`.

    `tables` understands a TOML array of tables where the kind has such a form.
    """

    expected: str
    parse: Callable[[str], T]
    tables: Callable[[Tables], T] | None = None


@dataclass(frozen=True, slots=True)
class SessionDefault:
    """The session to assume for executions of a user and source (shell patterns) when Trino does not tell it."""

    user: str
    source: str
    catalog: str
    schema: str | None = None


def matching(pattern: str, expected: str) -> Kind[str]:
    """Text that the pattern matches whole."""
    compiled = re.compile(pattern, re.ASCII)

    def parse(text: str) -> str:
        return _require(text, compiled.fullmatch(text) is not None)

    return Kind(expected, parse)


def choice(*words: str) -> Kind[str]:
    """One of the words, in any case."""

    def parse(text: str) -> str:
        return _require(text.lower(), text.lower() in words)

    return Kind(f"one of {', '.join(words)}", parse)


def choices(*words: str, alone: str) -> Kind[tuple[str, ...]]:
    """One or several of the words, in any case, each once; `alone` goes with no other."""

    def parse(text: str) -> tuple[str, ...]:
        chosen = tuple(dict.fromkeys(word.lower() for word in _words(text)))
        _require(text, bool(chosen) and set(chosen) <= {*words, alone})
        return _require(chosen, alone not in chosen or len(chosen) == 1)

    return Kind(f"one or several of {', '.join(words)}, separated by commas, or {alone}", parse)


def whole(least: int, most: int) -> Kind[int]:
    """A whole number within bounds."""

    def parse(text: str) -> int:
        _require(text, re.fullmatch(r"\d{1,18}", text, re.ASCII) is not None)
        return _require(int(text), least <= int(text) <= most)

    return Kind(f"a whole number from {least} to {most}", parse)


def duration(least: str, most: str) -> Kind[timedelta]:
    """A length of time within bounds; a bare number means seconds."""
    low, high = _seconds(least), _seconds(most)

    def parse(text: str) -> timedelta:
        return _require(_seconds(text), low <= _seconds(text) <= high)

    return Kind(f"a duration from {least} to {most}, such as 30s, 5m, 1h", parse)


def _seconds(text: str) -> timedelta:
    number, unit = _number_and_unit(text)
    _require(unit, unit in _UNITS or not unit)
    try:
        return timedelta(seconds=number * _UNITS.get(unit, 1.0))
    except OverflowError as error:
        raise ValueError(text) from error


def _number_and_unit(text: str) -> tuple[float, str]:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return float(found[1]), found[2]


def _size(text: str) -> int:
    number, unit = _number_and_unit(text)
    _require(unit, unit.upper() in _SIZES)
    size = number * _SIZES[unit.upper()]
    return int(_require(size, 1 <= size <= 2**50))


def _rate(text: str) -> float:
    number = float(_require(text.removesuffix("/s"), _NUMBER.fullmatch(text.removesuffix("/s")) is not None))
    return _require(number, 0 < number <= 1000)


def _boolean(text: str) -> bool:
    yes, no = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
    return _require(text.lower(), text.lower() in yes + no) in yes


def _text(text: str) -> str:
    return _require(text, _CONTROL.search(text) is None)


def _dsn(text: str) -> Secret:
    uri = text.startswith(("postgresql://", "postgres://"))
    _require(text, uri or re.match(r"\s*\w+\s*=", text) is not None)
    return Secret(text, masked_dsn(text))


def _url(text: str) -> str:
    parts = urlsplit(_text(text))
    plain = parts.username is None and not parts.query and not parts.fragment
    _require(text, parts.scheme in ("http", "https") and bool(parts.hostname) and plain)
    _require(parts.port, parts.port != 0)
    return text.rstrip("/")


def _path(text: str) -> Path:
    try:
        return Path(_text(text)).expanduser()
    except RuntimeError as error:
        raise ValueError(text) from error  # ~somebody who has no home


def _verify(text: str) -> bool | Path:
    try:
        return _boolean(text)
    except ValueError:
        return _path(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (word.strip() for word in _text(text).split(","))))


def _brokers(text: str) -> tuple[str, ...]:
    brokers = _words(text)
    _require(text, all(_BROKER.fullmatch(broker) for broker in brokers))
    return brokers


def _address(text: str) -> str:
    return _require(text, _BROKER.fullmatch(text) is not None and 0 < int(text.rpartition(":")[2]) < 65_536)


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(word) for word in _words(text))


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [word.partition("=") for word in _words(text)]
    _require(text, all(first.strip() and second.strip() for first, _, second in pairs))
    return tuple((first.strip(), second.strip()) for first, _, second in pairs)


def _service(text: str) -> str:
    """As OpenMetadata names entities."""
    return _require(_text(text), '"' not in text and len(text) <= _LONGEST_SERVICE)


def _services(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((pattern, _service(service)) for pattern, service in _pairs(text))


def _session_defaults(text: str) -> tuple[SessionDefault, ...]:
    return tuple(_session_default(word) for word in _words(text))


def _session_default(word: str) -> SessionDefault:
    who, _, session = word.rpartition("=")
    user, slash, source = who.partition("/")
    catalog, _, schema = session.partition(".")
    _require(word, bool(user and slash and source and catalog))
    return SessionDefault(user, source, catalog, schema or None)


def _session_tables(tables: Tables) -> tuple[SessionDefault, ...]:
    return tuple(_session_table(table) for table in tables)


def _session_table(table: Mapping[str, object]) -> SessionDefault:
    known = {"user", "source", "catalog", "schema"}
    texts = {key: value for key, value in table.items() if key in known and isinstance(value, str) and value}
    _require(table, texts.keys() == table.keys() and "catalog" in texts)
    user, source = texts.get("user", "*"), texts.get("source", "*")
    return SessionDefault(user, source, texts["catalog"], texts.get("schema"))


def _require(value: T, condition: bool) -> T:
    if not condition:
        raise ValueError(value)
    return value


TEXT = Kind("text without control characters", _text)
BOOLEAN = Kind("true or false", _boolean)
PORT = whole(1, 65535)
SIZE = Kind("a number of bytes, such as 32MB (10^6) or 32MiB (2^20)", _size)
RATE = Kind("a number a second above 0, at most 1000, such as 5/s", _rate)
PATH = Kind("a path", _path)
SECRET = Kind("text without control characters", lambda text: Secret(_text(text)))
DSN = Kind("postgresql://user:password@host:5432/database, or host=... dbname=...", _dsn)
URL = Kind("an http:// or https:// address without user, query and fragment", _url)
VERIFY = Kind("true, false, or the path of a file of CA certificates", _verify)
WORDS = Kind("words separated by commas", _words)
ADDRESS = Kind("host:port, with a port from 1 to 65535", _address)
BROKERS = Kind("host:port pairs separated by commas", _brokers)
NETWORKS = Kind("addresses or networks (10.0.0.0/24) separated by commas", _networks)
ROLES = Kind("catalog=role pairs separated by commas", _pairs)
DIALECTS = Kind("catalog=dialect pairs separated by commas (catalog is a pattern with * and ?)", _pairs)
SERVICE = Kind(f"the name of a service, {_SERVICE}", _service)
SERVICES = Kind(
    "catalog=service pairs separated by commas (catalog, or namespace/catalog, is a pattern with * and ?; "
    f"a service has {_SERVICE})",
    _services,
)
HOST = matching(
    r"[A-Za-z0-9]([A-Za-z0-9._-]*)|\[[0-9A-Fa-f:.]+\]",
    "a host name or address alone, without scheme, port and path; IPv6 in brackets",
)
NAME = matching(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
    "a name of 1 to 63 letters, digits, dots, underscores and hyphens, beginning with a letter or digit",
)
PG_SCHEMA = matching(
    r"(?!pg_)[a-z_][a-z0-9_]{0,62}",
    "1 to 63 lower case letters, digits and underscores, not beginning with a digit or pg_",
)
HEADER = matching(r"[A-Za-z0-9-]{1,64}", "the name of an HTTP header")
SESSION_DEFAULTS = Kind(
    "user/source=catalog.schema entries separated by commas (user and source are patterns with * and ?)",
    _session_defaults,
    _session_tables,
)
