"""Parked messages come back when the tables that they wait for appear: the catalog is asked in bulk, now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from query_lineage_tracker.errors import DependencyUnreachable
from query_lineage_tracker.ports.delivery import AskableSink, ParkedMessage, ParkedMessages
from query_lineage_tracker.services.live import wait_unless_stopped

log = structlog.get_logger()

_PAUSE_S = 300.0
_PAGE = 5_000

Complete = frozenset[tuple[str, str]]
"""Kind and entity of parked messages whose objects the catalog knows all."""


async def requeue_complete(parked: ParkedMessages, sink: AskableSink, before: Complete = frozenset()) -> Complete:
    """Make parked messages due whose objects the catalog knows all by now.

    Returns these, also those of `before`: what is parked again although nothing is missing waits for something else, so
    it is left to its own pauses.
    """
    complete: Complete = frozenset()
    after = ("", "")
    requeued = 0
    while page := await parked.parked(sink.name, after, _PAGE):
        there = await _complete(sink, page)
        if there is None:
            return before | complete
        requeued += await parked.make_due(sink.name, sorted(there - before))
        complete |= there
        after = page[-1].key
    if requeued:
        log.info("awaited.appeared", sink=sink.name, messages=requeued)
    return complete


async def requeue_complete_forever(parked: ParkedMessages, sink: AskableSink, stop: asyncio.Event) -> None:
    """Every five minutes until `stop` is set. While nothing is parked, the catalog is asked nothing."""
    complete: Complete = frozenset()
    while not await wait_unless_stopped(stop, _PAUSE_S):
        try:
            complete = await requeue_complete(parked, sink, complete)
        except DependencyUnreachable as problem:
            log.error("awaited.failed", sink=sink.name, problem=str(problem))


async def _complete(sink: AskableSink, page: Sequence[ParkedMessage]) -> Complete | None:
    """Those of which no object is missing; None when the catalog cannot be asked now."""
    missing = await sink.missing(list(dict.fromkeys(each for message in page for each in message.objects)))
    if missing is None:
        return None
    return frozenset(message.key for message in page if missing.isdisjoint(message.objects))
