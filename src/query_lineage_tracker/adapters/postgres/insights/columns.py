"""Columns of objects of any namespace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from query_lineage_tracker.adapters.postgres.columns import PostgresColumns
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.lineage.column_sets import ColumnSet
from query_lineage_tracker.lineage.result import ObjectName


class PostgresColumnsOfNamespaces:
    """`services.insights.evidence.ColumnsOfNamespaces` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def columns(self, namespace: str, objects: Sequence[ObjectName]) -> Mapping[ObjectName, ColumnSet]:
        """All columns of those of the objects that are known as a whole."""
        return await PostgresColumns(self._database, namespace).columns(objects)
