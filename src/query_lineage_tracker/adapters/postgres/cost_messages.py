"""Enqueues what executions cost, day by day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.usage_messages import TOLD_DAYS


class CostMessages:
    """`ports.CostQueue` over a database that is open; what day it is says PostgreSQL, unless `now` does."""

    def __init__(self, database: Database, now: Callable[[], datetime] | None = None) -> None:
        self._database = database
        self._now = now
        self._queries = {**database.queries("closed_days"), **database.queries("cost_messages")}

    async def enqueue(self, sink: str) -> int:
        """Enqueue days that are over, of texts that the sink knows; how many messages. Each is enqueued once, ever."""
        named: dict[str, object] = {"sink": sink, "days": TOLD_DAYS, "now": None if self._now is None else self._now()}
        async with self._database.transaction() as connection:
            ((first, last),) = await (await connection.execute(self._queries["days"], named)).fetchall()
            named |= {"first_day": first, "last_day": last}
            await connection.execute(self._queries["expire"], named)
            return (await connection.execute(self._queries["enqueue"], named)).rowcount
