"""The journal: what it acknowledged is there, whatever happens to the process, its disk or its files."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query_lineage_tracker.adapters.journal import writer
from query_lineage_tracker.adapters.journal.frames import Entry
from query_lineage_tracker.adapters.journal.journal import Journal, open_journal
from query_lineage_tracker.adapters.journal.room import Room, held_directory
from query_lineage_tracker.adapters.journal.segments import Position
from query_lineage_tracker.errors import JournalHeld, JournalRefuses
from query_lineage_tracker.ports.sources import EventKind

MUCH = 10**9
BEGINNING = Position()


def payload(number: int) -> bytes:
    return b'{"n": %d}' % number


@asynccontextmanager
async def opened(directory: Path, room: Room | None = None, segment_bytes: int = MUCH) -> AsyncIterator[Journal]:
    journal = open_journal(directory, room or Room(MUCH), segment_bytes)
    try:
        yield journal
    finally:
        journal.close()


async def append(journal: Journal, *numbers: int) -> None:
    for number in numbers:
        await journal.append(EventKind.TRINO, payload(number))


async def entries(journal: Journal, position: Position = BEGINNING) -> list[bytes]:
    """The payloads behind the position; damage as its repr."""
    found: list[bytes] = []
    while (part := await journal.read(position, 3, MUCH)).found:
        found += [what.payload if isinstance(what, Entry) else repr(what).encode() for _, what in part.found]
        position = part.after
    return found


def run(directory: Path, work: Callable[[Journal], Awaitable[None]], segment_bytes: int = MUCH) -> None:
    async def with_journal() -> None:
        async with opened(directory, segment_bytes=segment_bytes) as journal:
            await work(journal)

    asyncio.run(with_journal())


def content_of(directory: Path) -> list[bytes]:
    found: list[bytes] = []

    async def read(journal: Journal) -> None:
        found.extend(await entries(journal))

    run(directory, read)
    return found


def segments(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.segment"))


def test_what_was_appended_is_read_in_order_and_again_after_a_restart(tmp_path: Path) -> None:
    async def write(journal: Journal) -> None:
        await append(journal, 1, 2, 3, 4)
        assert await entries(journal) == [payload(n) for n in (1, 2, 3, 4)]

    run(tmp_path, write)
    run(tmp_path, lambda journal: append(journal, 5))
    assert content_of(tmp_path) == [payload(n) for n in (1, 2, 3, 4, 5)]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_newest_segment_cut_at_any_byte_keeps_every_entry_before_the_cut(data: st.DataObject) -> None:
    directory = Path(tempfile.mkdtemp(prefix="qlt-journal-"))
    try:
        ends: list[int] = []

        async def write(journal: Journal) -> None:
            for number in range(4):
                await append(journal, number)
                ends.append(segments(directory)[0].stat().st_size)

        run(directory, write)
        length = data.draw(st.integers(0, ends[-1]))
        os.truncate(segments(directory)[0], length)
        kept = [payload(n) for n, end in enumerate(ends) if end <= length]
        assert content_of(directory) == kept
        assert segments(directory)[0].stat().st_size == max([0, *(end for end in ends if end <= length)])
        run(directory, lambda journal: append(journal, 9))
        assert content_of(directory) == [*kept, payload(9)]
    finally:
        shutil.rmtree(directory)


def test_a_damaged_entry_in_the_middle_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    run(tmp_path, lambda journal: append(journal, 1, 2, 3))
    path = segments(tmp_path)[0]
    path.write_bytes(path.read_bytes().replace(payload(2), b"{   2   }"[: len(payload(2))]))
    first, damage, last = content_of(tmp_path)
    assert (first, last) == (payload(1), payload(3))
    assert damage.startswith(b"Damage(") and b"torn=False" in damage


def test_entries_that_arrive_together_are_synced_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = writer.sync

    def counted(file: int) -> None:
        synced.append(file)
        sync(file)

    monkeypatch.setattr(writer, "sync", counted)

    async def write(journal: Journal) -> None:
        await asyncio.gather(*(append(journal, number) for number in range(200)))

    run(tmp_path, write)
    assert sorted(content_of(tmp_path)) == sorted(payload(n) for n in range(200))
    assert len(synced) <= 3


def test_a_full_journal_refuses_and_takes_again_once_entries_are_committed(tmp_path: Path) -> None:
    async def fill() -> None:
        room = Room(300)
        async with opened(tmp_path, room, segment_bytes=100) as journal:
            with pytest.raises(JournalRefuses, match="full"):
                await append(journal, *range(100))
            kept = await entries(journal)
            assert 5 < len(kept) < 20 and room.taken <= 300
            part = await journal.read(Position(), 100, MUCH)
            await journal.release(part.after)
            await append(journal, 7)
            assert await entries(journal, part.after) == [*kept[len(part.found) :], payload(7)]

    asyncio.run(fill())


def test_what_is_on_the_disk_already_counts_for_the_bound(tmp_path: Path) -> None:
    run(tmp_path, lambda journal: append(journal, *range(10)))

    async def again() -> None:
        async with opened(tmp_path, Room(200)) as journal:
            with pytest.raises(JournalRefuses):
                await append(journal, 1)
            assert len(await entries(journal)) == 10

    asyncio.run(again())


@pytest.mark.parametrize("fails", ["write", "ftruncate"])
def test_a_disk_that_is_full_refuses_the_entry_and_tears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    write, ftruncate, full = os.write, os.ftruncate, False

    def half_written(file: int, content: bytes) -> int:
        if not full:
            return write(file, content)
        write(file, content[:7])
        raise OSError(errno.ENOSPC, "No space left on device")

    def no_truncate(file: int, length: int) -> None:
        if fails == "ftruncate" and full:
            raise OSError(errno.EIO, "Input/output error")
        ftruncate(file, length)

    monkeypatch.setattr(os, "write", half_written)
    monkeypatch.setattr(os, "ftruncate", no_truncate)

    async def through_it(journal: Journal) -> None:
        nonlocal full
        await append(journal, 1)
        full = True
        with pytest.raises(JournalRefuses, match="No space left"):
            await append(journal, 2)
        full = False
        await append(journal, 3)
        assert await entries(journal) == [payload(1), payload(3)]

    run(tmp_path, through_it)
    after = [one for one in content_of(tmp_path) if not one.startswith(b"Damage(")]
    assert after == [payload(1), payload(3)]


def test_segments_go_when_all_of_their_entries_are_committed(tmp_path: Path) -> None:
    async def work(journal: Journal) -> None:
        await append(journal, *range(12))
        many = len(segments(tmp_path))
        assert many >= 3 and journal.entries_waiting == 12
        part = await journal.read(Position(), 100, MUCH)
        half = part.found[len(part.found) // 2][0]
        await journal.release(half)
        assert len(segments(tmp_path)) == many
        await journal.release(part.after)
        assert len(segments(tmp_path)) == many - 1
        assert journal.entries_waiting == 12 - len(part.found)
        assert await entries(journal, part.after) == [payload(n) for n in range(len(part.found), 12)]

    run(tmp_path, work, segment_bytes=100)


def test_a_reader_reads_nothing_that_is_not_synced(tmp_path: Path) -> None:
    async def work(journal: Journal) -> None:
        assert not journal.follows(Position()) and not (await journal.read(Position(), 10, MUCH)).found
        await append(journal, 1)
        assert journal.follows(Position())
        segment = segments(tmp_path)[0]
        with segment.open("ab") as file:
            file.write(segment.read_bytes())
        assert await entries(journal) == [payload(1)]

    run(tmp_path, work)


def test_a_position_from_before_what_is_there_begins_at_the_first_segment(tmp_path: Path) -> None:
    async def work(journal: Journal) -> None:
        await append(journal, 1)
        assert await entries(journal, Position(5, 100, 3)) == [payload(1)]

    run(tmp_path, work)


def test_nobody_else_on_the_machine_reads_a_journal(tmp_path: Path) -> None:
    directory = tmp_path / "journals" / "c"
    before = os.umask(0)
    try:
        run(directory, lambda journal: append(journal, 1))
    finally:
        os.umask(before)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert [one.stat().st_mode & 0o777 for one in segments(directory)] == [0o600]


def test_a_journal_keeps_its_id_and_another_has_another(tmp_path: Path) -> None:
    ids: list[str] = []

    async def note(journal: Journal) -> None:
        ids.append(journal.journal_id)

    for name in ("a", "a", "b"):
        run(tmp_path / name, note)
    assert ids[0] == ids[1] != ids[2]


def test_a_second_process_is_told_who_has_the_directory(tmp_path: Path) -> None:
    with held_directory(tmp_path, "host:1"):
        with pytest.raises(JournalHeld, match="held by host:1"), held_directory(tmp_path, "host:2"):
            pass
    with held_directory(tmp_path, "host:3"):
        pass


def test_a_position_survives_being_stored() -> None:
    assert Position.of(Position(3, 4, 5).stored()) == Position(3, 4, 5)
    assert Position.of({}) == Position()
