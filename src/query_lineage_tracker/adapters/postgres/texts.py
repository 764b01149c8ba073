"""Texts that leave with the last day of the history that holds them."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection, errors

from query_lineage_tracker.adapters.postgres.database import Database

_PAGE = 500


class Texts:
    """Doubts texts and forgets them, for one tracker at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("texts")

    async def doubt(self, connection: AsyncConnection[Any], day: str) -> None:
        """Doubt the texts of a day (`yyyyMMdd`) that is about to be dropped."""
        await connection.execute(self._queries["doubt"].replace("{day}", f"{int(day):08}"))

    async def forget(self) -> int:
        """Look at some of the doubted texts and forget those that nothing uses; returns how many were looked at.

        None are while a batch takes long: what it refers to cannot be seen yet.
        """
        async with self._database.transaction() as connection:
            try:
                await connection.execute(self._queries["await_batches"])
            except errors.LockNotAvailable:
                return 0
        # Without locks: each is looked for in every day that is kept.
        async with self._database.transaction() as connection:
            found = await (await connection.execute(self._queries["doubted"], {"limit": _PAGE})).fetchall()
        text_ids = [text_id for text_id, _ in found]
        async with self._database.transaction() as connection:
            await connection.execute(self._queries["believe"], {"text_ids": [one for one, used in found if used]})
            await connection.execute(self._queries["forget"], {"text_ids": text_ids})
        return len(text_ids)
