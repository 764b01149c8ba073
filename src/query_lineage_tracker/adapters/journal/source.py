"""The journal as a source: what was received and is not in PostgreSQL yet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import structlog

from query_lineage_tracker.adapters.journal.batches import batch_of_part
from query_lineage_tracker.adapters.journal.frames import Damage
from query_lineage_tracker.adapters.journal.reader import JournalReader
from query_lineage_tracker.adapters.journal.segments import Part, Position
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState
from query_lineage_tracker.services.live import wait_unless_stopped

log = structlog.get_logger()

_BATCH_BYTES = 16 * 2**20
_LONGEST_PASS_S = 30.0
_GATHER_S = 1.0
"""How often is looked for more; what comes meanwhile is saved together."""


class JournalSource:
    """What follows the committed position; a pass goes on while entries keep coming, but not for ever.

    Its name holds the journal's id, for its position is about that journal alone.
    """

    def __init__(self, journal: JournalReader, *, batch_size: int, redact_literals: bool, stop: asyncio.Event) -> None:
        self._journal = journal
        self._batch_size = batch_size
        self._redact_literals = redact_literals
        self._stop = stop
        self._committed = Position()

    @property
    def name(self) -> str:
        return f"events:{self._journal.journal_id}"

    async def waiting(self) -> bool:
        """Returns when there is something to fetch, or when the work is to end; whether there is."""
        return await self._news(self._committed, _LONGEST_PASS_S)

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        """Batches of entries, each with its position; segments are removed once their entries are saved."""
        at = Position.of(state.position)
        await self._saved(at)
        end = time.monotonic() + _LONGEST_PASS_S
        while not self._stop.is_set() and (left := end - time.monotonic()) > 0:
            part = await self._journal.read(at, self._batch_size, _BATCH_BYTES)
            if part.found:
                at = part.after
                yield await self._batch(part)
            else:
                await self._news(at, left)

    async def aclose(self) -> None:
        """The journal stays open: it belongs to the receiver."""

    async def _batch(self, part: Part) -> FetchedBatch:
        for at, what in part.found:
            if isinstance(what, Damage):
                log.error("journal.damaged", segment=at.segment, offset=at.offset, bytes=what.length)
        fetched = await asyncio.to_thread(
            batch_of_part, part, self._journal.journal_id, redact_literals=self._redact_literals
        )
        return replace(fetched, saved=partial(self._saved, part.after))

    async def _saved(self, committed: Position) -> None:
        self._committed = committed
        await self._journal.release(committed)

    async def _news(self, position: Position, seconds: float) -> bool:
        """Wait until something follows the position, unless the work ends or time is up before; whether it does."""
        end = time.monotonic() + seconds
        while not self._journal.follows(position):
            if self._stop.is_set() or time.monotonic() >= end:
                return False
            await wait_unless_stopped(self._stop, _GATHER_S)
        return True
