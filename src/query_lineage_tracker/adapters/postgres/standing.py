"""How the tracker stands, read from PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.domain.standing import SinkStanding, SourceStanding, Standing


class PostgresStanding:
    """`services.measure.Measured` over a database that is open, for these clusters and sinks."""

    def __init__(self, database: Database, clusters: Sequence[str], sinks: Sequence[str]) -> None:
        self._database = database
        self._known = {"clusters": list(clusters), "sinks": list(sinks)}
        self._queries = database.queries("standing")

    async def standing(self) -> Standing:
        """All of it, as of one moment. Raises StoreUnreachable."""
        async with self._database.transaction() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            sinks = await (await connection.execute(self._queries["sinks"], self._known)).fetchall()
            sources = await (await connection.execute(self._queries["sources"], self._known)).fetchall()
            quarantined = await (await connection.execute(self._queries["quarantined"], self._known)).fetchall()
        return Standing(
            {name: SinkStanding(*counts) for name, *counts in sinks},
            tuple(SourceStanding(*row) for row in sources),
            dict(quarantined),
        )
