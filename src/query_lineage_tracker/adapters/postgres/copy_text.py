"""Rows in the text format of COPY: whole batches are encoded ahead, before there is a connection that could do it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

Row = tuple[object, ...]

_SPECIAL = re.compile(r"[\\\t\n\r]").search
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_text(rows: Iterable[Row]) -> bytes:
    """The rows as `COPY ... FROM STDIN` reads them. Raises UnicodeEncodeError for a lone surrogate."""
    return "".join([f"{_line(row)}\n" for row in rows]).encode()


def _line(row: Row) -> str:
    return "\t".join([_FIELDS[type(value)](value) for value in row])


def _text(value: str) -> str:
    return value.translate(_ESCAPES) if _SPECIAL(value) else value


def _array(values: list[str]) -> str:
    return _array_text(tuple(values))


@lru_cache(maxsize=4096)  # the same few in nearly all rows
def _array_text(values: tuple[str, ...]) -> str:
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return _text("{" + ",".join(f'"{value}"' for value in escaped) + "}")


def _binary(value: bytes) -> str:
    return f"\\\\x{value.hex()}"


def _null(_: None) -> str:
    return "\\N"


def _truth(value: bool) -> str:
    return "t" if value else "f"


def _uuid(value: UUID) -> str:
    return value.hex


_FIELDS: Mapping[type, Callable[[Any], str]] = {
    str: _text,
    int: str,
    bool: _truth,
    type(None): _null,
    datetime: datetime.isoformat,
    UUID: _uuid,
    bytes: _binary,
    list: _array,
}
