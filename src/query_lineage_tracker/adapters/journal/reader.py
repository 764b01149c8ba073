"""The reading end of a journal: what its synced segments hold from a position on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TypeAlias

from query_lineage_tracker.adapters.journal.segments import Part, Position, read_part, segment_path

Remove: TypeAlias = Callable[[Position], Awaitable[None]]
"""Removes the segment that ends there: all of its entries are committed."""


class JournalReader:
    """Reads a journal that is appended to elsewhere; `ends` are the synced ends of its segments.

    `journal_id` is random and stays with the directory: a position is about this journal and no other.
    """

    def __init__(self, directory: Path, journal_id: str, ends: Iterable[Position], remove: Remove) -> None:
        self.journal_id = journal_id
        self._directory = directory
        self._ends = {end.segment: end for end in ends}
        self._remove = remove
        self._committed = Position()
        self._lock = threading.Lock()

    @property
    def entries_waiting(self) -> int:
        """Entries that are not known to be committed."""
        committed, ends = self._committed, self.ends()
        behind = sum(end.entry for end in ends if end.segment >= committed.segment)
        return behind - (committed.entry if any(end.segment == committed.segment for end in ends) else 0)

    def ends(self) -> list[Position]:
        """The synced end of each segment, in their order."""
        with self._lock:
            return sorted(self._ends.values())

    def synced(self, end: Position) -> None:
        """A segment is on disk up to there."""
        with self._lock:
            self._ends[end.segment] = end

    async def read(self, position: Position, most_entries: int, most_bytes: int) -> Part:
        """What follows the position in its segment or the next one; nothing at the end."""
        for end in self.ends():
            begin = position if end.segment == position.segment else Position(end.segment)
            if end.segment >= position.segment and begin.offset < end.offset:
                path = segment_path(self._directory, end.segment)
                return await asyncio.to_thread(read_part, path, begin, end.offset, most_entries, most_bytes)
        return Part((), position)

    def follows(self, position: Position) -> bool:
        """Whether something follows the position."""
        return any(
            end.segment > position.segment or (end.segment == position.segment and end.offset > position.offset)
            for end in self.ends()
        )

    async def release(self, position: Position) -> None:
        """All before the position is committed: remove the segments that are not needed any more."""
        self._committed = position
        for end in self.ends()[:-1]:
            if end.segment < position.segment or (end.segment == position.segment and position.offset >= end.offset):
                with self._lock:
                    self._ends.pop(end.segment, None)
                await self._remove(end)
