"""Lineage, impact, objects and searches on the command line, over the recorded workload of the demonstration."""

from __future__ import annotations

import csv
import io
import json
from importlib import resources
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.commands import CommandLine


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, postgres_dsn: str, template: str) -> CommandLine:
    """The recorded workload, looked at by many tests and changed by none."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE insights TEMPLATE {template}".encode())
    qlt = CommandLine(
        tmp_path_factory.mktemp("insights"), {"POSTGRES_DSN": make_conninfo(postgres_dsn, dbname="insights")}
    )
    recording = resources.files("query_lineage_tracker") / "demo" / "recording.jsonl"
    assert qlt("run", "--once", "--source", "files", Path(str(recording))).code == 0
    return qlt


def test_what_feeds_a_table_is_listed_by_distance(demo: CommandLine) -> None:
    rows = demo("lineage", "up", "fct_customer_orders", "-o", "jsonl").rows()
    assert [row["distance"] for row in rows] == sorted(row["distance"] for row in rows)
    pairs = {(row["distance"], row["upstream"], row["downstream"]) for row in rows}
    assert (1, "lake.analytics.stg_orders", "lake.analytics.fct_customer_orders") in pairs
    assert (2, "lake.core.orders", "lake.analytics.stg_orders") in pairs
    near = demo("lineage", "up", "fct_customer_orders", "--hops", "1", "-o", "jsonl").rows()
    assert {row["upstream"] for row in near} == {"lake.analytics.stg_orders", "lake.analytics.stg_customers"}


def test_views_are_expanded_into_what_they_stand_on(demo: CommandLine) -> None:
    rows = demo("lineage", "up", "fct_customer_orders", "--hops", "1", "--through-views", "-o", "jsonl").rows()
    assert {(row["upstream"], *row["through"]) for row in rows} == {
        ("lake.core.orders", "lake.analytics.stg_orders"),
        ("lake.core.customers", "lake.analytics.stg_customers"),
    }


def test_a_column_is_traced_to_where_its_values_come_from(demo: CommandLine) -> None:
    rows = demo("lineage", "up", "stg_orders.order_total", "-o", "jsonl").rows()
    assert {(row["upstream"], row["upstream_column"], row["subtype"]) for row in rows} == {
        ("lake.core.orders", "total", "IDENTITY"),
        ("lake.staging.orders_day", "total", "IDENTITY"),
        ("tpch.tiny.orders", "totalprice", "TRANSFORMATION"),
    }
    assert demo("lineage", "up", "stg_orders.order_total", "--indirect", "-o", "jsonl").rows() != rows
    down = demo("lineage", "down", "tpch.tiny.orders.totalprice", "-o", "jsonl").rows()
    assert ("lake.analytics.stg_orders", "order_total") in {
        (row["downstream"], row["downstream_column"]) for row in down
    }


def test_pictures_are_written_in_two_languages(demo: CommandLine) -> None:
    mermaid = demo("lineage", "up", "stg_orders.order_total", "-o", "mermaid").out
    assert mermaid.startswith("flowchart LR") and '["lake.core.orders.total"]' in mermaid
    page = demo("lineage", "up", "stg_orders.order_total", "-o", "html").out
    assert page.startswith("<!DOCTYPE html>") and page.endswith("</html>\n") and "<td>lake.core.orders</td>" in page
    dot = demo("lineage", "down", "lake.core.orders", "-o", "dot").out
    assert '"lake.core.orders" -> "lake.analytics.stg_orders";' in dot


def test_what_a_change_breaks_names_readers_and_their_tools(demo: CommandLine) -> None:
    listed = demo("impact", "core.customers.segment", "--since", "2000-01-01", "-o", "csv").out
    rows = list(csv.DictReader(io.StringIO(listed)))
    objects = {(row["object"], row["column"]) for row in rows if row["affected"] == "OBJECT"}
    assert ("lake.analytics.stg_customers", "segment") in objects
    readers = {(row["object"], row["user"], row["tool"]) for row in rows if row["affected"] == "READER"}
    assert ("lake.core.customers", "alice", "") in {(name, user, "") for name, user, _ in readers}
    assert ("lake.mart.customer_360", "carol", "Metabase") in readers
    assert [int(row["distance"]) for row in rows] == sorted(int(row["distance"]) for row in rows)


def test_objects_are_listed_with_what_is_known_of_them(demo: CommandLine) -> None:
    rows = demo("objects", "Analytics.STG_", "-o", "jsonl").rows()
    assert [(row["object"], row["kind"]) for row in rows] == [
        ("lake.analytics.stg_customers", "VIEW"),
        ("lake.analytics.stg_orders", "VIEW"),
    ]
    assert all(row["columns"] and row["upstream"] and row["downstream"] for row in rows)
    assert {row["kind"] for row in demo("objects", "--kind", "view", "-o", "jsonl").rows()} == {"VIEW"}
    few = demo("objects", "--limit", "3")
    assert len(few.out.splitlines()) == 4 and "There are more" in few.err


def test_a_search_finds_what_the_page_finds(demo: CommandLine) -> None:
    rows = demo("queries", "search", "SEGMENT", "--since", "2000-01-01", "--limit", "5", "-o", "jsonl").rows()
    assert len(rows) == 5 and all("segment" in row["text"].lower() or row["text_length"] > 300 for row in rows)
    dbt = demo("queries", "search", "--tool", "dbt", "--since", "2000-01-01", "-o", "json").out
    assert {row["user"] for row in json.loads(dbt)["rows"]} == {"dbt"}
    failed = demo("queries", "search", "--error", "SYNTAX_ERROR", "--since", "2000-01-01", "-o", "jsonl").rows()
    assert len(failed) == 18 and {row["state"] for row in failed} == {"FAILED"}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("lineage", "up", "no.such.table"), "no query has used an object"),
        (("lineage", "up", "orders"), "may be:"),
        (("impact", 'a"b'), "is no name of a table"),
        (("queries", "search", "ab"), "a search of 2 characters"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error_in_words(demo: CommandLine, command: tuple[str, ...], told: str) -> None:
    ended = demo(*command)
    assert ended.code == 2 and told in ended.err and "Traceback" not in ended.err


def test_what_feeds_nothing_is_told(demo: CommandLine) -> None:
    ended = demo("lineage", "up", "tpch.tiny.orders")
    assert ended.code == 0 and "Nothing is known to feed tpch.tiny.orders" in ended.err
