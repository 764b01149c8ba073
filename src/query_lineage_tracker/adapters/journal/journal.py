"""The journal of one cluster: what was received and is not known to be in PostgreSQL yet.

One event loop appends, another one may read and release: those are the receiver's and that of all other work.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

import structlog

from query_lineage_tracker.adapters.journal.frames import Entry, framed
from query_lineage_tracker.adapters.journal.room import Room
from query_lineage_tracker.adapters.journal.segments import (
    Part,
    Position,
    cut,
    read_part,
    segment_numbers,
    segment_path,
    survey,
)
from query_lineage_tracker.adapters.journal.writer import SegmentWriter, sync_directory
from query_lineage_tracker.errors import JournalRefuses
from query_lineage_tracker.ports import EventKind

log = structlog.get_logger()

SEGMENT_BYTES = 64 * 2**20


class Journal:
    """`ports.EventJournal` over a directory that nobody else has; see `open_journal`.

    `journal_id` is random and stays with the directory: a position is about this journal and no other.
    """

    def __init__(
        self, directory: Path, journal_id: str, ends: Mapping[int, Position], room: Room, segment: int
    ) -> None:
        self.journal_id = journal_id
        self._directory = directory
        self._ends = dict(ends)
        self._room = room
        self._committed = Position()
        self._writer = SegmentWriter(directory, max(ends, default=0), segment)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._lock = threading.Lock()

    @property
    def entries_waiting(self) -> int:
        """Entries that are not known to be committed."""
        committed, ends = self._committed, self._known_ends()
        behind = sum(end.entry for number, end in ends if number >= committed.segment)
        return behind - (committed.entry if committed.segment in dict(ends) else 0)

    async def append(self, kind: EventKind, payload: bytes) -> None:
        """Keep the payload; what arrives while others are being written is written and synced together."""
        frame = framed(Entry(kind, datetime.now(timezone.utc), payload))
        self._room.take(len(frame))
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((frame, kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_waiting())
        await kept

    async def read(self, position: Position, most_entries: int, most_bytes: int) -> Part:
        """What follows the position in its segment or the next one; nothing at the end."""
        for number, end in self._known_ends():
            begin = position if number == position.segment else Position(number)
            if number >= position.segment and begin.offset < end.offset:
                path = segment_path(self._directory, number)
                return await asyncio.to_thread(read_part, path, begin, end.offset, most_entries, most_bytes)
        return Part((), position)

    def follows(self, position: Position) -> bool:
        """Whether something follows the position."""
        return any(
            number > position.segment or (number == position.segment and end.offset > position.offset)
            for number, end in self._known_ends()
        )

    async def release(self, position: Position) -> None:
        """All before the position is committed: remove the segments that are not needed any more."""
        self._committed = position
        for number, end in self._known_ends()[:-1]:
            if number < position.segment or (number == position.segment and position.offset >= end.offset):
                await asyncio.to_thread(segment_path(self._directory, number).unlink, missing_ok=True)
                self._room.give(end.offset)
                with self._lock:
                    del self._ends[number]

    def close(self) -> None:
        """Nothing may be appending any more."""
        self._thread.shutdown()
        self._writer.close()

    def _known_ends(self) -> list[tuple[int, Position]]:
        """The segments in their order, each with its synced end."""
        with self._lock:
            return sorted(self._ends.items())

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._write([frame for frame, _ in batch])
            except Exception as problem:  # whatever it is, who waits has to be told
                log.error("journal.not_written", problem=str(problem) or type(problem).__name__)
                self._settle(batch, JournalRefuses(f"the journal cannot be written: {problem}"))
            else:
                self._settle(batch, None)
        self._writing = None

    async def _write(self, frames: list[bytes]) -> None:
        written = asyncio.get_running_loop().run_in_executor(self._thread, self._writer.write, frames)
        number, end = await written
        with self._lock:
            before = self._ends.get(number, Position(number))
            self._ends[number] = Position(number, end, before.entry + len(frames))

    def _settle(self, batch: list[tuple[bytes, asyncio.Future[None]]], problem: JournalRefuses | None) -> None:
        for frame, kept in batch:
            if problem is not None:
                self._room.give(len(frame))
            if kept.done():
                continue  # who waited has gone
            if problem is None:
                kept.set_result(None)
            else:
                kept.set_exception(problem)


def open_journal(directory: Path, room: Room, segment_bytes: int = SEGMENT_BYTES) -> Journal:
    """The journal in the directory, which is created; blocking. Raises OSError.

    The newest segment may end in an entry that was being written when its writer was stopped: that is cut off.
    """
    directory.mkdir(parents=True, exist_ok=True)
    numbers = segment_numbers(directory)
    ends: dict[int, Position] = {}
    for number in numbers:
        path = segment_path(directory, number)
        ends[number], torn = survey(path, checked=number == numbers[-1])
        if torn:
            log.warning("journal.torn_entry_cut", segment=path.name, bytes=torn)
            cut(path, ends[number].offset)
        room.hold(ends[number].offset)
    return Journal(directory, _journal_id(directory), ends, room, segment_bytes)


def _journal_id(directory: Path) -> str:
    path = directory / "id"
    with suppress(FileNotFoundError):
        known = path.read_text().strip()
        if known:
            return known
    fresh = uuid4().hex[:12]
    path.write_text(fresh + "\n")
    sync_directory(directory)
    return fresh
