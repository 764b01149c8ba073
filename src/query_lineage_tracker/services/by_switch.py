"""What is enqueued now and then where a switch wants it told: what executions cost, and every text of a statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from query_lineage_tracker.errors import DependencyUnreachable
from query_lineage_tracker.ports.delivery import CostQueue, TextQueue
from query_lineage_tracker.services.live import wait_unless_stopped

log = structlog.get_logger()

_TEXTS_SINCE = timedelta(days=2)
"""How long ago a text may have been executed that is looked for; the history is indexed by time, not by text."""

# Ingest catches up with what happened while nobody looked before a day is taken to be complete.
_FIRST_PAUSE_S = 300.0
_PAUSE_OF_COSTS_S = 3600.0
_PAUSE_OF_TEXTS_S = 900.0
_PAUSE_AFTER_FAILURE_S = 60.0


async def enqueue_costs(queue: CostQueue, sinks: Sequence[str]) -> int:
    """Enqueue days that are over and that were never enqueued for each sink; how many messages."""
    return await _enqueued("costs", queue.enqueue, sinks)


async def enqueue_texts(queue: TextQueue, sinks: Sequence[str]) -> int:
    """Enqueue texts that were executed lately, and that each sink was not told; how many messages."""
    return await _enqueued("texts", lambda sink: queue.enqueue(sink, _TEXTS_SINCE), sinks)


async def enqueue_costs_forever(queue: CostQueue, sinks: Sequence[str], stop: asyncio.Event) -> None:
    """Every hour until `stop` is set."""
    await _again_and_again("costs", lambda: enqueue_costs(queue, sinks), _PAUSE_OF_COSTS_S, stop)


async def enqueue_texts_forever(queue: TextQueue, sinks: Sequence[str], stop: asyncio.Event) -> None:
    """Every quarter of an hour until `stop` is set."""
    await _again_and_again("texts", lambda: enqueue_texts(queue, sinks), _PAUSE_OF_TEXTS_S, stop)


async def _enqueued(what: str, enqueue: Callable[[str], Awaitable[int]], sinks: Sequence[str]) -> int:
    total = 0
    for sink in sinks:
        messages = await enqueue(sink)
        total += messages
        if messages:
            log.info(f"{what}.enqueued", sink=sink, messages=messages)
    return total


async def _again_and_again(
    what: str, enqueue: Callable[[], Awaitable[int]], every_s: float, stop: asyncio.Event
) -> None:
    pause = _FIRST_PAUSE_S
    while not await wait_unless_stopped(stop, pause):
        try:
            await enqueue()
            pause = every_s
        except DependencyUnreachable as problem:
            pause = _PAUSE_AFTER_FAILURE_S
            log.error(f"{what}.failed", problem=str(problem))
