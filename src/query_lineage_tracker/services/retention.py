"""Retention: days of history are created ahead and dropped when they are old enough."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Protocol

import structlog

from query_lineage_tracker.errors import DependencyUnreachable
from query_lineage_tracker.services.live import wait_unless_stopped

log = structlog.get_logger()

_DAYS_AHEAD = 3
_DAYS_OF_SINGLE_RUNS = 7
_INTERVAL_S = 3600.0
_INTERVAL_AFTER_FAILURE_S = 60.0


class Days(Protocol):
    """The days that the history is partitioned by."""

    async def create(self, days_ahead: int) -> Sequence[date]: ...

    async def drop(self, before: date) -> Sequence[date]: ...

    async def forget_texts(self) -> int:
        """Forget some texts that only dropped days held; 0 when none is left, or none can be looked at now."""
        ...

    async def fold_runs(self, before: date) -> int: ...


class Sums(Protocol):
    """Sums of the counters of days that are over."""

    async def make_next(self) -> date | None:
        """Sum up a day that wants it; None where none does, or none can be now."""
        ...


class DaysObserver(Protocol):
    """Who wants to know that days were kept: metrics."""

    def days_kept(self) -> None: ...


class Calls(Protocol):
    """The calls that were made to catalogs."""

    async def forget(self) -> int: ...


async def keep_days(days: Days, retention_days: int) -> None:
    """Create the days to come; drop those older than `retention_days`, or none when that is 0.

    Records of passes that are older than a week become one a day.
    """
    await days.create(_DAYS_AHEAD)
    today = datetime.now(timezone.utc).date()
    await days.fold_runs(today - timedelta(days=_DAYS_OF_SINGLE_RUNS))
    if retention_days == 0:
        return
    dropped = await days.drop(today - timedelta(days=retention_days))
    if dropped:
        log.info("retention.days_dropped", first=str(dropped[0]), last=str(dropped[-1]), days=len(dropped))


async def keep_days_forever(
    days: Days, sums: Sums, calls: Calls, retention_days: int, stop: asyncio.Event, *, observer: DaysObserver
) -> None:
    """Keep days, sum them up, and forget old calls, every hour until `stop` is set."""
    while not stop.is_set():
        pause = _INTERVAL_S
        try:
            await keep_days(days, retention_days)
            await calls.forget()
            while not stop.is_set() and await days.forget_texts():
                pass
            while not stop.is_set() and await sums.make_next():
                pass
            observer.days_kept()
        except DependencyUnreachable as problem:
            pause = _INTERVAL_AFTER_FAILURE_S
            log.error("retention.failed", problem=str(problem))
        await wait_unless_stopped(stop, pause)
