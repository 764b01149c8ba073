"""What the text of a data type tells of the columns that a value of it can be taken apart into."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMED = re.compile(r"(\"(?:[^\"]|\"\")+\"|\w+)\s+(?!with\b|without\b|precision\b|to\b)(\S.*)", re.DOTALL)


class Part(NamedTuple):
    """A field of a row, or a column of UNNEST; without a name it is None, without a known type the type is empty."""

    name: str | None = None
    data_type: str = ""


@lru_cache(256)
def row_fields(data_type: str) -> tuple[Part, ...]:
    """The fields of a row type; none if it is no row type, or unknown."""
    inner = _inner(data_type, "row")
    return () if inner is None else tuple([_field(part.strip()) for part in _parts(inner)])


def type_of_field(data_type: str, path: Sequence[str]) -> str:
    """The type of the field that `path` leads to; empty if that is unknown."""
    for name in path:
        data_type = next((field.data_type for field in row_fields(data_type) if field.name == name), "")
    return data_type


def has_fields(data_type: str) -> bool:
    """Whether a value of this type can have fields, as far as that is known."""
    return not data_type or data_type[:3].lower() == "row" or data_type.lower() == "json"


def unnested(data_type: str) -> tuple[Part, ...]:
    """The columns that UNNEST makes of a value; none if that is unknown."""
    entries = _inner(data_type, "map")
    if entries is not None:
        return tuple([Part(None, part.strip()) for part in _parts(entries)])
    inner = _inner(data_type, "array")
    return () if inner is None else row_fields(inner.strip()) or (Part(None, inner.strip()),)


def _inner(data_type: str, name: str) -> str | None:
    """What stands in the parentheses of a type of that name."""
    text = data_type.strip()
    opening = len(name)
    if text[:opening].lower() != name or text[opening : opening + 1] != "(" or text[-1] != ")":
        return None
    return text[opening + 1 : -1]


def _parts(text: str) -> list[str]:
    """The text cut at the commas that stand in no parentheses or quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
            if character == "," and depth == 0:
                parts.append(text[start:place])
                start = place + 1
    return [*parts, text[start:]]


def _field(part: str) -> Part:
    match = _NAMED.match(part)
    if match is None or match[1].lower() == "interval":
        return Part(None, part)
    return Part(match[1].strip('"').replace('""', '"').lower(), match[2])
