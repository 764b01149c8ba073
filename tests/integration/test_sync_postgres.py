"""The sync loop over the real outbox: what was saved arrives, once, whatever happens in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.batches import LINES, ORDERS, READ, batch, execution, write
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

from query_lineage_tracker.adapters.files.sink import JsonLinesSink
from query_lineage_tracker.adapters.http.exchange import Endpoint
from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services
from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.parked import PostgresParked
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.access import Actor
from query_lineage_tracker.domain.filters import MessageFilter
from query_lineage_tracker.domain.outbox import Delivered, DeliveryResult, Message
from query_lineage_tracker.ports.store import Batch
from query_lineage_tracker.services.awaited import requeue_complete
from query_lineage_tracker.services.sync import Sync, SyncReport, SyncRules

pytestmark = pytest.mark.anyio

RULES = SyncRules("me", concurrency=4, lease=30.0, interval=0.01, probe_interval=0.02)
SINK = "openmetadata"


@pytest.fixture
def fake() -> Iterator[FakeOpenMetadata]:
    with FakeOpenMetadata() as server:
        for name in ("orders", "lines"):
            server.state.add_table("lab", "lake", "sales", name, columns=["id", "amount"])
        server.state.add_table("lab", "lake", "mart", "revenue", columns=["amount"])
        server.state.add_user("alice")
        yield server


@pytest.fixture
async def catalog(fake: FakeOpenMetadata, anyio_backend: str) -> AsyncIterator[OpenMetadataSink]:
    sink = OpenMetadataSink(Endpoint(fake.url, fake.token, timeout=5.0), OpenMetadataRules(Services("lab")))
    yield sink
    await sink.aclose()


def work(sink: str = SINK) -> Batch:
    """A read of one table, and a write from two."""
    into = write(ORDERS, LINES)
    executions = [execution(1, "select 1", READ), execution(2, "insert 1", into, user="etl")]
    return batch(executions, {"select 1": READ, "insert 1": into}, sinks=(sink,))


async def saved(database: Database, sink: str = SINK) -> PostgresOutbox:
    await PostgresStore(database).save(work(sink), None)
    return PostgresOutbox(database)


async def states(database: Database) -> dict[str, str]:
    async with database.transaction() as connection:
        rows = await (await connection.execute("SELECT kind || ' ' || entity, state FROM omd.outbox")).fetchall()
    return dict(rows)


async def test_what_was_saved_arrives_in_openmetadata(
    database: Database, fake: FakeOpenMetadata, catalog: OpenMetadataSink
) -> None:
    outbox = await saved(database)
    assert await Sync(outbox, catalog, RULES).run_once() == SyncReport(delivered=4)
    names = {entity["id"]: fqn for fqn, entity in fake.state.tables.items()}
    edges: dict[Any, Any] = {(names[up], names[down]): details for (up, down), details in fake.state.edges.items()}
    assert set(edges) == {
        ("lab.lake.sales.orders", "lab.lake.mart.revenue"),
        ("lab.lake.sales.lines", "lab.lake.mart.revenue"),
    }
    assert edges["lab.lake.sales.orders", "lab.lake.mart.revenue"] == {
        "source": "QueryLineage",
        "description": "qlt",
        "sqlQuery": "insert 1",
        "columnsLineage": [
            {"fromColumns": ["lab.lake.sales.orders.amount"], "toColumn": "lab.lake.mart.revenue.amount"}
        ],
    }
    assert {entity["query"]: len(entity["queryUsedIn"]) for entity in fake.state.queries.values()} == {
        "select 1": 1,
        "insert 1": 3,
    }
    assert set((await states(database)).values()) == {"SETTLED"}


async def test_a_second_run_delivers_nothing(
    database: Database, fake: FakeOpenMetadata, catalog: OpenMetadataSink
) -> None:
    outbox = await saved(database)
    await Sync(outbox, catalog, RULES).run_once()
    written = len(fake.writes)
    await PostgresStore(database).save(work(), None)
    assert await Sync(outbox, catalog, RULES).run_once() == SyncReport()
    assert len(fake.writes) == written


async def test_a_requeued_message_is_read_and_found_in_step(
    database: Database, fake: FakeOpenMetadata, catalog: OpenMetadataSink
) -> None:
    outbox = await saved(database)
    await Sync(outbox, catalog, RULES).run_once()
    written = len(fake.writes)
    assert (
        await PostgresReads(database).operations.requeue(MessageFilter(states=("SETTLED",)), Actor("alice", "COMMAND"))
        == 4
    )
    assert await Sync(outbox, catalog, RULES).run_once() == SyncReport(delivered=4)
    assert len(fake.writes) == written


async def test_what_was_enqueued_during_a_delivery_is_delivered_again(database: Database) -> None:
    outbox = await saved(database)
    seen: list[tuple[str, int]] = []

    class Sink:
        name = SINK

        async def deliver(self, message: Message) -> DeliveryResult:
            seen.append((message.claim.entity, message.claim.generation))
            if message.claim.generation == 1:
                async with database.transaction() as connection:
                    statement = "UPDATE omd.outbox SET generation = 2 WHERE kind = %s AND entity = %s"
                    await connection.execute(statement, (message.claim.kind.value, message.claim.entity))
            return Delivered({"generation": message.claim.generation})

        async def probe(self) -> str | None:
            return None

        async def aclose(self) -> None:
            """Nothing is open."""

    assert await Sync(outbox, Sink(), RULES).run_once() == SyncReport(delivered=8)
    assert len(set(seen)) == len(seen) == 8
    assert set((await states(database)).values()) == {"SETTLED"}


async def test_what_a_dead_worker_had_claimed_comes_back_after_its_lease(
    database: Database, catalog: OpenMetadataSink
) -> None:
    outbox = await saved(database)
    assert len(await outbox.claim(SINK, "died", 10, 3.0)) == 4
    assert await Sync(outbox, catalog, RULES).run_once() == SyncReport()
    await asyncio.sleep(3.1)
    assert await Sync(outbox, catalog, RULES).run_once() == SyncReport(delivered=4)


async def test_two_workers_share_the_messages_and_deliver_each_once(
    database: Database, fake: FakeOpenMetadata, catalog: OpenMetadataSink
) -> None:
    outbox = await saved(database)
    both = [Sync(outbox, catalog, SyncRules(worker, concurrency=1)) for worker in ("one", "two")]
    reports = await asyncio.gather(*(each.run_once() for each in both))
    assert sum(report.delivered for report in reports) == 4
    assert len([each for each in fake.writes if each.path.endswith("/lineage")]) == 2


async def test_a_halt_lasts_beyond_the_process_and_ends_by_a_probe(
    database: Database, fake: FakeOpenMetadata, catalog: OpenMetadataSink
) -> None:
    outbox = await saved(database)
    fake.token = "rotated"
    report = await Sync(outbox, catalog, RULES).run_once()
    assert "401" in (report.halted or "")
    assert await outbox.claim(SINK, "other", 10, 1.0) == []
    fake.token = "token-of-the-bot"
    assert await Sync(outbox, catalog, RULES).run_once() == SyncReport(delivered=4)
    assert await outbox.halted(SINK) is None


async def test_a_halt_in_the_middle_counts_no_attempt_for_what_it_stopped(
    database: Database, fake: FakeOpenMetadata, catalog: OpenMetadataSink
) -> None:
    outbox = await saved(database)
    fake.faults.append(Fault("POST|PUT", 403, b'{"code":403,"message":"not allowed"}', times=100))
    report = await Sync(outbox, catalog, RULES).run_once()
    assert "403" in (report.halted or "")
    async with database.transaction() as connection:
        rows = await (await connection.execute("SELECT DISTINCT state, attempts FROM omd.outbox")).fetchall()
    assert rows == [("PENDING", 0)]
    fake.faults.clear()
    assert await Sync(outbox, catalog, RULES).run_once() == SyncReport(delivered=4)


async def test_a_missing_table_parks_its_messages_with_its_name(
    database: Database, fake: FakeOpenMetadata, catalog: OpenMetadataSink
) -> None:
    outbox = await saved(database)
    fake.state.tables["lab.lake.mart.revenue"]["deleted"] = True
    assert await Sync(outbox, catalog, RULES).run_once() == SyncReport(delivered=1, parked=3)
    async with database.transaction() as connection:
        query = "SELECT DISTINCT reason FROM omd.outbox WHERE state = 'PARKED'"
        rows = await (await connection.execute(query)).fetchall()
    assert rows == [("OpenMetadata does not know lab.lake.mart.revenue yet",)]


async def test_parked_messages_come_back_when_their_tables_appear(
    database: Database, fake: FakeOpenMetadata, catalog: OpenMetadataSink
) -> None:
    outbox, parked = await saved(database), PostgresParked(database)
    async with database.transaction() as connection:
        await connection.execute("""
            INSERT INTO omd.outbox (sink, kind, entity, state, next_attempt_at)
            SELECT 'openmetadata', 'USAGE', object_id || ':2026-11-20', 'PARKED', now() + interval '6 hours'
            FROM omd.trino_query_objects WHERE name = 'revenue'""")
    revenue = fake.state.tables["lab.lake.mart.revenue"]
    revenue["deleted"] = True
    assert (await Sync(outbox, catalog, RULES).run_once()).parked == 3
    catalog = OpenMetadataSink(Endpoint(fake.url, fake.token, timeout=5.0), OpenMetadataRules(Services("lab")))
    try:
        assert await requeue_complete(parked, catalog) == frozenset()
        assert await Sync(outbox, catalog, RULES).run_once() == SyncReport()
    finally:
        await catalog.aclose()
    revenue["deleted"] = False
    later = OpenMetadataSink(Endpoint(fake.url, fake.token, timeout=5.0), OpenMetadataRules(Services("lab")))
    try:
        assert len(await requeue_complete(parked, later)) == 4
        assert (await Sync(outbox, later, RULES).run_once()).delivered == 3
    finally:
        await later.aclose()
    assert set((await states(database)).values()) == {"SETTLED"}


async def test_what_was_saved_arrives_in_a_file(database: Database, tmp_path: Path) -> None:
    outbox = await saved(database, "file")
    path = tmp_path / "lineage.jsonl"
    assert await Sync(outbox, JsonLinesSink(path), RULES).run_once() == SyncReport(delivered=4)
    documents = [json.loads(line) for line in path.read_text().splitlines()]
    assert sorted(each["kind"] for each in documents) == ["LINEAGE", "LINEAGE", "QUERY", "QUERY"]
    assert {each["query"]["users"][0] for each in documents if each["kind"] == "QUERY"} == {"alice", "etl"}
