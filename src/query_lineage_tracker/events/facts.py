"""Single facts out of JSON: what is malformed counts as not told, so that it costs nothing but itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TypeAlias

from query_lineage_tracker.records import storable

Facts: TypeAlias = Mapping[str, object]
"""A JSON object. Null and missing mean the same everywhere."""

_NOTHING: Facts = {}
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def child(facts: Facts, key: str) -> Facts:
    """The object under the key, empty where there is none."""
    value = facts.get(key)
    return value if isinstance(value, dict) else _NOTHING


def children(facts: Facts, key: str) -> list[Facts]:
    """The objects of the list under the key."""
    value = facts.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(facts: Facts, key: str) -> str | None:
    """The text under the key."""
    value = facts.get(key)
    return storable(value) if isinstance(value, str) else None


def texts(facts: Facts, key: str) -> tuple[str, ...]:
    """The texts of the list under the key."""
    value = facts.get(key)
    return tuple([storable(one) for one in value if isinstance(one, str)]) if isinstance(value, list) else ()


def moment(value: object) -> datetime | None:
    """A time with its zone in ISO 8601, in UTC; of its fraction of a second the first six digits."""
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    fraction, zone = (match[2] or "").ljust(6, "0")[:6], "+00:00" if match[3] == "Z" else match[3]
    try:
        return datetime.fromisoformat(f"{match[1]}.{fraction}{zone}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
