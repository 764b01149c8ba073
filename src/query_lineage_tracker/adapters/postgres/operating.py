"""What operators change, each change recorded in its own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.domain.access import Actor
from query_lineage_tracker.domain.filters import MessageFilter


class PostgresOperations:
    """`ports.operating.Operations` over a database that is open, and the record of what was done."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("operating")

    async def requeue(self, wanted: MessageFilter, actor: Actor) -> int:
        """Make messages due at once, unless a worker holds them."""
        return await self._change("requeue", _parameters(wanted), actor)

    async def drop(self, wanted: MessageFilter, actor: Actor) -> int:
        """Settle messages that never arrived, unless a worker holds them."""
        return await self._change("drop", _parameters(wanted), actor)

    async def resume(self, sink: str, actor: Actor) -> bool:
        """Allow deliveries again."""
        return await self._change("resume", {"sink": sink}, actor) > 0

    async def actions(self, limit: int) -> list[dict[str, Any]]:
        """What operators did, the latest first."""
        async with self._database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self._queries["actions"], {"limit": limit})
            return list(await cursor.fetchall())

    async def _change(self, action: str, parameters: Mapping[str, object], actor: Actor) -> int:
        subject = {name: value for name, value in parameters.items() if value is not None}
        async with self._database.transaction() as connection:
            affected = (await connection.execute(self._queries[action], parameters)).rowcount
            record = {**asdict(actor), "action": action.upper(), "subject": Jsonb(subject), "affected": affected}
            await connection.execute(self._queries["record"], {**record, "actor": actor.name})
        return affected


def _parameters(wanted: MessageFilter) -> dict[str, object]:
    return {**asdict(wanted), "states": list(wanted.states or ())}
