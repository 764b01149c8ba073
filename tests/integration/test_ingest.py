"""Ingest on a real PostgreSQL: what a pass saves, what a failure leaves, what a second pass changes."""

from __future__ import annotations

import string
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow, Session, SessionOrigin, State
from query_lineage_tracker.errors import LeaseLost, TrinoUnreachable
from query_lineage_tracker.lineage.kinds import leading_kind
from query_lineage_tracker.lineage.result import LineageResult, ObjectName
from query_lineage_tracker.ports.analysis import StatementText
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState
from query_lineage_tracker.ports.store import Lease, SavedBatch
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.ingest import Ingest, IngestRules
from query_lineage_tracker.services.prepare import ClaimRules

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
U, T = ObjectName("lake", "s", "u"), ObjectName("lake", "s", "t")


class CountingAnalyzer:
    """Answers that every write goes from u to t, and counts what it is asked."""

    def __init__(self, version: str = "counting 1") -> None:
        self.version = version
        self.asked: list[str] = []

    async def analyze(self, statements: Sequence[StatementText]) -> Sequence[LineageResult]:
        self.asked += [statement.sql for statement in statements]
        return [LineageResult(*leading_kind(statement.sql), sources=(U,), target=T) for statement in statements]

    async def aclose(self) -> None:
        pass


class Scripted:
    """A source that gives the batches, then fails if told to."""

    name = "scripted"

    def __init__(self, *batches: FetchedBatch, then: Exception | None = None) -> None:
        self.batches = batches
        self.then = then
        self.states: list[IngestState] = []

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        self.states.append(state)
        for batch in self.batches:
            yield batch
        if self.then is not None:
            raise self.then

    async def aclose(self) -> None:
        pass


def query(number: int, sql: str, **more: Any) -> ExecutedQuery:
    return ExecutedQuery(
        query_id=f"20261122_120000_{number:05}_abcde",
        state=more.pop("state", State.FINISHED),
        user=more.pop("user", "alice"),
        text=sql,
        created=NOON + timedelta(seconds=number),
        ended=NOON + timedelta(seconds=number + 1),
        session=Session("lake", "s", SessionOrigin.REST),
        **more,
    )


def batch(*queries: ExecutedQuery, position: int = 0, rejected: Sequence[RejectedRow] = ()) -> FetchedBatch:
    watermark = max((one.ended for one in queries if one.ended is not None), default=None)
    return FetchedBatch(queries, rejected=tuple(rejected), watermark=watermark, position={"n": position})


Rows = Callable[..., Any]


@pytest.fixture
def rows(database: Database) -> Rows:
    async def fetch(sql: str) -> list[tuple[Any, ...]]:
        async with database.transaction() as connection:
            return await (await connection.execute(sql)).fetchall()

    return fetch


def ingest_on(database: Database, analyzer: CountingAnalyzer, **rules: Any) -> Ingest:
    return Ingest(PostgresStore(database), analyzer, IngestRules("trino", "trino", sinks=("file",), **rules))


async def test_statements_that_differ_in_literals_are_analyzed_once(database: Database, rows: Rows) -> None:
    analyzer = CountingAnalyzer()
    first = batch(*(query(number, f"INSERT INTO t SELECT a FROM u WHERE d = {number}") for number in range(5)))
    second = batch(*(query(number, f"INSERT INTO t SELECT a FROM u WHERE d = {number}") for number in range(5, 9)))
    saved = await ingest_on(database, analyzer).run_pass(Scripted(first, second))
    assert (saved.inserted, saved.statements, saved.edges) == (9, 1, 1)
    assert len(analyzer.asked) == 1
    assert await rows("SELECT sum(executions)::int, count(DISTINCT statement_id)::int FROM omd.statement_days") == [
        (9, 1)
    ]


async def test_a_second_pass_changes_nothing(database: Database, rows: Rows) -> None:
    analyzer = CountingAnalyzer()
    source = Scripted(batch(query(1, "INSERT INTO t SELECT a FROM u"), query(2, "SELECT a FROM u", user="bob")))
    assert (await ingest_on(database, analyzer).run_pass(source)).inserted == 2
    outbox = await rows("SELECT kind, entity, generation FROM omd.outbox ORDER BY 1, 2")
    assert outbox
    assert await ingest_on(database, CountingAnalyzer()).run_pass(source) == SavedBatch()
    assert await rows("SELECT kind, entity, generation FROM omd.outbox ORDER BY 1, 2") == outbox


async def test_a_source_is_told_of_each_batch_when_it_is_stored_and_of_none_that_is_not(
    database: Database, rows: Rows
) -> None:
    seen: list[int] = []

    async def saved() -> None:
        seen.append((await rows("SELECT count(*)::int FROM omd.trino_queries_history"))[0][0])

    batches = [replace(batch(query(number, "SELECT 1")), saved=saved) for number in range(3)]
    await ingest_on(database, CountingAnalyzer()).run_pass(Scripted(*batches))
    assert seen == [1, 2, 3]
    late = replace(batch(query(4, "SELECT 1")), saved=saved)
    with pytest.raises(LeaseLost):
        await ingest_on(database, CountingAnalyzer()).run_pass(Scripted(late), Lease("trino", "somebody", 7))
    assert seen == [1, 2, 3]


async def test_a_failing_source_keeps_what_was_saved_and_where_it_stands(database: Database, rows: Rows) -> None:
    analyzer = CountingAnalyzer()
    ingest = ingest_on(database, analyzer)
    failing = Scripted(batch(query(1, "SELECT 1"), position=1), then=TrinoUnreachable("gone"))
    with pytest.raises(TrinoUnreachable):
        await ingest.run_pass(failing)
    following = Scripted(batch(query(2, "SELECT 1"), position=2))
    assert (await ingest.run_pass(following)).inserted == 1
    assert following.states[0].position == {"n": 1}
    assert following.states[0].watermark == NOON + timedelta(seconds=2)
    assert await rows("SELECT error FROM omd.runs ORDER BY started_at") == [("gone",), (None,)]


async def test_a_batch_that_fails_leaves_nothing_and_is_analyzed_again(database: Database, rows: Rows) -> None:
    """The statement's result was rolled back with the batch, so nobody may believe that it is stored."""
    analyzer = CountingAnalyzer()
    ingest = ingest_on(database, analyzer)
    broken = query(1, "SELECT a FROM u", query_type="x", resource_group=(object(),))
    with pytest.raises(Exception, match="object"):
        await ingest.run_pass(Scripted(batch(broken, position=1)))
    assert await rows("SELECT count(*) FROM omd.trino_queries_history") == [(0,)]
    assert await rows("SELECT count(*) FROM omd.ingest_state") == [(0,)]
    assert (await ingest.run_pass(Scripted(batch(query(1, "SELECT a FROM u"))))).statements == 1
    assert len(analyzer.asked) == 2


async def test_another_analyzer_version_makes_results_stale(database: Database, rows: Rows) -> None:
    source = Scripted(batch(query(1, "INSERT INTO t SELECT a FROM u")))
    await ingest_on(database, CountingAnalyzer()).run_pass(source)
    newer = CountingAnalyzer("counting 2")
    await ingest_on(database, newer).run_pass(source)
    assert len(newer.asked) == 1
    assert await rows("SELECT analyzer FROM omd.statements") == [("counting 2",)]


async def test_secrets_reach_neither_history_nor_quarantine_nor_analyzer(database: Database, rows: Rows) -> None:
    analyzer = CountingAnalyzer()
    secret = "hunter2hunter2"
    created = query(1, f"CREATE CATALOG c USING postgresql WITH (\"connection-password\" = '{secret}')")
    failed = query(2, "SELECT 1", state=State.FAILED, error_message=f"cannot connect to jdbc:x://u:{secret}@h/db")
    prepared = query(3, "EXECUTE p", prepared_text=f"CALL c.system.f(password => '{secret}')")
    tagged = query(4, "SELECT 1", source=f"x;password={secret}", client_tags=(f"token={secret}",))
    tagged = replace(tagged, trace_token=f"jdbc:x://u:{secret}@h/db", client_info=f'{{"password": "{secret}"}}')
    bad = RejectedRow("created is missing", f'{{"query": "CALL f(password => \'{secret}\')"}}', "file:1")
    twice = RejectedRow("x", f'{{"query": "CALL f(password => \'{secret}\')", "query": "SELECT 1"}}', "file:2")
    told = batch(created, failed, prepared, tagged, rejected=[bad, twice])
    await ingest_on(database, analyzer).run_pass(Scripted(told))
    tables = await rows("SELECT tablename FROM pg_tables WHERE schemaname = 'omd' ORDER BY 1")
    assert len(tables) > 15
    for (table,) in tables:
        content = await rows(f"SELECT t::text FROM omd.{table} t")
        assert not [row for (row,) in content if secret in row], table
    assert len(analyzer.asked) == 3
    assert not [sql for sql in analyzer.asked if secret in sql]
    assert await rows("SELECT count(*) FROM omd.quarantine") == [(2,)]
    ((source, tags),) = await rows("SELECT source, client_tags FROM omd.trino_queries_history WHERE source IS NOT NULL")
    assert (source, tags) == ("x;password=***", ["token=***"])


async def test_an_open_query_advances_and_counts_once(database: Database, rows: Rows) -> None:
    ingest = ingest_on(database, CountingAnalyzer())
    running = query(1, "INSERT INTO t SELECT a FROM u", state=State.RUNNING)
    assert (await ingest.run_pass(Scripted(batch(running)))).inserted == 1
    assert await rows("SELECT capture, outcome FROM omd.trino_queries_history") == [("OPEN", None)]
    assert await rows("SELECT count(*) FROM omd.edges") == [(0,)]
    finished = query(1, "INSERT INTO t SELECT a FROM u")
    saved = await ingest.run_pass(Scripted(batch(finished), batch(running)))
    assert (saved.inserted, saved.advanced, saved.edges) == (0, 1, 1)
    assert await rows("SELECT capture, outcome FROM omd.trino_queries_history") == [("COMPLETE", "COMMITTED")]
    assert await rows("SELECT executions::int FROM omd.statement_days") == [(1,)]


async def test_a_claim_is_kept_apart_from_the_user_and_without_secrets(database: Database, rows: Rows) -> None:
    signed = query(
        1, '/* {"app": "dbt", "node_id": "model.p.m", "token": "s3cr3ts3cr3t"} */ SELECT 1', source="dbt-trino-1.9"
    )
    scheduled = query(
        2, "SELECT 2", source="airflow", client_info='{"dag_id": "d", "task_id": "t"}', client_tags=("etl",)
    )
    await ingest_on(database, CountingAnalyzer(), redact_literals=True).run_pass(Scripted(batch(signed, scheduled)))
    found = await rows(
        "SELECT user_name, claimed_by->>'tool', claimed_by->>'model', client_tags, claimed_by::text ~ 's3cr3t'"
        " FROM omd.trino_queries_history ORDER BY query_id"
    )
    assert found == [("alice", "dbt", "model.p.m", None, False), ("alice", "Airflow", "t", ["etl"], False)]


async def test_personal_data_in_claims_is_dropped_by_a_switch(database: Database, rows: Rows) -> None:
    signed = query(1, "-- [SQL LAB] carol@example.com\nSELECT 1", client_info='{"dag_id": "d", "dag_owner": "carol"}')
    impersonal = ClaimRules(personal=False)
    await ingest_on(database, CountingAnalyzer(), claims=impersonal).run_pass(Scripted(batch(signed)))
    assert await rows("SELECT claimed_by, client_info FROM omd.trino_queries_history") == [
        ({"tool": "Superset", "job": "SQL Lab"}, None)
    ]


async def test_names_that_no_key_can_hold_do_not_keep_their_batch_from_being_stored(
    database: Database, rows: Rows
) -> None:
    """Of random characters: PostgreSQL compresses others."""
    letters = Random(1)
    long = "".join(letters.choices(string.ascii_lowercase, k=7_000))
    texts = (
        f'SELECT a FROM "{long}"',
        f'SELECT 1 FROM a.b.c."{long}"',
        f'INSERT INTO t ("{long}") SELECT "{long}" FROM u',
        f'CREATE TABLE x AS SELECT a AS "{long}" FROM u',
        f'SELECT a AS "{long}" FROM u',
        f'ALTER TABLE t RENAME TO "{long}"',
        f'PREPARE "{long}" FROM SELECT 1',
        f'USE "{long}"."{long}"',
        "INSERT INTO t (a) SELECT a FROM u",
    )
    told = [query(number, text) for number, text in enumerate(texts)]
    told += [query(20, "SELECT 1", user=long, source=long, transaction_id=long, client_tags=(long,))]
    told += [replace(query(21, "SELECT a FROM u"), session=Session(long, long, SessionOrigin.REST))]
    ingest = Ingest(PostgresStore(database), TrinoAnalyzer(), IngestRules("trino", "trino", sinks=("file",)))
    assert (await ingest.run_pass(Scripted(batch(*told)))).inserted == len(told)
    assert await rows("SELECT name FROM omd.trino_query_objects ORDER BY 1") == [("t",), ("u",), ("x",)]
    assert await rows("SELECT DISTINCT length(user_name) FROM omd.trino_queries_history ORDER BY 1") == [(5,), (519,)]
    tables = await rows("SELECT reasons[cardinality(reasons)] FROM omd.statements WHERE coverage = 'TABLE' ORDER BY 1")
    assert [reason for (reason,) in tables if reason and "too long" in reason] == [
        "the name of a column is too long to be stored"
    ] * 2
