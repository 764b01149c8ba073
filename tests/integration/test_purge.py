"""Purging: what a user or a day left behind is gone, what others did stays, and all that is derived agrees with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from tests.batches import LINES, NOON, ORDERS, READ, REVENUE, batch, execution, statement_of, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.purge import PostgresPurge
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.access import Actor
from query_lineage_tracker.domain.history import State
from query_lineage_tracker.domain.purge import Purged, PurgeScope
from query_lineage_tracker.errors import StatementsPurged
from query_lineage_tracker.services.identity import text_id
from query_lineage_tracker.services.purge import purge

pytestmark = pytest.mark.anyio

DERIVED = Path(__file__).with_name("derived.sql").read_text()
ALICE = Actor("root", "COMMAND")
READS, OTHER = "select id from orders", "select id from lines"
LOAD, COPY = "insert into revenue select amount from orders", "insert into revenue select amount from lines"
RESULTS = {READS: READ, OTHER: READ, LOAD: write(ORDERS), COPY: write(LINES)}
USERS = ((1, "alice"), (2, "bob"))
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
async def stored(database: Database) -> AsyncIterator[Database]:
    """Bob loads revenue from orders, alice from lines; both read; alice again the day after, and once as bob."""
    executions = [
        execution(1, LOAD, RESULTS[LOAD], user="bob"),
        execution(2, COPY, RESULTS[COPY]),
        execution(3, READS, user="bob"),
        execution(4, READS),
        execution(5, OTHER, user="bob"),
        execution(6, READS, created=TOMORROW),
        execution(7, READS, original_user="bob"),
        execution(8, OTHER, user="bob", state=State.RUNNING),
    ]
    await PostgresStore(database).save(batch(executions, RESULTS), None)
    yield database
    assert await rows(database, DERIVED) == []


async def rows(database: Database, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    async with database.transaction() as connection:
        return await (await connection.execute(cast("Any", query), parameters or None)).fetchall()


async def purged(database: Database, scope: PurgeScope) -> Purged:
    counted = await PostgresPurge(database).count(scope)
    total, complete = await purge(PostgresPurge(database), scope, ALICE, ("file",), asyncio.Event())
    assert complete
    assert (counted.chosen, counted.statements, counted.texts) == (total.chosen, total.statements, total.texts)
    return total


async def edges(database: Database) -> list[str]:
    query = """SELECT name FROM omd.edges JOIN omd.trino_query_objects ON object_id = upstream_id ORDER BY 1"""
    return [name for (name,) in await rows(database, query)]


async def test_what_a_user_did_is_gone_and_what_others_did_stays(stored: Database) -> None:
    assert await edges(stored) == ["lines", "orders"]
    assert await purged(stored, PurgeScope(user="bob")) == Purged(executions=4, statements=1, texts=1)
    assert await edges(stored) == ["lines"]
    left = await rows(
        stored, "SELECT user_name, original_user, capture FROM omd.trino_queries_history ORDER BY query_id"
    )
    assert left == [("alice", None, "COMPLETE")] * 2 + [("bob", None, "OPEN"), ("alice", None, "COMPLETE")]
    assert await rows(stored, "SELECT DISTINCT user_name FROM omd.statement_days") == [("alice",)]
    texts = {text for (text,) in await rows(stored, "SELECT text FROM omd.query_texts")}
    assert texts == {READS, OTHER, COPY}  # the open query still has its text
    told = await rows(stored, "SELECT generation FROM omd.outbox WHERE kind = 'LINEAGE' ORDER BY generation")
    assert told == [(1,), (2,)]
    assert await purged(stored, PurgeScope(user="bob")) == Purged()


async def test_a_day_leaves_with_its_counters_for_everybody(stored: Database) -> None:
    scope = PurgeScope(since=NOON.date(), until=TOMORROW.date())
    assert (await purged(stored, scope)).executions == 6
    assert await edges(stored) == []
    assert await rows(stored, "SELECT day, executions FROM omd.statement_days") == [(TOMORROW.date(), 1)]


async def test_a_user_leaves_one_day_only(stored: Database) -> None:
    assert (await purged(stored, PurgeScope(user="alice", since=TOMORROW.date()))).executions == 1
    assert len(await rows(stored, "SELECT FROM omd.statement_days WHERE user_name = 'alice'")) == 2


async def test_counters_of_days_that_retention_dropped_leave_too(database: Database) -> None:
    await PostgresStore(database).save(batch([execution(1, LOAD, RESULTS[LOAD], user="bob")], RESULTS), None)
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO omd.dropped_days (day) VALUES (%s)", (NOON.date(),))
        await connection.execute("TRUNCATE omd.trino_queries_history")
    assert await purged(database, PurgeScope(user="bob")) == Purged(counters=1, statements=1, texts=1)
    assert await edges(database) == []
    assert await rows(database, "SELECT FROM omd.statement_days") == []


async def test_a_text_that_stands_for_what_others_execute_too_is_replaced_by_one_of_theirs(database: Database) -> None:
    mine, theirs = execution(1, LOAD, RESULTS[LOAD], user="bob"), execution(2, LOAD, RESULTS[LOAD])
    await PostgresStore(database).save(batch([mine], {LOAD: RESULTS[LOAD]}), None)
    other = "insert into revenue select amount from orders -- mine"
    await PostgresStore(database).save(batch([theirs]), None)
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO omd.query_texts (text_id, text) SELECT md5(%s)::uuid, %s", (other, other))
        await connection.execute(
            "UPDATE omd.trino_queries_history SET text_id = md5(%s)::uuid WHERE user_name = 'alice'", (other,)
        )
    assert (await purged(database, PurgeScope(user="bob"))).texts == 1
    assert await rows(database, "SELECT text FROM omd.statements JOIN omd.query_texts USING (text_id)") == [(other,)]
    assert await edges(database) == ["orders"]


async def test_a_prepared_text_leaves_with_its_last_execution(database: Database) -> None:
    runs = [replace(execution(n, f"execute p{n}", user=user), prepared_text_id=text_id(READS)) for n, user in USERS]
    runs = [replace(one, statement_id=statement_of(READS)) for one in runs]
    texts = {text_id(sql): sql for sql in (READS, *(one.query.text for one in runs))}
    await PostgresStore(database).save(batch(runs, {READS: READ}, texts=texts), None)
    assert (await purged(database, PurgeScope(user="bob"))).texts == 1
    assert await purged(database, PurgeScope(user="alice")) == Purged(executions=1, statements=1, texts=2)
    assert await rows(database, "SELECT FROM omd.query_texts") == []


async def test_what_was_sent_of_a_statement_and_its_texts_leaves_with_it(stored: Database) -> None:
    async with stored.transaction() as connection:
        for statement in (LOAD, COPY):
            for kind, entity in (("QUERY", str(statement_of(statement))), ("TEXT", f"{statement_of(statement)}:t")):
                await connection.execute(
                    "INSERT INTO omd.sent (sink, kind, entity, payload) VALUES ('file', %s, %s, '{}')", [kind, entity]
                )
                await connection.execute(
                    "INSERT INTO omd.delivery_calls (sink, kind, entity, generation, attempt, called_at, method, path, "
                    "body_digest, body_bytes, body, answer, duration_ms) "
                    "VALUES ('file', %s, %s, 1, 1, now(), 'POST', '/', '', 0, '', '', 1)",
                    [kind, entity],
                )
    await purged(stored, PurgeScope(user="bob"))
    left = [("QUERY", str(statement_of(COPY))), ("TEXT", f"{statement_of(COPY)}:t")]
    for table in ("sent", "delivery_calls"):
        assert await rows(stored, f"SELECT kind, entity FROM omd.{table} ORDER BY kind") == left


async def test_it_is_stopped_and_gone_on_with_and_each_part_is_on_record(stored: Database) -> None:
    store, scope = PostgresPurge(stored), PurgeScope(user="alice")
    record = await store.begin_purge(scope, ALICE)
    async with aclosing(store.purging(scope, record, ("file",), 2)) as parts:
        assert (await anext(parts)).executions == 2
    assert await rows(stored, DERIVED) == []
    assert (await purged(stored, scope)).executions == 2
    stopped = asyncio.Event()
    stopped.set()
    assert (await purge(store, PurgeScope(user="bob"), ALICE, ("file",), stopped))[1] is False
    (_, last, first) = await PostgresReads(stored).operations.actions(10)
    assert (first["affected"], last["affected"]) == (2, 2)
    assert (last["action"], last["actor"], last["subject"]) == ("PURGE", "root", {"user": "alice"})


async def test_the_name_of_the_target_is_still_known(stored: Database) -> None:
    await purged(stored, PurgeScope(user="bob"))
    query = "SELECT count(*) FROM omd.trino_query_objects WHERE name = %s"
    assert await rows(stored, query, REVENUE.name) == [(1,)]


async def test_a_batch_that_was_analyzed_before_its_statement_was_purged_is_taken_again(stored: Database) -> None:
    late = execution(9, LOAD, RESULTS[LOAD], user="bob")
    await purged(stored, PurgeScope(user="bob"))
    with pytest.raises(StatementsPurged):
        await PostgresStore(stored).save(batch([late]), None)
    assert (await PostgresStore(stored).save(batch([late], {LOAD: RESULTS[LOAD]}), None)).inserted == 1
    assert await edges(stored) == ["lines", "orders"]
