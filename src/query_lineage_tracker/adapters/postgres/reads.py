"""What the command line shows, row by row; the columns are those of sql/reads.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from query_lineage_tracker.adapters.postgres.accounts import PostgresAccounts
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.operating import PostgresOperations
from query_lineage_tracker.adapters.postgres.outbox_reads import OutboxReads
from query_lineage_tracker.domain.filters import MessageFilter, QueryFilter
from query_lineage_tracker.lineage.result import ObjectName, StatementKind

Row = Mapping[str, Any]

_OBJECTS = frozenset({"object", "upstream", "downstream"})
_DAY = "%Y%m%d"
# The id is given when a query arrives, its creation noted a little later: at midnight the days may differ.
_MARGIN = timedelta(days=1)


class PostgresReads:
    """Reads over a database that is open, what operators change, and the mark of what was replayed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("reads")
        self.accounts = PostgresAccounts(database)
        self.outbox = OutboxReads(database)
        self.operations = PostgresOperations(database)

    async def status(self, failures_since: datetime) -> Mapping[str, list[Row]]:
        """How far we are, section by section."""
        return {
            "clusters": await self.clusters(),
            "sources": await self.sources(),
            "outbox": await self.outbox_states(),
            "failures": await self.failures(failures_since),
            "not_parsed": await self.not_parsed(),
            "quarantine": await self.quarantined(),
        }

    async def clusters(self) -> list[Row]:
        """Each cluster with who holds its lease and how many queries are open."""
        return await self._rows("clusters")

    async def sources(self) -> list[Row]:
        """Each source of each cluster: watermark, lag, last run, and what it brought."""
        return await self._rows("sources")

    async def totals(self) -> Row:
        """How many queries, statements, objects, edges and column edges are stored."""
        return (await self._rows("totals"))[0]

    async def outbox_states(self) -> list[Row]:
        """Messages by sink, kind and state, with the reason why a sink is halted."""
        return await self._rows("outbox_states")

    async def failures(self, since: datetime | None = None) -> list[Row]:
        """Failed queries by Trino's error code, the most frequent first."""
        return await self._rows("failures", since=since, lowest=_lowest(since))

    async def not_parsed(self, limit: int = 1000) -> list[Row]:
        """Statements that could not be parsed, by reason, the most frequent first."""
        return await self._rows("not_parsed", limit=limit)

    async def quarantined(self) -> list[Row]:
        """Rows in quarantine by source: waiting and replayed."""
        return await self._rows("quarantined")

    async def id_holes(
        self, cluster: str, since: datetime | None = None, until: datetime | None = None, limit: int = 1000
    ) -> list[Row]:
        """Numbers of query ids that are missing, by UTC day and coordinator, the newest first.

        A hint, no proof: an id may have been given to a query that was never dispatched. `after` and `before` are the
        ids around the hole; `after` is empty for what is missing before the first query of the day.
        """
        bounds = {"lowest": since and f"{since.astimezone(timezone.utc):{_DAY}}", "highest": _highest(until)}
        return await self._rows("id_holes", cluster=cluster, limit=limit, **bounds)

    async def queries(self, wanted: QueryFilter, limit: int = 50) -> list[Row]:
        """Executed queries, the newest first."""
        pattern = None if wanted.text is None else f"%{_escaped(wanted.text)}%"
        named = {**asdict(wanted), "text": pattern, "table": wanted.table and wanted.table.lower()}
        return await self._rows(
            "queries", **named, limit=limit, lowest=_lowest(wanted.since), highest=_highest(wanted.until)
        )

    async def query(self, query_id: str, cluster: str | None = None) -> list[Row]:
        """The executed query of that id, in each cluster that has one."""
        return [await self._guessed(row) for row in await self._rows("query", query_id=query_id, cluster=cluster)]

    async def lineage_of_statement(self, statement_id: UUID) -> Mapping[str, list[Row]]:
        """What a statement uses and makes: `objects`, `edges`, `column_edges`, `unresolved_names`."""
        kinds = ("objects", "edges", "column_edges", "unresolved_names")
        return {kind: await self._rows(f"{kind}_of_statement", statement_id=statement_id) for kind in kinds}

    async def messages(self, wanted: MessageFilter, limit: int = 50) -> list[Row]:
        """Messages of the outbox, the last changed first."""
        return await self._rows("messages", **_parameters(wanted), limit=limit)

    async def quarantine(self, cluster: str | None = None, *, replayed: bool = False, limit: int = 50) -> list[Row]:
        """Rows in quarantine, the oldest first; those that were replayed only on demand."""
        return await self._rows("quarantine", cluster=cluster, replayed=replayed, limit=limit)

    async def quarantined_row(self, row_id: int) -> Row | None:
        """One row in quarantine with its payload."""
        return next(iter(await self._rows("quarantined_row", id=row_id)), None)

    async def to_replay(self, cluster: str, row_ids: Sequence[int] | None = None) -> list[Row]:
        """Rows of the cluster that wait, with their payloads: those of the ids, or all."""
        return await self._rows("to_replay", cluster=cluster, ids=None if row_ids is None else list(row_ids))

    async def mark_replayed(self, row_ids: Sequence[int]) -> int:
        """Remember that the rows were ingested after all."""
        return await self._change("mark_replayed", ids=list(row_ids))

    async def _guessed(self, query: Row) -> Row:
        """The query with the guess of what it ran, if it is an EXECUTE whose text nobody told."""
        if query["kind"] != StatementKind.EXECUTE or query["prepared_text"] is not None:
            return {**query, "prepared_guess": None}
        found = await self._rows("prepared_guess", cluster=query["cluster"], query_id=query["query_id"])
        return {**query, "prepared_guess": found[0]["text"] if found else None}

    async def _rows(self, query: str, **parameters: object) -> list[Row]:
        async with self._database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self._queries[query], parameters)
            return [_named(row) for row in await cursor.fetchall()]

    async def _change(self, query: str, **parameters: object) -> int:
        async with self._database.transaction() as connection:
            return (await connection.execute(self._queries[query], parameters)).rowcount


def _named(row: dict[str, Any]) -> Row:
    """The row with its objects by their names."""
    for key in _OBJECTS & row.keys():
        row[key] = str(ObjectName(*row[key]))
    return row


def _parameters(wanted: MessageFilter) -> dict[str, object]:
    return {**asdict(wanted), "states": None if wanted.states is None else list(wanted.states)}


def _lowest(since: datetime | None) -> str | None:
    """Where the ids of queries begin that were created then or later, so that older partitions are left alone."""
    return None if since is None else (since.astimezone(timezone.utc) - _MARGIN).strftime(_DAY)


def _highest(until: datetime | None) -> str | None:
    return None if until is None else (until.astimezone(timezone.utc) + 2 * _MARGIN).strftime(_DAY)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
