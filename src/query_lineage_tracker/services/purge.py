"""Purging: data of a user or of days leave in small transactions, each of which leaves everything consistent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

from query_lineage_tracker.domain.access import Actor
from query_lineage_tracker.domain.purge import Purged, PurgeScope

_ROWS = 1000


class PurgeStore(Protocol):
    """Where the data are."""

    async def begin_purge(self, scope: PurgeScope, actor: Actor) -> int:
        """Record that the purge begins; returns the number of the record."""
        ...

    def purging(self, scope: PurgeScope, record: int, sinks: Sequence[str], limit: int) -> AsyncGenerator[Purged, None]:
        """Purge in transactions of at most so many executions, and add what each took to the record."""
        ...


async def purge(
    store: PurgeStore, scope: PurgeScope, actor: Actor, sinks: Sequence[str], stop: asyncio.Event
) -> tuple[Purged, bool]:
    """Purge until nothing is left or `stop` is set; returns what left, and whether nothing is left."""
    record = await store.begin_purge(scope, actor)
    total = Purged()
    async with aclosing(store.purging(scope, record, sinks, _ROWS)) as parts:
        async for part in parts:
            total += part
            if stop.is_set():
                return total, False
    return total, True
