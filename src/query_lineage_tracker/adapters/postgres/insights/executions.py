"""The last executions of statements, which tell through what they were sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.reading import Row, Rows, highest, lowest

Asked = tuple[UUID, "str | None", datetime]
"""A statement, a user (None: any), and the moment of the last execution."""


class LastExecutions:
    """Reads over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._rows = Rows(database, "executions")

    async def of(self, asked: Sequence[Asked]) -> Mapping[int, Row]:
        """The executions by their places; those that retention dropped are absent."""
        if not asked:
            return {}
        firsts = [lowest(moment) for _, _, moment in asked]
        lasts = [highest(moment) for _, _, moment in asked]
        found = await self._rows.named(
            "last_executions",
            statement_ids=[statement for statement, _, _ in asked],
            users=[user for _, user, _ in asked],
            firsts=firsts,
            lasts=lasts,
            lowest=min(firsts),
            highest=max(lasts),
        )
        return {row["place"] - 1: row for row in found}

    async def texts(self, text_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """The texts by their identities."""
        return {row["text_id"]: row["text"] for row in await self._rows.named("texts", text_ids=list(text_ids))}
