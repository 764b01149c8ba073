"""The journal of one cluster: what was received and is not known to be in PostgreSQL yet.

Whoever receives appends; whoever saves reads the same files in a process of its own (`reader.JournalReader`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

import structlog

from query_lineage_tracker.adapters.journal.frames import Entry, framed
from query_lineage_tracker.adapters.journal.reader import JournalReader
from query_lineage_tracker.adapters.journal.room import Room
from query_lineage_tracker.adapters.journal.segments import Position, cut, segment_numbers, segment_path, survey
from query_lineage_tracker.adapters.journal.writer import SegmentWriter, sync_directory
from query_lineage_tracker.errors import JournalRefuses
from query_lineage_tracker.ports.sources import EventKind

log = structlog.get_logger()

SEGMENT_BYTES = 64 * 2**20


class Journal(JournalReader):
    """`ports.EventJournal` over a directory that nobody else appends to; see `open_journal`."""

    def __init__(self, directory: Path, journal_id: str, ends: Sequence[Position], room: Room, segment: int) -> None:
        super().__init__(directory, journal_id, ends, self._unlink)
        self._room = room
        self._writer = SegmentWriter(directory, max((end.segment for end in ends), default=0), segment)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._segment = self._entries = 0

    async def append(self, kind: EventKind, payload: bytes) -> None:
        """Keep the payload; what arrives while others are being written is written and synced together."""
        frame = framed(Entry(kind, datetime.now(timezone.utc), payload))
        self._room.take(len(frame))
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((frame, kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_waiting())
        await kept

    def close(self) -> None:
        """Nothing may be appending any more."""
        self._thread.shutdown()
        self._writer.close()

    async def _unlink(self, end: Position) -> None:
        await asyncio.to_thread(segment_path(self._directory, end.segment).unlink, missing_ok=True)
        self._room.give(end.offset)

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
        self._entries = len(frames) + (self._entries if number == self._segment else 0)
        self._segment = number
        self.synced(Position(number, end, self._entries))

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
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    numbers = segment_numbers(directory)
    ends: list[Position] = []
    for number in numbers:
        path = segment_path(directory, number)
        end, torn = survey(path, checked=number == numbers[-1])
        if torn:
            log.warning("journal.torn_entry_cut", segment=path.name, bytes=torn)
            cut(path, end.offset)
        room.hold(end.offset)
        ends.append(end)
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
