"""Following a cluster: hold its lease, run a pass every interval, back off while a neighbour is away."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from query_lineage_tracker.errors import (
    DependencyUnreachable,
    GatewayDetected,
    LeaseHeld,
    LeaseLost,
    PermissionMissing,
)
from query_lineage_tracker.ports.store import Lease, Leases, SavedBatch
from query_lineage_tracker.services.live import wait_unless_stopped

log = structlog.get_logger()

RunPass = Callable[[Lease], Awaitable[SavedBatch]]
"""One pass under the lease."""

RunFreePass = Callable[[], Awaitable[SavedBatch]]
"""One pass over events: several may take them at once, because saving them is idempotent."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds: between two passes, of the lease, and of the longest pause while a neighbour is away, or refuses us."""

    interval: float
    lease: float = 60.0
    longest_pause: float = 300.0
    longest_refused: float = 300.0


class FollowObserver(Protocol):
    """Who wants to know how the passes go: metrics."""

    def pass_succeeded(self, cluster: str, saved: SavedBatch) -> None: ...

    def pass_failed(self, cluster: str, problem: Exception) -> None: ...


class Follower:
    """Follows one cluster until told to stop."""

    def __init__(
        self, cluster: str, holder: str, leases: Leases, rhythm: Rhythm, observer: FollowObserver | None = None
    ) -> None:
        self._cluster = cluster
        self._holder = holder
        self._leases = leases
        self._rhythm = rhythm
        self._observer = observer

    async def once(self, run_pass: RunPass) -> SavedBatch:
        """One pass under the lease; raises whatever stands in its way."""
        async with self._held_lease() as lease:
            return await self._observed(lambda: run_pass(lease))

    async def forever(self, run_pass: RunPass, stop: asyncio.Event) -> None:
        """Pass after pass until `stop` is set; waits ever longer for neighbours that are away, raises the rest."""
        failures = 0
        while not stop.is_set():
            try:
                async with self._held_lease() as lease:
                    failures = 0
                    await self._passes(run_pass, lease, stop)
            except LeaseHeld as problem:
                log.info("lease.held_by_other", problem=str(problem))
                await wait_unless_stopped(stop, self._rhythm.lease / 2)
            except LeaseLost as problem:
                log.warning("lease.lost", problem=str(problem))
            except (DependencyUnreachable, PermissionMissing, GatewayDetected) as problem:
                failures += 1
                await self._pause_after(problem, failures, stop)

    async def once_free(self, run_pass: RunFreePass) -> SavedBatch:
        """One pass without the lease; raises whatever stands in its way."""
        return await self._observed(run_pass)

    async def forever_free(
        self, waiting: Callable[[], Awaitable[bool]], run_pass: RunFreePass, stop: asyncio.Event
    ) -> None:
        """A pass without the lease whenever something is waiting, until `stop` is set.

        `waiting` takes a moment to find out. Waits ever longer for neighbours that are away, raises the rest.
        """
        failures = 0
        while not stop.is_set():
            try:
                if await waiting() and not stop.is_set():
                    await self._observed(run_pass)
                failures = 0
            except (DependencyUnreachable, PermissionMissing) as problem:
                failures += 1
                await self._pause_after(problem, failures, stop)

    async def _passes(self, run_pass: RunPass, lease: Lease, stop: asyncio.Event) -> None:
        failures = 0
        while not stop.is_set():
            try:
                await self._observed(lambda: run_pass(lease))
            except (DependencyUnreachable, PermissionMissing, GatewayDetected) as problem:
                failures += 1
                await self._pause_after(problem, failures, stop)
            else:
                failures = 0
                await wait_unless_stopped(stop, self._rhythm.interval)

    async def _observed(self, run_pass: RunFreePass) -> SavedBatch:
        try:
            saved = await run_pass()
        except Exception as problem:
            if self._observer is not None:
                self._observer.pass_failed(self._cluster, problem)
            raise
        if self._observer is not None:
            self._observer.pass_succeeded(self._cluster, saved)
        log.info(
            "ingest.pass_saved",
            inserted=saved.inserted,
            advanced=saved.advanced,
            rejected=saved.rejected,
            lost=saved.lost,
            gaps=saved.gaps,
            statements=saved.statements,
        )
        return saved

    async def _pause_after(self, problem: Exception, failures: int, stop: asyncio.Event) -> None:
        pause = pause_after(problem, failures, self._rhythm) * random.uniform(0.8, 1.2)
        log.error(
            "ingest.pass_failed", problem=str(problem), hint=getattr(problem, "hint", ""), again_in_s=round(pause, 1)
        )
        await wait_unless_stopped(stop, pause)

    @asynccontextmanager
    async def _held_lease(self) -> AsyncIterator[Lease]:
        lease = await self._leases.acquire(self._cluster, self._holder, self._rhythm.lease)
        renewing = asyncio.create_task(self._renew(lease))
        try:
            yield lease
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
            with suppress(DependencyUnreachable):
                await self._leases.release(lease)

    async def _renew(self, lease: Lease) -> None:
        """Renewal that fails is not acted on here: every batch checks the lease itself, and fails if it is gone."""
        while True:
            await asyncio.sleep(self._rhythm.lease / 3)
            try:
                await self._leases.renew(lease, self._rhythm.lease)
            except LeaseLost as problem:
                log.warning("lease.not_renewed", problem=str(problem))
                return
            except DependencyUnreachable as problem:
                log.warning("lease.not_renewed", problem=str(problem))


def pause_after(problem: Exception, failures: int, rhythm: Rhythm) -> float:
    """Seconds until the next try: twice as long after each failure, up to what the rhythm allows."""
    longest = rhythm.longest_refused if isinstance(problem, PermissionMissing) else rhythm.longest_pause
    return min(rhythm.interval * 2.0 ** min(failures - 1, 16), longest)
