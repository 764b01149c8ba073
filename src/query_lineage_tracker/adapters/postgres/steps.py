"""The steps of one batch in the transaction of one connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection

from query_lineage_tracker.adapters.postgres.batch_rows import Row

if TYPE_CHECKING:
    from typing_extensions import LiteralString


class Steps:
    """Runs named queries; `named` are parameters of all of them."""

    def __init__(
        self,
        connection: AsyncConnection[tuple[Any, ...]],
        queries: Mapping[str, LiteralString],
        named: Mapping[str, object],
    ) -> None:
        self.connection = connection
        self.queries = queries
        self._named = named

    async def script(self, query: str) -> None:
        """Execute statements that have no parameters."""
        await self.connection.execute(self.queries[query])

    async def run(self, query: str, **parameters: object) -> int:
        """Execute; returns the number of rows."""
        return (await self.connection.execute(self.queries[query], {**self._named, **parameters})).rowcount

    async def fetch(self, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Execute; returns the rows."""
        return await (await self.connection.execute(self.queries[query], {**self._named, **parameters})).fetchall()

    async def copy(self, query: str, rows: Iterable[Row]) -> None:
        """Copy the rows, if there are any."""
        first = next(iter(rows := iter(rows)), None)
        if first is None:
            return
        async with self.connection.cursor().copy(self.queries[query]) as copy:
            for row in chain([first], rows):
                await copy.write_row(row)


def bounds(query_ids: Sequence[str]) -> dict[str, object]:
    """So that only the partitions of these ids are looked at."""
    return {"lowest": min(query_ids), "highest": max(query_ids)}
