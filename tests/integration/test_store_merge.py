"""What several tellers say of one execution, in a real PostgreSQL."""

from __future__ import annotations

import random
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from tests.batches import LINES, NOON, ORDERS, READ, REVENUE, analyzed, batch, execution, statement_of, write

from query_lineage_tracker.adapters.postgres.batch_rows import FACTS, execution_facts
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.statements import PostgresStatements
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain import merge
from query_lineage_tracker.domain.capture import LostQuery, LostReason, Undescribed
from query_lineage_tracker.domain.history import Outcome, ResourceUse, Session, SessionOrigin, State, Teller
from query_lineage_tracker.domain.merge import Told
from query_lineage_tracker.lineage.engine import EngineAnswer, EngineColumn, EngineTable
from query_lineage_tracker.lineage.result import ColumnName, ObjectName
from query_lineage_tracker.ports.store import Execution, SavedBatch

pytestmark = pytest.mark.anyio

DERIVED = Path(__file__).with_name("derived.sql").read_text()
SELECT = "select id from orders"
INSERT = "insert into revenue select amount from orders"
RESULTS = {SELECT: READ, INSERT: write(ORDERS)}
EVENT_SESSION = Session("lake", "sales", SessionOrigin.EVENT)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[PostgresStore]:
    """A store; after each test all that is derived must be what the facts say."""
    yield PostgresStore(database)
    assert await rows(database, DERIVED) == []


async def rows(database: Database, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    async with database.transaction() as connection:
        return await (await connection.execute(cast("Any", query), parameters or None)).fetchall()


async def history(database: Database, columns: str) -> list[tuple[Any, ...]]:
    return await rows(database, f"SELECT {columns} FROM omd.trino_queries_history ORDER BY query_id")


def answer(*tables: ObjectName) -> EngineAnswer:
    """Trino says that `amount` of each of the tables flows into that of REVENUE."""
    sources = tuple(ColumnName(one, "amount") for one in tables)
    met = tuple(EngineTable(one, direct=True, columns=("amount",)) for one in tables)
    return EngineAnswer(met, REVENUE, (EngineColumn("amount", sources),))


def tellings() -> list[Execution]:
    """What poll, event and details tell of a write that failed after its commit."""
    failed: dict[str, Any] = {"error_type": "USER_ERROR", "error_code": "ABANDONED_QUERY", "update_type": "INSERT"}
    created = execution(1, INSERT, write(ORDERS), state=State.QUEUED, told_by=Teller.EVENT, principal="alice@X")
    polled = [
        execution(1, INSERT, write(ORDERS), state=state, told_by=Teller.POLL, resources=ResourceUse(cpu_ms=cpu), **more)
        for state, cpu, more in [(State.RUNNING, 5, {"source": "dbt"}), (State.FAILED, 9, failed)]
    ]
    completed = execution(
        1,
        INSERT,
        write(ORDERS),
        state=State.FAILED,
        told_by=Teller.EVENT,
        session=EVENT_SESSION,
        resources=ResourceUse(cpu_ms=10, written_rows=0),
        transaction_id="tx",
        finished_writing=False,
        **failed,
    )
    asked = execution(1, INSERT, write(ORDERS), state=State.FAILED, told_by=Teller.REST, trace_token="t", **failed)
    return [created, *polled, completed, asked]


async def save_in_parts(store: PostgresStore, executions: Sequence[Execution], rng: random.Random) -> None:
    start = 0
    while start < len(executions):
        end = start + rng.randint(1, 3)
        part = executions[start:end]
        statements = [replace(analyzed(INSERT, write(ORDERS)), statement_id=one.statement_id) for one in part]
        await store.save(batch(part, statements=tuple(statements)), None)
        start = end


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_the_order_and_the_batches_the_row_and_all_that_is_derived_are_the_same(
    store: PostgresStore, database: Database, seed: int
) -> None:
    rng = random.Random(seed)
    told = [*tellings(), *rng.choices(tellings(), k=2)]
    rng.shuffle(told)
    await save_in_parts(store, told, rng)
    columns = """state, capture, outcome, told_by, origins, description, source, cpu_ms, written_rows, principal,
                 trace_token, transaction_id, session_origin, session_catalog"""
    assert await history(database, columns) == [
        (
            "FAILED",
            "COMPLETE",
            "NOT_WRITTEN",
            ["EVENT", "POLL", "REST"],
            {"POLL": ["source"], "REST": ["trace_token"]},
            "EVENT",
            "dbt",
            10,
            0,
            "alice@X",
            "t",
            "tx",
            "EVENT",
            "lake",
        )
    ]
    counted = await rows(database, "SELECT outcome, executions FROM omd.statement_days")
    assert counted == [("NOT_WRITTEN", 1)]
    assert await rows(database, "SELECT * FROM omd.edges") == []
    assert await rows(database, "SELECT count(*) FROM omd.trino_query_objects WHERE last_seen IS NULL") == [(0,)]


def random_telling(rng: random.Random, number: int) -> Execution:
    """A telling by somebody who is in accord with himself, of a query that failed if its number is odd."""
    teller = rng.choice(list(Teller))
    end = State.FAILED if number % 2 else State.FINISHED
    state = rng.choice([State.QUEUED, State.RUNNING, end, end])

    def known(value: Any) -> Any:
        # Whether this teller knows it in this state is always the same.
        return value if zlib.crc32(f"{number} {teller} {state} {value}".encode()) % 3 else None

    failed: dict[str, Any] = {}
    if state is State.FAILED:
        failed = {"error_type": "USER_ERROR", "error_code": f"code of {teller.value}"}
    origin = {Teller.EVENT: SessionOrigin.EVENT, Teller.FILE: SessionOrigin.RECORDED}.get(teller)
    return execution(
        number,
        INSERT,
        write(ORDERS),
        state=state,
        told_by=teller,
        source=known(f"source of {teller.value}"),
        principal=known("alice@X"),
        session=Session("lake", "sales", origin) if known(1) else Session(),
        transaction_id=known("tx"),
        resources=ResourceUse(cpu_ms=known(10 * state.rank + len(teller.value)), written_rows=known(state.rank)),
        update_type=known("INSERT"),
        finished_writing=known(state.terminal),
        **failed,
    )


async def test_the_store_merges_as_the_rules_say(store: PostgresStore, database: Database) -> None:
    rng = random.Random(5)
    told = [random_telling(rng, number) for number in range(40) for _ in range(rng.randint(1, 7))]
    rng.shuffle(told)
    await save_in_parts(store, told, rng)
    expected: dict[str, Told] = {}
    for one in told:
        facts = merge.told(zip(FACTS, execution_facts(one), strict=True), [one.query.told_by], {})
        before = expected.get(one.query.query_id)
        expected[one.query.query_id] = facts if before is None else merge.merged(before, facts)
    names = ", ".join(FACTS)
    for query_id, told_by, origins, *values in await history(database, f"query_id, told_by, origins, {names}"):
        row = expected.pop(query_id)
        assert values == [row.value(name) for name in FACTS]
        assert (told_by, origins or {}) == (sorted(row.told_by), merge.origins_of(row))
    assert not expected


async def test_what_is_learnt_of_the_end_decides_again_what_happened_to_the_data(
    store: PostgresStore, database: Database
) -> None:
    created, _, polled, completed, _ = tellings()
    await store.save(batch([created, polled], RESULTS), None)
    assert await history(database, "outcome, description") == [("UNCERTAIN", None)]
    assert len(await rows(database, "SELECT * FROM omd.edges")) == 1
    known_session = replace(completed, statement_id=polled.statement_id)
    saved = await store.save(batch([known_session]), None)
    assert saved.advanced == 1
    assert await history(database, "outcome, description") == [("NOT_WRITTEN", "EVENT")]
    assert await rows(database, "SELECT * FROM omd.edges") == []


async def test_another_user_by_a_better_teller_is_who_is_counted(store: PostgresStore, database: Database) -> None:
    await store.save(batch([execution(1, SELECT, told_by=Teller.POLL)], RESULTS), None)
    await store.save(batch([execution(1, SELECT, told_by=Teller.EVENT, user="bob")]), None)
    assert await rows(database, "SELECT user_name, executions FROM omd.statement_days") == [("bob", 1)]


async def test_a_lost_query_stays_lost_until_the_event_of_its_end_comes(
    store: PostgresStore, database: Database
) -> None:
    running = execution(1, INSERT, write(ORDERS), state=State.RUNNING, told_by=Teller.POLL)
    await store.save(batch([running], RESULTS), None)
    await store.save(batch(lost=(LostQuery(running.query.query_id, LostReason.RESTART),)), None)
    await store.save(batch([execution(1, INSERT, write(ORDERS), state=State.QUEUED, told_by=Teller.EVENT)]), None)
    assert await history(database, "capture, lost_reason, outcome") == [("LOST", "RESTART", "UNCERTAIN")]
    await store.save(batch([execution(1, INSERT, write(ORDERS), told_by=Teller.EVENT)]), None)
    assert await history(database, "capture, lost_reason, outcome") == [("COMPLETE", None, "COMMITTED")]


@pytest.mark.parametrize("rollback_first", [True, False])
@pytest.mark.parametrize("together", [True, False])
async def test_a_transaction_that_was_rolled_back_wrote_nothing_whichever_is_heard_of_first(
    store: PostgresStore, database: Database, rollback_first: bool, together: bool
) -> None:
    event: dict[str, Any] = {"told_by": Teller.EVENT, "transaction_id": "tx"}
    void = execution(1, INSERT, write(ORDERS), **event)
    other = execution(2, INSERT, write(ORDERS), told_by=Teller.EVENT, transaction_id="other")
    parts = [batch([void, other], RESULTS), batch(rolled_back=("tx",))]
    if together:
        parts = [batch([void, other], RESULTS, rolled_back=("tx",))]
    for part in reversed(parts) if rollback_first else parts:
        await store.save(part, None)
    for part in parts:
        assert await store.save(part, None) == SavedBatch()
    assert await history(database, "outcome") == [("NOT_WRITTEN",), ("COMMITTED",)]
    counted = "SELECT outcome, executions FROM omd.statement_days ORDER BY 1"
    assert await rows(database, counted) == [("COMMITTED", 1), ("NOT_WRITTEN", 1)]


async def test_a_write_whose_transaction_is_learnt_after_its_rollback_is_void(
    store: PostgresStore, database: Database
) -> None:
    await store.save(batch([execution(1, INSERT, write(ORDERS), told_by=Teller.POLL)], RESULTS), None)
    lost = execution(2, INSERT, write(ORDERS), state=State.RUNNING, told_by=Teller.EVENT, transaction_id="tx")
    await store.save(batch([lost], rolled_back=("tx",)), None)
    await store.save(batch(lost=(LostQuery(lost.query.query_id, LostReason.RESTART),)), None)
    assert await history(database, "outcome") == [("COMMITTED",), ("NOT_WRITTEN",)]
    told = execution(1, INSERT, write(ORDERS), told_by=Teller.EVENT, transaction_id="tx")
    await store.save(batch([told]), None)
    assert await history(database, "outcome") == [("NOT_WRITTEN",), ("NOT_WRITTEN",)]
    assert await rows(database, "SELECT * FROM omd.edges") == []


async def test_that_nobody_can_describe_a_query_is_known_until_somebody_does(
    store: PostgresStore, database: Database
) -> None:
    polled = execution(1, INSERT, write(ORDERS), told_by=Teller.POLL)
    gone = ((polled.query.query_id, Undescribed.GONE),)
    await store.save(batch([polled], RESULTS, undescribed=gone), None)
    assert await history(database, "description") == [("GONE",)]
    await store.save(batch([execution(1, INSERT, write(ORDERS), told_by=Teller.EVENT)]), None)
    await store.save(batch(undescribed=gone), None)
    assert await history(database, "description") == [("EVENT",)]


METHODS = """SELECT upstream.name, edges.method FROM omd.edges
             JOIN omd.trino_query_objects AS upstream ON upstream.object_id = upstream_id ORDER BY 1"""
COLUMN_METHODS = "SELECT upstream_column, downstream_column, subtype, method FROM omd.column_edges ORDER BY 1, 2, 3"


async def test_trinos_answer_that_comes_later_joins_the_lineage_and_its_confirmation_alone_is_no_news(
    store: PostgresStore, database: Database
) -> None:
    await store.save(batch([execution(1, INSERT, write(ORDERS))], RESULTS), None)
    assert await rows(database, METHODS) == [("orders", "PARSED")]
    confirmed = replace(analyzed(INSERT, write(ORDERS)), engine=answer(ORDERS), engine_at=NOON)
    assert await store.save(batch(statements=(confirmed,)), None) == SavedBatch(statements=1)
    assert await rows(database, METHODS) == [("orders", "BOTH")]
    assert await rows(database, COLUMN_METHODS) == [
        ("amount", "amount", "IDENTITY", "BOTH"),
        ("id", "", "FILTER", "PARSED"),
    ]
    more = replace(confirmed, engine=answer(ORDERS, LINES), engine_at=LATER)
    assert await store.save(batch(statements=(more,)), None) == SavedBatch(statements=1, edges=1, enqueued=2)
    assert await rows(database, METHODS) == [("lines", "ENGINE"), ("orders", "BOTH")]


async def test_an_analysis_without_trinos_answer_or_with_an_older_one_keeps_the_stored_one(
    store: PostgresStore, database: Database
) -> None:
    plain = analyzed(INSERT, write(ORDERS))
    told = replace(plain, engine=answer(LINES), engine_at=LATER)
    await store.save(batch([execution(1, INSERT, write(ORDERS))], statements=(told,)), None)
    older = replace(plain, engine=answer(ORDERS), engine_at=NOON)
    assert await store.save(batch(statements=(plain, older)), None) == SavedBatch()
    assert await rows(database, METHODS) == [("lines", "ENGINE"), ("orders", "PARSED")]
    known = (await store.known_statements([statement_of(INSERT)]))[statement_of(INSERT)]
    assert (known.engine_digest, known.engine_at) == (answer(LINES).digest(), LATER)
    (stored,) = await PostgresStatements(database).statements([statement_of(INSERT)])
    assert stored.engine == answer(LINES)


async def test_the_same_answer_of_a_later_execution_outlives_another_one_from_between(
    store: PostgresStore, database: Database
) -> None:
    plain = analyzed(INSERT, write(ORDERS))
    first = replace(plain, engine=answer(ORDERS), engine_at=NOON)
    await store.save(batch([execution(1, INSERT, write(ORDERS))], statements=(first,)), None)
    assert await store.save(batch(statements=(replace(first, engine_at=LATER),)), None) == SavedBatch()
    between = replace(plain, engine=answer(LINES), engine_at=NOON + timedelta(minutes=1))
    assert await store.save(batch(statements=(between,)), None) == SavedBatch()
    assert await rows(database, METHODS) == [("orders", "BOTH")]


async def test_an_edge_that_trino_told_of_one_statement_and_we_found_in_another_is_known_by_both(
    store: PostgresStore, database: Database
) -> None:
    other = "insert into revenue select amount from lines"
    told = replace(analyzed(INSERT, write(ORDERS)), engine=answer(LINES), engine_at=NOON)
    found = analyzed(other, write(LINES))
    executions = [execution(1, INSERT, write(ORDERS)), execution(2, other, write(LINES))]
    for one, statement in zip(executions, (told, found), strict=True):
        await store.save(batch([one], statements=(statement,)), None)
    assert await rows(database, METHODS) == [("lines", "BOTH"), ("orders", "PARSED")]


async def test_outcomes_that_stay_undecided_stay_so(store: PostgresStore, database: Database) -> None:
    failed: dict[str, Any] = {"error_type": "EXTERNAL", "error_code": "X"}
    polled = execution(1, INSERT, write(ORDERS), state=State.FAILED, told_by=Teller.POLL, **failed)
    event = execution(1, INSERT, write(ORDERS), state=State.FAILED, told_by=Teller.EVENT, **failed)
    assert polled.outcome is Outcome.UNCERTAIN
    await store.save(batch([polled], RESULTS), None)
    await store.save(batch([event]), None)
    assert await history(database, "outcome, told_by") == [("UNCERTAIN", ["EVENT", "POLL"])]
