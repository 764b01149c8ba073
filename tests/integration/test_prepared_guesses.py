"""What an EXECUTE without its text probably ran, in a real PostgreSQL: a guess, and never lineage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.history import ExecutedQuery, State
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.ingest import Ingest, IngestRules

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
PREPARE = "PREPARE p FROM INSERT INTO lake.s.t SELECT a FROM lake.s.u WHERE b = ?"
GUESSES = """
SELECT query_id, prepare_query_id, prepared_name, text FROM omd.prepared_guesses JOIN omd.query_texts USING (text_id)
"""


class Recorded:
    """A source that gives its queries at once."""

    name = "trino"

    def __init__(self, queries: Sequence[ExecutedQuery]) -> None:
        self.queries = tuple(queries)

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        yield FetchedBatch(self.queries)

    async def aclose(self) -> None:
        pass


def query(minute: int, sql: str, user: str = "alice", source: str = "jdbc", **facts: Any) -> ExecutedQuery:
    """A query that was created so many minutes after noon."""
    created = NOON + timedelta(minutes=minute)
    return ExecutedQuery(
        query_id=f"{created:%Y%m%d_%H%M%S}_{minute:05}_abcde",
        state=State.FINISHED,
        user=user,
        text=sql,
        created=created,
        ended=created + timedelta(seconds=1),
        source=source,
        **facts,
    )


async def guesses(database: Database, *queries: ExecutedQuery, cluster: str = "trino") -> list[tuple[Any, ...]]:
    """The guesses after ingest of these queries."""
    ingest = Ingest(PostgresStore(database), TrinoAnalyzer(), IngestRules(cluster, "trino"))
    await ingest.run_pass(Recorded(queries))
    async with database.transaction() as connection:
        return await (await connection.execute(GUESSES)).fetchall()


async def test_an_execute_is_paired_with_the_last_prepare_of_its_name(database: Database) -> None:
    others = [
        query(1, "PREPARE p FROM SELECT 1"),
        query(2, "PREPARE q FROM SELECT 2"),
        query(4, "PREPARE p FROM SELECT 3", user="bob"),
        query(5, "PREPARE p FROM SELECT 4", source="other"),
        replace(query(6, "PREPARE p FROM SELECT FROM"), state=State.FAILED),
    ]
    prepare, run, late = query(3, PREPARE), query(10, "EXECUTE P USING 7"), query(11, "PREPARE p FROM SELECT 5")
    found = await guesses(database, *others, prepare, run, late)
    assert found == [(run.query_id, prepare.query_id, "p", PREPARE)]
    async with database.transaction() as connection:
        assert await (await connection.execute("SELECT count(*) FROM omd.edges")).fetchall() == [(0,)]


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(query(5, "DEALLOCATE PREPARE p"), id="deallocated"),
        pytest.param(query(24 * 60 + 1, "SELECT 1"), id="a day ago"),
    ],
)
async def test_a_pairing_ends(database: Database, between: ExecutedQuery) -> None:
    run = query(int((between.created - NOON).total_seconds() // 60) + 1, "EXECUTE p")
    assert await guesses(database, query(0, PREPARE), between, run) == []


async def test_a_prepare_of_the_evening_before_is_found(database: Database) -> None:
    evening, morning = query(11 * 60 + 59, PREPARE), query(12 * 60 + 1, "EXECUTE p")
    assert [found[:2] for found in await guesses(database, evening, morning)] == [(morning.query_id, evening.query_id)]


async def test_what_is_known_is_not_guessed(database: Database) -> None:
    told = query(2, "EXECUTE p", prepared_text="SELECT 1")
    unknown = replace(query(3, "EXECUTE p", error_code="NOT_FOUND"), state=State.FAILED)
    assert await guesses(database, query(1, PREPARE), told, unknown) == []


async def test_another_cluster_is_another_session(database: Database) -> None:
    await guesses(database, query(1, PREPARE), cluster="other")
    assert await guesses(database, query(2, "EXECUTE p")) == []


async def test_the_guess_is_shown_apart_from_what_is_known(database: Database) -> None:
    run = query(2, "EXECUTE p USING 7")
    await guesses(database, query(1, PREPARE), run)
    (shown,) = await PostgresReads(database).query(run.query_id)
    assert (shown["text"], shown["prepared_text"], shown["prepared_guess"]) == ("EXECUTE p USING 7", None, PREPARE)
    (prepare,) = await PostgresReads(database).query(query(1, PREPARE).query_id)
    assert prepare["prepared_guess"] is None
