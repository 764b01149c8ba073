"""What a graph shows: every edge between its objects, and on demand none of those that only connect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.integration.test_ingest import Scripted
from tests.integration.test_page_api import asking
from tests.integration.test_views_and_lifecycle import query

from query_lineage_tracker.adapters.postgres.columns import PostgresColumns
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.definitions import PostgresDefinitions
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.ports.sources import FetchedBatch
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.ingest import Ingest, IngestRules

pytestmark = pytest.mark.anyio

Graphs = Callable[..., Awaitable[dict[str, Any]]]

FAN = (
    "INSERT INTO x1 SELECT a FROM f",
    "INSERT INTO x2 SELECT a FROM f",
    "INSERT INTO y1 SELECT a FROM x1",
    "INSERT INTO y2 SELECT a FROM x2",
    "INSERT INTO y2 SELECT a FROM y1",
    "INSERT INTO z SELECT a FROM y2",
)
ASIDE = (
    "CREATE TABLE tmp AS SELECT a FROM u",
    "CREATE TABLE tmp2 AS SELECT a FROM tmp",
    "INSERT INTO t SELECT a FROM tmp2",
    "CREATE TABLE lost AS SELECT a FROM u",
    *(f"DROP TABLE {name}" for name in ("tmp", "tmp2", "lost")),
)


@pytest.fixture
def graph_after(database: Database) -> Graphs:
    """The graph that the API answers with after these statements, a minute apart."""

    async def told(statements: tuple[str, ...], **asked: Any) -> dict[str, Any]:
        analyzer = TrinoAnalyzer().knowing(PostgresColumns(database, "trino"), PostgresDefinitions(database, "trino"))
        ran = tuple(query(minute, sql) for minute, sql in enumerate(statements))
        job = Ingest(PostgresStore(database), analyzer, IngestRules("trino", "trino", sinks=()))
        await job.run_pass(Scripted(FetchedBatch(ran)))
        async with asking(database) as client:
            response = await client.get("/lineage", params=asked)
        return {"status": response.status_code, **response.json()}

    return told


def edges_of(graph: dict[str, Any]) -> set[tuple[str, str]]:
    names = {node["id"]: node["object"].rpartition(".")[2] for node in graph["nodes"]}
    return {(names[edge["upstream"]], names[edge["downstream"]]) for edge in graph["edges"]}


def hidden_of(graph: dict[str, Any]) -> dict[str, int]:
    """Neighbours downstream that are not shown."""
    return {node["object"].rpartition(".")[2]: node["more_downstream"] for node in graph["nodes"]}


async def test_edges_between_what_several_steps_added_are_shown(graph_after: Graphs) -> None:
    graph = await graph_after(FAN, name="f", expand=["down:lake.s.x1", "down:lake.s.x2"])
    assert edges_of(graph) == {("f", "x1"), ("f", "x2"), ("x1", "y1"), ("x2", "y2"), ("y1", "y2")}
    assert hidden_of(graph) == {"f": 0, "x1": 0, "x2": 0, "y1": 0, "y2": 1}
    assert {node["object"]: node["distance"] for node in graph["nodes"]}["lake.s.y2"] == 2


async def test_steps_start_from_what_is_shown_only(graph_after: Graphs) -> None:
    graph = await graph_after(FAN, name="f", expand=["down:lake.s.y2"])
    assert edges_of(graph) == {("f", "x1"), ("f", "x2")}
    unknown = await graph_after(FAN, name="f", expand=["down:lake.s.nowhere"])
    assert (unknown["status"], "lake.s.nowhere" in unknown["detail"]) == (404, True)
    malformed = await graph_after(FAN, name="f", expand=["sideways:lake.s.y2"])
    assert malformed["status"] == 422 and "expand" in malformed["detail"]


async def test_a_step_adds_no_more_than_the_limit_and_says_so(graph_after: Graphs) -> None:
    wide = tuple(f"INSERT INTO y{number} SELECT a FROM x" for number in range(5))
    statements = ("INSERT INTO x SELECT a FROM f", *wide)
    graph = await graph_after(statements, name="f", limit=2, expand=["down:lake.s.x"])
    assert (len(graph["nodes"]), graph["capped"], hidden_of(graph)["x"]) == (4, True, 3)


async def test_tables_that_are_gone_and_only_connected_are_seen_through(graph_after: Graphs) -> None:
    graph = await graph_after(ASIDE, name="t", upstream=1, through_gone=True)
    assert edges_of(graph) == {("u", "t")}
    (edge,) = graph["edges"]
    assert (edge["through"], edge["ended"]) == (["lake.s.tmp", "lake.s.tmp2"], False)
    assert edge["first_seen"].startswith("2026-11-22T12:02") and edge["last_seen"].startswith("2026-11-22T12:00")


async def test_what_is_gone_and_led_nowhere_is_not_shown(graph_after: Graphs) -> None:
    graph = await graph_after(ASIDE, name="u", downstream=1, through_gone=True)
    assert edges_of(graph) == {("u", "t")}
    assert {node["object"] for node in graph["nodes"]} == {"lake.s.u", "lake.s.t"}
    with_ended = await graph_after(ASIDE, name="u", downstream=1, through_gone=True, ended=True)
    assert edges_of(with_ended) == {("u", "t"), ("u", "lost")}


async def test_without_the_switch_a_table_that_is_gone_stays_where_it_fed_something(graph_after: Graphs) -> None:
    graph = await graph_after(ASIDE, name="t", upstream=3)
    assert edges_of(graph) == {("tmp2", "t")}


async def test_what_was_made_after_the_last_copy_is_no_source_of_it(graph_after: Graphs) -> None:
    statements = (
        "CREATE TABLE tmp AS SELECT a FROM u",
        "INSERT INTO t SELECT a FROM tmp",
        "INSERT INTO tmp SELECT a FROM late",
        "DROP TABLE tmp",
    )
    graph = await graph_after(statements, name="t", upstream=2, through_gone=True)
    assert edges_of(graph) == {("u", "t")}
    assert [node["object"] for node in graph["nodes"]] == ["lake.s.t", "lake.s.u"]
