"""The outbox in a real PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from tests.batches import LINES, ORDERS, READ, REVENUE, UNCERTAIN, batch, execution, statement_of, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.access import Actor
from query_lineage_tracker.domain.filters import MessageFilter
from query_lineage_tracker.domain.history import State
from query_lineage_tracker.domain.outbox import (
    Claim,
    ColumnFlow,
    Dead,
    Delivered,
    DeliveryResult,
    EdgeKind,
    Halted,
    LineageFacts,
    MessageKind,
    ObjectFacts,
    Parked,
    QueryFacts,
    Retry,
)
from query_lineage_tracker.lineage.result import ObjectName

pytestmark = pytest.mark.anyio

INSERT = "insert into revenue select amount from orders"
ALICE = Actor("alice", "COMMAND")


@pytest.fixture
def outbox(database: Database) -> PostgresOutbox:
    return PostgresOutbox(database)


@pytest.fixture
async def store(database: Database) -> PostgresStore:
    """A store that holds one write; so its statement and its edge are due."""
    store = PostgresStore(database)
    await store.save(batch([execution(1, INSERT, write(ORDERS))], {INSERT: write(ORDERS)}), None)
    return store


async def claim_all(outbox: PostgresOutbox, seconds: float = 60) -> list[Claim]:
    return list(await outbox.claim("file", "worker", 100, seconds))


async def messages(database: Database) -> dict[str, Any]:
    """State, attempts, reason and seconds until due, by kind."""
    async with database.transaction() as connection:
        rows = await connection.execute(
            "SELECT kind, state, attempts, reason, extract(epoch FROM next_attempt_at - now())::float8 FROM omd.outbox"
        )
        return {kind: values async for kind, *values in rows}


async def settle_all(outbox: PostgresOutbox, result: DeliveryResult) -> list[Claim]:
    claims = await claim_all(outbox)
    await outbox.settle([(claim, result) for claim in claims])
    return claims


async def test_a_claimed_message_is_nobody_elses(store: PostgresStore, outbox: PostgresOutbox) -> None:
    first = await claim_all(outbox)
    assert {claim.kind for claim in first} == {MessageKind.QUERY, MessageKind.LINEAGE}
    assert await claim_all(outbox) == []


async def test_two_workers_share_the_due_messages_without_overlap(store: PostgresStore, database: Database) -> None:
    claims = await asyncio.gather(*(PostgresOutbox(database).claim("file", f"w{n}", 1, 60) for n in range(4)))
    entities = [claim.entity for part in claims for claim in part]
    assert len(entities) == len(set(entities)) == 2


async def test_a_claim_whose_worker_died_comes_back_after_its_lease(
    store: PostgresStore, outbox: PostgresOutbox, database: Database
) -> None:
    dead = await claim_all(outbox, seconds=0.2)
    await asyncio.sleep(0.3)
    again = await claim_all(outbox)
    assert {claim.entity for claim in again} == {claim.entity for claim in dead}
    assert {claim.attempts for claim in again} == {2}
    await outbox.settle([(claim, Dead("too late")) for claim in dead])
    await outbox.settle([(claim, Delivered({})) for claim in again])
    assert await claim_all(outbox) == []
    assert {state for state, *_ in (await messages(database)).values()} == {"SETTLED"}


async def test_messages_are_composed_from_the_current_state(store: PostgresStore, outbox: PostgresOutbox) -> None:
    by_bob = execution(5, INSERT, write(ORDERS), user="bob")
    await store.save(batch([by_bob]), None)
    facts = {message.claim.kind: message.facts for message in await outbox.compose(await claim_all(outbox))}
    orders, revenue = (ObjectFacts("trino", one.catalog, one.schema, one.name) for one in (ORDERS, REVENUE))
    query = facts[MessageKind.QUERY]
    assert isinstance(query, QueryFacts)
    assert (query.sources, query.targets, query.users) == ((orders,), (revenue,), ("alice", "bob"))
    assert (query.text, query.kind, query.executions) == (INSERT, "INSERT", 2)
    edge = facts[MessageKind.LINEAGE]
    assert edge == LineageFacts(
        upstream=orders,
        downstream=revenue,
        kind=EdgeKind.DATA,
        columns=(ColumnFlow("", ("id",), "FILTER"), ColumnFlow("amount", ("amount",), "IDENTITY")),
        text=INSERT,
        statement_id=str(statement_of(INSERT)),
        first_seen=execution(1, INSERT).query.created,
        last_seen=by_bob.query.created,
        certain=True,
    )


async def test_delivered_messages_are_settled_and_what_was_sent_is_remembered(
    store: PostgresStore, outbox: PostgresOutbox
) -> None:
    await settle_all(outbox, Delivered({"columns": ["amount"]}))
    assert await claim_all(outbox) == []
    await store.save(batch([execution(2, INSERT, write(ORDERS), user="bob")]), None)
    (message,) = await outbox.compose(await claim_all(outbox))
    assert message.claim.kind is MessageKind.QUERY
    assert message.claim.generation == 2
    assert message.sent == {"columns": ["amount"]}


async def test_a_generation_that_moved_during_delivery_stays_due(store: PostgresStore, outbox: PostgresOutbox) -> None:
    claims = await claim_all(outbox)
    await store.save(batch([execution(2, INSERT, write(ORDERS), user="bob")]), None)
    await outbox.settle([(claim, Delivered({})) for claim in claims])
    (again,) = await claim_all(outbox)
    assert (again.kind, again.generation, again.attempts) == (MessageKind.QUERY, 2, 1)


async def test_an_execution_that_tells_nothing_new_enqueues_nothing(
    store: PostgresStore, outbox: PostgresOutbox
) -> None:
    await settle_all(outbox, Delivered({}))
    saved = await store.save(batch([execution(2, INSERT, write(ORDERS))]), None)
    assert (saved.inserted, saved.enqueued) == (1, 0)
    assert await claim_all(outbox) == []


async def test_a_retry_waits_as_long_as_the_receiver_wishes(
    store: PostgresStore, outbox: PostgresOutbox, database: Database
) -> None:
    await settle_all(outbox, Retry("slow down", after_seconds=40))
    for state, attempts, reason, due_in in (await messages(database)).values():
        assert (state, attempts, reason) == ("PENDING", 1, "slow down")
        assert 30 < due_in <= 40


async def test_parked_messages_wait_minutes_and_dead_ones_for_ever_until_requeued(
    store: PostgresStore, outbox: PostgresOutbox, database: Database
) -> None:
    claims = await claim_all(outbox)
    ends: dict[MessageKind, DeliveryResult] = {
        MessageKind.QUERY: Parked("no table orders"),
        MessageKind.LINEAGE: Dead("a branch"),
    }
    await outbox.settle([(claim, ends[claim.kind]) for claim in claims])
    stored = await messages(database)
    assert stored["QUERY"][:3] == ["PARKED", 1, "no table orders"]
    assert 400 < stored["QUERY"][3] < 800
    assert stored["LINEAGE"][:3] == ["DEAD", 1, "a branch"]
    assert await claim_all(outbox) == []
    reads = PostgresReads(database)
    assert await reads.operations.requeue(MessageFilter(states=("DEAD",)), ALICE) == 1
    assert [claim.kind for claim in await claim_all(outbox)] == [MessageKind.LINEAGE]
    assert await reads.operations.requeue(MessageFilter(states=("PARKED",), kind="QUERY"), ALICE) == 1


async def test_something_new_revives_a_dead_message(store: PostgresStore, outbox: PostgresOutbox) -> None:
    await settle_all(outbox, Dead("refused"))
    await store.save(batch([execution(2, INSERT, write(ORDERS), user="bob")]), None)
    assert [claim.kind for claim in await claim_all(outbox)] == [MessageKind.QUERY]


async def test_a_halted_sink_gives_no_claims_and_halting_gives_claims_back(
    store: PostgresStore, outbox: PostgresOutbox
) -> None:
    await settle_all(outbox, Halted("401"))
    assert await outbox.halt("file", "401")
    assert not await outbox.halt("file", "401 again")
    assert await outbox.halted("file") == "401"
    assert await claim_all(outbox) == []
    assert await outbox.resume("file")
    assert not await outbox.resume("file")
    assert {claim.attempts for claim in await claim_all(outbox)} == {1}


async def test_an_edge_that_vanished_has_no_message_and_is_settled(
    store: PostgresStore, outbox: PostgresOutbox
) -> None:
    claims = await claim_all(outbox)
    await store.save(batch(results={INSERT: write(LINES)}), None)
    old_edge = [claim for claim in claims if claim.kind is MessageKind.LINEAGE]
    assert await outbox.compose(old_edge) == []
    left = await outbox.compose([*await claim_all(outbox), *(c for c in claims if c.kind is MessageKind.QUERY)])
    facts = [message.facts for message in left]
    sources = {one.upstream.name for one in facts if isinstance(one, LineageFacts)}
    sources |= {one.sources[0].name for one in facts if isinstance(one, QueryFacts)}
    assert sources == {LINES.name}


async def test_an_edge_that_was_told_and_vanished_is_withdrawn(store: PostgresStore, outbox: PostgresOutbox) -> None:
    await settle_all(outbox, Delivered({"edge": ["orders", "revenue"]}))
    await store.save(batch(results={INSERT: write(LINES)}), None)
    messages = await outbox.compose(await claim_all(outbox))
    edges = {each.facts.upstream.name: each for each in messages if isinstance(each.facts, LineageFacts)}
    vanished = edges[ORDERS.name]
    assert isinstance(vanished.facts, LineageFacts)
    assert (vanished.facts.ended, vanished.facts.withdrawn, vanished.facts.columns) == (True, True, ())
    assert vanished.sent == {"edge": ["orders", "revenue"]}
    made = edges[LINES.name].facts
    assert isinstance(made, LineageFacts)
    assert not made.withdrawn


async def test_an_edge_becomes_certain_with_the_first_commit(database: Database, outbox: PostgresOutbox) -> None:
    store = PostgresStore(database)
    doubtful = execution(1, INSERT, write(ORDERS), state=State.FAILED, outcome=UNCERTAIN)
    await store.save(batch([doubtful], {INSERT: write(ORDERS)}), None)
    first = await outbox.compose(await claim_all(outbox))
    await outbox.settle([(message.claim, Delivered({})) for message in first])
    await store.save(batch([execution(2, INSERT, write(ORDERS))]), None)
    (second,) = await outbox.compose(await claim_all(outbox))
    certain = [message.facts.certain for message in (*first, second) if isinstance(message.facts, LineageFacts)]
    assert certain == [False, True]


async def test_failed_reads_and_reads_of_system_tables_are_not_told(database: Database) -> None:
    system = replace(READ, sources=(ObjectName("system", "runtime", "queries"),), columns_read=())
    failed = execution(1, "select 1", READ, state=State.FAILED)
    of_system = execution(2, "select 2", system)
    saved = await PostgresStore(database).save(batch([failed, of_system], {"select 1": READ, "select 2": system}), None)
    assert (saved.inserted, saved.enqueued) == (2, 0)


async def test_nothing_is_enqueued_without_sinks(database: Database) -> None:
    saved = await PostgresStore(database).save(batch([execution(1, "select 1")], {"select 1": READ}, sinks=()), None)
    assert (saved.inserted, saved.enqueued) == (1, 0)


async def test_a_dropped_message_is_due_again_with_a_generation_of_its_own(
    store: PostgresStore, outbox: PostgresOutbox, database: Database
) -> None:
    reads = PostgresReads(database)
    everything = MessageFilter(("PENDING", "PARKED", "DEAD"))
    assert [(row["kind"], row["state"], row["messages"]) for row in await reads.outbox.count(everything)] == [
        ("LINEAGE", "PENDING", 1),
        ("QUERY", "PENDING", 1),
    ]
    assert await reads.operations.drop(everything, ALICE) == 2
    assert await claim_all(outbox) == []
    assert {row["reason"] for row in await PostgresReads(database).messages(MessageFilter(("SETTLED",)))} == {"dropped"}
    await store.save(batch([execution(9, INSERT, write(ORDERS), user="bob")]), None)
    (again,) = await claim_all(outbox)
    assert (again.kind, again.generation) == (MessageKind.QUERY, 2)


async def test_what_a_worker_holds_is_not_dropped(
    store: PostgresStore, outbox: PostgresOutbox, database: Database
) -> None:
    held = await claim_all(outbox)
    assert await PostgresReads(database).operations.drop(MessageFilter(("PENDING",)), ALICE) == 0
    await outbox.settle([(claim, Delivered({})) for claim in held])
    assert {state for state, *_ in (await messages(database)).values()} == {"SETTLED"}


async def test_looking_at_messages_leaves_them_as_they_are(
    store: PostgresStore, outbox: PostgresOutbox, database: Database
) -> None:
    waiting = await outbox.waiting("file", 10)
    seen = await outbox.composed(waiting)
    reads = PostgresReads(database)
    for claim in waiting:
        ((row, now),) = await reads.outbox.details(MessageFilter(entity=claim.entity))
        assert (row["state"], row["sent"]) == ("PENDING", None)
        assert now is not None
        assert now.facts in [message.facts for message in seen]
    (claimed, _) = await claim_all(outbox)
    assert claimed.attempts == 1
