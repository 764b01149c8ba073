"""Sums of days that are over, so that an overview of weeks reads a row a day."""

from __future__ import annotations

from datetime import date

from psycopg import errors

from query_lineage_tracker.adapters.postgres.database import Database


class DaySums:
    """`services.retention.Sums` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("day_sums")

    async def make_next(self) -> date | None:
        """Sum up the latest day that wants it; None where none does, or somebody has been counting for a second."""
        async with self._database.transaction() as connection:
            (day,) = await (await connection.execute(self._queries["next_day"])).fetchone() or (None,)
            if not isinstance(day, date):
                return None
            try:
                await connection.execute(self._queries["lock"])
            except errors.LockNotAvailable:
                return None
            await connection.execute(self._queries["sum"], {"day": day})
        return day
