"""Everything known, enqueued for a sink that was added later."""

from __future__ import annotations

from uuid import UUID

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.domain.outbox import MessageKind

_PAGE = 10_000
_Key = str | list[int]
_PAGES: dict[MessageKind, tuple[str, _Key]] = {
    MessageKind.QUERY: ("query_page", str(UUID(int=0))),
    MessageKind.LINEAGE: ("lineage_page", [-1, -1]),
}
"""The query of a page, and a key before every other."""


class PostgresBackfill:
    """Enqueues in the database itself, a page a transaction; when it is interrupted, another run does the rest."""

    def __init__(self, database: Database, page: int = _PAGE) -> None:
        self._database = database
        self._queries = database.queries("backfill")
        self._page = page

    async def enqueue(self, sink: str, kind: MessageKind) -> int:
        """Messages for whatever of the kind the sink has none for; returns how many. QUERY and LINEAGE have such."""
        enqueued = 0
        query, first = _PAGES[kind]
        after: _Key | None = first
        while after is not None:
            named = {"sink": sink, "after": after, "limit": self._page}
            async with self._database.transaction() as connection:
                row = await (await connection.execute(self._queries[query], named)).fetchone()
            after, count = row or (None, 0)
            enqueued += int(count)
        return enqueued
