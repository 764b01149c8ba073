"""Objects that are renamed, on a real PostgreSQL: what was read from them comes from them under their new names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from tests.integration.test_views_and_lifecycle import DERIVED, Ran, Told, query, ran, told, told_edges

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.renames import SchemaRenames
from query_lineage_tracker.domain.history import Session, SessionOrigin, State
from query_lineage_tracker.domain.outbox import Delivered, LineageFacts
from query_lineage_tracker.ports.store import SavedBatch

__all__ = ["ran", "told"]

pytestmark = pytest.mark.anyio

READ = query(0, "INSERT INTO x (k) SELECT k FROM a")
RENAMED = query(1, "ALTER TABLE a RENAME TO b")


async def test_what_was_read_from_a_renamed_table_comes_from_its_new_name(ran: Ran, told: Told) -> None:
    await ran(READ, RENAMED)
    known = await told()
    assert (known["holds"], known["ended"]) == ({("b", "x", "DATA")}, {("a", "x", "DATA")})
    assert known["columns"] == {("a.k", "x.k"), ("b.k", "x.k")}
    assert known["gone"] == {"a"}


CHAIN = (
    query(0, "INSERT INTO x (k) SELECT k FROM a"),
    query(1, "ALTER TABLE a RENAME TO b"),
    query(2, "INSERT INTO y (k) SELECT k FROM b"),
    query(3, "ALTER TABLE b RENAME TO c"),
)


@pytest.mark.parametrize("order", [*permutations(range(4))])
async def test_renames_in_any_order_are_followed_to_the_last_name(ran: Ran, told: Told, order: Sequence[int]) -> None:
    for place in order:
        await ran(CHAIN[place])
    known = await told()
    assert known["holds"] == {("c", "x", "DATA"), ("c", "y", "DATA")}
    assert known["ended"] >= {("a", "x", "DATA"), ("b", "y", "DATA")}
    assert known["gone"] == {"a", "b"}


async def test_the_same_again_changes_nothing(ran: Ran, told: Told) -> None:
    await ran(*CHAIN)
    before = await told()
    assert await ran(*CHAIN) == SavedBatch()
    assert await told() == before


BOTH = (
    query(0, "INSERT INTO x (k) SELECT k FROM a"),
    query(1, "ALTER TABLE a RENAME TO b"),
    query(2, "ALTER TABLE x RENAME TO y"),
)


@pytest.mark.parametrize("order", [*permutations(range(3))])
async def test_both_sides_may_be_renamed(ran: Ran, told: Told, order: Sequence[int]) -> None:
    for place in order:
        await ran(BOTH[place])
    known = await told()
    assert known["holds"] == {("b", "y", "DATA")}
    assert known["columns"] >= {("b.k", "y.k")}


REUSED = (
    query(0, "INSERT INTO x (k) SELECT k FROM a"),
    query(1, "ALTER TABLE a RENAME TO b"),
    query(2, "CREATE TABLE a (k bigint)"),
    query(3, "INSERT INTO y (k) SELECT k FROM a"),
    query(4, "ALTER TABLE a RENAME TO c"),
)


@pytest.mark.parametrize("order", [*permutations(range(5))][::7])
async def test_a_name_that_another_table_takes_means_that_one_from_then_on(
    ran: Ran, told: Told, order: Sequence[int]
) -> None:
    for place in order:
        await ran(REUSED[place])
    known = await told()
    assert known["holds"] == {("b", "x", "DATA"), ("c", "y", "DATA")}


async def test_a_name_that_is_there_keeps_its_readers(ran: Ran, told: Told) -> None:
    await ran(READ, RENAMED)
    await ran(query(200, "CREATE TABLE a (k bigint)"))
    known = await told()
    assert known["holds"] == {("a", "x", "DATA"), ("b", "x", "DATA")}
    assert known["ended"] == set()


async def test_what_was_read_before_a_drop_does_not_go_along_with_its_successor(ran: Ran, told: Told) -> None:
    await ran(
        READ, query(1, "DROP TABLE a"), query(2, "CREATE TABLE a (k bigint)"), query(3, "ALTER TABLE a RENAME TO b")
    )
    known = await told()
    assert known["holds"] == {("a", "x", "DATA")}
    assert known["ended"] == set()


async def test_a_drop_that_is_told_late_cuts_what_went_along(ran: Ran, told: Told) -> None:
    await ran(READ, query(3, "ALTER TABLE a RENAME TO b"))
    assert (await told())["holds"] == {("b", "x", "DATA")}
    await ran(query(1, "DROP TABLE a"))
    assert (await told())["holds"] == {("a", "x", "DATA")}


async def test_a_table_that_is_swapped_keeps_its_readers_and_the_old_one_gets_none(ran: Ran, told: Told) -> None:
    await ran(query(0, "CREATE TABLE t AS SELECT k FROM u"), query(1, "INSERT INTO x (k) SELECT k FROM t"))
    for start in (2, 1442):
        for place, sql in enumerate(
            (
                "CREATE TABLE t_tmp AS SELECT k FROM u",
                "DROP TABLE IF EXISTS t_backup",
                "ALTER TABLE t RENAME TO t_backup",
                "ALTER TABLE t_tmp RENAME TO t",
            )
        ):
            await ran(query(start + place, sql))
    known = await told()
    assert known["holds"] == {("u", "t", "DATA"), ("t", "x", "DATA"), ("u", "t_backup", "DATA")}
    assert ("t_backup", "x", "DATA") not in known["ended"]


async def test_a_rename_that_failed_or_is_undone_changes_nothing(ran: Ran, told: Told) -> None:
    await ran(READ, query(1, "ALTER TABLE a RENAME TO b", State.FAILED, error_type="USER_ERROR", error_code="X"))
    assert (await told())["holds"] == {("a", "x", "DATA")}
    await ran(query(2, "ALTER TABLE a RENAME TO b"))
    await ran(query(3, "ALTER TABLE b RENAME TO a"))
    known = await told()
    assert known["holds"] == {("a", "x", "DATA")}
    assert known["gone"] == {"b"}


@pytest.mark.parametrize("word", ["VIEW", "MATERIALIZED VIEW"])
async def test_renamed_views_keep_their_definition_and_their_readers(ran: Ran, told: Told, word: str) -> None:
    await ran(
        query(0, f"CREATE {word} v AS SELECT k FROM u"),
        query(1, "INSERT INTO x (k) SELECT k FROM v"),
        query(2, f"ALTER {word} v RENAME TO w"),
    )
    known = await told()
    assert known["holds"] == {("u", "w", "DEFINITION"), ("w", "x", "DATA")}
    assert known["kinds"]["w"] == known["kinds"]["v"] == word.replace(" ", "_")


@pytest.mark.parametrize("word", ["TABLE", "VIEW", "MATERIALIZED VIEW"])
async def test_what_is_renamed_into_another_schema_takes_its_edges_along(
    ran: Ran, database: Database, word: str
) -> None:
    await ran(
        query(0, f"CREATE {word} v AS SELECT k FROM u"),
        query(1, "INSERT INTO x (k) SELECT k FROM v"),
        query(2, f"ALTER {word} v RENAME TO other.w"),
        query(3, f"ALTER {word} lake.other.w RENAME TO v"),
    )
    assert await edges(database) == {("s.u", "other.v"), ("other.v", "s.x")}


async def test_a_refresh_of_a_renamed_view_goes_by_the_definition_under_its_old_name(ran: Ran, told: Told) -> None:
    await ran(query(0, "CREATE MATERIALIZED VIEW m AS SELECT k FROM u"))
    await ran(query(1, "ALTER MATERIALIZED VIEW m RENAME TO n"))
    await ran(query(2, "REFRESH MATERIALIZED VIEW n"))
    assert (await told())["holds"] == {("u", "n", "DEFINITION"), ("u", "n", "DATA")}


async def test_edges_are_told_under_the_new_name_and_end_under_the_old_one(ran: Ran, database: Database) -> None:
    await ran(READ)
    assert await told_edges(database) == {"a>x": False}
    await ran(RENAMED)
    assert await told_edges(database) == {"a>x": True, "b>x": False}
    await ran(query(200, "CREATE TABLE a (k bigint)"))
    assert await told_edges(database) == {"a>x": False}
    await ran(query(201, "DROP TABLE b"))
    assert await told_edges(database) == {"b>x": True}


async def test_an_edge_that_had_ended_before_anybody_was_told_is_not_told(ran: Ran, database: Database) -> None:
    await ran(*CHAIN)
    assert await told_edges(database) == {"c>x": False, "c>y": False}


MOVED = (
    query(0, "CREATE TABLE x AS SELECT k FROM a"),
    query(1, "INSERT INTO lake.other.y (k) SELECT k FROM lake.s.a"),
    query(2, "ALTER SCHEMA s RENAME TO s2"),
    query(3, "INSERT INTO lake.other.z (k) SELECT k FROM lake.s2.x"),
)
MOVED_EDGES = {
    ("s2.a", "s2.x"),
    ("s2.a", "other.y"),
    ("s2.x", "other.z"),
}


async def follow(database: Database, limit: int = 100) -> None:
    schemas = SchemaRenames(database)
    while await schemas.follow(["file"], limit) is not None:
        pass


async def edges(database: Database, *, ended: bool = False) -> set[tuple[str, str]]:
    async with database.transaction() as connection:
        rows = await connection.execute(
            "SELECT up.schema || '.' || up.name, down.schema || '.' || down.name FROM omd.edge_states "
            "JOIN omd.trino_query_objects AS up ON up.object_id = upstream_id "
            "JOIN omd.trino_query_objects AS down ON down.object_id = downstream_id WHERE ended = %s",
            [ended],
        )
        found = {(str(up), str(down)) for up, down in await rows.fetchall()}
        assert await (await connection.execute(DERIVED)).fetchall() == []
    return found


@pytest.mark.parametrize("order", [*permutations(range(4))][::3])
@pytest.mark.parametrize("limit", [1, 100])
async def test_tables_of_a_renamed_schema_go_on_under_its_new_name(
    ran: Ran, database: Database, order: Sequence[int], limit: int
) -> None:
    for place in order:
        await ran(MOVED[place])
        await follow(database, limit)
    assert await edges(database) == MOVED_EDGES


async def test_of_a_renamed_schema_sinks_are_told_no_edge_between_a_new_and_an_old_name(
    ran: Ran, database: Database
) -> None:
    await ran(*MOVED[:2])
    assert await told_edges(database) == {"a>x": False, "a>y": False}
    await ran(MOVED[2])
    told: list[tuple[str, str]] = []
    while await SchemaRenames(database).follow(["file"], 1) is not None:
        outbox = PostgresOutbox(database)
        messages = await outbox.compose(await outbox.claim("file", "w", 100, 60))
        await outbox.settle([(message.claim, Delivered({})) for message in messages])
        facts = [message.facts for message in messages if isinstance(message.facts, LineageFacts)]
        told += [(str(edge.upstream), str(edge.downstream)) for edge in facts if not edge.ended]
    assert sorted(set(told)) == [("lake.s2.a", "lake.other.y"), ("lake.s2.a", "lake.s2.x")]


async def test_what_had_left_a_schema_before_does_not_follow(ran: Ran, database: Database) -> None:
    await ran(
        query(0, "CREATE TABLE x AS SELECT k FROM a"),
        query(1, "DROP TABLE a"),
        query(2, "ALTER TABLE x RENAME TO other.x"),
        query(3, "ALTER SCHEMA s RENAME TO s2"),
        query(4, "CREATE TABLE lake.s.later AS SELECT k FROM lake.other.x"),
    )
    await follow(database)
    assert await edges(database) == {("s.a", "other.x"), ("other.x", "s.later")}
    async with database.transaction() as connection:
        rows = await connection.execute("SELECT name FROM omd.trino_query_objects WHERE schema = 's2'")
        assert await rows.fetchall() == []


async def test_a_schema_whose_catalog_is_unknown_is_not_guessed(ran: Ran, database: Database) -> None:
    nowhere = replace(query(1, "ALTER SCHEMA s RENAME TO s2"), session=Session(None, None, SessionOrigin.EVENT))
    await ran(READ, nowhere)
    assert await SchemaRenames(database).follow([], 10) is None


AGAIN = (
    query(0, "CREATE TABLE x AS SELECT k FROM a"),
    query(1, "ALTER SCHEMA s RENAME TO s1"),
    query(2, "ALTER SCHEMA lake.s1 RENAME TO s2"),
    query(3, "ALTER TABLE lake.s2.a RENAME TO b"),
)


@pytest.mark.parametrize("order", [*permutations(range(4))])
async def test_a_schema_that_is_renamed_again_is_followed_to_its_last_name(
    ran: Ran, database: Database, order: Sequence[int]
) -> None:
    for place in order:
        await ran(AGAIN[place])
        await follow(database)
    assert await edges(database) == {("s2.b", "s2.x")}


async def test_a_name_of_a_renamed_schema_that_is_there_again_keeps_its_readers(ran: Ran, database: Database) -> None:
    await ran(*MOVED[:3])
    await follow(database)
    assert await edges(database) == {("s2.a", "s2.x"), ("s2.a", "other.y")}
    await ran(query(200, "CREATE SCHEMA s"), query(201, "CREATE TABLE a (k bigint)"))
    await follow(database)
    assert await edges(database) == {("s2.a", "s2.x"), ("s2.a", "other.y"), ("s.a", "other.y"), ("s.a", "s2.x")}


async def test_names_that_no_key_can_hold_stop_nothing(ran: Ran, database: Database) -> None:
    await ran(query(0, f"CREATE TABLE x AS SELECT k FROM {'a' * 1500}"))
    await ran(query(1, f"ALTER SCHEMA s RENAME TO {'b' * 3000}"))
    await follow(database)
    await ran(query(2, f"ALTER SCHEMA s RENAME TO {'c' * 1500}"))
    await follow(database)
    assert {("s." + "a" * 1500, "c" * 1500 + ".x")} == await edges(database)
