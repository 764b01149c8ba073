"""The tracker asks a real Trino for the texts of views that nobody was seen creating, and follows what they read."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trino

from tests.trino.harness import TrinoServer
from tests.trino.tracker import TRACKER_USER, Tracker, await_true

SHORT_MEMORY = "query.max-history=5\nquery.min-expire-age=20s\n"
CREATED = (
    "CREATE SCHEMA lake.s",
    "CREATE SCHEMA lake.other",
    "CREATE TABLE lake.s.u (a bigint, b bigint)",
    "CREATE TABLE lake.other.w (a bigint)",
    "CREATE VIEW lake.s.v1 AS SELECT a, count(*) AS n FROM lake.s.u WHERE b <> 1 GROUP BY a",
    "CREATE VIEW lake.s.v2 AS SELECT a FROM lake.s.v1",
    "CREATE MATERIALIZED VIEW lake.s.m AS SELECT a FROM lake.s.v1",
    'CREATE VIEW lake.s."it\'s" AS SELECT a FROM w',
)
READ = (
    "SELECT * FROM lake.s.v2",
    "SELECT * FROM lake.s.m",
    'SELECT * FROM lake.s."it\'s"',
    "SELECT * FROM gone.s.t",
)
REMEMBERED = "SELECT count(*) FROM system.runtime.queries WHERE query LIKE 'CREATE %'"
EDGES = """
SELECT upstream.name || '>' || downstream.name
FROM omd.edges
JOIN omd.trino_query_objects AS upstream ON upstream.object_id = upstream_id
JOIN omd.trino_query_objects AS downstream ON downstream.object_id = downstream_id
WHERE edges.kind = 'DEFINITION'
ORDER BY 1
"""
LOOKED_UP = "SELECT name FROM omd.view_lookups JOIN omd.trino_query_objects USING (object_id) ORDER BY name"
COLUMN_EDGES = """
SELECT upstream.name || '.' || upstream_column || '>' || downstream.name || '.' || downstream_column
FROM omd.column_edges
JOIN omd.trino_query_objects AS upstream ON upstream.object_id = upstream_id
JOIN omd.trino_query_objects AS downstream ON downstream.object_id = downstream_id
WHERE column_edges.kind = 'DEFINITION'
ORDER BY 1
"""


@pytest.fixture(scope="module")
def server(trino_server: TrinoServer) -> TrinoServer:
    """It has views, and has forgotten who created them."""
    trino_server.fresh(config=SHORT_MEMORY)
    for statement in CREATED:
        ask(trino_server, statement)
    await_true(lambda: forgotten(trino_server), "the server's forgetting")
    return trino_server


def test_views_that_were_created_unseen_have_edges_down_to_their_tables(
    server: TrinoServer, new_database: Callable[[], str], directory: Path
) -> None:
    dsn = new_database()
    with Tracker(directory, server, dsn, OMD_KIND="none", QLT_TRINO_VIEWS="true", QLT_TRINO_MIN_EXPIRE_AGE="20s") as it:
        it.await_polls(1)
        for statement in READ[:3]:
            ask(server, statement)
        with pytest.raises(trino.exceptions.TrinoUserError):
            ask(server, READ[3])
        polls = 0
        while rows(dsn, LOOKED_UP) != ["it's", "m", "t", "u", "v1", "v2"]:
            it.await_polls(1)
            polls += 1
            assert polls < 20, rows(dsn, LOOKED_UP)
        it.await_polls(2)
    assert rows(dsn, EDGES) == ["u>v1", "v1>m", "v1>v2"]
    assert rows(dsn, COLUMN_EDGES) == ["u.a>v1.", "u.a>v1.a", "u.b>v1.", "v1.a>m.a", "v1.a>v2.a"]
    assert rows(dsn, "SELECT kind FROM omd.trino_query_objects WHERE name IN ('m', 'v2') ORDER BY name") == [
        "MATERIALIZED_VIEW",
        "VIEW",
    ]
    assert rows(dsn, "SELECT parts FROM omd.unresolved_names") == [["w"]], "Trino does not tell the session"
    (refused,) = rows(dsn, "SELECT problem FROM omd.view_lookups WHERE problem IS NOT NULL")
    assert "CATALOG_NOT_FOUND" in refused
    assert rows(dsn, f"SELECT query_id FROM omd.trino_queries_history WHERE user_name = '{TRACKER_USER}'") == []


def forgotten(server: TrinoServer) -> bool:
    """Whether the server shows none of the statements that created the views; asking it often makes it forget."""
    time.sleep(1)
    return ask(server, REMEMBERED) == [[0]]


def ask(server: TrinoServer, statement: str) -> list[Any]:
    connection = trino.dbapi.connect(
        "127.0.0.1", server.port, user="alice", source="test", catalog="lake", schema="other"
    )
    with connection:
        found: list[Any] = connection.cursor().execute(statement).fetchall()
        return found


def rows(dsn: str, query: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return [row[0] for row in connection.execute(query).fetchall()]
