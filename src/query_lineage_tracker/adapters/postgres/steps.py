"""The steps of one batch in the transaction of one connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection

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

    async def copy(self, query: str, rows: bytes) -> None:
        """Copy the rows, in the text format, if there are any."""
        if rows:
            async with self.connection.cursor().copy(self.queries[query]) as copy:
                await copy.write(rows)


def bounds(query_ids: Sequence[str]) -> dict[str, object]:
    """So that only the partitions of these ids are looked at."""
    return {"lowest": min(query_ids), "highest": max(query_ids)}
