"""A pool of connections to one schema of one database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection, ProgrammingError, conninfo
from psycopg_pool import AsyncConnectionPool

from query_lineage_tracker.adapters.postgres.queries import load
from query_lineage_tracker.adapters.postgres.translate import translated

if TYPE_CHECKING:
    from typing_extensions import LiteralString

_OPEN_SECONDS = 15.0
_NOTICED = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""A server that vanished without a word is noticed within a minute, not within hours, unless the DSN says otherwise."""


class Database:
    """Opened before use, by `async with` or by `open` and `aclose`. `dsn` may be empty: libpq's variables then tell."""

    def __init__(self, dsn: str, schema: str = "omd", pool_size: int = 4) -> None:
        self.dsn = dsn
        self.schema = schema
        self._pool = AsyncConnectionPool(
            dsn,
            min_size=1,
            max_size=pool_size,
            open=False,
            timeout=_OPEN_SECONDS,
            check=AsyncConnectionPool.check_connection,
            kwargs={"application_name": "query-lineage-tracker", "connect_timeout": 10, **_not_given(_NOTICED, dsn)},
        )

    def queries(self, file: str) -> Mapping[str, LiteralString]:
        """The queries of a file, for our schema."""
        return load(file, self.schema)

    async def open(self) -> None:
        """Connect; raises StoreUnreachable when that does not succeed in time."""
        with translated(self.dsn):
            # Once by hand: the pool would try again until its time is up, and then not tell why.
            await (await AsyncConnection.connect(self.dsn, connect_timeout=10)).close()
            await self._pool.open(wait=True, timeout=_OPEN_SECONDS)

    async def aclose(self) -> None:
        """Close all connections; safe to call twice."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection[tuple[Any, ...]]]:
        """A connection in a transaction that is committed at the end, and rolled back when that is an exception."""
        with translated(self.dsn):
            async with self._pool.connection() as connection:
                yield connection

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncConnection[tuple[Any, ...]]]:
        """A connection of its own for what cannot run in a transaction."""
        with translated(self.dsn):
            async with await AsyncConnection.connect(self.dsn, autocommit=True, connect_timeout=10) as connection:
                yield connection

    async def __aenter__(self) -> Database:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _not_given(parameters: Mapping[str, int], dsn: str) -> Mapping[str, int]:
    try:
        given = conninfo.conninfo_to_dict(dsn)
    except ProgrammingError:  # whoever connects will say so
        return {}
    return {name: value for name, value in parameters.items() if name not in given}
