"""Enqueues the texts of statements besides their representative ones."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from query_lineage_tracker.adapters.postgres.database import Database

_AFTER_ALL_IDS = "~"


class TextMessages:
    """`ports.TextQueue` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("text_messages")

    async def enqueue(self, sink: str, since: timedelta) -> int:
        """Enqueue what was executed since so long and is not told, or not as it is now; how many messages."""
        return await self._enqueue(sink, f"{datetime.now(timezone.utc) - since:%Y%m%d_%H%M%S}", _AFTER_ALL_IDS)

    async def enqueue_all(self, sink: str) -> int:
        """The same of everything that the history holds, a day a transaction."""
        async with self._database.transaction() as connection:
            days = await (await connection.execute(self._queries["days"])).fetchall()
        return sum([await self._enqueue(sink, f"{day:%Y%m%d}", f"{day:%Y%m%d}~") for (day,) in days])

    async def _enqueue(self, sink: str, first_id: str, last_id: str) -> int:
        named = {"sink": sink, "first_id": first_id, "last_id": last_id}
        async with self._database.transaction() as connection:
            return (await connection.execute(self._queries["enqueue"], named)).rowcount
