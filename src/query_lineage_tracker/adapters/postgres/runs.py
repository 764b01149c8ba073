"""The last runs of statements, in PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.domain.outbox import ObjectFacts, QueryFacts
from query_lineage_tracker.domain.statement_run import KnownColumn, StatementFlow, StatementRun


class PostgresStatementRuns:
    """What the OpenLineage sink asks, over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("runs")

    async def run_of(self, facts: QueryFacts) -> StatementRun:
        """The last run of the statement; raises StoreUnreachable."""
        named = {"statement_id": UUID(facts.statement_id), "last_seen": facts.last_seen}
        async with self._database.transaction() as connection:
            last = await (await connection.execute(self._queries["last_run"], named)).fetchone()
            flows = await (await connection.execute(self._queries["flows"], named)).fetchall()
            columns = await (await connection.execute(self._queries["columns"], named)).fetchall()
        query_id, tool, job = last or (None, None, None)
        return StatementRun(query_id, tool, job, tuple(map(_flow, flows)), _columns(columns))


def _flow(row: tuple[Any, ...]) -> StatementFlow:
    return StatementFlow(ObjectFacts(*row[:5]), row[5], ObjectFacts(*row[6:11]), *row[11:])


def _columns(rows: Sequence[tuple[Any, ...]]) -> dict[ObjectFacts, tuple[KnownColumn, ...]]:
    known: dict[ObjectFacts, list[KnownColumn]] = defaultdict(list)
    for *name, column, kind in rows:
        known[ObjectFacts(*name)].append(KnownColumn(column, kind))
    return {facts: tuple(columns) for facts, columns in known.items()}
