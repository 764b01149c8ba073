"""What was seen, by whom, and what was not; the columns of the rows are those of sql/accounts.sql."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from psycopg.rows import dict_row

from query_lineage_tracker.adapters.postgres.database import Database

Row = Mapping[str, Any]


class PostgresAccounts:
    """Reads over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("accounts")

    async def gaps(self, cluster: str | None = None, limit: int = 100) -> list[Row]:
        """Recorded gaps, the newest first, each with what events told of its range."""
        return await self._rows("gaps", cluster=cluster, limit=limit)

    async def days(self, since: date, cluster: str | None = None) -> list[Row]:
        """Each UTC day of each cluster, the newest first: who told of how many executions, how many ids are missing."""
        return await self._rows("days", since=since, cluster=cluster)

    async def tellers(self, cluster: str, since: date) -> Row:
        """How many executions of the days since then polls, events, or both told of."""
        return (await self._rows("tellers", cluster=cluster, since=since))[0]

    async def arrivals(self, cluster: str, patience: timedelta) -> Row:
        """When the newest execution that an event told of ended, and how many polls saw end since then without one.

        Those that ended less than `patience` ago may still get their event and do not count.
        """
        return (await self._rows("arrivals", cluster=cluster, patience_s=patience.total_seconds()))[0]

    async def journal_positions(self, cluster: str) -> Mapping[str, Mapping[str, object]]:
        """Up to where each journal of received events was emptied, by the name of its source."""
        return {row["source"]: row["position"] for row in await self._rows("positions", cluster=cluster)}

    async def _rows(self, query: str, **parameters: object) -> list[Row]:
        async with self._database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self._queries[query], parameters)
            return list(await cursor.fetchall())
