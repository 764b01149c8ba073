"""Sums of days: an overview says the same with and without them, whatever became known after a day was summed."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest
from tests.batches import LINES, ORDERS, READ, analyzed, batch, execution, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.day_sums import DaySums
from query_lineage_tracker.adapters.postgres.purge import PostgresPurge
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.bootstrap import insights_of
from query_lineage_tracker.domain.access import Actor
from query_lineage_tracker.domain.history import State, Teller
from query_lineage_tracker.domain.insights.health import Count, DayTotal, Overview
from query_lineage_tracker.domain.purge import PurgeScope
from query_lineage_tracker.services.purge import purge

pytestmark = pytest.mark.anyio

DERIVED = Path(__file__).with_name("derived.sql").read_text()
TODAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
YESTERDAY, LAST_WEEK = TODAY - timedelta(days=1), TODAY - timedelta(days=7)
READS, LOAD = "select id from orders", "insert into revenue select amount from orders"
RESULTS = {READS: READ, LOAD: write(ORDERS)}


@pytest.fixture
async def stored(database: Database) -> Database:
    """Last week bob reads twice; yesterday alice reads, bob loads, and a load of alice's fails; today alice reads."""
    executions = [
        execution(1, READS, created=LAST_WEEK, user="bob"),
        execution(2, READS, created=LAST_WEEK, user="bob"),
        execution(3, READS, created=YESTERDAY),
        execution(4, LOAD, RESULTS[LOAD], created=YESTERDAY, user="bob"),
        execution(5, LOAD, RESULTS[LOAD], created=YESTERDAY, state=State.FAILED),
        execution(6, READS, created=TODAY),
    ]
    await PostgresStore(database).save(batch(executions, RESULTS), None)
    return database


async def overview(database: Database) -> tuple[Any, ...]:
    found: Overview = await insights_of(database).health.overview(LAST_WEEK.date(), 10)
    return found.totals, found.users, found.tables


async def summed(database: Database) -> list[date]:
    return [day for (day,) in await rows(database, "SELECT day FROM omd.day_sums ORDER BY day")]


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.transaction() as connection:
        return await (await connection.execute(cast("Any", query))).fetchall()


async def sum_up(database: Database) -> list[date]:
    """All days that want it, in the order in which they were summed."""
    made = []
    while day := await DaySums(database).make_next():
        made.append(day)
    assert await rows(database, DERIVED) == []
    return made


async def test_days_that_are_over_are_summed_and_the_overview_stays_what_it_was(stored: Database) -> None:
    counted = await overview(stored)
    assert counted == (
        (DayTotal(LAST_WEEK.date(), 2, 0), DayTotal(YESTERDAY.date(), 3, 1), DayTotal(TODAY.date(), 1, 0)),
        (Count("alice", 3), Count("bob", 3)),
        (Count("lake.sales.orders", 6), Count("lake.mart.revenue", 2)),
    )
    assert await sum_up(stored) == [YESTERDAY.date(), LAST_WEEK.date()]
    assert await overview(stored) == counted
    assert await sum_up(stored) == []


async def test_what_comes_late_counts_at_once_and_other_days_keep_their_sums(stored: Database) -> None:
    await sum_up(stored)
    await PostgresStore(stored).save(batch([execution(7, READS, created=YESTERDAY)], RESULTS), None)
    assert await summed(stored) == [LAST_WEEK.date()]
    totals, users, _ = await overview(stored)
    assert (totals[1], users[0]) == (DayTotal(YESTERDAY.date(), 4, 1), Count("alice", 4))
    assert await sum_up(stored) == [YESTERDAY.date()]


async def test_what_a_better_teller_says_is_summed_anew(stored: Database) -> None:
    await sum_up(stored)
    told = execution(3, READS, created=YESTERDAY, user="carol", told_by=Teller.EVENT)
    await PostgresStore(stored).save(batch([told], RESULTS), None)
    assert (await overview(stored))[1] == (Count("bob", 3), Count("alice", 2), Count("carol", 1))
    assert await sum_up(stored) == [YESTERDAY.date()]


async def test_a_statement_that_turns_out_to_use_other_tables_is_summed_anew(stored: Database) -> None:
    await sum_up(stored)
    same = batch(statements=(analyzed(READS, READ, "test 2"), analyzed(LOAD, write(ORDERS, column="price"), "test 2")))
    await PostgresStore(stored).save(same, None)
    assert await summed(stored) == [LAST_WEEK.date(), YESTERDAY.date()]
    await PostgresStore(stored).save(batch(statements=(analyzed(LOAD, write(LINES), "test 3"),)), None)
    assert await summed(stored) == [LAST_WEEK.date()]
    assert Count("lake.sales.lines", 2) in (await overview(stored))[2]
    assert await sum_up(stored) == [YESTERDAY.date()]


async def test_what_is_purged_leaves_the_sums(stored: Database) -> None:
    await sum_up(stored)
    await purge(PostgresPurge(stored), PurgeScope(user="bob"), Actor("root", "COMMAND"), (), asyncio.Event())
    assert await summed(stored) == []
    assert (await overview(stored))[1] == (Count("alice", 3),)
    assert await sum_up(stored) == [YESTERDAY.date()]


@pytest.mark.parametrize("written", ["statement_days", "statement_objects"])
async def test_nothing_is_summed_while_somebody_counts(stored: Database, written: str) -> None:
    async with stored.transaction() as counting:
        await counting.execute(cast("Any", f"DELETE FROM omd.{written} WHERE false"))
        assert await DaySums(stored).make_next() is None
    assert await sum_up(stored) == [YESTERDAY.date(), LAST_WEEK.date()]
