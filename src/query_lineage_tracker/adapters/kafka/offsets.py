"""How far the partitions that are ours were read, and what was deleted before we could."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Messages that were deleted before anybody of the group had read them."""

    place: Place
    first: int
    count: int

    def __str__(self) -> str:
        return f"{self.count} messages from offset {self.first} of {self.place.topic}/{self.place.partition} on"


class Offsets:
    """The next offset of each partition that is ours, from where the group has committed."""

    def __init__(self) -> None:
        self._next: dict[Place, int | None] = {}

    def assign(self, committed: Mapping[Place, int | None]) -> None:
        """These partitions are ours from now on; None where the group never committed."""
        self._next = {**self._next, **committed}

    def revoke(self, places: Iterable[Place]) -> None:
        """These are somebody else's."""
        gone = set(places)
        self._next = {place: offset for place, offset in self._next.items() if place not in gone}

    def read(self, place: Place, offset: int) -> Missing | None:
        """A message was read; tells what is missing before it."""
        expected = self._next.get(place)
        self._next[place] = offset + 1
        return Missing(place, expected, offset - expected) if expected is not None and offset > expected else None

    def ours(self, offsets: Mapping[Place, int]) -> dict[Place, int]:
        """Those of the offsets whose partitions are still ours: the others' are their new owner's to commit."""
        return {place: offset for place, offset in offsets.items() if place in self._next}
