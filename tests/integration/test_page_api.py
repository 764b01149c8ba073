"""The API over a real PostgreSQL: questions, pages, and answers in words for what makes no sense."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from tests.batches import LINES, NOON, ORDERS, READ, REVENUE, batch, execution, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.bootstrap import insights_of
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.config.secret import Secret
from query_lineage_tracker.domain.history import ResourceUse, State
from query_lineage_tracker.lineage.result import ColumnName, Coverage, Effect, LineageResult, ObjectName, StatementKind
from query_lineage_tracker.web.app import page_app

pytestmark = pytest.mark.anyio

VIEW = ObjectName("lake", "mart", "revenue_view")
REPORT = ObjectName("lake", "mart", "report")
SELECT = "select id from orders"
INSERT = "insert into revenue (amount) select amount from orders where id > 0"
LOAD = "insert into revenue (amount) select amount from lines"
DEFINE = "create view revenue_view as select amount from revenue"
REPORTING = "insert into report (amount) select amount from revenue_view"
WRONG = "selec"
RESULTS = {
    SELECT: READ,
    INSERT: write(ORDERS),
    LOAD: write(LINES),
    DEFINE: write(REVENUE, target=VIEW, kind=StatementKind.CREATE_VIEW),
    REPORTING: write(VIEW, target=REPORT),
    WRONG: LineageResult(StatementKind.UNKNOWN, Effect.NONE, coverage=Coverage.NONE),
}
SINCE = (NOON - timedelta(days=1)).isoformat()


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Ten reads by alice and bob, one that failed, two loads, a view, and a report over it."""
    reads = [execution(number, SELECT, user="bob" if number % 2 else "alice") for number in range(10)]
    failed = execution(10, WRONG, RESULTS[WRONG], state=State.FAILED, user="bob", error_code="SYNTAX_ERROR")
    writes = [execution(11 + n, sql, RESULTS[sql]) for n, sql in enumerate((INSERT, LOAD, DEFINE, REPORTING))]
    await PostgresStore(database).save(batch([*reads, failed, *writes], RESULTS), None)
    async with asking(database) as opened:
        yield opened


def asking(database: Database, token: str | None = None, host: str = "127.0.0.1:8090") -> httpx.AsyncClient:
    app = page_app(insights_of(database), PageSettings(token=Secret(token) if token else None, rate=1000))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}/api/v1")


async def answer(client: httpx.AsyncClient, path: str, **parameters: Any) -> Any:
    response = await client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


async def test_queries_come_in_pages_that_leave_nothing_out(client: httpx.AsyncClient) -> None:
    cursor: dict[str, str] = {}
    seen: list[str] = []
    while True:
        page = await answer(client, "/queries", since=SINCE, limit=4, **cursor)
        seen += [row["query_id"] for row in page["rows"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(seen) == 15 and seen == sorted(set(seen), reverse=True)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"user": "bob"}, 6),
        ({"state": "FAILED"}, 1),
        ({"error": "SYNTAX_ERROR", "user": "bob"}, 1),
        ({"text": "FROM ORDERS"}, 11),
        ({"text": "where id"}, 1),
        ({"text": "no such thing"}, 0),
        ({"table": "orders"}, 11),
        ({"table": "lake.mart.revenue", "user": "alice"}, 3),
        ({"table": "nowhere"}, 0),
        ({"kind": "CREATE_VIEW"}, 1),
        ({"at_least_ms": 1}, 0),
        ({"until": (NOON + timedelta(seconds=5)).isoformat()}, 5),
    ],
)
async def test_filters_narrow_the_search_and_its_facets(
    client: httpx.AsyncClient, search: dict[str, str], found: int
) -> None:
    page = await answer(client, "/queries", since=SINCE, **search)
    assert (len(page["rows"]), page["complete"]) == (found, True)
    facets = await answer(client, "/queries/facets", since=SINCE, **search)
    assert (facets["counted"], facets["capped"]) == (found, False)
    assert sum(one["queries"] for one in facets["users"]) == found


async def test_a_list_shows_the_part_of_a_long_text_that_the_search_found(
    client: httpx.AsyncClient, database: Database
) -> None:
    sql = f"select {', '.join(f'column_{at}' for at in range(80))}, Needle_1 from orders where {'x = 1 or ' * 80} true"
    await PostgresStore(database).save(batch([execution(60, sql)], {sql: READ}), None)
    for text in ("nEEDLE_1 FROM", "needle_1"):
        (row,) = (await answer(client, "/queries", since=SINCE, text=text))["rows"]
        assert row["text"].startswith("… ") and "column_79, Needle_1 from orders where x = 1" in row["text"]
        assert (len(row["text"]), row["text_length"]) == (302, len(sql))
    (row,) = (await answer(client, "/queries", since=SINCE, text="select column_0"))["rows"]
    assert row["text"] == sql[:300]
    (row,) = (await answer(client, "/queries", since=SINCE, text=f"{'x = 1 or ' * 40}"))["rows"]
    assert row["text"].startswith("… ") and "x = 1 or x = 1" in row["text"]


async def test_one_query_is_told_with_what_it_makes(client: httpx.AsyncClient) -> None:
    (row,) = (await answer(client, "/queries", since=SINCE, text="where id"))["rows"]
    one = await answer(client, f"/queries/{row['query_id']}")
    assert (one["query"]["text"], one["query"]["outcome"]) == (INSERT, "COMMITTED")
    assert [(edge["upstream"], edge["downstream"]) for edge in one["edges"]] == [(str(ORDERS), str(REVENUE))]


async def test_objects_are_searched_and_told(client: httpx.AsyncClient) -> None:
    page = await answer(client, "/objects", text="Mart.Rev")
    assert [(row["object"], row["upstream"], row["downstream"]) for row in page["rows"]] == [
        (str(REVENUE), 2, 1),
        (str(VIEW), 1, 1),
    ]
    first = await answer(client, "/objects", limit=2)
    rest = await answer(client, "/objects", limit=10, cursor=first["next"])
    assert len(first["rows"]) + len(rest["rows"]) == 5 and rest["next"] is None
    unread = await answer(client, "/objects", unread_days=1)
    assert str(REPORT) in [row["object"] for row in unread["rows"]]
    one = await answer(client, "/object", name="orders", days=400)
    assert (one["object"], one["reads"], one["writes"], one["readers"]) == (str(ORDERS), 11, 0, 2)
    usage = await answer(client, "/object/usage", name=str(ORDERS), days=400)
    assert [(day["reads"], day["readers"]) for day in usage["days"]] == [(11, 2)]
    assert {user["user"]: user["reads"] for user in usage["users"]} == {"alice": 6, "bob": 5}


async def test_columns_are_found_over_all_objects_with_a_sign_of_their_lineage(client: httpx.AsyncClient) -> None:
    found = await answer(client, "/columns", text="MOUN")
    ways = {row["object"]: (row["upstream"], row["downstream"]) for row in found["rows"]}
    assert ways[str(REVENUE)] == (2, 1) and ways[str(REPORT)] == (1, 0)
    first = await answer(client, "/columns", text="amount", limit=1)
    second = await answer(client, "/columns", text="amount", limit=1, cursor=first["next"])
    assert first["rows"] != second["rows"]
    of_orders = await answer(client, "/object/columns", name="orders", limit=1)
    more = await answer(client, "/object/columns", name="orders", cursor=of_orders["next"])
    assert [row["column"] for row in (*of_orders["rows"], *more["rows"])] == ["amount", "id"]


async def test_the_lineage_of_an_object_is_a_part_of_the_graph_with_counts_of_the_rest(
    client: httpx.AsyncClient,
) -> None:
    graph = await answer(client, "/lineage", name="revenue", upstream=0, downstream=1)
    nodes = {node["object"]: node for node in graph["nodes"]}
    assert {name: node["distance"] for name, node in nodes.items()} == {str(REVENUE): 0, str(VIEW): 1}
    assert (nodes[str(REVENUE)]["more_upstream"], nodes[str(VIEW)]["more_downstream"]) == (2, 1)
    assert [edge["kind"] for edge in graph["edges"]] == ["DEFINITION"]
    capped = await answer(client, "/lineage", name="revenue", limit=2, upstream=3, downstream=3)
    assert (len(capped["nodes"]), capped["capped"]) == (2, True) and "are shown" in capped["advice"]


async def test_views_are_expanded_on_demand(client: httpx.AsyncClient) -> None:
    graph = await answer(client, "/lineage", name="report", upstream=1, downstream=0, through_views=True)
    assert [node["object"] for node in graph["nodes"]] == [str(REPORT), str(REVENUE)]
    assert [edge["through"] for edge in graph["edges"]] == [[str(VIEW)]]


async def test_a_column_is_traced_to_its_base_tables(client: httpx.AsyncClient) -> None:
    graph = await answer(client, "/lineage", name="report", column="amount", upstream=9, downstream=0)
    assert {node["object"]: node["distance"] for node in graph["nodes"]} == {
        str(REPORT): 0,
        str(VIEW): -1,
        str(REVENUE): -2,
        str(ORDERS): -3,
        str(LINES): -3,
    }
    assert all(edge["direct"] for edge in graph["column_edges"]) and len(graph["column_edges"]) == 4
    indirect = await answer(client, "/lineage", name="revenue", column="amount", downstream=0, indirect=True)
    assert {edge["subtype"] for edge in indirect["column_edges"]} == {"IDENTITY", "FILTER"}


async def test_impact_lists_objects_and_readers_by_distance(client: httpx.AsyncClient) -> None:
    listed = await answer(client, "/impact", name="orders", readers_since="2026-11-01")
    rows = [(row["distance"], row["affected"], row["object"], row["user"]) for row in listed["rows"]]
    assert rows == [
        (0, "READER", str(ORDERS), "alice"),
        (0, "READER", str(ORDERS), "bob"),
        (1, "OBJECT", str(REVENUE), None),
        (2, "OBJECT", str(VIEW), None),
        (3, "OBJECT", str(REPORT), None),
    ]
    of_column = await answer(client, "/impact", name="orders", column="id", indirect=True, readers_since="2026-11-01")
    reached = [(row["affected"], row["object"], row["subtypes"]) for row in of_column["rows"] if row["distance"] == 1]
    assert reached == [("OBJECT", str(REVENUE), ["FILTER"])]


async def test_who_reads_a_column_that_is_affected_in_two_ways_is_listed_once(database: Database) -> None:
    load, reads, whole = (
        "insert into report (id) select id from orders where id > 0",
        "select id from report",
        "select 1",
    )
    of_report = replace(READ, sources=(REPORT,), columns_read=(ColumnName(REPORT, "id"),))
    results = {
        load: write(ORDERS, target=REPORT, column="id"),
        reads: of_report,
        whole: replace(of_report, columns_read=()),
    }
    loaded = [execution(1, load, results[load])]
    read = [execution(2, reads), execution(3, reads), execution(4, whole), execution(5, whole, user="bob")]
    await PostgresStore(database).save(batch([*loaded, *read], results), None)
    asked = {"name": "orders", "column": "id", "indirect": True, "readers_since": "2026-11-01"}
    async with asking(database) as client:
        rows = (await answer(client, "/impact", **asked))["rows"]
    readers = [row for row in rows if row["affected"] == "READER" and row["distance"]]
    assert [(row["object"], row["user"], row["reads"], row["subtypes"], row["executions"]) for row in readers] == [
        (str(REPORT), "alice", ["id"], ["FILTER", "IDENTITY"], 3),
        (str(REPORT), "bob", [], ["FILTER"], 1),
    ]


async def test_evidence_highlights_the_expression(client: httpx.AsyncClient) -> None:
    ends = {"upstream": str(ORDERS), "downstream": str(REVENUE)}
    found = await answer(client, "/evidence", **ends, upstream_column="amount", downstream_column="amount")
    (witness,) = found["rows"]
    (span,) = witness["spans"]
    assert (witness["text"], witness["user"], witness["executions"]) == (INSERT, "alice", 1)
    assert INSERT[span["start"] : span["end"]] == "amount" and span["start"] > INSERT.index("select")
    assert (await answer(client, "/evidence", **ends))["rows"][0]["query_id"] == witness["query_id"]


async def test_lists_and_graphs_are_files_on_demand(client: httpx.AsyncClient) -> None:
    impact = await client.get("/impact", params={"name": "orders", "readers_since": "2026-11-01", "format": "csv"})
    assert impact.headers["content-type"].startswith("text/csv") and "impact.csv" in str(impact.headers)
    rows = list(csv.DictReader(io.StringIO(impact.text)))
    assert [(row["distance"], row["affected"], row["user"]) for row in rows][:2] == [
        ("0", "READER", "alice"),
        ("0", "READER", "bob"),
    ]
    page = await client.get("/queries", params={"since": SINCE, "limit": 3, "format": "csv"})
    assert len(page.text.splitlines()) == 4 and page.text.startswith("cluster,query_id,created")
    following = await answer(client, "/queries", since=SINCE, limit=1, cursor=page.headers["x-next-cursor"])
    assert following["rows"][0]["query_id"] not in page.text
    for path in (
        "/objects",
        "/object/columns?name=orders",
        "/object/readers?name=orders",
        "/object/usage?name=orders",
        "/columns?text=am",
        "/costs",
        "/gaps",
        "/outbox",
        "/sync",
    ):
        listed = await client.get(f"{path}{'&' if '?' in path else '?'}format=csv")
        assert listed.status_code == 200 and "," in listed.text.splitlines()[0], path


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"format": "csv"}, f"1,{ORDERS},{REVENUE},DATA"),
        ({"format": "csv", "columns": True}, f"1,{ORDERS},amount,{REVENUE},amount,IDENTITY,true"),
        ({"format": "csv", "column": "amount"}, f"1,{ORDERS},amount,{REVENUE},amount,IDENTITY,true"),
        ({"format": "mermaid"}, f'["{REVENUE}"]'),
        ({"format": "dot"}, f'"{ORDERS}" -> "{REVENUE}";'),
        ({"format": "svg"}, f"{ORDERS} to {REVENUE}: DATA"),
        ({"format": "html"}, f"<td>{ORDERS}</td><td>{REVENUE}</td>"),
    ],
)
async def test_a_graph_has_other_forms(client: httpx.AsyncClient, parameters: dict[str, Any], told: str) -> None:
    response = await client.get("/lineage", params={"name": "revenue", "downstream": 0, **parameters})
    assert response.status_code == 200 and told in response.text
    assert response.headers["content-disposition"].startswith("attachment")


async def test_readers_and_costs_are_told(client: httpx.AsyncClient) -> None:
    readers = await answer(client, "/object/readers", name="orders", column="amount", since="2026-11-22")
    assert [(row["user"], row["effect"], row["executions"]) for row in readers["rows"]] == [("alice", "WRITES", 1)]
    for by, value in (("user", "alice"), ("tool", "unknown"), ("table", str(ORDERS))):
        costs = await answer(client, "/costs", by=by, since=SINCE, until=(NOON + timedelta(days=1)).isoformat())
        assert value in [row["value"] for row in costs["rows"]]


async def test_costs_are_sorted_by_what_is_asked_for(client: httpx.AsyncClient, database: Database) -> None:
    odd = ObjectName("lake", "mart", "2026.sales")
    few = execution(60, "select a from few", user="carol", resources=ResourceUse(cpu_ms=9000))
    took = ResourceUse(cpu_ms=1, written_rows=7, physical_input_bytes=10**15)
    much = execution(61, "select a from much", user="dan", resources=took)
    results = {"select a from few": READ, "select a from much": replace(READ, sources=(odd,), columns_read=())}
    await PostgresStore(database).save(batch([few, much], results), None)
    bounds = {"since": SINCE, "until": (NOON + timedelta(days=1)).isoformat(), "limit": 1}
    for sort, user in (("cpu_ms", "carol"), ("input_bytes", "dan"), ("written_rows", "dan"), ("failed", "bob")):
        costs = await answer(client, "/costs", sort=sort, **bounds)
        assert [row["value"] for row in costs["rows"]] == [user], sort
    (costly,) = (await answer(client, "/costs", by="table", sort="input_bytes", **bounds))["rows"]
    assert (costly["value"], costly["input_bytes"]) == ('lake.mart."2026.sales"', 10**15)
    assert (await client.get("/costs", params={"sort": "beauty"})).status_code == 422


async def test_sums_that_no_number_of_the_database_holds_are_the_largest(
    client: httpx.AsyncClient, database: Database
) -> None:
    most = 2**63 - 1
    took = ResourceUse(*[most] * len(fields(ResourceUse)))
    lies = [execution(number, "select a from few", user="carol", resources=took) for number in (60, 61)]
    await PostgresStore(database).save(batch(lies, {"select a from few": READ}), None)
    bounds = {"since": SINCE, "until": (NOON + timedelta(days=1)).isoformat()}
    for by in ("user", "tool", "table"):
        (costly, *_) = (await answer(client, "/costs", by=by, sort="cpu_ms", **bounds))["rows"]
        assert {costly[sum_] for sum_ in ("cpu_ms", "elapsed_ms", "input_bytes", "written_rows")} == {most}, by


async def test_a_query_that_claims_a_late_year_costs_the_overview_no_time(
    client: httpx.AsyncClient, database: Database
) -> None:
    late = execution(60, "select a from few", created=datetime(9999, 12, 30, tzinfo=timezone.utc))
    await PostgresStore(database).save(batch([late], {"select a from few": READ}), None)
    overview = await asyncio.wait_for(answer(client, "/overview", days=400), 5)
    assert [(day["executions"], day["failed"]) for day in overview["totals"]] == [(15, 1)]


async def test_the_overview_counts_days_and_names_what_is_used_most(client: httpx.AsyncClient) -> None:
    overview = await answer(client, "/overview", days=400)
    assert [(day["executions"], day["failed"]) for day in overview["totals"]] == [(15, 1)]
    assert overview["tables"][0] == {"value": str(ORDERS), "executions": 11}
    assert await answer(client, "/gaps") == []
    assert {row["sink"] for row in await answer(client, "/sync")} == {"file"}


async def test_what_waits_for_a_catalog_is_told_by_names(client: httpx.AsyncClient) -> None:
    waiting = await answer(client, "/outbox", state="pending", sink="file")
    about = {(row["kind"], row["about"]) for row in waiting}
    assert ("LINEAGE", f"{ORDERS} → {REVENUE}") in about
    assert ("QUERY", f"INSERT of {REVENUE}, {ORDERS}") in about
    assert {row["state"] for row in waiting} == {"PENDING"} and await answer(client, "/outbox", state="dead") == []


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/object?name=nowhere", 404, "no query has used an object"),
        ("/object?name=lake..orders", 400, "is no name of a table"),
        ("/object?name=%22%3Cscript%3Ealert(1)%3C/script%3E%22", 404, "no query has used an object"),
        ("/object?name=a/b.😀.%22x.y%22", 404, "no query has used an object"),
        ("/lineage?name=orders&column=nothing", 404, "no query has used a column"),
        ("/lineage?name=orders&limit=9999", 422, "limit: "),
        ("/queries/20010101_000000_00000_xxxxx", 404, "there is no query"),
        ("/queries/..%2F..%2Fetc", 404, "nothing at this address"),
        ("/queries?cursor=nonsense", 400, "the cursor is none"),
        ("/queries?text=a", 400, "a search of 1 characters"),
        ("/queries?text=" + "x" * 1001, 400, "is too long"),
        ("/queries?text=" + "x" * 60_000, 414, "too long"),
        ("/queries?user=%00", 400, "NUL"),
        ("/queries?state=ASLEEP", 422, "state: "),
        ("/queries?since=yesterday", 422, "since: "),
        ("/columns?text=a", 400, "a search of 1 characters"),
        ("/evidence?upstream=orders&downstream=revenue&downstream_column=amount", 400, "on both sides"),
        ("/nothing", 404, "nothing at this address"),
    ],
)
async def test_what_makes_no_sense_is_answered_in_words(
    client: httpx.AsyncClient, path: str, status: int, detail: str
) -> None:
    response = await client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert detail in response.json()["detail"] and "Traceback" not in response.text


async def test_a_name_that_is_ambiguous_is_never_guessed(client: httpx.AsyncClient, database: Database) -> None:
    other = ObjectName("hive", "old", "orders")
    sql = "select id from hive.old.orders"
    await PostgresStore(database).save(batch([execution(50, sql)], {sql: write(other, target=LINES)}), None)
    response = await client.get("/object?name=orders")
    assert response.status_code == 400
    assert str(other) in response.json()["detail"] and str(ORDERS) in response.json()["detail"]


async def test_without_a_token_only_names_of_this_machine_are_answered(database: Database) -> None:
    async with asking(database, host="evil.example") as client:
        assert (await client.get("/sync")).status_code == 421


async def test_with_a_token_it_is_asked_for(database: Database) -> None:
    async with asking(database, "s3cret-enough", host="qlt.example") as client:
        refused = await client.get("/sync")
        assert refused.status_code == 401 and refused.headers["www-authenticate"].startswith("Basic")
        basic = base64.b64encode(b"anybody:s3cret-enough").decode()
        for proof, status in (
            ("Bearer s3cret-enough", 200),
            (f"Basic {basic}", 200),
            ("Bearer s3cret", 401),
            ("Basic !!", 401),
            ("Negotiate s3cret-enough", 401),
        ):
            assert (await client.get("/sync", headers={"Authorization": proof})).status_code == status


async def test_answers_carry_headers_that_keep_them_where_they_belong(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/sync")).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


async def test_an_absent_database_is_told(database: Database) -> None:
    away = Database("host=127.0.0.1 port=9 connect_timeout=1")
    async with asking(away) as client:
        response = await client.get("/sync")
    assert response.status_code == 503 and "PostgreSQL does not answer" in response.json()["detail"]
