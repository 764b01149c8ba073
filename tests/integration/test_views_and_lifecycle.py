"""Views that Trino tells of, and objects that begin, end and go on under another name, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from tests.integration.test_ingest import Scripted

from query_lineage_tracker.adapters.postgres.columns import PostgresColumns
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.definitions import PostgresDefinitions
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.history import ExecutedQuery, Outcome, Session, SessionOrigin, State, Teller
from query_lineage_tracker.domain.outbox import Delivered, LineageFacts
from query_lineage_tracker.lineage.engine import ViewText
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.sources import FetchedBatch
from query_lineage_tracker.ports.store import SavedBatch
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.ingest import Ingest, IngestRules

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)
DERIVED = Path(__file__).with_name("derived.sql").read_text()
U, V, W, M = (ObjectName("lake", "s", name) for name in ("u", "v", "w", "m"))

Ran = Callable[..., Awaitable[SavedBatch]]
Told = Callable[[], Awaitable[dict[str, Any]]]


def query(minute: int, sql: str, state: State = State.FINISHED, **more: Any) -> ExecutedQuery:
    created = NOON + timedelta(minutes=minute)
    return ExecutedQuery(
        query_id=f"{created:%Y%m%d_%H%M%S}_{minute % 100_000:05}_abcde",
        state=state,
        user="alice",
        text=sql,
        created=created,
        ended=created + timedelta(seconds=1),
        session=Session("lake", "s", SessionOrigin.EVENT),
        told_by=Teller.EVENT,
        **more,
    )


@pytest.fixture
def ran(database: Database) -> Ran:
    """Ingest the queries as one batch."""
    columns = PostgresColumns(database, "trino")
    analyzer = TrinoAnalyzer().knowing(columns, PostgresDefinitions(database, "trino"))

    async def ingest(*queries: ExecutedQuery, views: Mapping[str, tuple[ViewText, ...]] = {}) -> SavedBatch:
        rules = IngestRules("trino", "trino", sinks=("file",))
        job = Ingest(PostgresStore(database), analyzer, rules, columns=columns)
        saved = await job.run_pass(Scripted(FetchedBatch(queries, views=views)))
        async with database.transaction() as connection:
            assert await (await connection.execute(DERIVED)).fetchall() == []
        return saved

    return ingest


@pytest.fixture
def told(database: Database) -> Told:
    """What is known: edges that hold and edges that have ended, columns that flow, objects that are gone, messages."""

    async def read() -> dict[str, Any]:
        async with database.transaction() as connection:
            fetch = connection.execute
            edges = await (
                await fetch(
                    "SELECT up.name, down.name, state.kind, ended FROM omd.edge_states AS state "
                    "JOIN omd.trino_query_objects AS up ON up.object_id = upstream_id "
                    "JOIN omd.trino_query_objects AS down ON down.object_id = downstream_id"
                )
            ).fetchall()
            columns = await (
                await fetch(
                    "SELECT up.name || '.' || upstream_column, down.name || '.' || downstream_column "
                    "FROM omd.column_edges JOIN omd.trino_query_objects AS up ON up.object_id = upstream_id "
                    "JOIN omd.trino_query_objects AS down ON down.object_id = downstream_id"
                )
            ).fetchall()
            gone = await (await fetch("SELECT name FROM omd.trino_query_objects WHERE gone")).fetchall()
            kinds = await (await fetch("SELECT name, kind FROM omd.trino_query_objects")).fetchall()
            messages = await (await fetch("SELECT count(*) FROM omd.outbox WHERE kind = 'LINEAGE'")).fetchone()
        return {
            "holds": {(up, down, kind) for up, down, kind, ended in edges if not ended},
            "ended": {(up, down, kind) for up, down, kind, ended in edges if ended},
            "columns": set(columns),
            "gone": {name for (name,) in gone},
            "kinds": dict(kinds),
            "messages": messages and messages[0],
        }

    return read


SWAP = (
    query(0, "CREATE TABLE t AS SELECT a FROM w"),
    query(1, "CREATE TABLE t_tmp AS SELECT a FROM u"),
    query(2, "ALTER TABLE t RENAME TO t_backup"),
    query(3, "ALTER TABLE t_tmp RENAME TO t"),
    query(4, "DROP TABLE t_backup"),
)


async def test_what_is_built_aside_and_renamed_has_its_lineage_under_the_new_name(ran: Ran, told: Told) -> None:
    await ran(*SWAP)
    known = await told()
    assert known["holds"] >= {("u", "t", "DATA")}
    assert known["ended"] >= {("u", "t_tmp", "DATA"), ("w", "t_backup", "DATA")}
    assert known["gone"] == {"t_tmp", "t_backup"}
    assert ("u.a", "t.a") in known["columns"]
    assert known["messages"] == len(known["holds"])


@pytest.mark.parametrize("order", [*permutations(range(1, 4))])
async def test_batches_in_any_order_know_the_same(ran: Ran, told: Told, order: Sequence[int]) -> None:
    await ran(SWAP[0])
    for place in order:
        await ran(SWAP[place])
    await ran(SWAP[4])
    known = await told()
    assert known["holds"] == {("u", "t", "DATA"), ("w", "t", "DATA")}
    assert known["ended"] == {("u", "t_tmp", "DATA"), ("w", "t_backup", "DATA")}
    assert known["gone"] == {"t_tmp", "t_backup"}


async def test_the_same_again_changes_nothing(ran: Ran, told: Told) -> None:
    await ran(*SWAP)
    before = await told()
    assert await ran(*SWAP) == SavedBatch()
    assert await told() == before


async def test_what_is_written_to_the_old_name_later_is_not_in_the_renamed_table(ran: Ran, told: Told) -> None:
    await ran(query(1, "CREATE TABLE t AS SELECT a FROM u"), query(2, "ALTER TABLE t RENAME TO t_old"))
    await ran(query(3, "CREATE TABLE t AS SELECT a FROM w"))
    known = await told()
    assert known["holds"] == {("u", "t_old", "DATA"), ("w", "t", "DATA")}
    assert known["ended"] == {("u", "t", "DATA")}
    assert known["gone"] == set()


async def test_a_dropped_table_is_gone_until_it_is_seen_again(ran: Ran, told: Told) -> None:
    await ran(query(1, "INSERT INTO t SELECT a FROM u"), query(2, "DROP TABLE t"))
    assert (await told())["gone"] == {"t"}
    assert (await told())["ended"] == {("u", "t", "DATA")}
    await ran(query(3, "CREATE TABLE t (a bigint)"))
    known = await told()
    assert known["gone"] == set()
    assert known["ended"] == {("u", "t", "DATA")}
    await ran(query(4, "INSERT INTO t SELECT a FROM u"))
    assert (await told())["holds"] == {("u", "t", "DATA")}


async def test_what_failed_ends_nothing(ran: Ran, told: Told) -> None:
    await ran(
        query(1, "INSERT INTO t SELECT a FROM u"),
        query(2, "DROP TABLE t", State.FAILED, error_type="USER_ERROR", error_code="PERMISSION_DENIED"),
    )
    assert (await told())["gone"] == set()


async def test_a_view_that_is_replaced_ends_what_it_stood_on(ran: Ran, told: Told) -> None:
    await ran(query(1, "CREATE VIEW v AS SELECT a FROM u"))
    await ran(query(2, "CREATE OR REPLACE VIEW v AS SELECT a FROM w"))
    known = await told()
    assert known["holds"] == {("w", "v", "DEFINITION")}
    assert known["ended"] == {("u", "v", "DEFINITION")}


async def test_a_table_that_may_have_been_there_is_not_begun_anew(ran: Ran, told: Told) -> None:
    await ran(query(1, "INSERT INTO t SELECT a FROM u"))
    await ran(query(2, "CREATE TABLE IF NOT EXISTS t AS SELECT a FROM w", nothing_to_do=True))
    known = await told()
    assert known["holds"] == {("u", "t", "DATA")}
    assert known["ended"] == set()


def reading(minute: int, view: ViewText) -> tuple[ExecutedQuery, dict[str, tuple[ViewText, ...]]]:
    one = query(minute, f"SELECT * FROM {view.object.name}")
    return one, {one.query_id: (view,)}


async def test_a_view_that_trino_tells_of_stands_on_what_its_text_names(ran: Ran, told: Told) -> None:
    one, views = reading(1, ViewText(V, False, "SELECT a, b + 1 AS c FROM u WHERE k > 1", (U,)))
    saved = await ran(one, views=views)
    known = await told()
    assert saved.edges == 1
    assert known["holds"] == {("u", "v", "DEFINITION")}
    assert known["columns"] == {("u.a", "v.a"), ("u.b", "v.c"), ("u.k", "v.")}
    assert known["kinds"]["v"] == "VIEW"
    assert await ran(one, views=views) == SavedBatch()


async def test_a_definition_that_is_told_on_another_day_is_the_same_one(
    ran: Ran, told: Told, database: Database
) -> None:
    view = ViewText(V, False, "SELECT a FROM u", (U,))
    for minute in (1440, 1, 2):
        one, views = reading(minute, view)
        await ran(one, views=views)
    assert (await told())["holds"] == {("u", "v", "DEFINITION")}
    async with database.transaction() as connection:
        seen = await (await connection.execute("SELECT first_seen, last_seen FROM omd.edges")).fetchone()
    assert seen == (NOON + timedelta(minutes=1), NOON + DAY)


async def test_a_told_definition_is_not_when_the_view_began(ran: Ran, told: Told) -> None:
    await ran(query(1, "CREATE VIEW v AS SELECT a FROM u"))
    one, views = reading(2, ViewText(V, False, "SELECT\n  a\nFROM\n  u\n", (U,)))
    await ran(one, views=views)
    known = await told()
    assert known["holds"] == {("u", "v", "DEFINITION")}
    assert known["ended"] == set()


async def test_a_refresh_moves_data_from_what_the_stored_definition_names(ran: Ran, told: Told) -> None:
    await ran(query(1, "CREATE MATERIALIZED VIEW m AS SELECT a FROM u"))
    await ran(query(2, "REFRESH MATERIALIZED VIEW m"))
    known = await told()
    assert known["holds"] == {("u", "m", "DEFINITION"), ("u", "m", "DATA")}
    await ran(query(3, "CREATE OR REPLACE MATERIALIZED VIEW m AS SELECT b FROM w"))
    await ran(query(4, "REFRESH MATERIALIZED VIEW m"))
    known = await told()
    assert known["holds"] == {("w", "m", "DEFINITION"), ("w", "m", "DATA")}
    assert {("u", "m", "DEFINITION")} <= known["ended"]


async def test_a_refresh_goes_by_a_definition_that_trino_told(ran: Ran, told: Told) -> None:
    one, views = reading(1, ViewText(M, True, "SELECT a FROM u", (U,)))
    await ran(one, views=views)
    await ran(query(2, "REFRESH MATERIALIZED VIEW m"))
    known = await told()
    assert known["holds"] == {("u", "m", "DEFINITION"), ("u", "m", "DATA")}
    assert known["kinds"]["m"] == "MATERIALIZED_VIEW"


async def test_a_rollback_voids_what_was_written_whichever_comes_first(ran: Ran, told: Told) -> None:
    written = query(1, "INSERT INTO t SELECT a FROM u", transaction_id="8d3c")
    ended = query(2, "ROLLBACK", transaction_id="8d3c")
    await ran(written)
    assert (await told())["holds"] == {("u", "t", "DATA")}
    await ran(ended)
    assert (await told())["holds"] == set()
    other = replace(query(3, "INSERT INTO t SELECT a FROM w", transaction_id="77aa"))
    await ran(query(4, "ROLLBACK", transaction_id="77aa"))
    await ran(other)
    assert (await told())["holds"] == set()


async def test_an_outcome_that_is_learnt_later_makes_the_edge_go(ran: Ran, told: Told, database: Database) -> None:
    poll = replace(query(1, "CREATE TABLE IF NOT EXISTS t AS SELECT a FROM u"), told_by=Teller.POLL)
    await ran(poll)
    assert (await told())["holds"] == {("u", "t", "DATA")}
    await ran(replace(poll, told_by=Teller.EVENT, nothing_to_do=True))
    assert (await told())["holds"] == set()
    async with database.transaction() as connection:
        rows = await (await connection.execute("SELECT outcome, told_by FROM omd.trino_queries_history")).fetchall()
    assert rows == [(Outcome.NOT_WRITTEN.value, ["EVENT", "POLL"])]


async def test_views_are_expanded_into_what_they_stand_on(ran: Ran, database: Database) -> None:
    await ran(
        query(1, "CREATE VIEW v AS SELECT a FROM u"),
        query(2, "CREATE VIEW vv AS SELECT v.a FROM v JOIN w ON v.a = w.a"),
        query(3, "CREATE OR REPLACE VIEW v AS SELECT a FROM x"),
        query(4, "INSERT INTO t SELECT a FROM vv"),
        query(5, "INSERT INTO t SELECT a FROM unknown_view"),
        query(6, "CREATE MATERIALIZED VIEW m AS SELECT a FROM u"),
        query(7, "INSERT INTO t SELECT a FROM m"),
    )
    async with database.transaction() as connection:
        found = await connection.execute(
            "SELECT up.name FROM omd.edges_through_views JOIN omd.trino_query_objects AS up ON object_id = upstream_id "
            "WHERE downstream_id = (SELECT object_id FROM omd.trino_query_objects WHERE name = 't') AND NOT ended"
        )
        assert {name for (name,) in await found.fetchall()} == {"x", "w", "unknown_view", "m"}


async def told_edges(database: Database) -> dict[str, bool]:
    """Edges that are due, by their objects' names, and whether they have ended; they are settled."""
    outbox = PostgresOutbox(database)
    messages = await outbox.compose(await outbox.claim("file", "w", 100, 60))
    await outbox.settle([(message.claim, Delivered({})) for message in messages])
    edges = [message.facts for message in messages if isinstance(message.facts, LineageFacts)]
    return {f"{edge.upstream.name}>{edge.downstream.name}": edge.ended for edge in edges}


async def test_edges_are_told_when_they_end_and_when_they_hold_again(ran: Ran, database: Database) -> None:
    await ran(query(1, "CREATE TABLE t AS SELECT a FROM u"))
    assert await told_edges(database) == {"u>t": False}
    await ran(query(2, "DROP TABLE t"))
    assert await told_edges(database) == {"u>t": True}
    await ran(query(3, "CREATE TABLE t (a int)"))
    assert await told_edges(database) == {}
    await ran(query(4, "INSERT INTO t SELECT a FROM u"))
    assert await told_edges(database) == {"u>t": False}


async def test_a_table_that_is_built_anew_from_something_else_ends_only_what_it_was(
    ran: Ran, database: Database
) -> None:
    await ran(query(1, "CREATE TABLE t AS SELECT a FROM u"))
    await told_edges(database)
    await ran(query(2, "DROP TABLE t"), query(3, "CREATE TABLE t AS SELECT a FROM w"))
    assert await told_edges(database) == {"u>t": True, "w>t": False}


async def test_a_table_that_is_built_anew_from_the_same_is_no_news(ran: Ran, database: Database) -> None:
    await ran(query(1, "CREATE TABLE t AS SELECT a FROM u"))
    await told_edges(database)
    await ran(query(2, "DROP TABLE t"), query(3, "CREATE TABLE t AS SELECT a FROM u"))
    assert await told_edges(database) == {}
    await ran(query(4, "DROP TABLE t"))
    await ran(query(5, "CREATE TABLE t AS SELECT a FROM u"))
    assert await told_edges(database) == {"u>t": False}
