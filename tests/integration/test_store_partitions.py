"""Days of the history: created, dropped, and what survives."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any, cast

import psycopg
import pytest
from tests.batches import NOON, ORDERS, READ, REST_SESSION, analyzed, batch, execution, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.partitions import Partitions
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.services.identity import text_id

pytestmark = pytest.mark.anyio

INSERT = "insert into revenue select amount from orders"
RESULTS = {INSERT: write(ORDERS), "select 1": READ}
YEAR_AGO = NOON - timedelta(days=365)


@pytest.fixture
def partitions(database: Database) -> Partitions:
    return Partitions(database)


async def fetch(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.transaction() as connection:
        return await (await connection.execute(cast("Any", query))).fetchall()


async def days(database: Database) -> list[str]:
    found = await fetch(
        database,
        "SELECT right(inhrelid::regclass::text, 8) FROM pg_inherits JOIN pg_class ON oid = inhparent"
        " WHERE relkind = 'p' ORDER BY 1",
    )
    return [day for (day,) in found]


async def test_days_are_created_ahead_once(partitions: Partitions, database: Database) -> None:
    today = datetime.now(timezone.utc).date()
    created = await partitions.create(2)
    assert set(created) >= {today, today + timedelta(days=1), today + timedelta(days=2)}
    assert await partitions.create(2) == []
    assert await Partitions(database).create(2) == []


async def test_many_that_need_the_same_day_at_once_create_it_once(database: Database) -> None:
    created = await asyncio.gather(*(Partitions(database).ensure(["20261013", "20261014"]) for _ in range(4)))
    assert sorted(day for part in created for day in part) == ["20261013", "20261014"]


async def test_a_day_is_created_while_others_read_and_write_the_history(
    partitions: Partitions, database: Database
) -> None:
    await PostgresStore(database).save(batch([execution(1, "select 1")], RESULTS), None)
    async with database.transaction() as writer:
        await writer.execute("UPDATE omd.trino_queries_history SET source = 'x'")
        assert await asyncio.wait_for(partitions.ensure(["20270101"]), 10) == ["20270101"]


async def test_dropping_a_day_keeps_counters_statements_and_edges(partitions: Partitions, database: Database) -> None:
    store = PostgresStore(database)
    old = execution(1, INSERT, write(ORDERS), created=YEAR_AGO)
    await store.save(batch([old, execution(2, INSERT, write(ORDERS))], RESULTS), None)
    assert await partitions.drop(NOON.date()) == [YEAR_AGO.date()]
    assert await partitions.drop(NOON.date()) == []
    assert await days(database) == ["20261122"]
    kept = await fetch(
        database,
        "SELECT (SELECT count(*) FROM omd.trino_queries_history), (SELECT sum(executions) FROM omd.statement_days),"
        " (SELECT first_seen FROM omd.edges)",
    )
    assert kept == [(1, 2, YEAR_AGO)]


async def test_what_was_counted_before_its_day_was_dropped_is_not_counted_again(
    partitions: Partitions, database: Database
) -> None:
    store = PostgresStore(database)
    again = batch([execution(1, INSERT, write(ORDERS), created=YEAR_AGO)], RESULTS)
    await store.save(again, None)
    before = await fetch(database, "SELECT * FROM omd.statement_days")
    await partitions.drop(NOON.date())
    assert (await store.save(again, None)).inserted == 1
    learned = execution(1, INSERT, write(ORDERS), created=YEAR_AGO, session=REST_SESSION)
    statement = replace(analyzed(INSERT, write(ORDERS)), statement_id=learned.statement_id)
    assert (await store.save(batch([learned], statements=(statement,)), None)).advanced == 1
    assert await fetch(database, "SELECT * FROM omd.statement_days") == before


async def test_a_store_that_believes_in_a_dropped_day_creates_it_again(
    partitions: Partitions, database: Database
) -> None:
    store = PostgresStore(database)
    await store.save(batch([execution(1, "select 1", created=YEAR_AGO)], RESULTS), None)
    await partitions.drop(NOON.date())
    late = execution(2, "select 1", created=YEAR_AGO)
    assert (await store.save(batch([late]), None)).inserted == 1


async def test_dropping_waits_for_readers_and_nobody_waits_for_it(partitions: Partitions, database: Database) -> None:
    store = PostgresStore(database)
    await store.save(batch([execution(1, "select 1", created=YEAR_AGO)], RESULTS), None)
    async with database.transaction() as reader:
        await reader.execute("SELECT count(*) FROM omd.trino_queries_history")
        dropping = asyncio.create_task(partitions.drop(NOON.date()))
        await asyncio.sleep(0.3)
        assert not dropping.done()
        saved = await asyncio.wait_for(store.save(batch([execution(2, "select 1")]), None), 10)
        assert saved.inserted == 1
    assert await dropping == [YEAR_AGO.date()]


async def test_of_trackers_that_drop_at_once_one_does_and_nobody_fails(database: Database) -> None:
    first = NOON - timedelta(days=20)
    executions = [execution(number, "select 1", created=first + timedelta(days=number)) for number in range(10)]
    await PostgresStore(database).save(batch(executions, RESULTS), None)
    dropped = await asyncio.gather(*(Partitions(database).drop(NOON.date()) for _ in range(3)))
    assert sorted(map(len, dropped)) == [0, 0, 10]
    assert await days(database) == []


async def texts(database: Database) -> set[str]:
    return {text for (text,) in await fetch(database, "SELECT text FROM omd.query_texts")}


async def test_texts_leave_with_the_last_day_that_holds_them(partitions: Partitions, database: Database) -> None:
    """Of a statement one text stays, and what is executed in another day, also as a prepared text."""
    store = PostgresStore(database)
    first, second, third = (
        replace(execution(n, "select 1", created=YEAR_AGO), text_id=text_id(f"select {n}")) for n in (1, 2, 3)
    )
    told = {text_id(f"select {n}"): f"select {n}" for n in (1, 2, 3, 4)}
    later = replace(execution(4, "select 1"), text_id=text_id("select 4"), prepared_text_id=text_id("select 3"))
    await store.save(batch([first, second, third, later], RESULTS, texts=told), None)
    await partitions.drop(NOON.date())
    assert await texts(database) == {"select 1", "select 2", "select 3", "select 4"}
    assert (await partitions.forget_texts(), await partitions.forget_texts()) == (3, 0)
    assert await texts(database) == {"select 1", "select 3", "select 4"}


async def test_a_doubted_text_that_is_used_again_stays_and_a_forgotten_one_comes_back(
    partitions: Partitions, database: Database
) -> None:
    store = PostgresStore(database)
    once, again = {text_id("select 2"): "select 2"}, {text_id("select 2"): "select 2"}
    old = replace(execution(1, "select 1", created=YEAR_AGO), text_id=text_id("select 2"))
    await store.save(batch([old], RESULTS, texts=once), None)
    await partitions.drop(NOON.date())
    async with database.transaction() as saving:
        await saving.execute("INSERT INTO omd.clusters VALUES ('trino', 'trino') ON CONFLICT DO NOTHING")
        assert await partitions.forget_texts() == 0  # a batch is being saved
    await store.save(batch([replace(execution(2, "select 1"), text_id=text_id("select 2"))], texts=again), None)
    assert await partitions.forget_texts() == 0
    assert await texts(database) == {"select 2"}
    await partitions.drop((NOON + timedelta(days=1)).date())
    assert await partitions.forget_texts() == 1
    assert await texts(database) == set()
    await store.save(batch([replace(execution(3, "select 1"), text_id=text_id("select 2"))], texts=again), None)
    assert await texts(database) == {"select 2"}


async def test_passes_of_past_days_become_one_a_day_and_source_with_their_sums(
    partitions: Partitions, database: Database
) -> None:
    await fetch_nothing(
        database,
        "INSERT INTO omd.runs (cluster, source, started_at, ended_at, inserted, error)"
        " SELECT 'trino', source, moment, moment, 2, CASE WHEN moment::time > '22:00' THEN 'late' END"
        " FROM generate_series('2026-11-20 00:00Z'::timestamptz, '2026-11-21 23:00Z', '1 hour') AS moment,"
        " unnest('{trino,details}'::text[]) AS source",
    )
    sums = "SELECT source, count(*), sum(inserted)::int, max(ended_at), max(error) FROM omd.runs GROUP BY 1 ORDER BY 1"
    before = await fetch(database, sums)
    assert await partitions.fold_runs(date(2026, 11, 21)) == 2
    assert await partitions.fold_runs(date(2026, 11, 21)) == 0
    after = await fetch(database, sums)
    assert [(source, 48, *rest) for source, _, *rest in after] == before
    assert [count for _, count, *_ in after] == [25, 25]


async def test_our_own_queries_leave_with_their_day(partitions: Partitions, database: Database) -> None:
    store = PostgresStore(database)
    await store.save(batch([execution(1, "select 1")], RESULTS), None)
    old, new = execution(2, "select 1", created=YEAR_AGO).query.query_id, execution(3, "select 1").query.query_id
    for query_id in (old, new):
        await store.record_own_query("trino", query_id)
    await partitions.drop(NOON.date())
    assert await fetch(database, "SELECT query_id FROM omd.own_queries") == [(new,)]


@pytest.mark.parametrize("done", ["detaching", "detached"])
async def test_a_drop_that_was_interrupted_is_finished_by_the_next_one_or_undone_by_need(
    partitions: Partitions, database: Database, dsn: str, done: str
) -> None:
    """Killed in the middle: the partition is left half detached, or as a table of its own."""
    store = PostgresStore(database)
    old, older = (YEAR_AGO, YEAR_AGO - timedelta(days=1))
    executions = [execution(number, "select 1", created=day) for number, day in enumerate((old, older))]
    await store.save(batch(executions, RESULTS), None)
    await _leave_behind(database, dsn, f"{old:%Y%m%d}", done)
    assert (await PostgresStore(database).save(batch([execution(7, "select 1", created=old)]), None)).inserted == 1
    await _leave_behind(database, dsn, f"{old:%Y%m%d}", done)
    assert await partitions.drop(NOON.date()) == [older.date(), old.date()]
    assert await fetch(database, "SELECT relname FROM pg_class WHERE relname ~ 'history_p2025'") == []


async def _leave_behind(database: Database, dsn: str, day: str, done: str) -> None:
    detach = f"ALTER TABLE omd.trino_queries_history DETACH PARTITION omd.trino_queries_history_p{day}"
    if done == "detached":
        await fetch_nothing(database, detach)
        return
    async with database.transaction() as reader:
        await reader.execute("SELECT count(*) FROM omd.trino_queries_history")
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            await connection.execute("SET statement_timeout = '300ms'")
            with pytest.raises(psycopg.errors.QueryCanceled):
                await connection.execute(cast("Any", detach + " CONCURRENTLY"))


async def fetch_nothing(database: Database, statement: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(cast("Any", statement))
