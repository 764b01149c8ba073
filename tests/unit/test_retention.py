"""What is done every hour with the days of the history."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

import pytest

from query_lineage_tracker.errors import StoreUnreachable
from query_lineage_tracker.services.retention import keep_days_forever

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Hour:
    """Stands for days, sums and calls, and notes what is done; three days want to be summed."""

    def __init__(self, stop: asyncio.Event, *, away: bool = False) -> None:
        self.stop, self.away = stop, away
        self.done: list[str] = []

    async def create(self, days_ahead: int) -> Sequence[date]:
        self.done.append(f"create {days_ahead}")
        if self.away:
            self.stop.set()
            raise StoreUnreachable("it is away")
        return ()

    async def drop(self, before: date) -> Sequence[date]:
        raise AssertionError("history is kept for ever")

    async def fold_runs(self, before: date) -> int:
        return 0

    async def forget_texts(self) -> int:
        return 0

    async def make_next(self) -> date | None:
        self.done.append("sum")
        if self.done.count("sum") < 4:
            return date(2026, 11, 22)
        self.stop.set()
        return None

    def days_kept(self) -> None:
        self.done.append("told")

    async def forget(self) -> int:
        self.done.append("forget calls")
        return 0


async def test_days_are_created_and_all_that_are_over_are_summed() -> None:
    stop = asyncio.Event()
    hour = Hour(stop)
    await keep_days_forever(hour, hour, hour, 0, stop, observer=hour)
    assert hour.done == ["create 3", "forget calls", "sum", "sum", "sum", "sum", "told"]


async def test_a_database_that_is_away_does_not_end_it() -> None:
    stop = asyncio.Event()
    hour = Hour(stop, away=True)
    await keep_days_forever(hour, hour, hour, 0, stop, observer=hour)
    assert hour.done == ["create 3"]
