"""Searches that stop in time: they look at a bounded number of rows at once, and more while there is time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Found = TypeVar("Found")
Place = TypeVar("Place")

PATIENCE_S = 0.09
_FIRST = 1000
_GROWTH = 4
_MOST = 16_000


@dataclass(frozen=True, slots=True)
class Chunk(Generic[Found, Place]):
    """What was found among so many rows, of which `last` was the last one; it is None where there were none."""

    rows: Sequence[Found]
    scanned: int
    last: Place | None


@dataclass(frozen=True, slots=True)
class Searched(Generic[Found, Place]):
    """What was found; `last` is where to go on, None at the end of all rows. `complete`: it did not run out of time."""

    rows: Sequence[Found]
    last: Place | None
    complete: bool


async def search(
    look: Callable[[Place | None, int, int], Awaitable[Chunk[Found, Place]]],
    place: Place | None,
    limit: int,
    *,
    first: int = _FIRST,
    patience_s: float = PATIENCE_S,
) -> Searched[Found, Place]:
    """At most `limit` rows behind a place; `look` looks behind a place at so many rows for so many wanted ones.

    One more row than the limit is looked for, so that a full page knows whether another follows; its caller cuts it.
    """
    deadline = time.monotonic() + patience_s
    rows: list[Found] = []
    size = max(first, limit + 1)
    while True:
        begun = time.monotonic()
        chunk = await look(place, size, limit + 1 - len(rows))
        rows += chunk.rows
        if len(rows) > limit:
            return Searched(rows, chunk.last, complete=True)
        if chunk.scanned < size:
            return Searched(rows, None, complete=True)
        place, now = chunk.last, time.monotonic()
        size = _next_size(size, now - begun, deadline - now)
        if size < first:
            return Searched(rows, place, complete=False)


def _next_size(size: int, took_s: float, left_s: float) -> int:
    """As many rows as there is time for, going by the last ones, but not many more than those."""
    affordable = int(size * left_s / max(took_s, 1e-6))
    return min(affordable, size * _GROWTH, max(size, _MOST))
