"""Columns of objects, as OpenMetadata lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from query_lineage_tracker.adapters.http.exchange import Endpoint, NotDelivered, RequestObserver
from query_lineage_tracker.adapters.openmetadata.api import OpenMetadataApi, Table
from query_lineage_tracker.adapters.openmetadata.names import why_unnamable
from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules
from query_lineage_tracker.adapters.openmetadata.tables import Tables
from query_lineage_tracker.domain.outbox import ObjectFacts
from query_lineage_tracker.lineage.column_sets import ColumnSet, ColumnsOrigin, FetchedColumns
from query_lineage_tracker.lineage.result import ObjectName

_MOST_OBJECTS = 100
_UNKNOWN = "OpenMetadata lists no columns of it"


class OpenMetadataColumns:
    """`ports.ColumnSource` over the tables of one namespace. Schemas of which much is asked are read as lists."""

    def __init__(
        self,
        endpoint: Endpoint,
        rules: OpenMetadataRules,
        namespace: str,
        *,
        observe: RequestObserver | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._rules = rules
        self._namespace = namespace
        self._observe = observe

    async def fetch(self, objects: Sequence[ObjectName]) -> FetchedColumns | None:
        """The columns of the first objects, asked for one after the other; None when the server does not answer."""
        asked = tuple(objects[:_MOST_OBJECTS])
        api = OpenMetadataApi(self._endpoint, observe=self._observe)
        tables = Tables(api, self._rules.services, ignore_case=self._rules.ignore_case)
        try:
            listed = {one: await self._table(tables, one) for one in asked}
        except NotDelivered:
            return None
        finally:
            await api.aclose()
        found = {one: _column_set(table) for one, table in listed.items() if table is not None and table.columns}
        return FetchedColumns(asked, found, _UNKNOWN)

    async def _table(self, tables: Tables, name: ObjectName) -> Table | None:
        facts = ObjectFacts(self._namespace, name.catalog, name.schema, name.name)
        if why_unnamable(facts) is not None:
            return None
        table = await tables.find(facts)
        return table if isinstance(table, Table) else None


def _column_set(table: Table) -> ColumnSet:
    """The names in Trino's lower case; they are as old as the entity, for then its connector saw them."""
    known_at = min(table.updated_at or datetime.now(timezone.utc), datetime.now(timezone.utc))
    return ColumnSet(tuple(name.lower() for name, _ in table.columns), known_at, ColumnsOrigin.OPENMETADATA)
