"""The daily partitions of the history: created ahead and on demand, dropped by retention."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone

from query_lineage_tracker.adapters.postgres.database import Database


class Partitions:
    """Partitions by UTC day; a query id begins with its day."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("partitions")
        self._known: set[str] = set()

    async def create(self, days_ahead: int) -> Sequence[date]:
        """Create those of today and of the days ahead; returns those that were missing."""
        today = datetime.now(timezone.utc).date()
        created = await self.ensure(f"{today + timedelta(days=ahead):%Y%m%d}" for ahead in range(days_ahead + 1))
        return [_date(day) for day in created]

    async def ensure(self, days: Iterable[str]) -> Sequence[str]:
        """Create what is missing of the days (`yyyyMMdd`), in a transaction of its own; returns those that were."""
        missing = set(days) - self._known
        if not missing:
            return []
        async with self._database.transaction() as connection:
            await connection.execute(self._queries["lock"])
            existing = {day for (day,) in await (await connection.execute(self._queries["existing"])).fetchall()}
            created = sorted(missing - existing)
            for day in created:
                await connection.execute(self._sql("create", day))
        self._known = existing | missing
        return created

    def forget(self) -> None:
        """Look again next time: another process dropped a partition."""
        self._known.clear()

    async def drop(self, before: date) -> Sequence[date]:
        """Drop the partitions of the days before; returns those days. Counters, statements and edges stay."""
        async with self._database.transaction() as connection:
            existing = {day for (day,) in await (await connection.execute(self._queries["existing"])).fetchall()}
        dropped = sorted(day for day in existing if day < f"{before:%Y%m%d}")
        for day in dropped:
            await self._drop(day)
        self._known -= set(dropped)
        return [_date(day) for day in dropped]

    async def _drop(self, day: str) -> None:
        async with self._database.autocommit() as connection:
            await connection.execute(self._sql("detach", day))
            await connection.execute(self._sql("drop", day))

    def _sql(self, name: str, day: str) -> str:
        # The bounds are those of the number, not of the calendar, so that no two ranges can overlap.
        return self._queries[name].replace("{day}", f"{int(day):08}").replace("{next_day}", f"{int(day) + 1:08}")


def _date(day: str) -> date:
    return datetime.strptime(day, "%Y%m%d").date()
