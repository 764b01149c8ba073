"""The daily partitions of the history: created ahead and on demand, dropped by retention."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta, timezone
from typing import Any

from psycopg import AsyncConnection

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.texts import Texts

_ATTACHED = "ATTACHED"
_DETACHING = "DETACHING"
_LEAVE = {_ATTACHED: "detach", _DETACHING: "finish_detach"}


class Partitions:
    """Partitions by UTC day; a query id begins with its day."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("partitions")
        self._texts = Texts(database)
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
            states = await self._states(connection)
            attached = {day for day, state in states.items() if state == _ATTACHED}
            created = sorted(missing - attached)
            for day in created:
                await self._create(connection, day, states.get(day))
        self._known = attached | missing
        return created

    def forget(self) -> None:
        """Look again next time: another process dropped a partition."""
        self._known.clear()

    async def drop(self, before: date) -> Sequence[date]:
        """Drop the partitions of the days before, and what is kept as long; returns those days.

        Counters, statements and edges stay, and texts until they are forgotten. Leaves it to another tracker that is
        dropping days now.
        """
        async with self._alone() as alone:
            return await self._drop(before) if alone else []

    async def forget_texts(self) -> int:
        """Forget texts of dropped days that nothing else refers to; returns how many were looked at, 0 at the end.

        Leaves it to another tracker that is at it now.
        """
        async with self._alone() as alone:
            return await self._texts.forget() if alone else 0

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[bool]:
        """Whether no other tracker does what only one may do at a time; as long as the context lasts."""
        async with self._database.transaction() as others:
            (alone,) = await (await others.execute(self._queries["alone"])).fetchone() or (False,)
            yield alone

    async def _drop(self, before: date) -> Sequence[date]:
        async with self._database.autocommit() as connection:
            states = await self._states(connection)
            dropped = [day for day in states if day < f"{before:%Y%m%d}"]
            # What was left half detached comes first: PostgreSQL detaches one at a time.
            for day in sorted(dropped, key=lambda day: (states[day] != _DETACHING, day)):
                self._known.discard(day)
                await connection.execute(self._sql("remember_dropped", day))
                if states[day] in _LEAVE:
                    await connection.execute(self._sql(_LEAVE[states[day]], day))
                await self._texts.doubt(connection, day)
                await connection.execute(self._sql("drop", day))
            for forgotten in ("forget_claims", "forget_rolled_back", "forget_own_queries"):
                await connection.execute(self._queries[forgotten], {"before": before})
        return [_date(day) for day in dropped]

    async def fold_runs(self, before: date) -> int:
        """Make the passes of each day before one row a source, with their sums; returns how many rows these are."""
        async with self._database.transaction() as connection:
            return (await connection.execute(self._queries["fold_runs"], {"before": before})).rowcount

    async def _create(self, connection: AsyncConnection[Any], day: str, leftover: str | None) -> None:
        if leftover == _DETACHING:
            await connection.execute(self._sql("finish_detach", day))
        if leftover is not None:
            await connection.execute(self._sql("drop", day))
        await connection.execute(self._sql("create", day))

    async def _states(self, connection: AsyncConnection[Any]) -> dict[str, str]:
        return {day: state async for day, state in await connection.execute(self._queries["days"])}

    def _sql(self, name: str, day: str) -> str:
        # The bounds are those of the number, not of the calendar, so that no two ranges can overlap.
        return self._queries[name].replace("{day}", f"{int(day):08}").replace("{next_day}", f"{int(day) + 1:08}")


def _date(day: str) -> date:
    return datetime.strptime(day, "%Y%m%d").date()
