"""Rows that could not be understood hold whatever arrived, so they are redacted like everything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace

from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.lineage.redaction import redact, redact_message

_SQL = frozenset({"query", "prepared_query"})


_KEPT_CHARACTERS = 1_000_000


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
    redacted = {key: _redacted_value(key, value, row, literals=literals) for key, value in row.items()}
    return payload if redacted == row else json.dumps(redacted)


def _redacted_value(key: str, value: object, row: Mapping[str, object], *, literals: bool) -> object:
    if isinstance(value, str) and key in _SQL:
        prepared = row.get("prepared_query") if key == "query" else None
        return redact(value, literals=literals, prepared=prepared if isinstance(prepared, str) else "")
    if isinstance(value, str):
        sql = row.get("query")
        return redact_message(value, sql=sql if isinstance(sql, str) else "", literals=literals)
    if isinstance(value, (list, dict)):
        text = json.dumps(value)
        redacted = _redacted_text(text, literals=literals)
        return value if redacted == text else redacted
    return value


def _redacted_text(text: str, *, literals: bool) -> str:
    """Text of any form; where quotes are escaped, what they hold is looked at without the escapes."""
    plain = text.replace('\\"', '"')
    redacted = redact_message(plain, literals=literals)
    return text if redacted == plain else redacted
