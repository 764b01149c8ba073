"""Remembers in the outbox what is about to be sent and must not be sent twice."""

from __future__ import annotations

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.domain.outbox import Claim


class PostgresAnnouncements:
    """`ports.Announcements` over a database that is open; each is committed before anything is sent."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("announcements")

    async def announce(self, claim: Claim) -> bool:
        """Remember it before it is sent; False when it was announced before, or is ours to deliver no longer."""
        return await self._changes("announce", claim) > 0

    async def retract(self, claim: Claim) -> None:
        """Forget it: surely nothing was done."""
        await self._changes("retract", claim)

    async def _changes(self, query: str, claim: Claim) -> int:
        named = {
            "sink": claim.sink,
            "kind": claim.kind.value,
            "entity": claim.entity,
            "lease_until": claim.lease_until,
        }
        async with self._database.transaction() as connection:
            return (await connection.execute(self._queries[query], named)).rowcount
