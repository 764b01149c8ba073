"""Texts of statements in the outbox of a real PostgreSQL: each once, and again when its statement is told anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any, cast

import pytest
from tests.batches import ORDERS, REVENUE, batch, execution, statement_of, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.health import PostgresHealthReads
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.parked import PostgresParked
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.adapters.postgres.text_messages import TextMessages
from query_lineage_tracker.domain.history import Outcome, State
from query_lineage_tracker.domain.outbox import Claim, Delivered, MessageKind, ObjectFacts, Parked, QueryFacts
from query_lineage_tracker.services.identity import text_id

pytestmark = pytest.mark.anyio

FIRST, SECOND, THIRD = (f"insert into revenue select amount from orders where id = {number}" for number in range(3))
RESULT = write(ORDERS)
NOW = datetime.now(timezone.utc)
LATELY = timedelta(days=2)
NUMBERS = count()
OBJECTS = tuple(ObjectFacts("trino", each.catalog, each.schema, each.name) for each in (ORDERS, REVENUE))


@pytest.fixture
def texts(database: Database) -> TextMessages:
    return TextMessages(database)


@pytest.fixture
def outbox(database: Database) -> PostgresOutbox:
    return PostgresOutbox(database)


async def run(
    database: Database, *sqls: str, ago: timedelta = timedelta(hours=1), prepared: bool = False, **facts: Any
) -> None:
    """Executions of the statement of FIRST, one a text."""
    given = [execution(next(NUMBERS), sql, RESULT, created=NOW - ago, **facts) for sql in sqls]
    own = text_id(FIRST) if prepared else None
    executions = [replace(one, statement_id=statement_of(FIRST), prepared_text_id=own) for one in given]
    known = {text_id(sql): sql for sql in (FIRST, *sqls)}
    await PostgresStore(database).save(batch(executions, {FIRST: RESULT}, texts=known), None)


def entity(sql: str) -> str:
    return f"{statement_of(FIRST)}:{text_id(sql)}"


async def claimed(outbox: PostgresOutbox) -> list[Claim]:
    return [claim for claim in await outbox.claim("file", "worker", 100, 60) if claim.kind is MessageKind.TEXT]


async def tell(outbox: PostgresOutbox) -> dict[str, QueryFacts]:
    """Deliver what is due; the facts by text."""
    messages = await outbox.compose(await claimed(outbox))
    await outbox.settle([(message.claim, Delivered({})) for message in messages])
    facts = [cast("QueryFacts", message.facts) for message in messages]
    return {each.text: each for each in facts}


async def test_every_text_but_the_representative_one_is_told_once(
    database: Database, texts: TextMessages, outbox: PostgresOutbox
) -> None:
    await run(database, FIRST, SECOND, THIRD)
    await run(database, SECOND)
    assert await texts.enqueue("file", LATELY) == 2
    told = await tell(outbox)
    assert told.keys() == {SECOND, THIRD}
    facts = told[SECOND]
    assert (facts.statement_id, facts.fingerprint) == (str(statement_of(FIRST)), FIRST)
    assert (facts.sources, facts.targets) == (OBJECTS[:1], OBJECTS[1:])
    assert (facts.executions, facts.users, told[THIRD].executions) == (2, ("alice",), 1)
    assert await texts.enqueue("file", LATELY) == 0


async def test_what_does_not_count_and_what_was_prepared_is_not_told(database: Database, texts: TextMessages) -> None:
    await run(database, FIRST)
    await run(database, SECOND, state=State.FAILED, outcome=Outcome.NOT_WRITTEN)
    await run(database, SECOND, state=State.RUNNING)
    await run(database, THIRD, prepared=True)
    assert await texts.enqueue("file", LATELY) == 0


async def test_a_statement_that_nobody_is_told_of_has_no_texts_either(database: Database, texts: TextMessages) -> None:
    await run(database, FIRST, SECOND)
    assert await texts.enqueue("another", LATELY) == 0


async def test_a_text_is_told_again_when_somebody_else_executes_its_statement(
    database: Database, texts: TextMessages, outbox: PostgresOutbox
) -> None:
    await run(database, FIRST, SECOND)
    await texts.enqueue("file", LATELY)
    await tell(outbox)
    await run(database, SECOND, user="bob")
    assert await texts.enqueue("file", LATELY) == 1
    assert (await tell(outbox))[SECOND].users == ("alice", "bob")
    assert await texts.enqueue("file", LATELY) == 0


async def test_what_was_executed_long_ago_is_told_when_all_is(
    database: Database, texts: TextMessages, outbox: PostgresOutbox
) -> None:
    await run(database, FIRST)
    await run(database, SECOND, ago=timedelta(days=3))
    await run(database, THIRD, ago=timedelta(days=40))
    assert await texts.enqueue("file", LATELY) == 0
    assert await texts.enqueue_all("file") == 2
    assert (await tell(outbox)).keys() == {SECOND, THIRD}
    assert await texts.enqueue_all("file") == 0


async def test_a_text_that_is_gone_is_settled(database: Database, texts: TextMessages, outbox: PostgresOutbox) -> None:
    await run(database, FIRST, SECOND)
    await texts.enqueue("file", LATELY)
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM omd.trino_queries_history")
    assert await tell(outbox) == {}
    assert MessageKind.TEXT not in {claim.kind for claim in await outbox.waiting("file", 10)}


async def test_texts_of_tables_that_are_gone_are_found_beside_all_other_kinds(
    database: Database, texts: TextMessages, outbox: PostgresOutbox
) -> None:
    await run(database, FIRST, SECOND)
    await texts.enqueue("file", LATELY)
    (claim,) = await claimed(outbox)
    cost = replace(claim, kind=MessageKind.COST, entity=f"{text_id(FIRST)}:2026-11-21")
    assert await outbox.of_gone_objects([claim, cost]) == []
    async with database.transaction() as connection:
        await connection.execute("UPDATE omd.trino_query_objects SET ended_at = now(), alive_at = NULL")
    assert await outbox.of_gone_objects([claim, cost]) == [claim]


async def test_a_parked_text_waits_for_the_tables_of_its_statement_and_is_named_by_them(
    database: Database, texts: TextMessages, outbox: PostgresOutbox
) -> None:
    await run(database, FIRST, SECOND)
    await texts.enqueue("file", LATELY)
    await outbox.settle([(claim, Parked("not there")) for claim in await claimed(outbox)])
    parked = await PostgresParked(database).parked("file", ("TEXT", ""), 10)
    assert [(each.key, set(each.objects)) for each in parked] == [(("TEXT", entity(SECOND)), set(OBJECTS))]
    rows = await PostgresHealthReads(database).waiting(None, "PARKED", 10)
    assert [each.about for each in rows] == ["INSERT of lake.mart.revenue, lake.sales.orders"]
