"""Who does not see all SQL searches it without literals: what is asked tells nothing of what the literals are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from itertools import product

import httpx
import pytest
from tests.batches import NOON

from query_lineage_tracker.adapters.postgres.columns import PostgresColumns
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.statements import PostgresStatements
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.bootstrap import insights_of
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.domain.history import ExecutedQuery, Session, SessionOrigin, State
from query_lineage_tracker.lineage.engine import ViewText
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState
from query_lineage_tracker.ports.store import Which
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.ingest import Ingest, IngestRules
from query_lineage_tracker.services.reanalyze import Reanalysis, ReanalysisRules
from query_lineage_tracker.web.app import page_app

pytestmark = pytest.mark.anyio

SINCE = (NOON - timedelta(days=1)).isoformat()
# Kestrel, 4711 and their like are the data; each stands where a statement may hold data.
TEXTS = (
    "select id from orders where name = 'Kestrel' and pin = 4711 -- Osprey",
    "select /* Osprey */ id from orders where born = DATE '1987-06-05' limit 4711",
    "select id from orders where id in (4711, 4712) or note like '%kestrel%' escape '!'",
    "insert into notes values (4711, 'kestrel', U&'\\006bestrel'), (-4711.5e0, X'CAFE', NULL)",
    "create table made with (location = 's3://kestrel/4711', n = 4711) as select 1 as one",
    "EXECUTE IMMEDIATE 'select id from orders where name = ''Kestrel'' and pin = 4711'",
    "call system.register_table(schema_name => 'kestrel', table_location => 's3://kestrel')",
    "select * from orders for version as of 'kestrel'",
    "select * from table(pg.system.query(query => 'select \"kestrel\" from t where x = 4711'))",
    "create function f() returns bigint language python with (handler = 'kestrel') as $$ kestrel = 4711 $$",
    "select id from orders where name = kestrel 4711 'kestrel",  # cannot be parsed: a quote was forgotten
    'select id from 4711kestrel where x = "unfinished kestrel',
    "set session lake.location = 'kestrel'",
)
PREPARED = "select id from orders where name = 'kestrel' and pin = ?"
VIEW = ViewText(ObjectName("lake", "sales", "birds"), False, "select id from orders where name = 'kestrel'", None)


class OneBatch:
    """A source with these queries."""

    name = "recorded"

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        queries = [_query(number, text) for number, text in enumerate(TEXTS)]
        queries.append(replace(_query(50, "execute p using 4711"), prepared_text=PREPARED))
        yield FetchedBatch(tuple(queries), views={queries[0].query_id: (VIEW,)})

    async def aclose(self) -> None:
        pass


def _query(number: int, text: str) -> ExecutedQuery:
    created = NOON + timedelta(seconds=number)
    return ExecutedQuery(
        query_id=f"{created:%Y%m%d_%H%M%S}_{number:05}_abcde",
        state=State.FINISHED,
        user="alice",
        text=text,
        created=created,
        ended=created + timedelta(seconds=1),
        session=Session("lake", "sales", SessionOrigin.REST),
    )


@pytest.fixture
async def stored(database: Database) -> Database:
    job = Ingest(PostgresStore(database), TrinoAnalyzer(), IngestRules(cluster="trino", namespace="trino"))
    assert (await job.run_pass(OneBatch())).inserted == len(TEXTS) + 1
    return database


def viewing(database: Database, sql: str) -> httpx.AsyncClient:
    """A viewer, whom the proxy at our address tells of."""
    page = PageSettings(
        proxy_header="X-User", proxy_addresses=(ip_network("127.0.0.1/32"),), proxy_role="viewer", sql=sql, rate=1000
    )
    app = page_app(insights_of(database), page)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://qlt.example/api/v1", headers={"X-User": "alice"})


async def found(client: httpx.AsyncClient, text: str) -> list[int]:
    """The numbers of the queries that are found, in the order of the answer."""
    page = (await client.get("/queries", params={"since": SINCE, "text": text})).json()
    return [int(row["query_id"][16:21]) for row in page["rows"]]


@pytest.mark.parametrize("sql", ["redacted", "hidden"])
async def test_viewers_find_statements_by_names_and_keywords_in_any_layout(stored: Database, sql: str) -> None:
    async with viewing(stored, sql) as client:
        assert await found(client, "FROM Orders\n WHERE name=") == [50, 0]
        assert await found(client, "in ( 1 )") == [2]
        assert await found(client, "register_tab") == [6]
        assert await found(client, TEXTS[3]) == [3]
        for row in (await client.get("/queries", params={"since": SINCE, "text": "insert into notes"})).json()["rows"]:
            assert (row["text"] is None) == (sql == "hidden") and row["text_length"] is None


@pytest.mark.parametrize("sql", ["redacted", "hidden"])
async def test_a_guess_that_is_right_is_answered_as_one_that_is_wrong(stored: Database, sql: str) -> None:
    guesses = [
        ("kestrel", "buzzard"),
        ("Osprey", "Eagles"),
        ("'Kestrel'", "'Buzzard'"),
        ("name = 'Kestrel'", "name = 'Buzzard'"),
        ("name = 'Kestrel' and pin = 4711", "name = '' and pin = 1"),
        ("pin = 4711", "pin = 4710"),
        ("4711", "4710"),
        ("-4711", "-4710"),
        ("limit 4711", "limit 1"),
        ("DATE '1987-06-05'", "DATE '1987-06-06'"),
        ("in (4711, 4712)", "in (4710, 'x', 3)"),
        ("s3://kestrel", "s3://buzzard"),
        ("location = 's3://kestrel/4711'", "location = 's3://buzzard/4711'"),
        ("-- Osprey", "-- Eagles"),
        ("/* Osprey */ id from orders", "/* Eagles */ id from orders"),
        ("execute immediate 'select id from orders", "execute immediate 'select no from orders"),
        ('"kestrel" from t', '"buzzard" from t'),
        ("as $$ kestrel", "as $$ buzzard"),
        ("U&'\\006bestrel'", "U&'\\006buzzard'"),
        ("X'CAFE'", "X'BABE'"),
        ("version as of 'kestrel'", "version as of 'buzzard'"),
        ("using 4711", "using 4710"),
        ("name = kestrel", "name = buzzard"),
        ("from 4711kestrel", "from 4711buzzard"),
        ("%kestrel%", "%buzzard%"),
        ("kestre_", "buzzar_"),
    ]
    async with viewing(stored, sql) as client:
        for (right, wrong), path in product(guesses, ("/queries", "/queries?format=csv", "/queries/facets")):
            address = httpx.URL(path).copy_merge_params({"since": SINCE})
            told, other = [await client.get(address.copy_merge_params({"text": guess})) for guess in (right, wrong)]
            assert (told.status_code, told.text) == (other.status_code, other.text), right
            assert told.status_code in (200, 400)


async def test_a_search_of_nothing_but_literals_is_told_what_is_searched(stored: Database) -> None:
    async with viewing(stored, "redacted") as client:
        refused = await client.get("/queries", params={"since": SINCE, "text": "'Kestrel', 4711 -- Osprey"})
    assert refused.status_code == 400
    assert "without quoted texts, numbers and comments" in refused.json()["hint"]


async def test_statements_of_an_older_version_are_found_after_they_were_analyzed_again(stored: Database) -> None:
    async with stored.transaction() as connection:
        await connection.execute("UPDATE omd.statements SET literal_free = NULL")
    async with viewing(stored, "redacted") as client:
        assert await found(client, "from orders where") == []
        again = Reanalysis(
            PostgresStore(stored),
            PostgresStatements(stored),
            TrinoAnalyzer(),
            PostgresColumns(stored, "trino"),
            ReanalysisRules("trino", "trino"),
        )
        assert [page.differences async for page in again.pages(Which.ALL)] == [[]]
        assert await found(client, "from orders where") == [50, 2, 1, 0]
