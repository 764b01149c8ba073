"""Definitions of views in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from query_lineage_tracker.adapters.postgres.batch_rows import columns_of, storable
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.lineage.engine import FetchedViews
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.analysis import StatementText


class PostgresDefinitions:
    """`ports.ViewStore` of one namespace, over a database that is open."""

    def __init__(self, database: Database, namespace: str) -> None:
        self._database = database
        self._namespace = namespace
        self._queries = database.queries("definitions")

    async def definitions(self, objects: Iterable[ObjectName]) -> Mapping[ObjectName, StatementText]:
        """The statement that last created each of the objects, or would have, in its session and with its identity."""
        named = self._named(objects)
        if not named["names"]:
            return {}
        async with self._database.transaction() as connection:
            found = await connection.execute(self._queries["definitions"], named)
            return {ObjectName(*row[:3]): StatementText(*row[3:]) async for row in found}

    async def wanted(self, refresh_s: float, limit: int) -> Sequence[ObjectName]:
        """Objects of one catalog that were read of late and may be views, the most urgent first."""
        named = {"namespace": self._namespace, "refresh_s": refresh_s, "limit": limit}
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(self._queries["wanted_views"], named)).fetchall()
        return [ObjectName(*row) for row in rows]

    async def keep(self, answer: FetchedViews) -> None:
        """Remember who was asked for, and why Trino refused if it did."""
        if answer.asked:
            named = {**self._named(answer.asked), "problem": storable(answer.problem) or None}
            async with self._database.transaction() as connection:
                await connection.execute(self._queries["asked_views"], named)

    def _named(self, objects: Iterable[ObjectName]) -> dict[str, object]:
        names = sorted({(one.catalog, one.schema, one.name) for one in objects})
        columns = dict(zip(("catalogs", "schemas", "names"), columns_of(names, 3), strict=True))
        return {**columns, "namespace": self._namespace}
