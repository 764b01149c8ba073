"""Cursors: where a page ended, as a text that only we have to understand."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

from query_lineage_tracker.errors import UsageError

_LONGEST = 4000


def cursor_of(list_name: str, place: Sequence[str | int]) -> str:
    """The cursor of a place in the list of that name."""
    return urlsafe_b64encode(json.dumps([list_name, *place]).encode()).decode().rstrip("=")


def place_of(list_name: str, cursor: str, kinds: Sequence[type[str] | type[int]]) -> list[str | int]:
    """The place in that list, which has values of these kinds. Raises UsageError for any other text."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError(cursor)
        found = json.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
        if not isinstance(found, list) or found[:1] != [list_name]:
            raise ValueError(cursor)
        if [type(value) for value in found[1:]] != list(kinds) or any("\0" in str(value) for value in found):
            raise ValueError(cursor)
    except (ValueError, RecursionError) as problem:
        raise UsageError(
            f"the cursor is none of the list of {list_name}",
            hint="Use `next` of the page before as it is, or begin without a cursor.",
        ) from problem
    return found[1:]


def texts_of(list_name: str, cursor: str, number: int) -> list[str]:
    """The place in that list, which has so many texts. Raises UsageError for any other text."""
    return [str(value) for value in place_of(list_name, cursor, [str] * number)]
