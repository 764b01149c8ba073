"""What an operator sees and does of the outbox and of the calls made for it.

The columns of the rows are those of sql/outbox_reads.sql.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from psycopg.rows import dict_row

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.domain.filters import CallFilter, MessageFilter
from query_lineage_tracker.domain.outbox import Claim, Message, MessageKind

Row = Mapping[str, Any]


class OutboxReads:
    """Reads over a database that is open, and the dropping of messages."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("outbox_reads")
        self._outbox = PostgresOutbox(database)

    async def status(self) -> list[Row]:
        """Each kind of message of each sink: how many wait, since when, when the last one arrived, why none can."""
        return await self._rows("sync_status")

    async def details(self, wanted: MessageFilter) -> list[tuple[Row, Message | None]]:
        """The entity's messages, what was last sent of each, and what would be sent now; None where nothing would."""
        rows = await self._rows("details", entity=wanted.entity, sink=wanted.sink, kind=wanted.kind)
        return [(row, await self._message(row)) for row in rows]

    async def calls(self, wanted: CallFilter, limit: int) -> list[Row]:
        """Calls that were to change something at catalogs, the last stored first."""
        return await self._rows("calls", **asdict(wanted), limit=limit)

    async def count(self, wanted: MessageFilter) -> list[Row]:
        """How many messages `drop` would drop, by sink, kind and state. `states` must be given."""
        return await self._rows("count", **_parameters(wanted))

    async def _message(self, row: Row) -> Message | None:
        kind, moment = MessageKind(row["kind"]), row["next_attempt_at"]
        claim = Claim(row["sink"], kind, row["entity"], row["generation"], row["attempts"], moment)
        return next(iter(await self._outbox.composed([claim])), None)

    async def _rows(self, query: str, **parameters: object) -> list[Row]:
        async with self._database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self._queries[query], parameters)
            return list(await cursor.fetchall())


def _parameters(wanted: MessageFilter) -> dict[str, object]:
    return {**asdict(wanted), "states": list(wanted.states or ())}
