"""The texts of a batch have a transaction of their own, beside that of the batch."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest
from tests.batches import READ, UNCERTAIN, batch, execution

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.errors import LeaseLost
from query_lineage_tracker.ports import Lease

pytestmark = pytest.mark.anyio

SELECT = "select id from orders"
RESULTS = {SELECT: READ}
TEXTS = "SELECT text FROM omd.query_texts"
HISTORY = "SELECT query_id FROM omd.trino_queries_history"


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.transaction() as connection:
        return await (await connection.execute(cast("Any", query))).fetchall()


async def test_the_texts_of_a_batch_that_failed_are_no_hindrance_to_its_next_attempt(database: Database) -> None:
    store = PostgresStore(database)
    broken = replace(execution(1, SELECT), capture=cast("Any", UNCERTAIN))
    with pytest.raises(Exception, match="capture"):
        await store.save(batch([broken], RESULTS), None)
    assert await rows(database, HISTORY) == []
    assert (await store.save(batch([execution(1, SELECT)], RESULTS), None)).inserted == 1
    assert await rows(database, TEXTS) == [(SELECT,)]


async def test_a_batch_whose_texts_cannot_be_stored_is_rolled_back(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("ALTER TABLE omd.query_texts ADD CONSTRAINT no_text CHECK (false)")
    with pytest.raises(Exception, match="no_text"):
        await PostgresStore(database).save(batch([execution(1, SELECT)], RESULTS), None)
    assert await rows(database, HISTORY) == []


async def test_a_stale_holder_stores_no_texts(database: Database) -> None:
    with pytest.raises(LeaseLost):
        await PostgresStore(database).save(batch([execution(1, SELECT)], RESULTS), Lease("trino", "one", 1))
    assert await rows(database, TEXTS) == []


async def test_as_many_clusters_as_there_are_connections_do_not_wait_for_each_other(dsn: str) -> None:
    async with Database(dsn, pool_size=2) as database:
        store = PostgresStore(database)
        batches = [batch([execution(1, SELECT)], RESULTS, cluster=f"trino-{number}") for number in range(6)]
        saved = await asyncio.wait_for(asyncio.gather(*(store.save(one, None) for one in batches)), 10)
    assert [one.inserted for one in saved] == [1] * 6


async def test_texts_that_stay_locked_fail_the_batch_and_not_the_tracker(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL cannot see that the batch waits for its texts."""
    monkeypatch.setattr("query_lineage_tracker.adapters.postgres.database._SIDE_LOCK_TIMEOUT", "50ms")
    async with database.transaction() as other:
        await other.execute("LOCK TABLE omd.query_texts IN SHARE MODE")
        with pytest.raises(Exception, match="lock timeout"):
            await PostgresStore(database).save(batch([execution(1, SELECT)], RESULTS), None)
    assert await rows(database, HISTORY) == []
