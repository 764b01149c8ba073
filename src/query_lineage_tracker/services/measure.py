"""Measuring: what nobody does but what is the case, for the metrics, once a minute.

It is read from the store, so it is true from the first minute on, and also in a tracker that only stands by.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from query_lineage_tracker.domain.standing import Standing
from query_lineage_tracker.errors import DependencyUnreachable
from query_lineage_tracker.services.live import wait_unless_stopped

log = structlog.get_logger()

_INTERVAL_S = 60.0
_INTERVAL_AFTER_FAILURE_S = 10.0


class Measured(Protocol):
    """The store, as far as it is measured."""

    async def standing(self) -> Standing: ...


class StandingObserver(Protocol):
    """Who wants to know how the tracker stands: metrics."""

    def standing(self, standing: Standing) -> None: ...


async def measure_forever(store: Measured, observer: StandingObserver, stop: asyncio.Event) -> None:
    """Tell the observer how the tracker stands, every minute until `stop` is set."""
    while not stop.is_set():
        pause = _INTERVAL_S
        try:
            observer.standing(await store.standing())
        except DependencyUnreachable as problem:
            pause = _INTERVAL_AFTER_FAILURE_S
            log.warning("metrics.not_measured", problem=str(problem))
        await wait_unless_stopped(stop, pause)
