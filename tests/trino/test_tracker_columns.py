"""The tracker asks a real Trino for the columns that statements need, once, and never sees its own questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trino

from tests.trino.harness import TrinoServer
from tests.trino.tracker import TRACKER_USER, Tracker

QUESTIONS = """
SELECT query FROM system.runtime.queries
WHERE source = 'query-lineage-tracker' AND query LIKE '%"information_schema"."columns"%' AND query NOT LIKE '%runtime%'
"""
COLUMN_EDGES = """
SELECT upstream.name || '.' || upstream_column || '>' || downstream.name || '.' || downstream_column
FROM omd.column_edges
JOIN omd.trino_query_objects AS upstream ON upstream.object_id = upstream_id
JOIN omd.trino_query_objects AS downstream ON downstream.object_id = downstream_id
ORDER BY 1
"""
SENT = (
    'CREATE TABLE memory.default."it\'s" AS SELECT * FROM tpch.tiny.nation',
    'INSERT INTO memory.default."it\'s" SELECT * FROM tpch.sf1.nation',
    "SELECT * FROM memory.default.nothing_there",
)


@pytest.fixture(scope="module")
def server(default_server: TrinoServer) -> TrinoServer:
    for statement in SENT[:2]:
        ask(default_server, statement)
    return default_server


def test_columns_of_tables_are_asked_of_trino(
    server: TrinoServer, new_database: Callable[[], str], directory: Path
) -> None:
    dsn = new_database()
    tracker = Tracker(directory, server, dsn, OMD_KIND="none")
    for _ in range(3):
        ended = tracker.run("run", "--once")
        assert ended.returncode == 0, ended.stderr
    names = ["comment", "name", "nationkey", "regionkey"]
    assert rows(dsn, COLUMN_EDGES) == [f"nation.{name}>it's.{name}" for name in names for _ in range(2)]
    assert rows(dsn, "SELECT DISTINCT coverage FROM omd.statements WHERE effect = 'WRITES'") == ["COLUMN"]
    assert rows(dsn, "SELECT type FROM omd.object_columns WHERE column_name = 'comment'") == ["varchar(152)"] * 3
    questions = ask(server, QUESTIONS)
    assert len(questions) == 2, "one a catalog, and not again"
    assert rows(dsn, f"SELECT query_id FROM omd.trino_queries_history WHERE user_name = '{TRACKER_USER}'") == []


def test_columns_are_not_asked_for_when_that_is_turned_off(
    server: TrinoServer, new_database: Callable[[], str], directory: Path
) -> None:
    dsn, before = new_database(), ask(server, QUESTIONS)
    ended = Tracker(
        directory, server, dsn, OMD_KIND="none", QLT_TRINO_COLUMNS="false", QLT_DESCRIBE_WRITES="false"
    ).run("run", "--once")
    assert ended.returncode == 0, ended.stderr
    assert rows(dsn, "SELECT DISTINCT coverage FROM omd.statements WHERE effect = 'WRITES'") == ["TABLE"]
    assert sorted(ask(server, QUESTIONS)) == sorted(before)


def ask(server: TrinoServer, statement: str) -> list[Any]:
    with trino.dbapi.connect("127.0.0.1", server.port, user="alice", source="test") as connection:
        found: list[Any] = connection.cursor().execute(statement).fetchall()
        return found


def rows(dsn: str, query: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return [row[0] for row in connection.execute(query).fetchall()]
