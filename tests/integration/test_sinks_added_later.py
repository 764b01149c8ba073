"""A catalog that was added later is told what is known; OpenLineage events of what is stored. On a real PostgreSQL."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.batches import LINES, ORDERS, READ, REVENUE, batch, execution, write
from tests.openlineage.validation import problems

from query_lineage_tracker.adapters.files.sink import JsonLinesSink
from query_lineage_tracker.adapters.openlineage.naming import Naming
from query_lineage_tracker.adapters.openlineage.sink import EventRules, OpenLineageSink
from query_lineage_tracker.adapters.postgres.backfill import PostgresBackfill
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.runs import PostgresStatementRuns
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.history import State
from query_lineage_tracker.domain.outbox import MessageKind
from query_lineage_tracker.lineage.attribution import Attribution
from query_lineage_tracker.lineage.result import StatementKind
from query_lineage_tracker.ports.store import Batch
from query_lineage_tracker.services.identity import text_id
from query_lineage_tracker.services.sync import Sync, SyncReport, SyncRules

pytestmark = pytest.mark.anyio

INTO, VIEW = write(ORDERS, LINES), write(REVENUE, target=LINES, kind=StatementKind.CREATE_VIEW)
RULES = SyncRules("me", lease=30.0)


def history(*sinks: str) -> Batch:
    """A read, a failed read, a write from two tables that was run twice, and a view."""
    executions = [
        execution(1, "select 1", READ),
        execution(2, "select 2", READ, state=State.FAILED),
        execution(3, "insert 1", INTO),
        execution(4, "insert 1", INTO),
        execution(5, "create view", VIEW),
    ]
    results = {"select 1": READ, "select 2": READ, "insert 1": INTO, "create view": VIEW}
    return batch(executions, results, sinks=sinks)


async def entities(database: Database, sink: str) -> set[tuple[str, str, int]]:
    query = "SELECT kind, entity, generation FROM omd.outbox WHERE sink = %s"
    async with database.transaction() as connection:
        return set(await (await connection.execute(query, [sink])).fetchall())


async def events_of(database: Database, path: Path) -> list[dict[str, Any]]:
    rules = EventRules(Naming({"trino": "trino://trino.example:443"}))
    sink = OpenLineageSink(JsonLinesSink(path), PostgresStatementRuns(database), rules)
    await Sync(PostgresOutbox(database), sink, RULES).run_once()
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("page", [1, 2, 10_000])
async def test_a_sink_that_was_added_later_is_told_what_another_one_was(database: Database, page: int) -> None:
    await PostgresStore(database).save(history("file"), None)
    backfill = PostgresBackfill(database, page)
    enqueued = [await backfill.enqueue("rest", kind) for kind in (MessageKind.QUERY, MessageKind.LINEAGE)]
    assert enqueued == [3, 3]
    assert await entities(database, "rest") == await entities(database, "file")


async def test_what_a_sink_was_told_already_is_not_enqueued_again(database: Database, tmp_path: Path) -> None:
    await PostgresStore(database).save(history("file"), None)
    sync = Sync(PostgresOutbox(database), JsonLinesSink(tmp_path / "told.jsonl"), RULES)
    assert await sync.run_once() == SyncReport(delivered=6)
    before = await entities(database, "file")
    backfill = PostgresBackfill(database)
    assert [await backfill.enqueue("file", kind) for kind in (MessageKind.QUERY, MessageKind.LINEAGE)] == [0, 0]
    assert await entities(database, "file") == before
    assert await sync.run_once() == SyncReport()


async def test_two_sinks_have_messages_of_their_own(database: Database, tmp_path: Path) -> None:
    await PostgresStore(database).save(history("file", "rest"), None)
    await Sync(PostgresOutbox(database), JsonLinesSink(tmp_path / "told.jsonl"), RULES).run_once()
    query = "SELECT sink, state, count(*) FROM omd.outbox GROUP BY 1, 2 ORDER BY 1"
    async with database.transaction() as connection:
        rows = await (await connection.execute(query)).fetchall()
    assert rows == [("file", "SETTLED", 6), ("rest", "PENDING", 6)]


async def test_a_stored_write_becomes_one_event_with_all_its_sources_and_columns(
    database: Database, tmp_path: Path
) -> None:
    await PostgresStore(database).save(history("openlineage"), None)
    events = await events_of(database, tmp_path / "events.jsonl")
    assert [problems(event) for event in events] == [[], []]
    (event,) = [event for event in events if event["outputs"][0]["name"] == "lake.mart.revenue"]
    assert [each["name"] for each in event["inputs"]] == ["lake.sales.lines", "lake.sales.orders"]
    lineage = event["outputs"][0]["facets"]["columnLineage"]
    inputs = {(each["name"], each["field"]) for each in lineage["fields"]["amount"]["inputFields"]}
    assert inputs == {("lake.sales.lines", "amount"), ("lake.sales.orders", "amount")}
    (influence,) = lineage["dataset"]
    assert (influence["field"], influence["transformations"]) == ("id", [{"type": "INDIRECT", "subtype": "FILTER"}])
    assert event["run"]["facets"]["externalQuery"]["externalQueryId"].endswith("_00004_abcde")
    assert event["job"]["namespace"] == event["outputs"][0]["namespace"] == "trino://trino.example:443"


async def test_the_job_is_what_the_last_execution_claimed(database: Database, tmp_path: Path) -> None:
    claim = Attribution("dbt", job="nightly", model="model.shop.revenue")
    told = history("openlineage")
    claiming = [replace(one, claim=claim) if one.query.text == "insert 1" else one for one in told.executions]
    await PostgresStore(database).save(replace(told, executions=tuple(claiming)), None)
    names = {event["job"]["name"] for event in await events_of(database, tmp_path / "events.jsonl")}
    assert "dbt.model.shop.revenue.lake.mart.revenue" in names


async def test_columns_are_told_of_objects_that_are_known_as_a_whole(database: Database, tmp_path: Path) -> None:
    await PostgresStore(database).save(history("openlineage"), None)
    known = """
        INSERT INTO omd.object_columns AS stored (object_id, column_name, ordinal, type)
        SELECT object_id, unnest(ARRAY['id', 'amount']), unnest(ARRAY[1, 2]), unnest(ARRAY['bigint', NULL])
        FROM omd.trino_query_objects WHERE name = 'orders'
        ON CONFLICT (object_id, column_name) DO UPDATE SET ordinal = excluded.ordinal, type = excluded.type"""
    async with database.transaction() as connection:
        await connection.execute(known)
    told = {
        each["name"]: each["facets"]["schema"]["fields"]
        for event in await events_of(database, tmp_path / "events.jsonl")
        for each in (*event["inputs"], *event["outputs"])
        if "schema" in each["facets"]
    }
    fields = [{"name": "id", "ordinal_position": 1, "type": "bigint"}, {"name": "amount", "ordinal_position": 2}]
    assert told == {"lake.sales.orders": fields}


async def test_another_analysis_of_a_statement_is_another_run_of_the_same_job(
    database: Database, tmp_path: Path
) -> None:
    store = PostgresStore(database)
    await store.save(history("openlineage"), None)
    (before,) = [event for event in await events_of(database, tmp_path / "events.jsonl") if revenue(event)]
    narrower = write(ORDERS)
    statements = [replace(one, result=narrower) for one in history().statements if one.text_id == text_id("insert 1")]
    await store.save(batch(statements=tuple(statements), sinks=("openlineage",)), None)
    *_, after = [event for event in await events_of(database, tmp_path / "events.jsonl") if revenue(event)]
    assert after["job"] == before["job"]
    assert after["run"]["runId"] != before["run"]["runId"]
    assert [each["name"] for each in after["inputs"]] == ["lake.sales.orders"]


def revenue(event: dict[str, Any]) -> bool:
    return bool(event["outputs"][0]["name"] == "lake.mart.revenue")
