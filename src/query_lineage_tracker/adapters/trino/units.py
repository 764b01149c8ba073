"""Durations and sizes as Trino's REST interface writes them: `182.03ms`, `2.00m`, `1.2kB`."""

from __future__ import annotations

import re
from datetime import timedelta

_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*([a-zA-Z]+)\s*")
_MILLISECONDS = {
    "ns": 1e-6,
    "us": 1e-3,
    "ms": 1.0,
    "s": 1e3,
    "m": 60e3,
    "h": 3600e3,
    "d": 86400e3,
}
_BYTES = {unit: 1024**power for power, unit in enumerate(("B", "kB", "MB", "GB", "TB", "PB", "EB"))}
_LARGEST = 2**63 - 1


def milliseconds(duration: object) -> int | None:
    """Whole milliseconds of a duration, rounded; None for anything that is no duration."""
    return _quantity(duration, _MILLISECONDS)


def size_in_bytes(size: object) -> int | None:
    """Bytes of a data size, whose units are powers of 1024; None for anything that is no size."""
    return _quantity(size, _BYTES)


def time_span(duration: object) -> timedelta | None:
    """A duration as a timedelta; None for anything that is no duration."""
    value = milliseconds(duration)
    try:
        return None if value is None else timedelta(milliseconds=value)
    except OverflowError:
        return None


def whole_number(value: object) -> int | None:
    """The number if it is a whole one that a database keeps, else None."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _LARGEST else None


def _quantity(text: object, units: dict[str, float] | dict[str, int]) -> int | None:
    match = _QUANTITY.fullmatch(text) if isinstance(text, str) else None
    factor = None if match is None else units.get(match[2])
    if match is None or factor is None:
        return None
    return min(round(float(match[1]) * factor), _LARGEST)
