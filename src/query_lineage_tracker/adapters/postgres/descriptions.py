"""Which executions nobody has described yet, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from query_lineage_tracker.adapters.postgres.database import Database


class PostgresDescriptions:
    """`ports.UndescribedWrites` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("descriptions")

    async def undescribed(self, cluster: str, remembered_s: float, limit: int) -> Sequence[str]:
        """Ids of writes that ended within the time before the watermark, the first that ended first."""
        named = {"cluster": cluster, "remembered_s": remembered_s, "limit": limit}
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(self._queries["undescribed"], named)).fetchall()
        return [query_id for (query_id,) in rows]
