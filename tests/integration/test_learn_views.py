"""Definitions of views are learnt from Trino, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from query_lineage_tracker.adapters.postgres.columns import PostgresColumns
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.definitions import PostgresDefinitions
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.history import ExecutedQuery, Session, SessionOrigin, State
from query_lineage_tracker.lineage.engine import FetchedViews, ViewText
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState
from query_lineage_tracker.ports.store import SavedBatch
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.ingest import Ingest, IngestRules
from query_lineage_tracker.services.learn_views import LearnViews, ViewRules

pytestmark = pytest.mark.anyio

NOW = datetime.now(timezone.utc).replace(microsecond=0)
V, M = ObjectName("lake", "s", "v"), ObjectName("lake", "s", "m")
DAY = 86_400.0
Rows = Callable[..., Any]


class Recorded:
    """A source that gives its queries at once."""

    name = "trino"

    def __init__(self, queries: Sequence[ExecutedQuery]) -> None:
        self.queries = tuple(queries)

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        yield FetchedBatch(self.queries)

    async def aclose(self) -> None:
        pass


class Told:
    """Tells texts as Trino would, and remembers what it is asked."""

    def __init__(self, *views: ViewText, problem: str = "", away: bool = False) -> None:
        self.views = {view.object: view for view in views}
        self.problem = problem
        self.away = away
        self.asked: list[ObjectName] = []

    async def fetch(self, objects: Sequence[ObjectName]) -> FetchedViews | None:
        if self.away:
            return None
        self.asked += objects
        views = tuple(self.views[one] for one in objects if one in self.views)
        return FetchedViews(tuple(objects), datetime.now(timezone.utc), views, self.problem)


def view(name: ObjectName, text: str, *, materialized: bool = False) -> ViewText:
    return ViewText(name, materialized, text, reaches=None)


def query(minute: int, sql: str) -> ExecutedQuery:
    """A query in lake.s that was created so many minutes after an hour ago."""
    created = NOW - timedelta(hours=1) + timedelta(minutes=minute)
    return ExecutedQuery(
        query_id=f"{created:%Y%m%d_%H%M%S}_{minute:05}_abcde",
        state=State.FINISHED,
        user="alice",
        text=sql,
        created=created,
        ended=created + timedelta(seconds=1),
        session=Session("lake", "s", SessionOrigin.REST),
    )


@pytest.fixture
def analyzer(database: Database) -> TrinoAnalyzer:
    return TrinoAnalyzer(PostgresColumns(database, "trino"), definitions=PostgresDefinitions(database, "trino"))


@pytest.fixture
def ran(database: Database, analyzer: TrinoAnalyzer) -> Rows:
    """Ingests statements, each a minute after the other."""

    async def ingest(*statements: str) -> None:
        source = Recorded([query(minute, sql) for minute, sql in enumerate(statements)])
        await Ingest(PostgresStore(database), analyzer, IngestRules("trino", "trino")).run_pass(source)

    return ingest


@pytest.fixture
def learnt(database: Database, analyzer: TrinoAnalyzer) -> Rows:
    """What one pass of learning changes."""

    async def learn(source: Told, refresh_s: float = DAY) -> SavedBatch:
        rules = ViewRules("trino", "trino", refresh_s, sinks=("file",))
        views = PostgresDefinitions(database, "trino")
        return await LearnViews(PostgresStore(database), views, source, analyzer, rules).once()

    return learn


@pytest.fixture
def rows(database: Database) -> Rows:
    async def fetch(sql: str) -> list[Any]:
        async with database.transaction() as connection:
            return await (await connection.execute(sql)).fetchall()

    return fetch


async def edges(rows: Rows) -> list[str]:
    found = await rows("""
        SELECT upstream.name || '>' || downstream.name || ' ' || edge.kind
        FROM omd.edges AS edge
        JOIN omd.trino_query_objects AS upstream ON upstream.object_id = upstream_id
        JOIN omd.trino_query_objects AS downstream ON downstream.object_id = downstream_id
        ORDER BY 1
    """)
    return [edge for (edge,) in found]


async def test_what_is_read_is_asked_for_once_and_views_get_their_edges(ran: Rows, learnt: Rows, rows: Rows) -> None:
    await ran(
        "SELECT a FROM v", "INSERT INTO made SELECT a FROM t", "CREATE TABLE known AS SELECT 1 AS a", "TABLE known"
    )
    source = Told(view(V, "SELECT a FROM lake.s.m"), view(M, "SELECT a FROM lake.other.u", materialized=True))
    saved = await learnt(source)
    assert sorted(one.name for one in source.asked) == ["t", "v"]
    assert (saved.statements, saved.edges) == (1, 1)
    assert await edges(rows) == ["m>v DEFINITION", "t>made DATA"]
    assert await rows("SELECT kind FROM omd.trino_query_objects WHERE name = 'v'") == [("VIEW",)]
    assert await rows("SELECT entity IS NOT NULL FROM omd.outbox WHERE kind = 'LINEAGE'") == [(True,)]
    assert (await learnt(source)).edges == 1, "m, which v reads"
    assert await edges(rows) == ["m>v DEFINITION", "t>made DATA", "u>m DEFINITION"]
    assert [await learnt(source), await learnt(source)] == [SavedBatch()] * 2
    assert [one.name for one in source.asked[2:]] == ["m", "u"], "t and u are no views, and that is remembered"


async def test_a_refresh_reads_what_trino_told_of_the_definition(
    ran: Rows, learnt: Rows, rows: Rows, database: Database
) -> None:
    await ran("SELECT * FROM m")
    await learnt(Told(view(M, "SELECT a FROM lake.other.u", materialized=True)))
    (definition,) = (await PostgresDefinitions(database, "trino").definitions([M])).values()
    assert definition.sql == 'CREATE MATERIALIZED VIEW "lake"."s"."m" AS SELECT a FROM lake.other.u'
    await ran("SELECT * FROM m", "REFRESH MATERIALIZED VIEW m")
    assert await edges(rows) == ["u>m DATA", "u>m DEFINITION"]


async def test_names_without_a_session_stay_unresolved(ran: Rows, learnt: Rows, rows: Rows) -> None:
    await ran("SELECT a FROM v")
    await learnt(Told(view(V, "SELECT a FROM u JOIN lake.s.w USING (a)")))
    assert await edges(rows) == ["w>v DEFINITION"]
    assert await rows("SELECT parts FROM omd.unresolved_names") == [(["u"],)]


async def test_a_definition_that_was_seen_is_confirmed_by_its_text_and_keeps_its_session(
    ran: Rows, learnt: Rows, rows: Rows, database: Database
) -> None:
    create = "CREATE OR REPLACE VIEW v AS SELECT a, count(*) AS n FROM u WHERE b <> 1 GROUP BY a"
    await ran(create, "SELECT a FROM v")
    text = "SELECT\n  a\n, count(*) n\nFROM\n  u\nWHERE (b <> 1)\nGROUP BY a\n"
    assert await learnt(Told(view(V, text))) == SavedBatch(), "not asked for: it is known since an hour"
    await learnt(Told(view(V, text)), refresh_s=0)
    (definition,) = (await PostgresDefinitions(database, "trino").definitions([V])).values()
    assert (definition.sql, definition.schema) == (create, "s")
    assert await rows("SELECT count(*) FROM omd.statements WHERE kind = 'CREATE_VIEW'") == [(1,)]
    assert await rows("SELECT last_seen > now() - interval '1 minute' FROM omd.edges") == [(True,)]


async def test_a_text_that_says_something_else_is_another_definition(
    ran: Rows, learnt: Rows, rows: Rows, database: Database
) -> None:
    await ran("CREATE VIEW v AS SELECT a FROM u", "SELECT a FROM v")
    await learnt(Told(view(V, "SELECT a FROM lake.s.w")), refresh_s=0)
    (definition,) = (await PostgresDefinitions(database, "trino").definitions([V])).values()
    assert definition.sql == 'CREATE VIEW "lake"."s"."v" AS SELECT a FROM lake.s.w'
    assert "w>v DEFINITION" in await edges(rows)


async def test_a_refusal_is_remembered_with_its_reason(ran: Rows, learnt: Rows, rows: Rows) -> None:
    await ran("SELECT a FROM v", "SELECT a FROM m")
    source = Told(problem="CATALOG_NOT_FOUND: no such catalog, password = 'hunter2'")
    await learnt(source)
    await learnt(source)
    assert len(source.asked) == 2
    ((problem, count),) = await rows("SELECT problem, count(*) FROM omd.view_lookups GROUP BY 1")
    assert (problem.startswith("CATALOG_NOT_FOUND"), "hunter2" in problem, count) == (True, False, 2)


async def test_a_coordinator_that_is_away_is_asked_again(ran: Rows, learnt: Rows, rows: Rows) -> None:
    await ran("SELECT a FROM v")
    assert await learnt(Told(away=True)) == SavedBatch()
    assert await rows("SELECT count(*) FROM omd.view_lookups") == [(0,)]
    assert (await learnt(Told(view(V, "SELECT a FROM lake.s.u")))).edges == 1


async def test_secrets_in_a_text_are_redacted_before_it_is_stored(ran: Rows, learnt: Rows, rows: Rows) -> None:
    await ran("SELECT a FROM v")
    await learnt(Told(view(V, "SELECT * FROM TABLE(pg.system.query(query => 'SELECT 1', password => 'hunter2'))")))
    assert await rows("SELECT count(*) FROM omd.query_texts WHERE text LIKE '%hunter2%'") == [(0,)]
    assert await rows("SELECT count(*) FROM omd.query_texts WHERE text LIKE 'CREATE VIEW%'") == [(1,)]


async def test_one_catalog_is_asked_at_a_time_and_the_one_with_most_unknown_first(ran: Rows, learnt: Rows) -> None:
    await ran("SELECT 1 FROM hive.s.a", "SELECT 1 FROM pg.s.b", "SELECT 1 FROM pg.s.c", "SELECT 1 FROM system.s.d")
    source = Told()
    for _ in range(3):
        await learnt(source)
    assert [str(one) for one in source.asked] == ["pg.s.b", "pg.s.c", "hive.s.a"]
