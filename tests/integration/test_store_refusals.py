"""What PostgreSQL refuses for what is in it costs only itself, on a real PostgreSQL that really refuses it."""

from __future__ import annotations

import json
import string
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from structlog.testing import capture_logs

from query_lineage_tracker.adapters.files.replay import QuarantinedRows
from query_lineage_tracker.adapters.postgres.columns import PostgresColumns
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.definitions import PostgresDefinitions
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.adapters.postgres.statements import PostgresStatements
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow, Session, SessionOrigin, State
from query_lineage_tracker.errors import LeaseLost, StoreRefused
from query_lineage_tracker.lineage.column_sets import ColumnSet, ColumnsOrigin, FetchedColumns
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState
from query_lineage_tracker.ports.store import Lease, SavedBatch
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.ingest import Ingest, IngestRules
from query_lineage_tracker.services.learn_columns import LearnColumns
from query_lineage_tracker.services.reanalyze import Reanalysis, ReanalysisRules

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
COUNT = 7
LOAD = "INSERT INTO t SELECT a FROM u"
CLAIM = ClaimedRun("run", "jobs", "load", "COMPLETE", NOON, "dbt")

Rows = Callable[..., Any]


class Told:
    """A source that tells these batches in each pass."""

    name = "told"

    def __init__(self, *batches: FetchedBatch) -> None:
        self.batches = batches

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        for one in self.batches:
            yield one

    async def aclose(self) -> None:
        """Nothing is open."""


class ColumnsOfTrino:
    """Trino, asked for the columns of tables."""

    def __init__(self, known: Mapping[ObjectName, ColumnSet]) -> None:
        self._known = known

    async def fetch(self, wanted: Sequence[ObjectName]) -> FetchedColumns:
        return FetchedColumns(tuple(wanted), self._known)


@pytest.fixture
def rows(database: Database) -> Rows:
    async def fetch(sql: str) -> list[tuple[Any, ...]]:
        async with database.transaction() as connection:
            cursor = await connection.execute(sql)
            return await cursor.fetchall() if cursor.description else []

    return fetch


def query(number: int, sql: str = LOAD, **more: Any) -> ExecutedQuery:
    return ExecutedQuery(
        query_id=query_id(number),
        state=State.FINISHED,
        user="alice",
        text=sql,
        created=NOON + timedelta(seconds=number),
        ended=NOON + timedelta(seconds=number + 1),
        session=Session("lake", "s", SessionOrigin.REST),
        **more,
    )


def query_id(number: int) -> str:
    return f"20261122_120000_{number:05}_abcde"


def fetched(*queries: ExecutedQuery, **more: Any) -> FetchedBatch:
    ends = [one.ended for one in queries if one.ended is not None]
    return FetchedBatch(queries, watermark=max(ends, default=None), position={"n": len(queries)}, **more)


def ingest_on(database: Database) -> Ingest:
    return Ingest(PostgresStore(database), TrinoAnalyzer(), IngestRules("trino", "trino", sinks=("file",)))


async def refuse(rows: Rows, *numbers: int) -> None:
    """PostgreSQL itself refuses these queries from now on."""
    ids = ", ".join(f"'{query_id(number)}'" for number in numbers)
    await rows(f"ALTER TABLE omd.trino_queries_history ADD CONSTRAINT unlucky CHECK (query_id NOT IN ({ids}))")


async def allow(rows: Rows) -> None:
    await rows("ALTER TABLE omd.trino_queries_history DROP CONSTRAINT unlucky")


async def stored(rows: Rows) -> list[str]:
    found = await rows("SELECT query_id FROM omd.trino_queries_history ORDER BY 1")
    return [one for (one,) in found]


async def in_quarantine(rows: Rows) -> list[str]:
    found = await rows("SELECT query_id FROM omd.quarantine WHERE replayed_at IS NULL ORDER BY 1")
    return [one for (one,) in found]


async def replay(database: Database, numbers: Sequence[int] | None = None) -> QuarantinedRows:
    reads = PostgresReads(database)
    source = QuarantinedRows(await reads.to_replay("trino", numbers), 100)
    await ingest_on(database).run_pass(source)
    await reads.mark_replayed(source.understood)
    return source


@pytest.mark.parametrize(
    "refused", [(0,), (COUNT // 2,), (COUNT - 1,), (1, COUNT - 2), (2, 3), tuple(range(COUNT))], ids=str
)
@pytest.mark.parametrize("shared", [True, False], ids=["one text", "a text each"])
async def test_what_is_refused_is_in_quarantine_and_the_rest_in_the_history(
    database: Database, rows: Rows, refused: tuple[int, ...], shared: bool
) -> None:
    await refuse(rows, *refused)
    told = fetched(
        *(query(number, LOAD if shared else f"INSERT INTO t{number} SELECT a FROM u") for number in range(COUNT))
    )
    saved = await ingest_on(database).run_pass(Told(told))
    good = [query_id(number) for number in range(COUNT) if number not in refused]
    assert (saved.inserted, saved.rejected) == (len(good), len(refused))
    assert await stored(rows) == good
    assert await in_quarantine(rows) == [query_id(number) for number in refused]
    assert await rows("SELECT coalesce(sum(executions), 0)::int FROM omd.statement_days") == [(len(good),)]
    assert await rows("SELECT watermark, position FROM omd.ingest_state") == [(told.watermark, told.position)]
    assert await rows("SELECT rejected::int, error FROM omd.runs") == [(len(refused), None)]
    again = await ingest_on(database).run_pass(Told(told))
    assert again == SavedBatch()


async def test_the_end_is_that_of_an_ordinary_ingest_once_the_rest_is_replayed(database: Database, rows: Rows) -> None:
    await refuse(rows, 1, 4)
    await ingest_on(database).run_pass(Told(fetched(*(query(number) for number in range(COUNT)))))
    waiting = await replay(database)
    assert (waiting.understood, len(waiting.refused)) == ([], 2)
    assert all("check violation (23514), constraint unlucky" in reason for reason in waiting.refused.values())
    assert len(await in_quarantine(rows)) == 2
    await allow(rows)
    mended = await replay(database)
    assert (len(mended.understood), mended.refused) == (2, {})
    assert await stored(rows) == [query_id(number) for number in range(COUNT)]
    assert await in_quarantine(rows) == []
    assert await rows("SELECT sum(executions)::int, count(DISTINCT statement_id)::int FROM omd.statement_days") == [
        (COUNT, 1)
    ]
    assert await rows(
        "SELECT session_catalog, session_schema, user_name FROM omd.trino_queries_history GROUP BY 1, 2, 3"
    ) == [("lake", "s", "alice")]


async def test_a_replay_takes_what_it_can_and_names_the_row_that_is_still_refused(
    database: Database, rows: Rows
) -> None:
    await refuse(rows, 1, 4)
    await ingest_on(database).run_pass(Told(fetched(*(query(number) for number in range(COUNT)))))
    await allow(rows)
    await refuse(rows, 4)
    source = await replay(database)
    assert (len(source.understood), len(source.refused)) == (1, 1)
    assert await in_quarantine(rows) == [query_id(4)]
    assert len(await stored(rows)) == COUNT - 1


async def test_following_batches_are_not_held_up_by_a_statement_whose_only_execution_was_refused(
    database: Database, rows: Rows
) -> None:
    """They were analyzed while the refusal was not known, and take the statement to be stored."""
    await refuse(rows, 0)
    source = Told(fetched(query(0)), fetched(query(1)), fetched(query(2), query(3, "SELECT a FROM u")))
    saved = await ingest_on(database).run_pass(source)
    assert (saved.inserted, saved.rejected, saved.edges) == (3, 1, 1)


async def test_the_reason_quotes_no_value_and_what_is_kept_no_secret(database: Database, rows: Rows) -> None:
    await rows(
        "CREATE FUNCTION omd.no_bob() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF new.query_id LIKE '%00001%' THEN"
        "   RAISE EXCEPTION 'bad text %', new.client_info USING ERRCODE = 'invalid_text_representation';"
        " END IF; RETURN new; END $$"
    )
    await rows("CREATE TRIGGER t BEFORE INSERT ON omd.trino_queries_history FOR EACH ROW EXECUTE FUNCTION omd.no_bob()")
    secret = "CREATE CATALOG c USING postgresql WITH (\"connection-password\" = 'hunter2')"
    told = fetched(query(0), query(1, secret, client_info="Smith", error_message="login with hunter2"))
    with capture_logs() as logs:
        saved = await ingest_on(database).run_pass(Told(told))
    assert (saved.inserted, saved.rejected) == (1, 1)
    ((reason, payload, origin),) = await rows("SELECT reason, payload, origin FROM omd.quarantine")
    assert reason == "PostgreSQL refuses it: invalid text representation (22P02)"
    assert origin == "refused by PostgreSQL"
    assert json.loads(payload)["query_id"] == query_id(1)
    assert "hunter2" not in payload
    told_of = [one for one in logs if one["event"] == "ingest.refused"]
    assert [(one["log_level"], one["refused"], one["reason"]) for one in told_of] == [("error", 1, reason)]
    assert "hunter2" not in str(logs) and "Smith" not in str(logs)
    with capture_logs() as logs:
        await ingest_on(database).run_pass(Told(told))
    assert [one["log_level"] for one in logs if one["event"] == "ingest.refused"] == ["debug"]


async def test_where_only_the_lineage_is_refused_the_query_is_stored_without_it(database: Database, rows: Rows) -> None:
    await rows("ALTER TABLE omd.trino_query_objects ADD CONSTRAINT unlucky CHECK (name <> 'cursed')")
    told = fetched(query(0), query(1, "INSERT INTO cursed SELECT a FROM u"), query(2))
    saved = await ingest_on(database).run_pass(Told(told))
    assert (saved.inserted, saved.rejected) == (3, 0)
    assert await rows(
        "SELECT coverage, effect, reasons[cardinality(reasons)] FROM omd.statements WHERE coverage = 'NONE'"
    ) == [
        (
            "NONE",
            "WRITES",
            "PostgreSQL refuses it: check violation (23514), constraint unlucky, table trino_query_objects",
        )
    ]
    assert await rows("SELECT outcome FROM omd.trino_queries_history GROUP BY 1") == [("COMMITTED",)]
    assert await ingest_on(database).run_pass(Told(told)) == SavedBatch()


async def test_a_real_limit_is_told_in_the_words_of_postgresql(database: Database, rows: Rows) -> None:
    """Of random characters: PostgreSQL compresses others."""
    await rows("CREATE INDEX unlucky ON omd.trino_queries_history (client_info)")
    long = "".join(Random(1).choices(string.ascii_lowercase, k=9_000))
    saved = await ingest_on(database).run_pass(Told(fetched(query(0), query(1, client_info=long), query(2))))
    assert (saved.inserted, saved.rejected) == (2, 1)
    ((reason, payload),) = await rows("SELECT reason, payload FROM omd.quarantine")
    assert reason.startswith("PostgreSQL refuses it: program limit exceeded (54000)")
    assert long in payload and long not in reason


async def test_a_bundle_of_columns_that_is_refused_costs_only_its_table(database: Database, rows: Rows) -> None:
    """As asked of Trino, beside the batches."""
    tables = [ObjectName("lake", "s", name) for name in ("a", "b", "cursed", "d")]
    await ingest_on(database).run_pass(Told(fetched(query(0, "SELECT * FROM a, b, cursed, d"))))
    await rows("ALTER TABLE omd.object_columns ADD CONSTRAINT unlucky CHECK (column_name <> 'bad')")
    at = datetime.now(timezone.utc)
    answer = {one: ColumnSet(("bad" if one.name == "cursed" else "x",), at, ColumnsOrigin.TRINO) for one in tables}
    columns, asked = PostgresColumns(database, "trino"), ColumnsOfTrino(answer)
    rules = ReanalysisRules("trino", "trino")
    analyzer = TrinoAnalyzer().knowing(columns, PostgresDefinitions(database, "trino"))
    store, statements = PostgresStore(database), PostgresStatements(database)
    learning = LearnColumns(columns, asked, Reanalysis(store, statements, analyzer, columns, rules), refresh_s=3600)
    assert await learning.once() == 3
    assert {one.name for one in await columns.columns(tables)} == {"a", "b", "d"}
    assert await columns.wanted(3600, 10) == []


async def test_claims_and_rejected_rows_are_kept_as_far_as_it_goes(database: Database, rows: Rows) -> None:
    await rows("ALTER TABLE omd.claims ADD CONSTRAINT unlucky CHECK (run_id <> 'run')")
    await rows("ALTER TABLE omd.quarantine ADD CONSTRAINT unlucky CHECK (payload <> '{cursed')")
    rejected = (RejectedRow("not JSON", "{", "file:1"), RejectedRow("not JSON", "{cursed", "file:2"))
    claims = (CLAIM, replace(CLAIM, run_id="another"))
    told = fetched(query(0), rejected=rejected, claims=claims)
    saved = await ingest_on(database).run_pass(Told(told))
    assert (saved.inserted, saved.rejected) == (1, 3)
    assert await rows("SELECT run_id FROM omd.claims") == [("another",)]
    found = await rows("SELECT origin, payload = '', reason LIKE '%check violation%' FROM omd.quarantine ORDER BY 1")
    assert found == [("file:1", False, False), ("file:2", True, True), ("refused by PostgreSQL", False, True)]
    assert await ingest_on(database).run_pass(Told(told)) == SavedBatch()


async def test_a_refusal_that_is_about_nothing_in_the_batch_is_raised_and_leaves_nothing(
    database: Database, rows: Rows
) -> None:
    await rows("ALTER TABLE omd.ingest_state ADD CONSTRAINT unlucky CHECK (source <> 'told')")
    with pytest.raises(StoreRefused, match="constraint unlucky, table ingest_state"):
        await ingest_on(database).run_pass(Told(FetchedBatch((), watermark=NOON)))
    assert await rows("SELECT count(*)::int FROM omd.ingest_state") == [(0,)]


async def test_parts_are_saved_under_the_lease_and_the_source_hears_of_them_at_the_end(
    database: Database, rows: Rows
) -> None:
    await refuse(rows, 2)
    seen: list[int] = []

    async def saved() -> None:
        seen.append(len(await stored(rows)))

    told = replace(fetched(*map(query, range(COUNT))), saved=saved)
    with pytest.raises(LeaseLost):
        await ingest_on(database).run_pass(Told(told), Lease("trino", "somebody", 7))
    assert (seen, await stored(rows)) == ([], [])
    await ingest_on(database).run_pass(Told(told))
    assert seen == [COUNT - 1]
