"""Durations and sizes as Trino writes them: `182.03ms`, `1.2kB`, seconds as a number, `PT1M2.5S`."""

from __future__ import annotations

import re
from datetime import timedelta

_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*([a-zA-Z]+)\s*")
_ISO = re.compile(r"PT(?:([0-9]{1,18})H)?(?:([0-9]{1,18})M)?(?:([0-9]{1,18}(?:\.[0-9]{0,9})?)S)?")
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
    """Whole milliseconds of a duration, rounded; None for anything that is no duration. A number counts seconds."""
    if isinstance(duration, str):
        iso = _ISO.fullmatch(duration)
        return _quantity(duration, _MILLISECONDS) if iso is None else _iso_milliseconds(iso)
    # Of a NaN neither comparison holds.
    if isinstance(duration, bool) or not isinstance(duration, (int, float)) or not 0 <= duration <= _LARGEST:
        return None
    return min(round(duration * 1000), _LARGEST)


def size_in_bytes(size: object) -> int | None:
    """Bytes of a data size, whose units are powers of 1024; None for anything that is no size."""
    return _quantity(size, _BYTES) if isinstance(size, str) else None


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


def _iso_milliseconds(match: re.Match[str]) -> int | None:
    if not any(match.groups()):
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return min(round((hours * 3600 + minutes * 60 + seconds) * 1000), _LARGEST)


def _quantity(text: str, units: dict[str, float] | dict[str, int]) -> int | None:
    match = _QUANTITY.fullmatch(text)
    factor = None if match is None else units.get(match[2])
    if match is None or factor is None:
        return None
    value = float(match[1]) * factor
    return round(value) if value < _LARGEST else _LARGEST
