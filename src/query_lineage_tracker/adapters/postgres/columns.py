"""Columns of objects in PostgreSQL: what statements and Trino told, and what ought to be asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection

from query_lineage_tracker.adapters.postgres.batch_rows import columns_of, storable
from query_lineage_tracker.adapters.postgres.bounds import too_long_for_a_column
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.objects import object_ids
from query_lineage_tracker.adapters.postgres.result_rows import columns_hash
from query_lineage_tracker.lineage.column_sets import ColumnSet, ColumnsOrigin, FetchedColumns
from query_lineage_tracker.lineage.result import ObjectName

if TYPE_CHECKING:
    from typing_extensions import LiteralString

    Queries = Mapping[str, LiteralString]
    Connection = AsyncConnection[tuple[Any, ...]]


class PostgresColumns:
    """`ports.ColumnStore` of one namespace, over a database that is open; Trino is who can be asked."""

    _wanted = "wanted"
    _asked = "asked"

    def __init__(self, database: Database, namespace: str) -> None:
        self._database = database
        self._namespace = namespace
        self._queries: Queries = {**database.queries("save"), **database.queries("columns")}

    async def columns(self, objects: Iterable[ObjectName]) -> Mapping[ObjectName, ColumnSet]:
        """All columns of those of the objects that are known as a whole."""
        names = sorted((one.catalog, one.schema, one.name) for one in set(objects))
        if not names:
            return {}
        named = dict(zip(("catalogs", "schemas", "names"), columns_of(names, 3), strict=True))
        async with self._database.transaction() as connection:
            found = await connection.execute(self._queries["columns"], {**named, "namespace": self._namespace})
            return {ObjectName(*row[:3]): _column_set(*row[3:]) async for row in found}

    async def wanted(self, refresh_s: float, limit: int) -> Sequence[ObjectName]:
        """Objects of one catalog that ought to be asked for, the most urgent first."""
        named = {"namespace": self._namespace, "refresh_s": refresh_s, "limit": limit}
        return await self._names(named)

    async def _names(self, named: Mapping[str, object]) -> Sequence[ObjectName]:
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(self._queries[self._wanted], named)).fetchall()
        return [ObjectName(*row) for row in rows]

    async def keep(self, answer: FetchedColumns) -> int:
        """Remember the answer, and that there was none; returns of how many objects the columns changed."""
        asked = answer.asked
        if not asked:
            return 0
        async with self._database.transaction() as connection:
            await connection.execute(self._queries["lock_namespace"], {"namespace": self._namespace})
            ids = await object_ids(connection, self._queries, self._namespace, {*asked, *answer.columns})
            changed = await tell_columns(connection, self._queries, ids, answer.columns)
            problem = storable(answer.problem) or None
            problems = [None if one in answer.columns else problem for one in asked]
            named = {"object_ids": [ids[one] for one in asked], "problems": problems}
            await connection.execute(self._queries[self._asked], named)
        return changed


class PostgresUntoldColumns(PostgresColumns):
    """The same where OpenMetadata is who can be asked: for what no statement tells, and Trino does not either.

    `trino_first`: Trino is asked as well, and before.
    """

    _wanted = "wanted_of_openmetadata"
    _asked = "asked_of_openmetadata"

    def __init__(self, database: Database, namespace: str, *, trino_first: bool) -> None:
        super().__init__(database, namespace)
        self._trino_first = trino_first

    async def wanted(self, refresh_s: float, limit: int) -> Sequence[ObjectName]:
        """Objects that ought to be asked for, those of one schema together."""
        named = {"namespace": self._namespace, "refresh_s": refresh_s, "limit": limit, "trino_first": self._trino_first}
        return await self._names(named)


async def tell_columns(
    connection: Connection,
    queries: Queries,
    ids: Mapping[ObjectName, int],
    told: Mapping[ObjectName, ColumnSet],
) -> int:
    """Store the column sets that are newer than what is known; returns how many really are others.

    One with a name that is too long for a key is not stored.
    """
    told = {name: one for name, one in told.items() if not any(map(too_long_for_a_column, one.columns))}
    if not told:
        return 0
    rows = [(ids[name], columns_hash(one.columns), one.origin.value, one.known_at) for name, one in told.items()]
    named = dict(zip(("object_ids", "hashes", "origins", "times"), columns_of(rows, 4), strict=True))
    news: dict[int, bool] = dict(await (await connection.execute(queries["tell_sets"], named)).fetchall())
    columns = [
        (ids[name], column, place, one.types and one.types[place - 1])
        for name, one in told.items()
        if news.get(ids[name]) or (ids[name] in news and one.types)
        for place, column in enumerate(one.columns, 1)
    ]
    if columns:
        named = dict(zip(("object_ids", "columns", "ordinals", "types"), columns_of(columns, 4), strict=True))
        await connection.execute(queries["tell_columns"], named)
    return sum(news.values())


def _column_set(known_at: Any, origin: str, columns: list[str], types: list[str | None]) -> ColumnSet:
    known_types = tuple(one for one in types if one is not None)
    complete = known_types if len(known_types) == len(columns) else None
    return ColumnSet(tuple(columns), known_at, ColumnsOrigin(origin), complete)
