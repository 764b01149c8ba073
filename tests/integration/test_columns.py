"""Columns of objects are learnt from what ran and from Trino, and statements follow them, on a real PostgreSQL."""

from __future__ import annotations

import string
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest

from query_lineage_tracker.adapters.postgres.columns import PostgresColumns, PostgresUntoldColumns
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.statements import PostgresStatements
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.history import ExecutedQuery, Session, SessionOrigin, State
from query_lineage_tracker.lineage.column_sets import ColumnSet, ColumnsOrigin, FetchedColumns
from query_lineage_tracker.lineage.result import LineageResult, ObjectName
from query_lineage_tracker.ports.analysis import StatementText
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState
from query_lineage_tracker.ports.store import SavedBatch, Which
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.ingest import Ingest, IngestRules
from query_lineage_tracker.services.learn_columns import LearnColumns
from query_lineage_tracker.services.reanalyze import Page, Reanalysis, ReanalysisRules

pytestmark = pytest.mark.anyio

NOW = datetime.now(timezone.utc).replace(microsecond=0)
U, T = ObjectName("lake", "s", "u"), ObjectName("lake", "s", "t")
Rows = Callable[..., Any]


class Recorded:
    """A source that gives each of its batches."""

    name = "recorded"

    def __init__(self, *batches: Sequence[ExecutedQuery]) -> None:
        self.batches = batches

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        for batch in self.batches:
            yield FetchedBatch(tuple(batch))

    async def aclose(self) -> None:
        pass


class Told:
    """Tells columns as Trino would, and counts what it is asked."""

    def __init__(
        self,
        columns: Mapping[ObjectName, tuple[str, ...]],
        problem: str = "no such table",
        origin: ColumnsOrigin = ColumnsOrigin.TRINO,
    ) -> None:
        self.columns = columns
        self.problem = problem
        self.origin = origin
        self.asked: list[ObjectName] = []

    async def fetch(self, objects: Sequence[ObjectName]) -> FetchedColumns | None:
        self.asked += objects
        at = datetime.now(timezone.utc)
        known = {
            one: ColumnSet(self.columns[one], at, self.origin, tuple("bigint" for _ in self.columns[one]))
            for one in objects
            if one in self.columns
        }
        return FetchedColumns(tuple(objects), known, self.problem)


class Versioned(TrinoAnalyzer):
    """The analyzer under another version, which finds nothing in an INSERT."""

    @property
    def version(self) -> str:
        return "trino 0"

    async def analyze(self, statements: Sequence[StatementText]) -> Sequence[LineageResult]:
        found = await super().analyze(statements)
        blind = await TrinoAnalyzer().analyze([StatementText("SELECT 1", None, None)] * len(statements))
        pairs = zip(statements, found, blind, strict=True)
        return [nothing if one.sql.startswith("INSERT") else result for one, result, nothing in pairs]


def query(minute: int, sql: str, state: State = State.FINISHED) -> ExecutedQuery:
    """A query that was created so many minutes after an hour ago."""
    created = NOW - timedelta(hours=1) + timedelta(minutes=minute)
    return ExecutedQuery(
        query_id=f"{created:%Y%m%d_%H%M%S}_{minute:05}_abcde",
        state=state,
        user="alice",
        text=sql,
        created=created,
        ended=created + timedelta(seconds=1),
        session=Session("lake", "s", SessionOrigin.REST),
    )


@pytest.fixture
def columns(database: Database) -> PostgresColumns:
    return PostgresColumns(database, "trino")


@pytest.fixture
def ingest(database: Database, columns: PostgresColumns) -> Ingest:
    rules = IngestRules("trino", "trino", sinks=("file",))
    return Ingest(PostgresStore(database), TrinoAnalyzer(columns), rules, columns=columns)


@pytest.fixture
def reanalysis(database: Database, columns: PostgresColumns) -> Reanalysis:
    return reanalysis_by(TrinoAnalyzer(columns), database, columns)


def reanalysis_by(analyzer: TrinoAnalyzer, database: Database, columns: PostgresColumns) -> Reanalysis:
    rules = ReanalysisRules("trino", "trino", ("file",))
    return Reanalysis(PostgresStore(database), PostgresStatements(database), analyzer, columns, rules)


@pytest.fixture
def rows(database: Database) -> Rows:
    async def fetch(sql: str) -> list[Any]:
        async with database.transaction() as connection:
            return await (await connection.execute(sql)).fetchall()

    return fetch


COLUMN_EDGES = """
SELECT upstream.name || '.' || upstream_column || '>' || downstream.name || '.' || downstream_column
FROM omd.column_edges
JOIN omd.trino_query_objects AS upstream ON upstream.object_id = upstream_id
JOIN omd.trino_query_objects AS downstream ON downstream.object_id = downstream_id
ORDER BY 1
"""


async def column_edges(rows: Rows) -> list[str]:
    return [edge for (edge,) in await rows(COLUMN_EDGES)]


async def columns_of(columns: PostgresColumns, name: ObjectName) -> tuple[str, ...] | None:
    known = (await columns.columns([name])).get(name)
    return None if known is None else known.columns


@pytest.mark.parametrize("batches", [1, 2, 3])
async def test_what_is_created_is_known_to_what_runs_later(ingest: Ingest, rows: Rows, batches: int) -> None:
    queries = [
        query(1, "CREATE TABLE raw (a bigint, b varchar)"),
        query(2, "CREATE TABLE u AS SELECT * FROM raw"),
        query(3, "INSERT INTO u SELECT b, a FROM other"),
    ]
    size = 4 - batches
    await ingest.run_pass(Recorded(*(queries[start : start + size] for start in range(0, 3, size))))
    assert await column_edges(rows) == ["other.a>u.b", "other.b>u.a", "raw.a>u.a", "raw.b>u.b"]
    assert await rows("SELECT DISTINCT coverage FROM omd.statements") == [("COLUMN",)]


async def test_the_order_of_creation_counts_not_that_of_rows(ingest: Ingest, rows: Rows) -> None:
    later, earlier = query(2, "INSERT INTO t SELECT * FROM u"), query(1, "CREATE TABLE u AS SELECT 1 AS a")
    table = query(0, "CREATE TABLE t (x int)")
    await ingest.run_pass(Recorded([later, earlier, table]))
    assert await column_edges(rows) == ["u.a>t.x"]


async def test_what_failed_tells_nothing(ingest: Ingest, columns: PostgresColumns) -> None:
    await ingest.run_pass(Recorded([query(1, "CREATE TABLE u AS SELECT 1 AS a", State.FAILED)]))
    assert await columns_of(columns, U) is None


async def test_changes_of_columns_are_followed_and_the_same_pass_again_changes_nothing(
    ingest: Ingest, columns: PostgresColumns, rows: Rows
) -> None:
    insert = "INSERT INTO t SELECT * FROM u"
    queries = [
        query(1, "CREATE TABLE t (x int, y int)"),
        query(2, "CREATE TABLE u (a int)"),
        query(3, insert),
        query(4, "ALTER TABLE u ADD COLUMN b int"),
        query(5, "ALTER TABLE u RENAME COLUMN a TO c"),
    ]
    await ingest.run_pass(Recorded(*([one] for one in queries)))
    assert await columns_of(columns, U) == ("c", "b")
    assert await column_edges(rows) == ["u.a>t.x"], "it ran before the changes"
    assert await ingest.run_pass(Recorded(*([one] for one in queries))) == SavedBatch()
    assert (await ingest.run_pass(Recorded([query(6, insert)]))).statements == 1
    assert await column_edges(rows) == ["u.b>t.y", "u.c>t.x"], "it ran after the changes"
    again = Recorded(*([one] for one in queries), [query(6, insert)])
    assert await ingest.run_pass(again) == SavedBatch()
    assert await rows("SELECT count(*) FROM omd.statements_on_other_columns") == [(0,)]
    assert await rows("SELECT column_name, ordinal FROM omd.object_columns WHERE ordinal IS NULL") == [("a", None)]


async def test_columns_that_were_known_before_they_were_used_have_the_days_of_their_use(
    ingest: Ingest, rows: Rows
) -> None:
    await ingest.run_pass(Recorded([query(1, "CREATE TABLE u (a int, b int)")]))
    read = query(2, "SELECT a FROM u")
    await ingest.run_pass(Recorded([read]))
    day = read.created.date()
    used = await rows("SELECT column_name, first_day, last_day FROM omd.object_columns ORDER BY 1")
    assert used == [("a", day, day), ("b", None, None)]


async def test_the_past_does_not_overwrite_what_is_known(ingest: Ingest, columns: PostgresColumns) -> None:
    await ingest.run_pass(Recorded([query(5, "CREATE OR REPLACE TABLE u AS SELECT 1 AS new")]))
    await ingest.run_pass(Recorded([query(1, "CREATE OR REPLACE TABLE u AS SELECT 1 AS old")]))
    assert await columns_of(columns, U) == ("new",)


async def test_a_swap_of_tables_keeps_their_columns(ingest: Ingest, columns: PostgresColumns) -> None:
    swap = [
        query(1, "CREATE TABLE t__tmp AS SELECT 1 AS a, 2 AS b"),
        query(2, "ALTER TABLE t RENAME TO t__backup"),
        query(3, "ALTER TABLE t__tmp RENAME TO t"),
        query(4, "DROP TABLE t__backup"),
    ]
    await ingest.run_pass(Recorded(swap))
    assert await columns_of(columns, T) == ("a", "b")


async def test_another_result_is_not_claimed_where_only_unused_columns_came(ingest: Ingest, rows: Rows) -> None:
    read = "SELECT a FROM u"
    await ingest.run_pass(Recorded([query(1, "CREATE TABLE u (a int)"), query(2, read)]))
    outbox = await rows("SELECT entity, generation FROM omd.outbox ORDER BY 1")
    saved = await ingest.run_pass(Recorded([query(3, "ALTER TABLE u ADD COLUMN b int")], [query(4, read)]))
    assert saved.statements == 1, "the ALTER itself"
    assert await rows("SELECT count(*) FROM omd.statements_on_other_columns") == [(0,)]
    assert await rows("SELECT entity, generation FROM omd.outbox ORDER BY 1") == outbox


async def test_trino_is_asked_once_for_what_is_unknown_and_then_statements_are_analyzed_again(
    ingest: Ingest, columns: PostgresColumns, reanalysis: Reanalysis, rows: Rows
) -> None:
    await ingest.run_pass(Recorded([query(1, "INSERT INTO t SELECT * FROM u"), query(2, "SELECT * FROM missing")]))
    assert await column_edges(rows) == []
    told = Told({U: ("a", "b"), T: ("x", "y")})
    learning = LearnColumns(columns, told, reanalysis, refresh_s=3600)
    assert await learning.once() == 2
    assert await column_edges(rows) == ["u.a>t.x", "u.b>t.y"]
    assert await rows("SELECT kind FROM omd.outbox WHERE generation > 1") == [("LINEAGE",), ("QUERY",)]
    assert await rows("SELECT problem FROM omd.column_sets WHERE known_at IS NULL") == [("no such table",)]
    assert await rows("SELECT DISTINCT type FROM omd.object_columns WHERE ordinal IS NOT NULL") == [("bigint",)]
    assert await learning.once() == 0
    assert len(told.asked) == 3


async def test_columns_are_asked_for_again_after_a_while(
    ingest: Ingest, columns: PostgresColumns, reanalysis: Reanalysis, rows: Rows
) -> None:
    await ingest.run_pass(Recorded([query(1, "CREATE TABLE t AS SELECT * FROM u")]))
    await LearnColumns(columns, Told({U: ("a",)}), reanalysis, refresh_s=3600).once()
    assert await column_edges(rows) == ["u.a>t.a"]
    changed = Told({U: ("a", "b"), T: ("a",)})
    assert await LearnColumns(columns, changed, reanalysis, refresh_s=0).once() == 1
    assert await column_edges(rows) == ["u.a>t.a"], "it has not run since"
    (page,) = await collected(reanalysis, Which.STALE)
    assert [differs["column_edges"] for _, differs in page.differences] == [
        {"added": [["lake.s.u.b", "b", "IDENTITY"]], "removed": []}
    ]
    assert await column_edges(rows) == ["u.a>t.a", "u.b>t.b"]


def in_openmetadata(columns: Mapping[ObjectName, tuple[str, ...]]) -> Told:
    return Told(columns, "not listed", ColumnsOrigin.OPENMETADATA)


@pytest.fixture
def untold(database: Database) -> PostgresUntoldColumns:
    return PostgresUntoldColumns(database, "trino", trino_first=False)


async def test_openmetadata_tells_what_nobody_else_does(
    ingest: Ingest, untold: PostgresUntoldColumns, reanalysis: Reanalysis, rows: Rows
) -> None:
    await ingest.run_pass(
        Recorded([query(1, "CREATE TABLE t (x int, y int)"), query(2, "INSERT INTO t SELECT * FROM u")])
    )
    told = in_openmetadata({U: ("a", "b"), T: ("wrong",)})
    learning = LearnColumns(untold, told, reanalysis, refresh_s=3600)
    assert await learning.once() == 1
    assert told.asked == [U]
    assert await column_edges(rows) == ["u.a>t.x", "u.b>t.y"]
    assert await learning.once() == 0
    assert told.asked == [U]


async def test_trino_is_believed_before_openmetadata(
    ingest: Ingest, columns: PostgresColumns, untold: PostgresUntoldColumns, reanalysis: Reanalysis
) -> None:
    await ingest.run_pass(Recorded([query(1, "CREATE TABLE t AS SELECT * FROM u")]))
    await LearnColumns(untold, in_openmetadata({U: ("old",)}), reanalysis, refresh_s=0).once()
    assert await columns_of(columns, U) == ("old",)
    await LearnColumns(untold, in_openmetadata({U: ("newer",)}), reanalysis, refresh_s=0).once()
    assert await columns_of(columns, U) == ("newer",)
    await LearnColumns(columns, Told({U: ("a",)}), reanalysis, refresh_s=0).once()
    assert await columns_of(columns, U) == ("a",)
    late = ColumnSet(("wrong",), NOW + timedelta(days=1), ColumnsOrigin.OPENMETADATA)
    assert await untold.keep(FetchedColumns((U,), {U: late})) == 0
    assert await columns_of(columns, U) == ("a",)


async def test_openmetadata_is_asked_after_trino_where_that_is_asked(
    ingest: Ingest, database: Database, columns: PostgresColumns, reanalysis: Reanalysis
) -> None:
    await ingest.run_pass(Recorded([query(1, "SELECT * FROM t, u")]))
    second = PostgresUntoldColumns(database, "trino", trino_first=True)
    assert await second.wanted(0, 10) == []
    await LearnColumns(columns, Told({U: ("a",)}), reanalysis, refresh_s=0).once()
    assert await second.wanted(0, 10) == [T]


async def test_between_two_questions_is_a_pause(
    ingest: Ingest, untold: PostgresUntoldColumns, reanalysis: Reanalysis
) -> None:
    await ingest.run_pass(Recorded([query(1, "SELECT * FROM u")]))
    told = in_openmetadata({U: ("a",)})
    learning = LearnColumns(untold, told, reanalysis, refresh_s=0, pause_s=60)
    assert [await learning.once() for _ in range(2)] == [1, 0]
    assert len(told.asked) == 1


async def collected(reanalysis: Reanalysis, which: Which, *, dry_run: bool = False) -> list[Page]:
    return [page async for page in reanalysis.pages(which, dry_run=dry_run)]


async def test_reanalysis_removes_and_restores_edges_and_is_idempotent(
    ingest: Ingest, database: Database, columns: PostgresColumns, reanalysis: Reanalysis, rows: Rows
) -> None:
    insert = "INSERT INTO t (x) SELECT a FROM u"
    await ingest.run_pass(Recorded([query(1, insert), query(2, "CREATE TABLE w AS SELECT b FROM u")]))
    edges = await rows("SELECT * FROM omd.edges ORDER BY 1, 2"), await column_edges(rows)
    blind = reanalysis_by(Versioned(columns), database, columns)
    (dry,) = await collected(blind, Which.STALE, dry_run=True)
    assert (await rows("SELECT * FROM omd.edges ORDER BY 1, 2"), await column_edges(rows)) == edges
    (page,) = await collected(blind, Which.STALE)
    assert dry.differences == page.differences
    assert [sorted(differs) for _, differs in page.differences] == [
        ["column_edges", "columns_read", "kind", "sources", "target"]
    ]
    assert await column_edges(rows) == ["u.b>w.b"]
    assert await rows("SELECT count(*) FROM omd.edges") == [(1,)]
    assert await collected(blind, Which.STALE) == []
    (back,) = await collected(reanalysis, Which.STALE)
    assert (back.analyzed, len(back.differences), back.saved.statements) == (2, 1, 1)
    assert (await rows("SELECT * FROM omd.edges ORDER BY 1, 2"), await column_edges(rows)) == edges
    pages = await collected(reanalysis, Which.ALL)
    assert [(page.analyzed, page.saved) for page in pages] == [(2, SavedBatch())]


async def test_a_column_with_a_name_that_no_key_can_hold_keeps_no_other_object_from_being_learnt(
    ingest: Ingest, columns: PostgresColumns
) -> None:
    """Of random characters: PostgreSQL compresses others."""
    await ingest.run_pass(Recorded([query(0, "INSERT INTO t SELECT * FROM u")]))
    long = "".join(Random(1).choices(string.ascii_lowercase, k=7_000))
    at = datetime.now(timezone.utc)
    told = {T: ColumnSet(("a", long), at, ColumnsOrigin.TRINO), U: ColumnSet(("a",), at, ColumnsOrigin.TRINO)}
    assert await columns.keep(FetchedColumns((T, U), told)) == 1
    assert set(await columns.columns([T, U])) == {U}
