"""Edges that a catalog was told of and that nobody has seen for long: listed, withdrawn, told again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from query_lineage_tracker.adapters.postgres.database import Database

Row = Mapping[str, Any]


class StaleEdges:
    """`ports.WithdrawnEdges` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("stale_edges")

    async def stale(self, sink: str, days: int) -> list[Row]:
        """Edges that stand in the sink by our account and were not seen for so many days, the oldest first."""
        async with self._database.transaction() as connection:
            return await self._stale(connection, sink, days)

    async def withdraw(self, sink: str, days: int) -> int:
        """Withdraw them: each is enqueued to be removed. How many these are."""
        async with self._database.transaction() as connection:
            entities = [row["entity"] for row in await self._stale(connection, sink, days)]
            await connection.execute(self._queries["withdraw"], {"sink": sink, "entities": entities})
            await self._enqueue(connection, sink, entities)
        return len(entities)

    async def tell_seen_again(self, sink: str) -> int:
        """Enqueue withdrawn edges that were seen since; how many these are."""
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(self._queries["seen_again"], {"sink": sink})).fetchall()
            await self._enqueue(connection, sink, [entity for (entity,) in rows])
        return len(rows)

    async def _stale(self, connection: AsyncConnection[Any], sink: str, days: int) -> list[Row]:
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self._queries["stale"], {"sink": sink, "days": days})
            return list(await cursor.fetchall())

    async def _enqueue(self, connection: AsyncConnection[Any], sink: str, entities: Sequence[str]) -> None:
        if entities:
            await connection.execute(self._queries["enqueue"], {"sink": sink, "entities": list(entities)})
