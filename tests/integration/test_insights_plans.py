"""Plans of the read side's questions, on a history that is large enough for the planner to care.

Asserted is what keeps an answer quick however long the history is: no question reads whole partitions of the history,
all texts, all column edges or all days of statements; it gets at its rows by an index. The planner is as it is, but for
the search of texts, which forbids reading all of them itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from benchmarks.dataset import Sizes, make
from psycopg.conninfo import make_conninfo

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.health import PostgresHealthReads
from query_lineage_tracker.adapters.postgres.insights.lineage import PostgresLineageReads
from query_lineage_tracker.adapters.postgres.insights.objects import PostgresObjectReads
from query_lineage_tracker.adapters.postgres.insights.queries import PostgresQueryReads
from query_lineage_tracker.adapters.postgres.insights.reading import Rows
from query_lineage_tracker.domain.insights.lineage import EdgeFilter, Walk
from query_lineage_tracker.domain.insights.objects import NamedObject, ObjectSearch
from query_lineage_tracker.domain.insights.queries import QuerySearch
from query_lineage_tracker.services.insights import graph, objects, queries
from query_lineage_tracker.services.insights.naming import Focus

pytestmark = pytest.mark.anyio

LARGE = ("trino_queries_history", "query_texts", "column_edges", "statement_days")


@pytest.fixture(scope="session")
def history(postgres_dsn: str) -> str:
    """A hundredth of the history that the goals are stated for: 200,000 executions over 60 days.

    Once a worker, which may take tests of this module now and again later.
    """
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE plans")
    dsn = make_conninfo(postgres_dsn, dbname="plans")
    asyncio.run(make(dsn, Sizes.of(0.01), quiet=True))
    return dsn


@pytest.fixture
async def database(history: str, anyio_backend: str) -> AsyncIterator[Database]:
    async with Database(history) as opened:
        yield opened


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The plans of all questions that are asked from now on."""
    seen: list[Any] = []
    asked = Rows.__call__

    async def explained(self: Rows, query: Any, parameters: Mapping[str, object]) -> list[Any]:
        (plan,) = await asked(self, "EXPLAIN (FORMAT JSON) " + query, parameters)
        seen.append(plan["QUERY PLAN"][0]["Plan"])
        return await asked(self, query, parameters)

    monkeypatch.setattr(Rows, "__call__", explained)
    return seen


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def read_whole(plans: list[Any]) -> set[str]:
    """The large tables of which all rows are read. A day that has just begun has few rows, and may be."""
    scanned = {
        node.get("Relation Name", "") for plan in plans for node in nodes(plan) if node["Node Type"] == "Seq Scan"
    }
    today = datetime.now(timezone.utc)
    begun = tuple(f"{today + timedelta(days=ahead):%Y%m%d}" for ahead in (0, 1))
    return {name for name in scanned if name.startswith(LARGE) and not name.endswith(begun)}


@pytest.mark.parametrize(
    "wanted",
    [
        QuerySearch(),
        QuerySearch(user="user_7"),
        QuerySearch(source="tool-3"),
        QuerySearch(state="FAILED", error="TABLE_NOT_FOUND"),
        QuerySearch(tool="Tool 3", kind="SELECT"),
        QuerySearch(table="lake.s7.shipment_7"),
        QuerySearch(text="no such text"),
        QuerySearch(text="sum(amount)"),
    ],
)
async def test_searches_of_queries_follow_indexes(database: Database, plans: list[Any], wanted: QuerySearch) -> None:
    await queries.search_queries(PostgresQueryReads(database), wanted)
    assert plans and read_whole(plans) == set()


@pytest.mark.parametrize(("most", "by_statements"), [(10_000, True), (1, False)])
async def test_executions_of_many_statements_are_looked_for_one_by_one_unless_they_are_frequent(
    database: Database, plans: list[Any], monkeypatch: pytest.MonkeyPatch, most: int, by_statements: bool
) -> None:
    monkeypatch.setattr(queries, "_FEW_STATEMENTS", 0)
    monkeypatch.setattr(queries, "_MOST_EXECUTIONS", most)
    found = await objects.search_objects(PostgresObjectReads(database), ObjectSearch(text="lake.s7."))
    (table,) = [row.object for row in found.rows if row.object.endswith("_7")]
    plans.clear()
    await queries.search_queries(PostgresQueryReads(database), QuerySearch(table=table))
    assert plans and read_whole(plans) == set()
    indexes = {node.get("Index Name", "") for plan in plans for node in nodes(plan)}
    assert any("statement_id_query_id" in name for name in indexes) is by_statements


async def test_a_search_leaves_partitions_of_other_days_alone(database: Database, plans: list[Any]) -> None:
    await queries.search_queries(PostgresQueryReads(database), QuerySearch(user="user_7"))
    days = {
        node["Relation Name"] for node in nodes(plans[0]) if "trino_queries_history" in node.get("Relation Name", "")
    }
    assert 1 <= len(days) <= 10


async def test_texts_are_found_by_their_trigrams(database: Database) -> None:
    rows = Rows(database, "queries")
    rows.queries = {name: "EXPLAIN (FORMAT JSON) " + query for name, query in rows.queries.items()}
    found = await rows.within("texts", 60, {"enable_seqscan": "off"}, pattern="%abcdef%", limit=100)
    assert found is not None
    indexes = {node.get("Index Name") for node in nodes(found[0]["QUERY PLAN"][0]["Plan"])}
    assert "query_texts_trigrams" in indexes


async def test_questions_about_objects_follow_indexes(database: Database, plans: list[Any]) -> None:
    reads = PostgresObjectReads(database)
    page = await objects.search_objects(reads, ObjectSearch(text="_7"))
    named = NamedObject(page.rows[0].object_id, page.rows[0].namespace, page.rows[0].object)
    await objects.one_object(reads, named)
    await objects.usage_of(reads, named)
    await objects.readers_of(reads, Focus(named))
    await objects.search_objects(reads, ObjectSearch(unread_since=objects.first_day(30)))
    await objects.search_columns(reads, "amount_7")
    assert read_whole(plans) == set()


async def test_the_graph_follows_indexes(database: Database, plans: list[Any]) -> None:
    reads = PostgresLineageReads(database)
    page = await objects.search_objects(PostgresObjectReads(database), ObjectSearch(text="_7"), limit=3)
    for row in page.rows:
        focus = Focus(NamedObject(row.object_id, row.namespace, row.object))
        await graph.lineage_around(reads, focus, Walk(2, 2), EdgeFilter(), columns=True)
        columns = await objects.columns_of(PostgresObjectReads(database), focus.object)
        traced = Focus(focus.object, columns.rows[0].column)
        await graph.lineage_around(reads, traced, Walk(2, 2), EdgeFilter(indirect=True))
    assert len(plans) > 10 and read_whole(plans) == set()


async def test_the_overview_of_weeks_reads_a_row_a_day_and_counts_today(database: Database, plans: list[Any]) -> None:
    found = await PostgresHealthReads(database).overview(objects.first_day(90), 10)
    assert len(found.totals) == 61 and len(found.tables) == len(found.users) == 10
    assert plans and read_whole(plans) == set()
