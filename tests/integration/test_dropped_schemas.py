"""Schemas that are dropped with all that is in them, on a real PostgreSQL: what is known of that ends."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
from tests.integration.test_renames import edges, follow
from tests.integration.test_views_and_lifecycle import Ran, query, ran, told_edges

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.domain.history import State

__all__ = ["ran"]

pytestmark = pytest.mark.anyio

BUILT = (
    query(0, "CREATE TABLE x AS SELECT k FROM a"),
    query(1, "CREATE VIEW v AS SELECT k FROM x"),
    query(2, "INSERT INTO lake.other.y (k) SELECT k FROM lake.s.x"),
)
DROP = "DROP SCHEMA s CASCADE"
INTO_S, OUT_OF_S = {("s.a", "s.x"), ("s.x", "s.v")}, {("s.x", "other.y")}


async def gone(database: Database) -> set[str]:
    async with database.transaction() as connection:
        rows = await connection.execute("SELECT schema || '.' || name FROM omd.trino_query_objects WHERE gone")
        return {name for (name,) in await rows.fetchall()}


async def test_edges_into_a_dropped_schema_end_and_what_came_from_it_is_still_there(
    ran: Ran, database: Database
) -> None:
    await ran(*BUILT)
    await ran(query(3, DROP))
    assert await gone(database) == {"s.a", "s.x", "s.v"}
    assert await edges(database, ended=True) == INTO_S
    assert await edges(database) == OUT_OF_S


@pytest.mark.parametrize("order", [*permutations(range(4))][::3])
async def test_what_is_told_late_of_a_dropped_schema_has_ended_too(
    ran: Ran, database: Database, order: Sequence[int]
) -> None:
    for place in order:
        await ran((*BUILT, query(3, DROP))[place])
    assert await gone(database) == {"s.a", "s.x", "s.v"}
    assert await edges(database, ended=True) == INTO_S


async def test_sinks_are_told_of_the_end_once(ran: Ran, database: Database) -> None:
    await ran(*BUILT)
    assert await told_edges(database) == {"a>x": False, "x>v": False, "x>y": False}
    await ran(query(3, DROP))
    assert await told_edges(database) == {"a>x": True, "x>v": True}
    await ran(query(4, DROP))
    assert await told_edges(database) == {}


async def test_what_is_made_anew_in_a_schema_of_the_same_name_holds(ran: Ran, database: Database) -> None:
    await ran(
        *BUILT, query(3, DROP), query(4, "CREATE SCHEMA s"), query(5, "CREATE TABLE x AS SELECT k FROM lake.other.b")
    )
    assert await edges(database) == {("other.b", "s.x"), *OUT_OF_S}
    assert await gone(database) == {"s.a", "s.v"}


@pytest.mark.parametrize(
    "harmless",
    [
        query(3, DROP, State.FAILED, error_type="USER_ERROR", error_code="X"),
        query(3, "DROP SCHEMA s"),
        query(3, "DROP SCHEMA s RESTRICT"),
        query(3, "DROP SCHEMA other2.s CASCADE"),
        query(3, "DROP CATALOG lake"),
    ],
)
async def test_what_failed_or_says_nothing_of_tables_ends_nothing(
    ran: Ran, database: Database, harmless: object
) -> None:
    await ran(*BUILT, harmless)
    assert await gone(database) == set()
    assert await edges(database) == INTO_S | OUT_OF_S


async def test_what_had_left_the_schema_before_is_not_dropped_with_it(ran: Ran, database: Database) -> None:
    await ran(*BUILT, query(3, "ALTER TABLE x RENAME TO other.x"), query(4, DROP))
    assert await edges(database) >= {("other.x", "other.y"), ("s.a", "other.x")}
    assert await gone(database) == {"s.a", "s.x", "s.v"}


@pytest.mark.parametrize("order", [*permutations(range(3))])
async def test_a_schema_that_is_renamed_after_a_drop_takes_nothing_dropped_along(
    ran: Ran, database: Database, order: Sequence[int]
) -> None:
    later = (
        query(3, DROP),
        query(4, "CREATE TABLE z AS SELECT k FROM lake.other.b"),
        query(5, "ALTER SCHEMA s RENAME TO s2"),
    )
    await ran(*BUILT)
    for place in order:
        await ran(later[place])
        await follow(database)
    assert await edges(database) >= {("other.b", "s2.z")}
    assert ("s2.a", "s2.x") not in await edges(database)


async def test_the_same_again_changes_nothing(ran: Ran, database: Database) -> None:
    await ran(*BUILT, query(3, DROP))
    saved = await ran(*BUILT, query(3, DROP))
    assert (saved.inserted, saved.enqueued) == (0, 0)
