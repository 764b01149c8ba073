"""The journal as a source: batches that go on where the last saved one ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from query_lineage_tracker.adapters.journal import source as source_module
from query_lineage_tracker.adapters.journal.journal import Journal, open_journal
from query_lineage_tracker.adapters.journal.room import Room
from query_lineage_tracker.adapters.journal.source import JournalSource
from query_lineage_tracker.domain.history import RejectedRow, State, Teller
from query_lineage_tracker.ports.sources import EventKind, FetchedBatch, IngestState
from query_lineage_tracker.services.rejected import rejected_json

REJECTED = RejectedRow("not JSON", '{"a": ', "trino event of today")


def created(number: int) -> bytes:
    event = {
        "createTime": "2026-11-22T10:00:00.000Z",
        "context": {"user": "alice", "serverVersion": "476"},
        "metadata": {"queryId": f"20261122_100000_{number:05}_aaaaa", "query": "SELECT 1", "queryState": "QUEUED"},
    }
    return json.dumps(event).encode()


@asynccontextmanager
async def sourced(
    directory: Path, stop: asyncio.Event, batch_size: int = 100, segment_bytes: int = 10**6
) -> AsyncIterator[tuple[Journal, JournalSource]]:
    journal = open_journal(directory, Room(10**9), segment_bytes)
    try:
        yield journal, JournalSource(journal, batch_size=batch_size, redact_literals=False, stop=stop)
    finally:
        journal.close()


async def fetched(source: JournalSource, stop: asyncio.Event, state: IngestState, batches: int) -> list[FetchedBatch]:
    """So many batches of a pass, each saved as ingest does."""
    found: list[FetchedBatch] = []
    async for batch in source.fetch(state):
        found.append(batch)
        if batch.saved is not None:
            await batch.saved()
        if len(found) == batches:
            stop.set()
    return found


def test_entries_come_in_batches_with_where_to_go_on(tmp_path: Path) -> None:
    async def work() -> None:
        stop = asyncio.Event()
        async with sourced(tmp_path, stop, batch_size=2) as (journal, source):
            for number in range(3):
                await journal.append(EventKind.TRINO, created(number))
            await journal.append(EventKind.REJECTED, rejected_json(REJECTED))
            first, second = await fetched(source, stop, IngestState(), 2)
            assert [query.query_id[16:21] for query in first.queries] == ["00000", "00001"]
            assert (second.queries[0].state, second.queries[0].told_by) == (State.QUEUED, Teller.EVENT)
            assert second.rejected == (REJECTED,) and second.watermark is None
            assert journal.entries_waiting == 0
            stop.clear()
            again = JournalSource(journal, batch_size=10, redact_literals=False, stop=stop)
            (rest,) = await fetched(again, stop, IngestState(position=first.position or {}), 1)
            assert [query.query_id for query in rest.queries] == [query.query_id for query in second.queries]

    asyncio.run(work())


def test_a_pass_goes_on_while_entries_come_and_ends_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "_GATHER_S", 0.05)

    async def work() -> None:
        stop = asyncio.Event()
        async with sourced(tmp_path, stop) as (journal, source):
            passing = asyncio.create_task(fetched(source, stop, IngestState(), 2))
            for number in range(2):
                await asyncio.sleep(0.3)
                await journal.append(EventKind.TRINO, created(number))
            assert [len(batch.queries) for batch in await asyncio.wait_for(passing, 5)] == [1, 1]

    asyncio.run(work())


def test_nothing_is_waiting_until_something_comes_and_again_after_a_pass_that_failed(tmp_path: Path) -> None:
    async def work() -> None:
        stop = asyncio.Event()
        async with sourced(tmp_path, stop) as (journal, source):
            waiting = asyncio.create_task(source.waiting())
            await asyncio.sleep(0.05)
            assert not waiting.done()
            await journal.append(EventKind.TRINO, created(1))
            assert await asyncio.wait_for(waiting, 5)
            async for _ in source.fetch(IngestState()):
                break  # never saved
            assert await asyncio.wait_for(source.waiting(), 5)
            await fetched(source, stop, IngestState(), 1)
            assert not await asyncio.wait_for(source.waiting(), 5)

    asyncio.run(work())


def test_damage_is_a_rejected_row_that_says_where(tmp_path: Path) -> None:
    async def work() -> None:
        stop = asyncio.Event()
        async with sourced(tmp_path, stop) as (journal, source):
            for number in range(3):
                await journal.append(EventKind.TRINO, created(number))
            (path,) = tmp_path.glob("*.segment")
            path.write_bytes(path.read_bytes().replace(b"_00001_", b"_00009_"))
            (batch,) = await fetched(source, stop, IngestState(), 1)
            assert [query.query_id[16:21] for query in batch.queries] == ["00000", "00002"]
            (row,) = batch.rejected
            assert "damaged" in row.reason and journal.journal_id in row.origin

    asyncio.run(work())


def test_saved_batches_free_their_segments(tmp_path: Path) -> None:
    async def work() -> None:
        stop = asyncio.Event()
        async with sourced(tmp_path, stop, batch_size=1, segment_bytes=200) as (journal, source):
            for number in range(6):
                await journal.append(EventKind.TRINO, created(number))
            assert len(list(tmp_path.glob("*.segment"))) == 6
            await fetched(source, stop, IngestState(), 6)
            assert len(list(tmp_path.glob("*.segment"))) == 1

    asyncio.run(work())
