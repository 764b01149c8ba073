"""What PostgreSQL does to a transaction, in our words."""

from __future__ import annotations

import asyncio

import pytest
from psycopg.conninfo import make_conninfo

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.errors import StoreBusy, StoreUnreachable

pytestmark = pytest.mark.anyio


async def test_a_deadlock_is_a_reason_to_try_again(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("CREATE TABLE pair (id int PRIMARY KEY)")
        await connection.execute("INSERT INTO pair VALUES (1), (2)")
    locked = {1: asyncio.Event(), 2: asyncio.Event()}

    async def lock(first: int, second: int) -> None:
        async with database.transaction() as connection:
            await connection.execute("SELECT FROM pair WHERE id = %s FOR UPDATE", (first,))
            locked[first].set()
            await locked[second].wait()
            await connection.execute("SELECT FROM pair WHERE id = %s FOR UPDATE", (second,))

    ended = await asyncio.gather(lock(1, 2), lock(2, 1), return_exceptions=True)
    (problem,) = [one for one in ended if one is not None]
    assert isinstance(problem, StoreBusy)
    assert "deadlock detected" in str(problem)


async def test_a_server_that_only_reads_is_away(database: Database) -> None:
    with pytest.raises(StoreUnreachable, match="read-only transaction"):
        async with database.transaction() as connection:
            await connection.execute("SET TRANSACTION READ ONLY")
            await connection.execute("DELETE FROM omd.runs")


async def test_a_server_that_vanishes_is_noticed_unless_the_dsn_is_more_patient(dsn: str) -> None:
    async with Database(make_conninfo(dsn, keepalives_idle=900)) as database, database.transaction() as connection:
        told = connection.info.get_parameters()
    assert (told["keepalives_idle"], told["tcp_user_timeout"]) == ("900", "60000")
