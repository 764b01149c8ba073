"""The recorded workload with our own analyzer, through the real command line: how far its lineage goes, and again."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.commands import CommandLine, Ended

RECORDING = Path(str(resources.files("query_lineage_tracker") / "demo" / "recording.jsonl"))
EDGES = """
SELECT upstream.name, downstream.name, edge.kind
FROM omd.edges AS edge
JOIN omd.trino_query_objects AS upstream ON upstream.object_id = edge.upstream_id
JOIN omd.trino_query_objects AS downstream ON downstream.object_id = edge.downstream_id
"""
COLUMN_EDGES = """
SELECT upstream.name || '.' || upstream_column, downstream_column, subtype
FROM omd.column_edges
JOIN omd.trino_query_objects AS upstream ON upstream.object_id = upstream_id
JOIN omd.trino_query_objects AS downstream ON downstream.object_id = downstream_id
WHERE downstream.name = 'revenue_by_nation'
"""
ALL_EDGES = "SELECT * FROM omd.edges ORDER BY 1, 2, 3"
ALL_COLUMN_EDGES = "SELECT * FROM omd.column_edges ORDER BY 1, 3, 6, 2, 4, 5"
MESSAGES = "SELECT sink, kind, entity, generation FROM omd.outbox ORDER BY 1, 2, 3"
Rows = Callable[[str], list[Any]]


@pytest.fixture
def rows(dsn: str) -> Rows:
    def fetch(query: str) -> list[Any]:
        with psycopg.connect(dsn) as connection:
            return connection.execute(query).fetchall()

    return fetch


@pytest.fixture
def ingested(qlt: CommandLine) -> CommandLine:
    ended = qlt("run", "--once", "--source", "files", RECORDING)
    assert ended.code == 0, ended.err
    return qlt


def test_lineage_goes_down_to_columns_and_a_second_time_changes_nothing(ingested: CommandLine, rows: Rows) -> None:
    analyzed = dict(rows("SELECT coverage, count(*) FROM omd.statements WHERE error_message IS NULL GROUP BY 1"))
    assert rows("SELECT DISTINCT analyzer FROM omd.statements") == [("trino 1",)]
    assert set(analyzed) == {"COLUMN", "TABLE"}
    assert analyzed["COLUMN"] >= 0.9 * sum(analyzed.values())
    assert not rows("SELECT reasons FROM omd.statements WHERE coverage = 'TABLE' AND reasons = '{}'")
    assert not rows("SELECT reasons FROM omd.statements WHERE reasons::text LIKE '%defect%'")
    assert {
        ("orders", "order_lines", "DATA"),
        ("customers", "revenue_by_nation", "DEFINITION"),
        ("stg_orders", "fct_customer_orders__dbt_tmp", "DATA"),
    } <= set(rows(EDGES))
    assert {
        ("order_lines.net_price", "revenue", "AGGREGATION"),
        ("orders.order_date", "month", "TRANSFORMATION"),
        ("customers.nation", "nation", "IDENTITY"),
        ("orders.customer_id", "", "JOIN"),
    } <= set(rows(COLUMN_EDGES))
    before = rows(ALL_EDGES), rows(ALL_COLUMN_EDGES), rows(MESSAGES)
    again = ingested("backfill", RECORDING)
    assert "0 queries new, 0 advanced, 0 quarantined, 0 statements analyzed, 0 edges new" in again.err
    assert (rows(ALL_EDGES), rows(ALL_COLUMN_EDGES), rows(MESSAGES)) == before


def test_another_analyzer_and_back_leaves_the_same_edges(ingested: CommandLine, rows: Rows) -> None:
    before = rows(ALL_EDGES), rows(ALL_COLUMN_EDGES)
    nothing = ingested("reanalyze", "-o", "jsonl")
    assert (nothing.code, nothing.rows()) == (0, [])
    other = ingested.having(LINEAGE_ANALYZER="sqllineage")
    messages = rows(MESSAGES)
    dry = other("reanalyze", "--dry-run", "-o", "jsonl")
    assert (rows(ALL_EDGES), rows(ALL_COLUMN_EDGES), rows(MESSAGES)) == (*before, messages)
    assert differing(other("reanalyze", "-o", "jsonl")) == differing(dry) != []
    assert rows(ALL_COLUMN_EDGES) != before[1]
    assert rows("SELECT DISTINCT split_part(analyzer, ' ', 1) FROM omd.statements") == [("sqllineage",)]
    back = ingested("reanalyze")
    assert back.code == 0
    assert back.out.splitlines()[0].split() == [
        *("namespace", "analyzed", "differ", "kind", "coverage", "error", "target"),
        *("sources", "columns_read", "column_edges"),
    ]
    assert (rows(ALL_EDGES), rows(ALL_COLUMN_EDGES)) == before
    assert differing(ingested("reanalyze", "--all", "-o", "jsonl")) == []


def differing(ended: Ended) -> list[dict[str, Any]]:
    assert ended.code == 0, ended.err
    return sorted(ended.rows(), key=lambda row: str(row["statement_id"]))
