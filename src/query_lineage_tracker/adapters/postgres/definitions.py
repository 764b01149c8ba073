"""Definitions of views in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from query_lineage_tracker.adapters.postgres.batch_rows import columns_of
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports import StatementText


class PostgresDefinitions:
    """`ports.DefinitionResolver` of one namespace, over a database that is open."""

    def __init__(self, database: Database, namespace: str) -> None:
        self._database = database
        self._namespace = namespace
        self._queries = database.queries("definitions")

    async def definitions(self, objects: Iterable[ObjectName]) -> Mapping[ObjectName, StatementText]:
        """The statement that last created each of the objects, in its session."""
        names = sorted({(one.catalog, one.schema, one.name) for one in objects})
        if not names:
            return {}
        named = dict(zip(("catalogs", "schemas", "names"), columns_of(names, 3), strict=True))
        async with self._database.transaction() as connection:
            found = await connection.execute(self._queries["definitions"], {**named, "namespace": self._namespace})
            return {ObjectName(*row[:3]): StatementText(*row[3:]) async for row in found}
