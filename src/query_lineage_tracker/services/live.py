"""Several loops at once, ended together; a pass ends between two batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from typing import Any, cast

import structlog

from query_lineage_tracker.errors import DependencyUnreachable
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState, QuerySource

log = structlog.get_logger()

LONGEST_PAUSE_S = 15.0

GRACE_S = 20.0
"""How long loops may take to end once they are told to; less than the 25 s that a service manager is promised."""


async def wait_unless_stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Wait for this long, or until `stop` is set; True when it is set."""
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


async def run_together(loops: Sequence[Coroutine[Any, Any, None]], stop: asyncio.Event) -> None:
    """Run the loops until `stop` is set or one of them fails; then let all end, and raise the first failure.

    A loop that does not end within the grace is cancelled: what it has not committed is rolled back.
    """
    tasks = [asyncio.create_task(loop) for loop in loops]
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        await asyncio.wait(tasks, timeout=GRACE_S)
    finally:
        for task in (*tasks, stopped):
            task.cancel()
        await asyncio.gather(*tasks, stopped, return_exceptions=True)
    for task in tasks:
        if not task.cancelled() and (problem := task.exception()) is not None:
            raise problem


async def once_reachable(work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """The work, begun again and again as long as a neighbour that it needs at its beginning is away."""
    failures = 0
    while not stop.is_set():
        try:
            await work()
        except DependencyUnreachable as problem:
            failures += 1
            pause = min(2.0**failures, LONGEST_PAUSE_S)
            log.error("work.not_begun", problem=str(problem), hint=problem.hint, again_in_s=pause)
            await wait_unless_stopped(stop, pause)
        else:
            return


class UntilStopped:
    """A source that gives no further batch once `stop` is set: the pass ends with the batch that is being saved."""

    def __init__(self, source: QuerySource, stop: asyncio.Event) -> None:
        self._source = source
        self._stop = stop

    @property
    def name(self) -> str:
        return self._source.name

    async def fetch(self, state: IngestState) -> AsyncGenerator[FetchedBatch, None]:
        batches = cast("AsyncGenerator[FetchedBatch, None]", self._source.fetch(state))
        async with aclosing(batches):
            async for batch in batches:
                if self._stop.is_set():
                    return
                yield batch

    async def aclose(self) -> None:
        await self._source.aclose()
