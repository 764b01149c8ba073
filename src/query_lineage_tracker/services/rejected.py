"""Rows that could not be understood hold whatever arrived, so they are redacted like everything else."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.lineage.redaction import redact, redact_message
from query_lineage_tracker.lineage.secrets import MASK, hide_secrets, is_secret_name

_SQL, _PREPARED, _VIEWS = ("query",), ("prepared_query", "preparedQuery"), ("viewText",)
_DEEPEST, _DEEPEST_SQL = 100, 4
_KEPT_CHARACTERS = 1_000_000
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_NAMING, _NAMED = ("name", "key", "property"), ("value",)
_REPEATED = re.compile(r" \(repeated \d+\)$")
_ESCAPED = re.compile(r"\\u00([2-7][0-9a-fA-F])")
_GAP = r"(?:\s|\\[nrt]|/\*.{0,500}?\*/|--[^\n\\]{0,500})+"
_CREATES_CATALOG = re.compile(rf"(?:\b|\\[nrt])create{_GAP}catalog\b", re.IGNORECASE | re.DOTALL)
_LITERAL = re.compile(r"'[^']*(?:'|\Z)")


class _Texts(NamedTuple):
    """What was sent to Trino, and the prepared text that it executes."""

    sql: str
    prepared: str


def rejected_json(row: RejectedRow) -> bytes:
    """The row as JSON, for `rejected_of`."""
    return json.dumps(asdict(row)).encode()


def rejected_of(payload: bytes) -> RejectedRow:
    """The row that `rejected_json` wrote."""
    return RejectedRow(**json.loads(payload))


def without_excess(row: RejectedRow) -> RejectedRow:
    """The row with only the beginning of a payload that is too long to be of use, and its reason saying so."""
    length = len(row.payload)
    if length <= _KEPT_CHARACTERS:
        return row
    reason = f"{row.reason} (of {length:,} characters the first {_KEPT_CHARACTERS:,} are kept)"
    return replace(row, payload=row.payload[:_KEPT_CHARACTERS], reason=reason)


def redact_rejected(row: RejectedRow, *, literals: bool = False) -> RejectedRow:
    """The row without secrets, or without any literal; a payload in which nothing had to go stays as it arrived."""
    reason = redact_message(row.reason, literals=literals)
    return replace(row, payload=_redacted_payload(row.payload, literals=literals), reason=reason)


def _redacted_payload(payload: str, *, literals: bool) -> str:
    """JSON is redacted value by value: between escaped quotes nothing would look like SQL."""
    parsed = _parsed(payload)
    if parsed is None:
        return _redacted_text(payload, literals=literals)
    redacted = _Redaction(_Texts("", ""), literals).value(parsed.value)
    return payload if redacted == parsed.value and not parsed.repeated else json.dumps(redacted)


class _Parsed(NamedTuple):
    """An object or a list; whether a key stood in it more than once: the parsers would keep one of them, and the text
    all."""

    value: object
    repeated: bool


def _parsed(text: str) -> _Parsed | None:
    """None for what is neither an object nor a list."""
    repeated = False

    def told_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        repeated = True
        return _all_told(pairs)

    try:
        value = json.loads(text, object_pairs_hook=told_once)
    except (ValueError, RecursionError):
        return None
    return _Parsed(value, repeated) if isinstance(value, (dict, list)) else None


def _all_told(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The last value of each key under its name, as parsers take it; those before it under a name that says so."""
    left, found = Counter(key for key, _ in pairs), {}
    for key, value in pairs:
        left[key] -= 1
        found[key if not left[key] else f"{key} (repeated {left[key]})"] = value
    return found


def _texts_of(row: Mapping[str, object], depth: int = 0) -> _Texts:
    """The SQL of the row and what it executes, wherever they stand first: an event holds them further down."""
    sql, prepared = (next((t for t in map(row.get, keys) if isinstance(t, str)), "") for keys in (_SQL, _PREPARED))
    if sql or depth == _DEEPEST_SQL:
        return _Texts(sql, prepared)
    inner = (_texts_of(value, depth + 1) for value in row.values() if isinstance(value, dict))
    return next((texts for texts in inner if texts.sql), _Texts("", prepared))


@dataclass(frozen=True, slots=True)
class _Redaction:
    """How the values of one row are redacted: messages by the texts that they may repeat."""

    texts: _Texts
    literals: bool

    def value(self, value: object, key: str = "", depth: int = 0) -> object:
        """The value under this key; of a key that names a secret nothing is left, whatever it holds."""
        if value is None or isinstance(value, bool) or value == "":
            return value
        key = _REPEATED.sub("", key)
        if _names_secret(key):
            return MASK
        if isinstance(value, str):
            return self._text(value, key, depth)
        if isinstance(value, (list, dict)) and depth >= _DEEPEST:
            return "(left out: nested too deeply)"
        if isinstance(value, list):
            return [self.value(one, key, depth + 1) for one in value]
        return self._object(value, depth) if isinstance(value, dict) else value

    def _object(self, row: Mapping[str, object], depth: int) -> dict[str, object]:
        """An event among others has texts of its own. A pair of name and value is as good as a key with its value."""
        texts = _texts_of(row)
        inner = replace(self, texts=texts) if texts.sql else self
        secret = any(isinstance(name := row.get(key), str) and _names_secret(name) for key in _NAMING)
        return {
            hide_secrets(key): MASK if secret and key in _NAMED else inner.value(value, key, depth + 1)
            for key, value in row.items()
        }

    def _text(self, text: str, key: str, depth: int) -> str:
        if key in _SQL:
            return redact(text, literals=self.literals, prepared=self.texts.prepared)
        if key in _PREPARED or key in _VIEWS:
            return redact(text, literals=self.literals)
        nested = _parsed(text) if text.lstrip()[:1] in ("{", "[") else None
        if nested is not None:
            redacted = self.value(nested.value, depth=depth + 1)
            text = text if redacted == nested.value and not nested.repeated else json.dumps(redacted)
        return redact_message(text, sql=self.texts.sql, prepared=self.texts.prepared, literals=self.literals)


def _names_secret(key: str) -> bool:
    return is_secret_name(key) or key.lower() in _HEADERS


def _redacted_text(text: str, *, literals: bool) -> str:
    """Text of any form; where quotes are escaped, what they hold is looked at without the escapes.

    Where it cannot be told which values are properties of a catalog, all behind its name go.
    """
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace('\\"', '"')
    redacted = redact_message(plain, literals=literals)
    catalog = _CREATES_CATALOG.search(redacted)
    if catalog is not None:
        end = catalog.end()
        redacted = redacted[:end] + _LITERAL.sub(f"'{MASK}'", redacted[end:])
    return text if redacted == plain else redacted
