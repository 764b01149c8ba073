"""Usage: each UTC day's total of an object is told once, after the day is over, the oldest day first.

If that is wanted, the day that goes on is told now and then as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from query_lineage_tracker.errors import DependencyUnreachable
from query_lineage_tracker.ports.delivery import UsageQueue
from query_lineage_tracker.services.live import wait_unless_stopped

log = structlog.get_logger()

# Ingest catches up with what happened while nobody looked before a day is taken to be complete.
_FIRST_PAUSE_S = 300.0
_PAUSE_S = 3600.0
_PAUSE_WHILE_WAITING_S = 60.0


async def enqueue_usage(queue: UsageQueue, sinks: Sequence[str], today: timedelta | None = None) -> bool:
    """Enqueue the next day for each sink; True while any day is on its way, so that a later one may follow.

    With `today`, the day that goes on is enqueued as well, every so often.
    """
    waiting = False
    for sink in sinks:
        result = await queue.enqueue(sink, today)
        waiting = waiting or result.waiting
        if result.enqueued:
            log.info("usage.enqueued", sink=sink, messages=result.enqueued)
        if result.expired:
            log.warning("usage.expired", sink=sink, messages=result.expired, hint="they stay in the view usage_by_day")
    return waiting


async def enqueue_usage_forever(
    queue: UsageQueue, sinks: Sequence[str], stop: asyncio.Event, today: timedelta | None = None
) -> None:
    """Every hour, or as often as `today` is told, and every minute while days are on their way, until `stop` is set."""
    between = _PAUSE_S if today is None else min(_PAUSE_S, today.total_seconds())
    pause = _FIRST_PAUSE_S
    while not await wait_unless_stopped(stop, pause):
        try:
            pause = _PAUSE_WHILE_WAITING_S if await enqueue_usage(queue, sinks, today) else between
        except DependencyUnreachable as problem:
            pause = _PAUSE_WHILE_WAITING_S
            log.error("usage.failed", problem=str(problem))
