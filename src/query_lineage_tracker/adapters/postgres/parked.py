"""Messages that wait for a catalog to know their objects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from query_lineage_tracker.adapters.postgres.batch_rows import columns_of
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.domain.outbox import ObjectFacts
from query_lineage_tracker.ports.delivery import ParkedMessage


class PostgresParked:
    """`ports.ParkedMessages` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("parked")

    async def parked(self, sink: str, after: tuple[str, str], limit: int) -> Sequence[ParkedMessage]:
        """The next parked messages after (kind, entity) that nobody holds, with their objects."""
        named = {"sink": sink, "kind": after[0], "entity": after[1], "limit": limit}
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(self._queries["parked"], named)).fetchall()
        by_message = groupby(rows, key=lambda row: (str(row[0]), str(row[1])))
        return [ParkedMessage(key, tuple(ObjectFacts(*row[2:]) for row in those)) for key, those in by_message]

    async def make_due(self, sink: str, keys: Sequence[tuple[str, str]]) -> int:
        """Make those due at once that are still parked and in nobody's hands; how many these are."""
        kinds, entities = columns_of(keys, 2)
        named = {"sink": sink, "kinds": kinds, "entities": entities}
        async with self._database.transaction() as connection:
            return (await connection.execute(self._queries["make_due"], named)).rowcount
