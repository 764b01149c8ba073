"""Usage in the outbox of a real PostgreSQL: each object and day once, the oldest day first."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import count

import pytest
from tests.batches import LINES, ORDERS, READ, REVENUE, batch, execution, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.adapters.postgres.usage_messages import UsageMessages
from query_lineage_tracker.domain.history import State
from query_lineage_tracker.domain.outbox import (
    Claim,
    Dead,
    Delivered,
    DeliveryResult,
    MessageKind,
    ObjectFacts,
    Parked,
    UsageFacts,
)
from query_lineage_tracker.lineage.result import LineageResult, ObjectName
from query_lineage_tracker.ports.delivery import EnqueuedUsage

pytestmark = pytest.mark.anyio

SELECT = "select id from orders"
INSERT = "insert into revenue select amount from orders"
MERGE = "merge into orders using orders ..."
RESULTS = {SELECT: READ, INSERT: write(ORDERS), MERGE: write(ORDERS, LINES, target=ORDERS)}
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=timezone.utc)
TODAY = NOW.date()
LAST_DAY = TODAY - timedelta(days=1)
COMPLETE = datetime(2026, 11, 22, 1, tzinfo=timezone.utc)
NUMBERS = count()


@pytest.fixture
def usage(database: Database) -> UsageMessages:
    return UsageMessages(database, lambda: NOW)


@pytest.fixture
def outbox(database: Database) -> PostgresOutbox:
    return PostgresOutbox(database)


async def run(
    database: Database, *queries: tuple[date, str], user: str = "alice", state: State = State.FINISHED
) -> None:
    """The queries, each run on its day."""
    store = PostgresStore(database)
    executions = [
        execution(next(NUMBERS), sql, RESULTS[sql], created=_noon(day), user=user, state=state) for day, sql in queries
    ]
    results: dict[str, LineageResult] = {sql: RESULTS[sql] for _, sql in queries}
    await store.save(batch(executions, results, sinks=()), None)


async def tell(outbox: PostgresOutbox, **results: DeliveryResult) -> list[tuple[str, date, int]]:
    """Deliver what is due; what the sink answers by the name of the table, else that it has it."""
    claims = await claimed(outbox)
    messages = await outbox.compose(claims)
    facts = [(message.claim, message.facts) for message in messages]
    used = [(claim, each) for claim, each in facts if isinstance(each, UsageFacts)]
    await outbox.settle([(claim, results.get(each.object.name, Delivered({}))) for claim, each in used])
    return sorted((each.object.name, each.day, each.executions) for _, each in used)


async def claimed(outbox: PostgresOutbox) -> list[Claim]:
    return [claim for claim in await outbox.claim("file", "worker", 100, 60) if claim.kind is MessageKind.USAGE]


async def entities(database: Database) -> list[tuple[str, str]]:
    """Name of the object and day of each message, with its state."""
    async with database.transaction() as connection:
        rows = await connection.execute("""
            SELECT name || ' ' || split_part(entity, ':', 2), state
            FROM omd.outbox JOIN omd.trino_query_objects ON object_id = split_part(entity, ':', 1)::bigint
            WHERE outbox.kind = 'USAGE' ORDER BY 1""")
        return [(str(name), str(state)) for name, state in await rows.fetchall()]


async def move(database: Database, *, enqueued: timedelta, used: timedelta) -> None:
    """Let all have been enqueued and used at another time."""
    async with database.transaction() as connection:
        await connection.execute("UPDATE omd.outbox SET enqueued_at = enqueued_at + %s", [enqueued])
        await connection.execute(
            "UPDATE omd.statement_days SET last_seen = last_seen + %s, first_seen = first_seen + %s", [used, used]
        )


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc)


def ago(days: int) -> date:
    return LAST_DAY - timedelta(days=days)


def facts_of(name: ObjectName, day: date, *numbers: int) -> UsageFacts:
    return UsageFacts(ObjectFacts("trino", name.catalog, name.schema, name.name), day, *numbers)


async def test_a_day_that_is_over_is_told_once_with_its_total(
    database: Database, usage: UsageMessages, outbox: PostgresOutbox
) -> None:
    await run(database, (ago(0), SELECT), (ago(0), INSERT), (ago(0), MERGE))
    await run(database, (ago(0), SELECT), user="bob")
    assert await usage.enqueue("file") == EnqueuedUsage(enqueued=3, expired=0, waiting=True)
    messages = await outbox.compose(await claimed(outbox))
    told = {message.facts for message in messages}
    assert told == {
        facts_of(ORDERS, ago(0), 4, 4, 1, 2),
        facts_of(LINES, ago(0), 1, 1, 0, 1),
        facts_of(REVENUE, ago(0), 1, 0, 1, 1),
    }
    await outbox.settle([(message.claim, Delivered({})) for message in messages])
    assert await usage.enqueue("file") == EnqueuedUsage(0, 0, waiting=False)


async def test_today_and_failed_reads_are_not_told(database: Database, usage: UsageMessages) -> None:
    await run(database, (TODAY, SELECT))
    await run(database, (ago(0), SELECT), state=State.FAILED)
    assert (await usage.enqueue("file")).enqueued == 0


async def test_today_is_told_every_so_often_after_all_days_before(
    database: Database, usage: UsageMessages, outbox: PostgresOutbox
) -> None:
    hour = timedelta(hours=1)
    await run(database, (ago(0), SELECT), (TODAY, SELECT))
    assert await usage.enqueue("file", hour) == EnqueuedUsage(1, 0, waiting=True)
    assert await tell(outbox) == [("orders", ago(0), 1)]
    assert await usage.enqueue("file", hour) == EnqueuedUsage(1, 0, waiting=False)
    assert await tell(outbox) == [("orders", TODAY, 1)]
    await run(database, (TODAY, SELECT))
    assert (await usage.enqueue("file", hour)).enqueued == 0
    await move(database, enqueued=-hour, used=timedelta())
    assert (await usage.enqueue("file", hour)).enqueued == 1
    assert await tell(outbox) == [("orders", TODAY, 2)]


async def test_what_was_not_used_since_is_not_told_again_today(
    database: Database, usage: UsageMessages, outbox: PostgresOutbox
) -> None:
    await run(database, (TODAY, SELECT))
    assert (await usage.enqueue("file", timedelta(hours=1))).enqueued == 1
    await tell(outbox)
    await move(database, enqueued=-timedelta(hours=2), used=-timedelta(days=1))
    assert (await usage.enqueue("file", timedelta(hours=1))).enqueued == 0


async def test_what_was_told_of_a_day_before_its_end_is_not_its_total(
    database: Database, usage: UsageMessages, outbox: PostgresOutbox
) -> None:
    await run(database, (ago(0), SELECT))
    await usage.enqueue("file")
    await tell(outbox)
    await move(database, enqueued=COMPLETE - timedelta(hours=2) - NOW, used=timedelta())
    assert (await usage.enqueue("file")).enqueued == 1
    assert await tell(outbox) == [("orders", ago(0), 1)]
    assert (await usage.enqueue("file")).enqueued == 0


async def test_days_follow_each_other_the_oldest_first(
    database: Database, usage: UsageMessages, outbox: PostgresOutbox
) -> None:
    await run(database, (ago(0), SELECT), (ago(2), INSERT), (ago(1), SELECT))
    told = []
    while (await usage.enqueue("file")).waiting:
        assert (await usage.enqueue("file")).enqueued == 0, "one day at a time"
        told.append(await tell(outbox))
    assert told == [
        [("orders", ago(2), 1), ("revenue", ago(2), 1)],
        [("orders", ago(1), 1)],
        [("orders", ago(0), 1)],
    ]


async def test_a_table_that_the_sink_does_not_know_holds_back_its_own_days_only(
    database: Database, usage: UsageMessages, outbox: PostgresOutbox
) -> None:
    await run(database, (ago(1), INSERT), (ago(0), INSERT))
    await usage.enqueue("file")
    await tell(outbox, revenue=Parked("not there"))
    await usage.enqueue("file")
    assert await tell(outbox) == [("orders", ago(0), 1)]
    assert await usage.enqueue("file") == EnqueuedUsage(0, 0, waiting=False)
    assert [each for each in await entities(database) if each[1] == "PARKED"] == [(f"revenue {ago(1)}", "PARKED")]


async def test_what_is_dead_does_not_hold_back_later_days(
    database: Database, usage: UsageMessages, outbox: PostgresOutbox
) -> None:
    await run(database, (ago(1), SELECT), (ago(0), SELECT))
    await usage.enqueue("file")
    await tell(outbox, orders=Dead("refused"))
    await usage.enqueue("file")
    assert await tell(outbox) == [("orders", ago(0), 1)]


async def test_a_later_day_is_not_claimed_before_an_earlier_one(
    database: Database, usage: UsageMessages, outbox: PostgresOutbox
) -> None:
    await run(database, (ago(1), SELECT), (ago(0), SELECT))
    while (await usage.enqueue("file")).waiting:
        await tell(outbox)
    async with database.transaction() as connection:
        await connection.execute("UPDATE omd.outbox SET state = 'PENDING', next_attempt_at = now()")
    first = await claimed(outbox)
    assert [claim.entity.partition(":")[2] for claim in first] == [str(ago(1))]
    assert await claimed(outbox) == []
    await outbox.settle([(claim, Delivered({})) for claim in first])
    assert [claim.entity.partition(":")[2] for claim in await claimed(outbox)] == [str(ago(0))]


async def test_days_of_more_than_a_month_ago_are_not_told_and_given_up(
    database: Database, usage: UsageMessages, outbox: PostgresOutbox
) -> None:
    await run(database, (ago(30), INSERT), (ago(29), SELECT))
    await usage.enqueue("file")
    assert await entities(database) == [(f"orders {ago(29)}", "PENDING")]
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE omd.outbox SET entity = split_part(entity, ':', 1) || ':' || %s", [str(ago(30))]
        )
    assert await usage.enqueue("file") == EnqueuedUsage(enqueued=1, expired=1, waiting=True)
    assert await entities(database) == [(f"orders {ago(29)}", "PENDING")]


@pytest.mark.parametrize(
    ("began", "enqueued"),
    [(NOW, 1), (COMPLETE - timedelta(seconds=1), 0), (NOW - timedelta(hours=25), 1)],
    ids=["caught up", "behind", "behind for more than a day"],
)
async def test_a_cluster_that_is_behind_holds_a_day_back_for_a_day(
    database: Database, usage: UsageMessages, began: datetime, enqueued: int
) -> None:
    await run(database, (ago(0), SELECT))
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO omd.runs (cluster, source, started_at, ended_at) VALUES ('trino', 'poller', %s, %s)",
            [began, began],
        )
    assert (await usage.enqueue("file")).enqueued == enqueued


async def test_until_one_a_day_is_still_being_told_and_the_new_one_is_not(database: Database) -> None:
    await run(database, (LAST_DAY, SELECT), (TODAY, SELECT))
    early = UsageMessages(database, lambda: COMPLETE - timedelta(minutes=1))
    assert (await early.enqueue("file", timedelta(hours=1))).enqueued == 0
    assert (await UsageMessages(database, lambda: COMPLETE).enqueue("file", timedelta(hours=1))).enqueued == 1


async def test_what_day_it_is_says_postgresql(database: Database) -> None:
    await run(database, (datetime.now(timezone.utc).date() - timedelta(days=3), SELECT))
    assert (await UsageMessages(database).enqueue("file")).enqueued == 1


async def test_a_day_is_compared_once_its_total_was_told(
    database: Database, usage: UsageMessages, outbox: PostgresOutbox
) -> None:
    await run(database, (LAST_DAY, SELECT), (TODAY, SELECT))
    for _ in range(2):
        await usage.enqueue("file", timedelta(hours=1))
        await tell(outbox)
    compared = await outbox.delivered("file", MessageKind.USAGE, "", 100)
    assert [claim.entity.partition(":")[2] for claim in compared] == [str(LAST_DAY)]
    assert await outbox.told_of_open_days("file") == 1
    await UsageMessages(database, lambda: NOW + timedelta(days=1)).enqueue("file")
    await tell(outbox)
    assert len(await outbox.delivered("file", MessageKind.USAGE, "", 100)) == 2
    assert await outbox.told_of_open_days("file") == 0
