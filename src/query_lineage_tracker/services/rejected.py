"""Rows that could not be understood hold whatever arrived, so they are redacted like everything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.lineage.redaction import redact, redact_message
from query_lineage_tracker.lineage.secrets import MASK, is_secret_name

_SQL, _PREPARED, _VIEWS = ("query",), ("prepared_query", "preparedQuery"), ("viewText",)
_DEEPEST, _DEEPEST_SQL = 100, 4
_KEPT_CHARACTERS = 1_000_000


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
    try:
        row = json.loads(payload)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        return _redacted_text(payload, literals=literals)
    redacted = _Redaction(_texts_of(row), literals).value(row)
    return payload if redacted == row else json.dumps(redacted)


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
        if isinstance(value, str):
            return self._text(value, key)
        if isinstance(value, (list, dict)) and depth == _DEEPEST:
            return "(left out: nested too deeply)"
        if isinstance(value, list):
            return [self.value(one, key, depth + 1) for one in value]
        if isinstance(value, dict):
            return {name: self.value(one, name, depth + 1) for name, one in value.items()}
        return value

    def _text(self, text: str, key: str) -> str:
        if key in _SQL:
            return redact(text, literals=self.literals, prepared=self.texts.prepared)
        if key in _PREPARED or key in _VIEWS:
            return redact(text, literals=self.literals)
        if is_secret_name(key):
            return MASK
        return redact_message(text, sql=self.texts.sql, prepared=self.texts.prepared, literals=self.literals)


def _redacted_text(text: str, *, literals: bool) -> str:
    """Text of any form; where quotes are escaped, what they hold is looked at without the escapes."""
    plain = text.replace('\\"', '"')
    redacted = redact_message(plain, literals=literals)
    return text if redacted == plain else redacted
