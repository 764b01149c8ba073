"""Purging in PostgreSQL: some rows a transaction, under the locks that batches take."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timezone
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.reading import highest, lowest
from query_lineage_tracker.adapters.postgres.steps import Steps
from query_lineage_tracker.domain.access import Actor
from query_lineage_tracker.domain.purge import Purged, PurgeScope


class PostgresPurge:
    """`services.purge.PurgeStore` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = {**database.queries("save"), **database.queries("purge")}

    async def count(self, scope: PurgeScope) -> Purged:
        """What would leave now."""
        async with self._database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self._queries["count"], _parameters(scope))
            (row,) = await cursor.fetchall()
        return Purged(**row)

    async def begin_purge(self, scope: PurgeScope, actor: Actor) -> int:
        """Record who purges what."""
        subject = {name: str(value) for name, value in asdict(scope).items() if value is not None}
        named = {"actor": actor.name, "origin": actor.origin, "subject": Jsonb(subject)}
        async with self._database.transaction() as connection:
            (record,) = await (await connection.execute(self._queries["begin"], named)).fetchone() or (0,)
        return int(record)

    async def purging(
        self, scope: PurgeScope, record: int, sinks: Sequence[str], limit: int
    ) -> AsyncGenerator[Purged, None]:
        """What each transaction purged. Rows are looked for without locks, and taken under those that batches take."""
        async with self._database.transaction() as connection:
            clusters = await (await connection.execute(self._queries["clusters"])).fetchall()
        for cluster, namespace in clusters:
            named = {**_parameters(scope), "cluster": cluster, "namespace": namespace, "limit": limit, "record": record}
            named["sinks"] = list(sinks)
            after = ""
            while found := await self._found("find", {**named, "after": after}):
                yield await self._take(
                    _take_executions, {**named, "found": found, "first": found[0], "last": found[-1]}
                )
                after = found[-1]
            while found := await self._found("find_counters", named):
                yield await self._take(_take_counters, {**named, "found": found})
            yield await self._take(_take_others, named)

    async def _found(self, query: str, named: Mapping[str, Any]) -> list[Any]:
        async with self._database.transaction() as connection:
            return [key async for (key,) in await connection.execute(self._queries[query], named)]

    async def _take(self, take: Callable[[Steps], Awaitable[Purged]], named: Mapping[str, Any]) -> Purged:
        async with self._database.transaction() as connection:
            steps = Steps(connection, self._queries, named)
            await steps.run("lock")
            await steps.run("lock_namespace")
            await steps.script("create_batch_tables")
            await steps.script("create_table")
            purged = await take(steps)
            await steps.run("add_to_record", affected=purged.chosen)
        return purged


async def _take_executions(steps: Steps) -> Purged:
    executions = await steps.run("take")
    claims = await steps.run("take_claims")
    return await _derived(steps, Purged(executions=executions, claims=claims))


async def _take_counters(steps: Steps) -> Purged:
    return await _derived(steps, Purged(counters=await steps.run("take_counters")))


async def _take_others(steps: Steps) -> Purged:
    claims = await steps.run("take_claims_of_days")
    return Purged(claims=claims, quarantined=await steps.run("take_quarantined"))


async def _derived(steps: Steps, taken: Purged) -> Purged:
    """Derive again what stood on the rows, as a batch does; with what nothing stands on any more."""
    await steps.run("find_days")
    await steps.run("rebuild_edges_of_recounted")
    await steps.script("clear_days")
    await steps.run("recount_days")
    await steps.run("store_recounted_days")
    await steps.run("forget_sums")
    empty = [statement_id for (statement_id,) in await steps.fetch("empty_statements")]
    await steps.run("note_texts", statement_ids=empty)
    await steps.run("forget_results", statement_ids=empty)
    await steps.run("rebuild_edges")
    await steps.run("rebuild_column_edges")
    await steps.run("tell_statements", replaced=[])
    await steps.run("enqueue")
    await steps.run("replace_texts")
    await steps.run("forget_calls")
    await steps.run("forget_sent", entities=[str(statement_id) for statement_id in empty])
    return replace(taken, statements=len(empty), texts=await steps.run("forget_texts"))


def _parameters(scope: PurgeScope) -> Mapping[str, Any]:
    bounds = {"lowest": lowest(_midnight(scope.since)), "highest": highest(_midnight(scope.until))}
    return {**asdict(scope), **bounds}


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
