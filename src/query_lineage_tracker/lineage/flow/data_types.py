"""What the text of a data type tells of the columns that a value of it can be taken apart into."""

from __future__ import annotations

import re

_NAMED = re.compile(r"(\"(?:[^\"]|\"\")+\"|\w+)\s+(?!with\b|without\b|precision\b|to\b)(\S.*)", re.DOTALL)


def row_fields(data_type: str) -> list[str | None]:
    """The names of the fields of a row type, None for those without; empty if it is no row type, or unknown."""
    inner = _inner(data_type, "row")
    return [] if inner is None else [_field_name(part.strip()) for part in _parts(inner)]


def unnested(data_type: str) -> list[str | None]:
    """The names of the columns that UNNEST makes of a value; empty if that is unknown."""
    if _inner(data_type, "map") is not None:
        return [None, None]
    inner = _inner(data_type, "array")
    return [] if inner is None else row_fields(inner) or [None]


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


def _field_name(part: str) -> str | None:
    match = _NAMED.match(part)
    if match is None or match[1].lower() == "interval":
        return None
    return match[1].strip('"').replace('""', '"').lower()
