"""What executions cost in the outbox of a real PostgreSQL: each text and day once, ever."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import count
from typing import Any, cast

import pytest
from tests.batches import LINES, ORDERS, READ, REVENUE, batch, execution, statement_of, write
from tests.outboxes import MemoryAnnouncements

from query_lineage_tracker.adapters.postgres.announcements import PostgresAnnouncements
from query_lineage_tracker.adapters.postgres.cost_messages import CostMessages
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.health import PostgresHealthReads
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.parked import PostgresParked
from query_lineage_tracker.adapters.postgres.purge import PostgresPurge
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.access import Actor
from query_lineage_tracker.domain.filters import MessageFilter
from query_lineage_tracker.domain.history import ResourceUse, State
from query_lineage_tracker.domain.outbox import Claim, CostFacts, Dead, Delivered, MessageKind, ObjectFacts, Parked
from query_lineage_tracker.domain.purge import PurgeScope
from query_lineage_tracker.lineage.result import LineageResult, ObjectName
from query_lineage_tracker.ports.delivery import Announcements
from query_lineage_tracker.services.identity import text_id

pytestmark = pytest.mark.anyio

SELECT = "select id from orders"
MERGE = "merge into revenue using orders, lines ..."
RESULTS = {SELECT: READ, MERGE: write(ORDERS, LINES)}
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=timezone.utc)
LAST_DAY = (NOW - timedelta(hours=1)).date() - timedelta(days=1)
OPERATOR = Actor("root", "COMMAND")
NUMBERS = count()


@pytest.fixture
def costs(database: Database) -> CostMessages:
    return CostMessages(database, lambda: NOW)


@pytest.fixture
def outbox(database: Database) -> PostgresOutbox:
    return PostgresOutbox(database)


def ago(days: int) -> date:
    return LAST_DAY - timedelta(days=days)


async def run(database: Database, day: date, sql: str, cpu_ms: int | None = 1500, **facts: Any) -> None:
    """One execution at noon of the day."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc)
    one = execution(next(NUMBERS), sql, RESULTS[sql], created=noon, resources=ResourceUse(cpu_ms, 4000), **facts)
    results: dict[str, LineageResult] = {sql: RESULTS[sql]}
    await PostgresStore(database).save(batch([one], results), None)


async def claimed(outbox: PostgresOutbox, kind: MessageKind = MessageKind.COST) -> list[Claim]:
    return [claim for claim in await outbox.claim("file", "worker", 100, 60) if claim.kind is kind]


async def tell_queries(outbox: PostgresOutbox) -> None:
    """The sink knows all queries."""
    await outbox.settle([(claim, Delivered({"q": 1})) for claim in await claimed(outbox, MessageKind.QUERY)])


async def tell(outbox: PostgresOutbox) -> list[CostFacts]:
    messages = await outbox.compose(await claimed(outbox))
    await outbox.settle([(message.claim, Delivered({})) for message in messages])
    return sorted((cast("CostFacts", message.facts) for message in messages), key=lambda facts: (facts.day, facts.text))


async def states(database: Database) -> list[tuple[str, str]]:
    """Entity and state of each message."""
    async with database.transaction() as connection:
        rows = await connection.execute("SELECT entity, state FROM omd.outbox WHERE kind = 'COST' ORDER BY 1")
        return [(str(entity), str(state)) for entity, state in await rows.fetchall()]


def facts_of(sql: str, day: date, executions: int, cpu_ms: int, *objects: ObjectName) -> CostFacts:
    used = tuple(ObjectFacts("trino", each.catalog, each.schema, each.name) for each in objects)
    return CostFacts(sql, (str(statement_of(sql)),), used, day, executions, cpu_ms, executions * 4000)


async def test_a_day_that_is_over_is_told_once_with_its_sums(
    database: Database, costs: CostMessages, outbox: PostgresOutbox
) -> None:
    await run(database, ago(0), SELECT)
    await run(database, ago(0), SELECT, 2500, state=State.FAILED)
    await run(database, ago(0), SELECT, None)
    await run(database, ago(1), SELECT)
    await run(database, ago(0), MERGE)
    await run(database, NOW.date(), SELECT)
    await tell_queries(outbox)
    assert await costs.enqueue("file") == 3
    assert await tell(outbox) == [
        facts_of(SELECT, ago(1), 1, 1500, ORDERS),
        facts_of(MERGE, ago(0), 1, 1500, REVENUE, LINES, ORDERS),
        facts_of(SELECT, ago(0), 2, 4000, ORDERS),
    ]
    assert await costs.enqueue("file") == 0


async def test_what_comes_to_a_day_later_is_not_told(
    database: Database, costs: CostMessages, outbox: PostgresOutbox
) -> None:
    await run(database, ago(0), SELECT)
    await tell_queries(outbox)
    await costs.enqueue("file")
    await run(database, ago(0), SELECT)
    assert [facts.executions for facts in await tell(outbox)] == [2], "it came before the day was told"
    await run(database, ago(0), SELECT)
    assert await costs.enqueue("file") == 0


async def test_a_query_that_the_sink_does_not_know_yet_waits(
    database: Database, costs: CostMessages, outbox: PostgresOutbox
) -> None:
    await run(database, ago(0), SELECT)
    assert await costs.enqueue("file") == 0
    queries = await claimed(outbox, MessageKind.QUERY)
    await outbox.settle([(claim, Parked("no table")) for claim in queries])
    assert await costs.enqueue("file") == 0
    assert await costs.enqueue("another") == 0


async def test_days_without_any_known_cpu_time_and_days_of_long_ago_are_not_told(
    database: Database, costs: CostMessages, outbox: PostgresOutbox
) -> None:
    await run(database, ago(0), SELECT, None)
    await run(database, ago(30), MERGE)
    await tell_queries(outbox)
    assert await costs.enqueue("file") == 1
    assert await tell(outbox) == []
    assert await states(database) == [(f"{text_id(SELECT)}:{ago(0)}", "SETTLED")]


async def test_what_was_told_is_remembered_for_longer_than_a_day_is_told(
    database: Database, costs: CostMessages, outbox: PostgresOutbox
) -> None:
    await run(database, ago(0), SELECT)
    await tell_queries(outbox)
    await costs.enqueue("file")
    async with database.transaction() as connection:
        for days in (59, 60):
            await connection.execute(
                "INSERT INTO omd.outbox (sink, kind, entity, state) VALUES ('file', 'COST', %s, 'SETTLED')",
                [f"{text_id(MERGE)}:{ago(days)}"],
            )
    await costs.enqueue("file")
    assert {entity.partition(":")[2] for entity, _ in await states(database)} == {str(ago(0)), str(ago(59))}


async def test_what_was_dropped_or_is_dead_is_not_enqueued_again(
    database: Database, costs: CostMessages, outbox: PostgresOutbox
) -> None:
    await run(database, ago(0), SELECT)
    await tell_queries(outbox)
    await costs.enqueue("file")
    await outbox.settle([(claim, Dead("may have been sent")) for claim in await claimed(outbox)])
    assert await costs.enqueue("file") == 0
    operations = PostgresReads(database).operations
    assert await operations.drop(MessageFilter(("DEAD",), None, "COST", None), OPERATOR) == 1
    assert await costs.enqueue("file") == 0


async def test_what_was_told_of_a_text_is_not_told_again_of_the_one_that_replaces_it(
    database: Database, costs: CostMessages, outbox: PostgresOutbox
) -> None:
    await run(database, ago(0), SELECT, user="bob")
    await run(database, ago(0), SELECT)
    await tell_queries(outbox)
    await costs.enqueue("file")
    await tell(outbox)
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO omd.query_texts (text_id, text) VALUES (md5('other')::uuid, 'other')")
        await connection.execute(
            "UPDATE omd.trino_queries_history SET text_id = md5('other')::uuid WHERE user_name = 'alice'"
        )
    store = PostgresPurge(database)
    scope = PurgeScope(user="bob")
    async for _ in store.purging(scope, await store.begin_purge(scope, OPERATOR), ("file",), 100):
        pass
    await tell_queries(outbox)
    assert await costs.enqueue("file") == 0
    assert len(await states(database)) == 2


async def test_a_parked_cost_is_named_by_its_statement_and_day(
    database: Database, costs: CostMessages, outbox: PostgresOutbox
) -> None:
    claim = await a_claim_of(database, costs, outbox)
    await outbox.settle([(claim, Parked("no query"))])
    rows = await PostgresHealthReads(database).waiting(None, "PARKED", 10)
    assert [each.about for each in rows] == [f"SELECT of lake.sales.orders, {ago(0)}"]
    assert await PostgresParked(database).parked("file", ("", ""), 10) == []


@pytest.fixture(params=["memory", "PostgreSQL"])
def announcements(request: pytest.FixtureRequest, database: Database) -> Announcements:
    return MemoryAnnouncements() if request.param == "memory" else PostgresAnnouncements(database)


async def a_claim_of(database: Database, costs: CostMessages, outbox: PostgresOutbox) -> Claim:
    await run(database, ago(0), SELECT)
    await tell_queries(outbox)
    await costs.enqueue("file")
    (claim,) = await claimed(outbox)
    return claim


async def test_what_is_announced_is_announced_once_unless_it_is_retracted(
    database: Database, costs: CostMessages, outbox: PostgresOutbox, announcements: Announcements
) -> None:
    claim = await a_claim_of(database, costs, outbox)
    assert await announcements.announce(claim) is True
    assert await announcements.announce(claim) is False
    await announcements.retract(claim)
    assert await announcements.announce(claim) is True


async def test_an_announcement_outlives_its_claim_and_a_requeue(
    database: Database, costs: CostMessages, outbox: PostgresOutbox, announcements: Announcements
) -> None:
    claim = await a_claim_of(database, costs, outbox)
    await announcements.announce(claim)
    await outbox.settle([(claim, Dead("may have been sent"))])
    await PostgresReads(database).operations.requeue(MessageFilter(("DEAD",), None, "COST", None), OPERATOR)
    (again,) = await claimed(outbox)
    assert await announcements.announce(again) is False


async def test_who_lost_the_claim_announces_nothing_and_takes_nothing_back(
    database: Database, costs: CostMessages, outbox: PostgresOutbox
) -> None:
    announcements = PostgresAnnouncements(database)
    lost = await a_claim_of(database, costs, outbox)
    async with database.transaction() as connection:
        await connection.execute("UPDATE omd.outbox SET lease_until = NULL, next_attempt_at = now()")
    assert await announcements.announce(lost) is False
    ours = next(claim for claim in await claimed(outbox))
    assert await announcements.announce(ours) is True
    await announcements.retract(lost)
    assert await announcements.announce(ours) is False


async def test_a_sum_that_no_number_of_the_database_holds_is_the_largest(
    database: Database, costs: CostMessages, outbox: PostgresOutbox
) -> None:
    most = 2**63 - 1
    await run(database, ago(0), SELECT, most)
    await run(database, ago(0), SELECT, most)
    await tell_queries(outbox)
    assert await costs.enqueue("file") == 1
    assert await tell(outbox) == [facts_of(SELECT, ago(0), 2, most, ORDERS)]
