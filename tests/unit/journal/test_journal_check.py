from __future__ import annotations

import asyncio
from pathlib import Path

from query_lineage_tracker.adapters.journal.check import waiting
from query_lineage_tracker.adapters.journal.journal import Journal, open_journal
from query_lineage_tracker.adapters.journal.room import Room
from query_lineage_tracker.adapters.journal.segments import Position
from query_lineage_tracker.ports.sources import EventKind

SMALL = 100
"""A segment that is full after two entries."""


async def filled(directory: Path, entries: int) -> Journal:
    journal = open_journal(directory, Room(10**9), SMALL)
    for number in range(entries):
        await journal.append(EventKind.TRINO, b'{"n": "%040d"}' % number)
    return journal


def test_what_is_behind_the_stored_position_waits(tmp_path: Path) -> None:
    async def checked() -> None:
        journal = await filled(tmp_path, 5)
        source = f"events:{journal.journal_id}"
        entries, size = waiting(tmp_path, {})
        assert (entries, size) == (5, sum(path.stat().st_size for path in tmp_path.glob("*.segment")))
        position, left = Position(), []
        while (part := await journal.read(position, 1, 10**9)).found:
            position = part.after
            left.append(waiting(tmp_path, {source: position.stored()})[0])
        assert left == [4, 3, 2, 1, 0]
        assert waiting(tmp_path, {"events:another": position.stored()})[0] == 5
        assert journal.entries_waiting == 5
        await journal.release(position)
        assert waiting(tmp_path, {source: position.stored()})[0] == journal.entries_waiting == 0
        journal.close()

    asyncio.run(checked())


def test_a_folder_without_a_journal_holds_nothing(tmp_path: Path) -> None:
    assert waiting(tmp_path, {}) == (0, 0)
