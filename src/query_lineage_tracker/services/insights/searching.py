"""Searches that stop in time: they look at a bounded number of rows at once, and more while there is time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Found = TypeVar("Found")
Place = TypeVar("Place")

PATIENCE_S = 0.09
_GROWTH = 8
_MOST = 16_000
_ROOM = 1.5
_ENOUGH = 1000


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
    least: int = 0,
    patience_s: float = PATIENCE_S,
) -> Searched[Found, Place]:
    """At most `limit` rows behind a place; `look` looks behind a place at so many rows for so many wanted ones.

    One more row than the limit is looked for, so that a full page knows whether another follows; its caller cuts it. It
    begins with no more rows than that, or with `least` if that is more: each may have to be read from a disk. Unless
    the page is full before, a thousand are looked at however long it takes: a busy moment must not find nothing.
    """
    deadline = time.monotonic() + patience_s
    rows: list[Found] = []
    size = least = max(least, limit + 1)
    scanned = 0
    while True:
        begun = time.monotonic()
        chunk = await look(place, size, limit + 1 - len(rows))
        rows += chunk.rows
        scanned += chunk.scanned
        if len(rows) > limit:
            return Searched(rows, chunk.last, complete=True)
        if chunk.scanned < size:
            return Searched(rows, None, complete=True)
        place, now = chunk.last, time.monotonic()
        affordable = max(int(size * (deadline - now) / max(now - begun, 1e-6)), _ENOUGH - scanned)
        if affordable < least:
            return Searched(rows, place, complete=False)
        missing = limit + 1 - len(rows)
        expected = int(_ROOM * missing * scanned / len(rows)) if rows else _MOST
        size = min(affordable, max(least, min(expected, size * _GROWTH, _MOST)))
