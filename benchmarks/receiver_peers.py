"""Peers of `qlt serve` for its benchmark: the same receiver over a journal that keeps nothing, or syncs each event.

python -m benchmarks.receiver_peers answers|sync-each DIRECTORY PORT
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

from benchmarks.receiver import CLUSTER, TOKEN
from query_lineage_tracker.adapters.event_loop import run_in_loop
from query_lineage_tracker.adapters.http.server import Address, AppServer
from query_lineage_tracker.adapters.journal.journal import Journal, open_journal
from query_lineage_tracker.adapters.journal.room import Room
from query_lineage_tracker.adapters.receiver.accepting import Accepting
from query_lineage_tracker.adapters.receiver.app import Receiver, ReceiverLimits, ReceivingCluster
from query_lineage_tracker.events.reduced import reduced_event
from query_lineage_tracker.ports.sources import EventJournal, EventKind
from query_lineage_tracker.reception.counts import Counts


class KeepsNothing:
    """Answers only."""

    async def append(self, kind: EventKind, payload: bytes) -> None:
        """Nothing is kept."""


class SyncsEach:
    """A journal that is written for one event at a time."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._turn = asyncio.Lock()

    async def append(self, kind: EventKind, payload: bytes) -> None:
        async with self._turn:
            await self._journal.append(kind, payload)


async def main(peer: str, directory: str, port: str) -> None:
    journal: EventJournal = KeepsNothing()
    if peer == "sync-each":
        journal = SyncsEach(open_journal(Path(directory) / CLUSTER, Room(10**10)))
    cluster = ReceivingCluster(CLUSTER, TOKEN.encode(), journal)
    accepting = Accepting({EventKind.TRINO: partial(reduced_event, redact_literals=False)}, redact_literals=False)
    limits = ReceiverLimits(64 * 2**20, 256 * 2**20, 60.0)
    receiver = Receiver({CLUSTER: cluster}, accepting, limits, Counts())
    await AppServer(receiver.app(), Address("127.0.0.1", int(port), "the port")).serve(asyncio.Event())


if __name__ == "__main__":
    run_in_loop(main(*sys.argv[1:]))
