"""Claims of other tools, who told of what, and what may be missing, in a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest
from tests.batches import NOON, ORDERS, READ, analyzed, batch, execution, statement_of, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.partitions import Partitions
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.capture import LostQuery, LostReason
from query_lineage_tracker.domain.claims import ClaimedColumn, ClaimedRun, Dataset
from query_lineage_tracker.domain.history import State, Teller
from query_lineage_tracker.lineage.engine import EngineAnswer, EngineTable

pytestmark = pytest.mark.anyio

SELECT = "select id from orders"
INSERT = "insert into revenue select amount from orders"
RESULTS = {SELECT: READ, INSERT: write(ORDERS)}
UPSTREAM = Dataset("trino://lake:8080", "lake.sales.orders")
DOWNSTREAM = Dataset("trino://lake:8080", "lake.mart.revenue")


@pytest.fixture
async def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


async def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    async with database.transaction() as connection:
        return await (await connection.execute(cast("Any", query))).fetchall()


def claim(event_type: str = "COMPLETE", query_id: str | None = None) -> ClaimedRun:
    """An event of a run that reads and writes a dataset each."""
    return ClaimedRun(
        run_id="run",
        job_namespace="airflow",
        job_name="daily.revenue",
        event_type=event_type,
        event_time=NOON + timedelta(minutes=event_type == "COMPLETE"),
        producer="https://airflow.example/",
        query_id=query_id,
        inputs=(UPSTREAM,),
        outputs=(DOWNSTREAM,),
        columns=(ClaimedColumn(DOWNSTREAM, "amount", UPSTREAM, "amount", "DIRECT/IDENTITY"),),
        sql="insert into revenue select amount from orders",
    )


async def test_a_claim_is_kept_once_and_joined_to_the_query_that_the_run_is(
    store: PostgresStore, database: Database
) -> None:
    write_ = execution(1, INSERT, write(ORDERS))
    claims = (claim("START"), claim("COMPLETE", write_.query.query_id))
    for _ in range(2):
        await store.save(batch(claims=claims), None)
    assert await rows(database, "SELECT count(*) FROM omd.claims") == [(2,)]
    edges = (
        "SELECT upstream_name, downstream_name, method, last_event_type, query_id, statement_id FROM omd.claimed_edges"
    )
    names = (UPSTREAM.name, DOWNSTREAM.name, "CLAIMED", "COMPLETE", write_.query.query_id)
    assert await rows(database, edges) == [(*names, None)]
    await store.save(batch([write_], RESULTS), None)
    assert await rows(database, edges) == [(*names, statement_of(INSERT))]
    columns = "SELECT DISTINCT upstream_column, downstream_column, transformation FROM omd.claimed_column_edges"
    assert await rows(database, columns) == [("amount", "amount", "DIRECT/IDENTITY")]


async def test_claims_and_rollbacks_are_kept_as_long_as_the_history(store: PostgresStore, database: Database) -> None:
    await store.save(batch([execution(1, SELECT)], RESULTS, claims=(claim(),), rolled_back=("tx",)), None)
    partitions = Partitions(database)
    await partitions.drop(NOON.date())
    assert await rows(database, "SELECT count(*) FROM omd.claims") == [(1,)]
    await partitions.drop(date(2100, 1, 1))
    left = "SELECT (SELECT count(*) FROM omd.claims), (SELECT count(*) FROM omd.rolled_back_transactions)"
    assert await rows(database, left) == [(0, 0)]


async def test_the_account_of_a_day_says_who_told_of_its_queries(store: PostgresStore, database: Database) -> None:
    tellers = [Teller.POLL, Teller.EVENT, Teller.FILE, Teller.POLL, Teller.POLL]
    executions = [execution(number, SELECT, told_by=teller) for number, teller in enumerate(tellers)]
    executions += [execution(0, SELECT, told_by=Teller.EVENT)]
    executions += [execution(number, SELECT, told_by=Teller.EVENT, state=State.QUEUED) for number in (5, 6)]
    lost = (LostQuery(executions[-1].query.query_id, LostReason.RESTART),)
    await store.save(batch(executions, RESULTS, lost=lost), None)
    counts = "executions, by_poll_only, by_event_only, by_both, by_file_only, open, lost"
    assert await rows(database, f"SELECT {counts} FROM omd.daily_accounts") == [(7, 2, 3, 1, 1, 1, 1)]


async def test_numbers_that_are_missing_among_the_ids_are_holes_but_for_our_own_queries(
    store: PostgresStore, database: Database
) -> None:
    executions = [execution(number, SELECT) for number in (0, 1, 5, 9)]
    # The coordinator counts from 0 again the next day, and after 99999.
    tomorrow = NOON + timedelta(days=1)
    executions += [execution(number, SELECT, created=tomorrow + timedelta(seconds=number)) for number in (2, 3)]
    executions += [execution(1, SELECT, created=tomorrow + timedelta(hours=1))]
    await store.save(batch(executions, RESULTS), None)
    await store.record_own_query("trino", executions[2].query.query_id.replace("_00005_", "_00006_"))
    found = await PostgresReads(database).id_holes("trino")
    assert [(row["day"], row["first_missing"], row["last_missing"], row["missing"]) for row in found] == [
        (tomorrow.date(), 0, 0, 1),
        (tomorrow.date(), 0, 1, 2),
        (NOON.date(), 7, 8, 2),
        (NOON.date(), 2, 4, 3),
    ]
    assert (found[3]["after"], found[3]["before"]) == (executions[1].query.query_id, executions[2].query.query_id)
    assert found[1]["after"] is None
    only_today = await PostgresReads(database).id_holes("trino", until=NOON - timedelta(days=2))
    assert only_today == []


async def test_a_query_is_shown_with_who_told_of_it_and_how_its_lineage_is_known(
    store: PostgresStore, database: Database
) -> None:
    polled = execution(1, INSERT, write(ORDERS), told_by=Teller.POLL, source="dbt")
    event = execution(
        1, INSERT, write(ORDERS), told_by=Teller.EVENT, original_user="bob", principal="bob@X", transaction_id="tx"
    )
    answer = EngineAnswer((EngineTable(ORDERS, direct=True),))
    statement = replace(analyzed(INSERT, write(ORDERS)), engine=answer, engine_at=NOON)
    await store.save(batch([polled], statements=(statement,)), None)
    await store.save(batch([event]), None)
    reads = PostgresReads(database)
    (query,) = await reads.query(polled.query.query_id)
    shown = ("told_by", "origins", "description", "original_user", "principal", "transaction_id", "method")
    assert [query[name] for name in shown] == [
        ["EVENT", "POLL"],
        {"POLL": ["source"]},
        "EVENT",
        "bob",
        "bob@X",
        "tx",
        "BOTH",
    ]
    lineage = await reads.lineage_of_statement(query["statement_id"])
    assert [(row["role"], row["method"]) for row in lineage["objects"]] == [("SOURCE", "BOTH"), ("TARGET", "PARSED")]
    assert [row["method"] for row in lineage["edges"]] == ["PARSED"]
    assert {row["method"] for row in lineage["column_edges"]} == {"PARSED"}
