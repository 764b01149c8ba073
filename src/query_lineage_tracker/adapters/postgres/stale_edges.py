"""Edges that a catalog is to hold no longer, because nobody has seen them for long or an object was renamed."""

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
        async with self._database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self._queries["stale"], {"sink": sink, "days": days})
            return list(await cursor.fetchall())

    async def withdraw(self, sink: str, days: int) -> int:
        """Withdraw them: each is enqueued to be removed. How many these are."""
        async with self._database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            # One by one: there may be hundreds of thousands, of which only this is needed.
            rows = cursor.stream(self._queries["stale"], {"sink": sink, "days": days})
            entities = [row["entity"] async for row in rows]
            return await self._withdraw(connection, sink, entities)

    async def withdraw_moved(self, sink: str) -> int:
        """Withdraw edges that the sink holds under the new name of a renamed object as well; how many these are."""
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(self._queries["moved"], {"sink": sink})).fetchall()
            return await self._withdraw(connection, sink, [entity for (entity,) in rows])

    async def tell_seen_again(self, sink: str) -> int:
        """Enqueue withdrawn edges that were seen since; how many these are."""
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(self._queries["seen_again"], {"sink": sink})).fetchall()
            await self._enqueue(connection, sink, [entity for (entity,) in rows])
        return len(rows)

    async def _withdraw(self, connection: AsyncConnection[Any], sink: str, entities: Sequence[str]) -> int:
        await connection.execute(self._queries["withdraw"], {"sink": sink, "entities": list(entities)})
        await self._enqueue(connection, sink, entities)
        return len(entities)

    async def _enqueue(self, connection: AsyncConnection[Any], sink: str, entities: Sequence[str]) -> None:
        if entities:
            await connection.execute(self._queries["enqueue"], {"sink": sink, "entities": list(entities)})
