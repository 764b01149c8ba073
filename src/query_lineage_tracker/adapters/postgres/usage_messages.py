"""Enqueues how often objects were used, day by day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.ports.delivery import EnqueuedUsage

TOLD_DAYS = 30
"""How far back a day may be told; it is OpenMetadata's own window."""


class UsageMessages:
    """`ports.UsageQueue` over a database that is open; what day it is says PostgreSQL, unless `now` does."""

    def __init__(self, database: Database, now: Callable[[], datetime] | None = None) -> None:
        self._database = database
        self._now = now
        self._queries = {**database.queries("closed_days"), **database.queries("usage_messages")}

    async def enqueue(self, sink: str, today: timedelta | None = None) -> EnqueuedUsage:
        """Enqueue the earliest day that is over and untold, unless an earlier one is still on its way.

        With `today`, and once all these are told, also the day that goes on: an object at most once in so long.
        """
        named: dict[str, object] = {"sink": sink, "days": TOLD_DAYS, "now": None if self._now is None else self._now()}
        async with self._database.transaction() as connection:
            ((first, last),) = await (await connection.execute(self._queries["days"], named)).fetchall()
            named |= {"first_day": first, "last_day": last}
            ((expired,),) = await (await connection.execute(self._queries["expire"], named)).fetchall()
            enqueued = (await connection.execute(self._queries["enqueue"], named)).rowcount
            ((waiting,),) = await (await connection.execute(self._queries["waiting"], named)).fetchall()
            if today is not None and not waiting:
                named["every"] = today
                enqueued += (await connection.execute(self._queries["enqueue_today"], named)).rowcount
        return EnqueuedUsage(enqueued, expired, waiting)
