"""Saving batches into a real PostgreSQL."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pytest
from tests.batches import (
    LINES,
    NOON,
    ORDERS,
    READ,
    REST_SESSION,
    REVENUE,
    UNCERTAIN,
    analyzed,
    batch,
    execution,
    statement_of,
    write,
)

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.leases import PostgresLeases
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.capture import Gap, GapCause, LostQuery, LostReason
from query_lineage_tracker.domain.history import Outcome, RejectedRow, ResourceUse, State
from query_lineage_tracker.errors import LeaseHeld, LeaseLost
from query_lineage_tracker.lineage.result import Coverage, Effect, LineageResult, ObjectName, StatementKind
from query_lineage_tracker.ports.store import Execution, Lease, SavedBatch

pytestmark = pytest.mark.anyio

DERIVED = Path(__file__).with_name("derived.sql").read_text()
SELECT = "select id from orders"
INSERT = "insert into revenue select amount from orders"
VIEW = "create view revenue as select amount from orders"
RESULTS = {SELECT: READ, INSERT: write(ORDERS), VIEW: write(ORDERS, kind=StatementKind.CREATE_VIEW)}


@pytest.fixture
async def store(database: Database) -> AsyncIterator[PostgresStore]:
    """A store; after each test all that is derived must be what the facts say."""
    yield PostgresStore(database)
    assert await rows(database, DERIVED) == []


async def rows(database: Database, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    async with database.transaction() as connection:
        return await (await connection.execute(cast("Any", query), parameters or None)).fetchall()


async def history(database: Database, columns: str = "state, capture, outcome") -> list[tuple[Any, ...]]:
    return await rows(database, f"SELECT {columns} FROM omd.trino_queries_history ORDER BY query_id")


async def counted(database: Database) -> list[tuple[Any, ...]]:
    return await rows(database, "SELECT user_name, state, outcome, executions FROM omd.statement_days ORDER BY 1, 2, 3")


async def edge_names(database: Database, columns: str = "") -> list[tuple[Any, ...]]:
    return await rows(
        database,
        f"""SELECT upstream.name, downstream.name, edges.kind {columns} FROM omd.edges
            JOIN omd.trino_query_objects AS upstream ON upstream.object_id = upstream_id
            JOIN omd.trino_query_objects AS downstream ON downstream.object_id = downstream_id ORDER BY 1, 2, 3""",
    )


async def test_saving_the_same_batch_again_changes_nothing(store: PostgresStore) -> None:
    saved = batch(
        [execution(1, SELECT), execution(2, INSERT, write(ORDERS, LINES))],
        {SELECT: READ, INSERT: write(ORDERS, LINES)},
        watermark=NOON,
        position={"offset": 1},
        gaps=(Gap(GapCause.FIRST_POLL, None, NOON), Gap(GapCause.OUTAGE, NOON, NOON + timedelta(hours=1))),
        rejected=(RejectedRow("created: missing", "{}", "file:1"),),
    )
    first = await store.save(saved, None)
    again = await store.save(saved, None)
    assert first == SavedBatch(inserted=2, statements=2, edges=2, enqueued=4, gaps=2, rejected=1)
    assert again == SavedBatch()


async def test_a_query_that_appears_in_several_states_in_one_batch_ends_in_the_last_and_counts_once(
    store: PostgresStore, database: Database
) -> None:
    states = (State.RUNNING, State.FINISHED, State.RUNNING, State.FINISHED)
    saved = await store.save(batch([execution(1, SELECT, state=state) for state in states], RESULTS), None)
    assert (saved.inserted, saved.advanced) == (1, 0)
    assert await history(database) == [("FINISHED", "COMPLETE", None)]
    assert await counted(database) == [("alice", "FINISHED", "NONE", 1)]


async def test_a_state_only_advances(store: PostgresStore, database: Database) -> None:
    for state in (State.PLANNING, State.RUNNING, State.QUEUED, State.FINISHED, State.RUNNING, State.FAILED):
        await store.save(batch([execution(1, SELECT, state=state)], RESULTS), None)
    assert await history(database) == [("FINISHED", "COMPLETE", None)]


async def test_an_open_query_counts_when_it_ends(store: PostgresStore, database: Database) -> None:
    await store.save(batch([execution(1, INSERT, write(ORDERS), state=State.RUNNING)], RESULTS), None)
    assert await counted(database) == []
    assert await edge_names(database) == []
    saved = await store.save(batch([execution(1, INSERT, write(ORDERS))]), None)
    assert saved == SavedBatch(advanced=1, edges=1, enqueued=2)
    assert await counted(database) == [("alice", "FINISHED", "COMMITTED", 1)]
    assert await edge_names(database) == [("orders", "revenue", "DATA")]


async def test_what_is_known_never_becomes_unknown_and_what_was_unknown_is_learned(
    store: PostgresStore, database: Database
) -> None:
    rich = execution(1, SELECT, source="dbt", resources=ResourceUse(cpu_ms=7), query_type="SELECT")
    poor = execution(1, SELECT, resources=ResourceUse(cpu_ms=99, written_bytes=3))
    await store.save(batch([rich], RESULTS), None)
    saved = await store.save(batch([poor]), None)
    assert saved == SavedBatch(advanced=1)
    assert await history(database, "source, query_type, cpu_ms, written_bytes") == [("dbt", "SELECT", 7, 3)]


async def test_a_failure_is_not_attached_to_a_query_that_finished(store: PostgresStore, database: Database) -> None:
    failed = execution(1, SELECT, state=State.FAILED, error_code="ABANDONED_QUERY", error_type="USER_ERROR")
    await store.save(batch([execution(1, SELECT)], RESULTS), None)
    await store.save(batch([failed]), None)
    assert await history(database, "state, error_code, error_type") == [("FINISHED", None, None)]


async def test_a_session_that_is_learned_late_moves_the_query_to_its_statement(
    store: PostgresStore, database: Database
) -> None:
    await store.save(batch([execution(1, INSERT, write(ORDERS))], RESULTS), None)
    resolved = execution(1, INSERT, write(LINES), session=REST_SESSION)
    statement = replace(analyzed(INSERT, write(LINES)), statement_id=resolved.statement_id)
    saved = await store.save(batch([resolved], statements=(statement,)), None)
    assert (saved.inserted, saved.advanced, saved.edges) == (0, 1, 1)
    assert await rows(database, "SELECT statement_id FROM omd.statement_days") == [(resolved.statement_id,)]
    assert await edge_names(database) == [("lines", "revenue", "DATA")]
    assert await history(database, "session_catalog, session_schema, session_origin") == [("lake", "sales", "REST")]
    again = await store.save(batch([execution(1, INSERT, write(ORDERS))]), None)
    assert again == SavedBatch()


async def test_lost_writes_are_uncertain_and_lost_reads_are_just_lost(store: PostgresStore, database: Database) -> None:
    executions = [
        execution(1, INSERT, write(ORDERS), state=State.RUNNING),
        execution(2, SELECT, state=State.RUNNING),
        execution(3, SELECT),
    ]
    await store.save(batch(executions, RESULTS), None)
    lost = tuple(LostQuery(one.query.query_id, LostReason.RESTART) for one in executions)
    saved = await store.save(batch(lost=lost), None)
    assert saved == SavedBatch(lost=2, edges=1, enqueued=2)
    assert await history(database, "capture, lost_reason, outcome") == [
        ("LOST", "RESTART", "UNCERTAIN"),
        ("LOST", "RESTART", None),
        ("COMPLETE", None, None),
    ]
    assert await edge_names(database, ", certain") == [("orders", "revenue", "DATA", False)]
    assert await store.save(batch(lost=lost), None) == SavedBatch()


@pytest.mark.parametrize(
    ("state", "error", "edges"),
    [(State.FINISHED, None, [("orders", "revenue", "DATA", True)]), (State.FAILED, "USER_ERROR", [])],
)
async def test_a_lost_write_that_is_found_again_is_counted_as_what_it_was(
    store: PostgresStore, database: Database, state: State, error: str | None, edges: list[tuple[Any, ...]]
) -> None:
    running = execution(1, INSERT, write(ORDERS), state=State.RUNNING)
    await store.save(batch([running], RESULTS), None)
    await store.save(batch(lost=(LostQuery(running.query.query_id, LostReason.EVICTED),)), None)
    found = execution(1, INSERT, write(ORDERS), state=state, error_type=error)
    saved = await store.save(batch([found]), None)
    assert saved.advanced == 1
    assert await history(database, "capture, lost_reason") == [("COMPLETE", None)]
    assert len(await counted(database)) == 1
    assert await edge_names(database, ", certain") == edges


async def test_an_uncertain_edge_becomes_certain_with_the_first_commit(
    store: PostgresStore, database: Database
) -> None:
    await store.save(batch([execution(1, INSERT, write(ORDERS), state=State.FAILED, outcome=UNCERTAIN)], RESULTS), None)
    assert await edge_names(database, ", certain") == [("orders", "revenue", "DATA", False)]
    saved = await store.save(batch([execution(2, INSERT, write(ORDERS))]), None)
    assert (saved.edges, saved.enqueued) == (0, 1)
    assert await edge_names(database, ", certain") == [("orders", "revenue", "DATA", True)]


async def test_only_what_counts_makes_edges(store: PostgresStore, database: Database) -> None:
    refused = execution(1, INSERT, write(ORDERS), state=State.FAILED, outcome=Outcome.NOT_WRITTEN)
    doubtful_view = execution(2, VIEW, RESULTS[VIEW], state=State.FAILED, outcome=UNCERTAIN)
    await store.save(batch([refused, doubtful_view], RESULTS), None)
    assert await edge_names(database) == []
    await store.save(batch([execution(3, VIEW, RESULTS[VIEW])]), None)
    assert await edge_names(database) == [("orders", "revenue", "DEFINITION")]


async def test_the_kind_of_an_object_is_what_the_last_statement_that_made_it_says(
    store: PostgresStore, database: Database
) -> None:
    kind = "SELECT name, kind FROM omd.trino_query_objects ORDER BY name"
    await store.save(batch([execution(1, INSERT, write(ORDERS))], RESULTS), None)
    assert await rows(database, kind) == [("orders", None), ("revenue", "TABLE")]
    await store.save(batch([execution(2, VIEW, RESULTS[VIEW])]), None)
    assert await rows(database, kind) == [("orders", None), ("revenue", "VIEW")]


async def test_another_result_for_a_statement_replaces_its_lineage(store: PostgresStore, database: Database) -> None:
    await store.save(batch([execution(1, INSERT, write(ORDERS))], RESULTS), None)
    saved = await store.save(batch(results={INSERT: write(LINES, column="price")}), None)
    assert saved == SavedBatch(statements=1, edges=1, enqueued=3)
    assert await edge_names(database) == [("lines", "revenue", "DATA")]
    flows = "SELECT upstream_column, downstream_column, subtype FROM omd.column_edges ORDER BY 1"
    assert await rows(database, flows) == [("id", "", "FILTER"), ("price", "price", "IDENTITY")]
    assert await store.save(batch(results={INSERT: write(LINES, column="price")}), None) == SavedBatch()


async def test_a_better_analysis_of_the_same_edge_is_told_when_its_columns_change(
    store: PostgresStore, database: Database
) -> None:
    await store.save(batch([execution(1, INSERT, write(ORDERS))], RESULTS), None)
    saved = await store.save(batch(results={INSERT: write(ORDERS, column="price")}), None)
    assert (saved.edges, saved.enqueued) == (0, 2)


async def test_an_edge_that_two_statements_make_survives_the_loss_of_one(
    store: PostgresStore, database: Database
) -> None:
    other = "insert into revenue select amount from orders where id > 0"
    executions = [execution(1, INSERT, write(ORDERS)), execution(2, other, write(ORDERS))]
    await store.save(batch(executions, {INSERT: write(ORDERS), other: write(ORDERS)}), None)
    await store.save(batch(results={other: write(LINES)}), None)
    assert await edge_names(database) == [("lines", "revenue", "DATA"), ("orders", "revenue", "DATA")]


async def test_system_objects_and_the_target_itself_make_no_edges(store: PostgresStore, database: Database) -> None:
    sources = (ObjectName("lake", "information_schema", "tables"), ObjectName("system", "runtime", "nodes"), REVENUE)
    result = write(*sources)
    await store.save(batch([execution(1, INSERT, result)], {INSERT: result}), None)
    assert await edge_names(database) == []
    linked = "SELECT role, name FROM omd.trino_queries_and_query_objects_lnk ORDER BY 1, 2"
    assert await rows(database, linked) == [
        ("SOURCE", "nodes"),
        ("SOURCE", "revenue"),
        ("SOURCE", "tables"),
        ("TARGET", "revenue"),
    ]


async def test_a_statement_that_could_not_be_parsed_is_stored_with_its_reason(
    store: PostgresStore, database: Database
) -> None:
    from query_lineage_tracker.lineage.result import SyntaxProblem, UnresolvedName

    broken = LineageResult(
        kind=StatementKind.UNKNOWN,
        effect=Effect.NONE,
        unresolved=(UnresolvedName(("x", "y.z"), "no session"), UnresolvedName(("x", "y.z"), "no session")),
        coverage=Coverage.NONE,
        reasons=("not parsed",),
        error=SyntaxProblem(3, 7, "unexpected ','"),
    )
    saved = await store.save(batch([execution(1, "selec", broken, state=State.FAILED)], {"selec": broken}), None)
    assert (saved.inserted, saved.statements, saved.enqueued) == (1, 1, 0)
    problem = "SELECT kind, coverage, reasons, error_line, error_column, error_message FROM omd.statements"
    assert await rows(database, problem) == [("UNKNOWN", "NONE", ["not parsed"], 3, 7, "unexpected ','")]
    assert await rows(database, "SELECT parts, reason FROM omd.unresolved_names") == [(["x", "y.z"], "no session")]


async def test_the_watermark_never_goes_back_and_none_leaves_it(store: PostgresStore) -> None:
    later = NOON + timedelta(minutes=1)
    await store.save(batch(watermark=later, position={"n": 1}), None)
    await store.save(batch(watermark=NOON, position={"n": 2}), None)
    await store.save(batch(), None)
    state = await store.ingest_state("trino", "poller")
    assert (state.watermark, state.position) == (later, {"n": 2})
    other = await store.ingest_state("trino", "backfill")
    assert (other.watermark, other.position) == (None, {})


async def test_open_queries_are_remembered_until_they_end_or_are_lost(store: PostgresStore) -> None:
    executions = [execution(number, SELECT, state=State.RUNNING) for number in (1, 2, 3)]
    ids = [one.query.query_id for one in executions]
    await store.save(batch(executions, RESULTS), None)
    assert (await store.ingest_state("trino", "poller")).open_queries == set(ids)
    await store.save(batch([execution(1, SELECT)], lost=(LostQuery(ids[1], LostReason.EVICTED),)), None)
    assert (await store.ingest_state("trino", "any source")).open_queries == {ids[2]}


async def test_our_own_queries_are_never_part_of_the_history(store: PostgresStore, database: Database) -> None:
    ours = execution(1, SELECT)
    await store.record_own_query("trino", ours.query.query_id)
    await store.record_own_query("trino", ours.query.query_id)
    saved = await store.save(batch([ours, execution(2, SELECT)], RESULTS), None)
    assert saved.inserted == 1
    assert (await store.ingest_state("trino", "poller")).own_queries == {ours.query.query_id}
    assert await store.save(batch([ours, execution(2, SELECT)], RESULTS), None) == SavedBatch()


async def test_known_statements_are_those_that_are_stored(store: PostgresStore) -> None:
    await store.save(batch(results={INSERT: RESULTS[INSERT]}), None)
    known = await store.known_statements([statement_of(INSERT), statement_of(SELECT)])
    assert [(one.effect, one.analyzer) for one in known.values()] == [(Effect.WRITES, "test 1")]
    assert await store.known_statements([]) == {}


async def test_each_day_has_its_partition_also_across_midnight(store: PostgresStore, database: Database) -> None:
    days = [
        NOON - timedelta(days=40),
        NOON,
        NOON + timedelta(hours=11, minutes=59, seconds=59),
        NOON + timedelta(days=1),
    ]
    executions = [execution(number, SELECT, created=day) for number, day in enumerate(days)]
    await store.save(batch(executions, RESULTS), None)
    partitions = "SELECT DISTINCT tableoid::regclass::text FROM omd.trino_queries_history ORDER BY 1"
    assert [name.rpartition("_p")[2] for (name,) in await rows(database, partitions)] == [
        "20261013",
        "20261122",
        "20261123",
    ]


@pytest.mark.parametrize("text", ["select 'a\0b'", "select '\ud800'", "select '\U0001f600'", "x" * 1_000_000])
async def test_any_text_can_be_stored(store: PostgresStore, database: Database, text: str) -> None:
    strange = execution(1, text, READ, user="al\0ice", error_message=text)
    saved = await store.save(batch([strange], {text: READ}, rejected=(RejectedRow(text, text, "here"),)), None)
    assert (saved.inserted, saved.rejected) == (1, 1)
    ((stored, length),) = await rows(database, "SELECT text, length(text) FROM omd.query_texts")
    assert length == len(text)
    assert "\0" not in stored
    again = await store.save(batch([strange], {text: READ}, rejected=(RejectedRow(text, text, "here"),)), None)
    assert again == SavedBatch()


async def test_tags_are_stored_as_they_are(store: PostgresStore, database: Database) -> None:
    tags = ('a "quoted" one', "back\\slash", "{a,b}", "NULL", "", "two\nlines\tand a tab", "\U0001f600")
    strange = execution(1, SELECT, client_tags=tags, resource_group=("global", 'g"x'))
    await store.save(batch([strange], RESULTS), None)
    assert await history(database, "client_tags, resource_group") == [(list(tags), ["global", 'g"x'])]
    assert await store.save(batch([strange], RESULTS), None) == SavedBatch()


async def test_a_batch_that_fails_leaves_nothing(store: PostgresStore, database: Database) -> None:
    broken = replace(execution(2, SELECT), capture=cast("Any", UNCERTAIN))
    with pytest.raises(Exception, match="capture"):
        await store.save(batch([execution(1, SELECT), broken], RESULTS, watermark=NOON), None)
    assert await history(database) == []
    assert await rows(database, "SELECT 1 FROM omd.statements") == []
    assert (await store.ingest_state("trino", "poller")).watermark is None


async def test_a_batch_of_a_stale_holder_fails_on_the_epoch(store: PostgresStore, database: Database) -> None:
    leases = PostgresLeases(database)
    stale = await leases.acquire("trino", "one", 0.05)
    await asyncio.sleep(0.1)
    current = await leases.acquire("trino", "two", 60)
    with pytest.raises(LeaseLost, match="two"):
        await store.save(batch([execution(1, SELECT)], RESULTS), stale)
    with pytest.raises(LeaseLost):
        await store.save(batch([execution(1, SELECT)], RESULTS), Lease("other", "one", 1))
    assert await history(database) == []
    assert (await store.save(batch([execution(1, SELECT)], RESULTS), current)).inserted == 1


async def test_a_lease_is_held_renewed_released_and_lost(database: Database) -> None:
    leases = PostgresLeases(database)
    lease = await leases.acquire("trino", "host:1", 60)
    with pytest.raises(LeaseHeld, match="host:1"):
        await leases.acquire("trino", "host:2", 60)
    await leases.acquire("elsewhere", "host:2", 60)
    await leases.renew(lease, 60)
    again = await leases.acquire("trino", "host:1", 60)
    assert again.epoch == lease.epoch + 1
    with pytest.raises(LeaseLost):
        await leases.renew(lease, 60)
    await leases.release(lease)
    with pytest.raises(LeaseHeld):
        await leases.acquire("trino", "host:2", 60)
    await leases.release(again)
    assert (await leases.acquire("trino", "host:2", 60)).holder == "host:2"


async def test_clusters_that_share_a_namespace_save_at_the_same_time(store: PostgresStore, database: Database) -> None:
    def batches(cluster: str) -> list[Any]:
        return [
            batch(
                [execution(n, sql, RESULTS[sql]) for n in range(start, start + 20) for sql in (INSERT,)],
                RESULTS,
                cluster=cluster,
            )
            for start in range(0, 100, 20)
        ]

    async def save_all(cluster: str) -> SavedBatch:
        saved = SavedBatch()
        for one in batches(cluster):
            saved += await store.save(one, None)
        return saved

    saved = await asyncio.gather(*(save_all(cluster) for cluster in ("a", "b", "c")))
    assert [one.inserted for one in saved] == [100, 100, 100]
    assert sum(one.statements for one in saved) == 3
    assert sum(one.edges for one in saved) == 1


async def test_a_batch_that_loses_a_deadlock_is_saved_again(store: PostgresStore, database: Database) -> None:
    await store.save(batch(results=RESULTS), None)
    text = "select id from orders where id = 1"
    one = replace(execution(1, text), statement_id=statement_of(SELECT))
    async with database.transaction() as other:
        await other.execute("SET LOCAL deadlock_timeout = '1min'")
        await other.execute("LOCK TABLE omd.ingest_state IN SHARE MODE")
        saving = asyncio.create_task(store.save(batch([one]), None))
        await asyncio.sleep(0.3)
        await other.execute("SELECT 1 FROM omd.clusters FOR UPDATE")
    assert (await saving).inserted == 1


async def test_runs_record_how_they_ended(store: PostgresStore, database: Database) -> None:
    good, bad = await store.begin_run("trino", "poller"), await store.begin_run("trino", "poller")
    await store.end_run(good, SavedBatch(inserted=3, edges=1), None)
    await store.end_run(bad, SavedBatch(), "Trino is away\0")
    stored = "SELECT inserted, edges, error, ended_at IS NOT NULL FROM omd.runs ORDER BY inserted DESC"
    assert await rows(database, stored) == [(3, 1, None, True), (0, 0, "Trino is away\u2400", True)]


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_the_order_and_the_batches_the_end_is_the_same(
    store: PostgresStore, database: Database, seed: int
) -> None:
    """What a poll says may come late, twice, or after a backfill said it; the derived facts are checked after each."""
    chosen = random.Random(seed)
    observed = [_observation(number, chosen) for number in range(25) for _ in range(chosen.randint(1, 3))]
    chosen.shuffle(observed)
    await store.save(batch(results=RESULTS), None)
    while observed:
        size = chosen.randint(1, 12)
        part, observed = observed[:size], observed[size:]
        ids = sorted({one.query.query_id for one in part})
        lost = tuple(LostQuery(one, LostReason.EVICTED) for one in ids if chosen.random() < 0.1)
        first = batch(part, results=_reanalyzed(chosen), lost=lost)
        await store.save(first, None)
        assert await rows(database, DERIVED) == []
        assert await store.save(first, None) == SavedBatch()
        assert await rows(database, DERIVED) == []


def _observation(number: int, chosen: random.Random) -> Execution:
    sql = [SELECT, INSERT, VIEW][number % 3]
    state = chosen.choice([State.QUEUED, State.RUNNING, State.FINISHED, State.FAILED])
    created = datetime(2026, 11, 22 + number % 2, 1, tzinfo=timezone.utc)
    return execution(number, sql, RESULTS[sql], state=state, created=created, user=f"user_{number % 4}")


def _reanalyzed(chosen: random.Random) -> dict[str, LineageResult]:
    if chosen.random() < 0.7:
        return {}
    return {INSERT: write(*chosen.sample([ORDERS, LINES, REVENUE], 2), column=chosen.choice(["amount", "price"]))}
