"""Roles on the page: what viewers see of SQL, what operators change, and that no other site can make them do it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from tests.batches import NOON, ORDERS, READ, REVENUE, batch, execution, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.bootstrap import insights_of
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.domain.access import SqlShown
from query_lineage_tracker.domain.filters import MessageFilter
from query_lineage_tracker.domain.history import State
from query_lineage_tracker.domain.insights.queries import QuerySearch
from query_lineage_tracker.domain.outbox import Dead
from query_lineage_tracker.errors import RoleMissing
from query_lineage_tracker.services.insights.queries import count_facets, search_queries
from query_lineage_tracker.services.insights.shown import ShownQueries
from query_lineage_tracker.web.app import page_app

pytestmark = pytest.mark.anyio

INSERT = "insert into revenue (amount) select amount from orders where name = 'Erika' and id > 42"
MESSAGE = "line 1:8: Cannot cast 'Erika' to integer"
SINCE = (NOON - timedelta(days=1)).isoformat()
SENT = {"X-QLT-Request": "1"}


@pytest.fixture
async def stored(database: Database) -> AsyncIterator[Database]:
    failed = execution(2, INSERT, write(ORDERS), state=State.FAILED, error_message=MESSAGE, error_code="INVALID_CAST")
    await PostgresStore(database).save(
        batch(
            [execution(1, INSERT, write(ORDERS)), failed, execution(3, "select 1")],
            {INSERT: write(ORDERS), "select 1": READ},
        ),
        None,
    )
    yield database


def asking(database: Database, role: str, **settings: Any) -> httpx.AsyncClient:
    """Somebody whom the proxy at our address tells of."""
    page = PageSettings(
        proxy_header="X-User", proxy_addresses=(ip_network("127.0.0.1/32"),), proxy_role_header="X-Role", **settings
    )
    app = page_app(insights_of(database), page)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
        base_url="http://qlt.example/api/v1",
        headers={"X-User": "alice", "X-Role": role},
    )


async def seen(client: httpx.AsyncClient) -> list[str | None]:
    """Everywhere that SQL and messages are shown."""
    page = (await client.get("/queries", params={"since": SINCE, "table": "orders"})).json()
    failed = next(row for row in page["rows"] if row["state"] == "FAILED")
    one = (await client.get(f"/queries/{failed['query_id']}")).json()["query"]
    ends = {"upstream": str(ORDERS), "downstream": str(REVENUE)}
    witness = (await client.get("/evidence", params=ends)).json()["rows"][0]
    return [failed["text"], one["text"], one["error_message"], witness["text"]]


async def test_operators_see_texts_and_viewers_what_the_setting_says(stored: Database) -> None:
    redacted = "insert into revenue (amount) select amount from orders where name = '***' and id > 0"
    for role, sql, expected in (
        ("operator", "hidden", [INSERT, INSERT, MESSAGE, INSERT]),
        ("viewer", "full", [INSERT, INSERT, MESSAGE, INSERT]),
        ("viewer", "redacted", [redacted, redacted, "line 1:8: Cannot cast '***' to integer", redacted]),
        ("viewer", "hidden", [None, None, None, None]),
    ):
        async with asking(stored, role, sql=sql) as client:
            assert await seen(client) == expected
            told = (await client.get("/me")).json()
            assert told == {
                "name": "alice",
                "role": role,
                "sql": "full" if role == "operator" else sql,
                "session": False,
            }


@pytest.mark.parametrize(
    ("answered", "shown"),
    [
        ("400: bad query select 'Erika'", {"full": "'Erika'", "redacted": "'***'", "hidden": "None"}),
        (
            "deliver QUERY: HTTP 400, no such name='Erika' in 4711",
            {"full": "4711", "redacted": "QUERY: HTTP 400", "hidden": "None"},
        ),
    ],
)
async def test_what_a_catalog_answered_is_shown_as_texts_are(
    stored: Database, answered: str, shown: dict[str, str]
) -> None:
    outbox = PostgresOutbox(stored)
    claims = await outbox.claim("file", "test", 10, 60)
    await outbox.settle([(claim, Dead(answered)) for claim in claims])
    for sql, expected in shown.items():
        async with asking(stored, "viewer", sql=sql) as client:
            found = (await client.get("/outbox", params={"state": "dead"})).json()
        assert len(found) == len(claims) > 0
        assert all(str(one["reason"]).endswith(expected) for one in found)


async def test_why_a_catalog_is_halted_and_a_pass_failed_is_shown_as_texts_are(stored: Database) -> None:
    await PostgresOutbox(stored).halt("file", "deliver QUERY: HTTP 403, not name='Erika'")
    for role, sql, expected in (
        ("operator", "hidden", "deliver QUERY: HTTP 403, not name='Erika'"),
        ("viewer", "redacted", "deliver QUERY: HTTP 403"),
        ("viewer", "hidden", "not shown"),
    ):
        async with asking(stored, role, sql=sql) as client:
            sync = (await client.get("/sync")).json()
            overview = (await client.get("/overview")).json()
        assert {one["halted"] for one in sync} == {one["halted"] for one in overview["sync"]} == {expected}


async def test_a_message_loses_the_literals_of_its_query_that_it_repeats_without_quotes(database: Database) -> None:
    failed = execution(2, INSERT, write(ORDERS), state=State.FAILED, error_message="no user Erika, only 42")
    await PostgresStore(database).save(batch([failed], {INSERT: write(ORDERS)}), None)
    async with asking(database, "viewer", sql="redacted") as client:
        [row] = (await client.get("/queries", params={"since": SINCE})).json()["rows"]
        one = (await client.get(f"/queries/{row['query_id']}")).json()["query"]
    assert one["error_message"] == "no user ***, only 42"


async def test_texts_are_kept_from_who_does_not_see_them_whatever_asks(stored: Database) -> None:
    reads = ShownQueries(insights_of(stored).queries, SqlShown.REDACTED)
    with pytest.raises(RoleMissing, match="cannot search"):
        await search_queries(reads, QuerySearch(text="Erika"))
    with pytest.raises(RoleMissing, match="cannot search"):
        await count_facets(reads, QuerySearch(text="Erika"))


async def test_the_expression_is_found_in_the_redacted_text(stored: Database) -> None:
    ends = {
        "upstream": str(ORDERS),
        "downstream": str(REVENUE),
        "upstream_column": "amount",
        "downstream_column": "amount",
    }
    async with asking(stored, "viewer", sql="redacted") as client:
        witness = (await client.get("/evidence", params=ends)).json()["rows"][0]
    assert [witness["text"][span["start"] : span["end"]] for span in witness["spans"]] == ["amount"]


async def test_operators_change_the_outbox_and_it_is_recorded(stored: Database) -> None:
    reads = PostgresReads(stored)
    await PostgresOutbox(stored).halt("file", "no room")
    async with asking(stored, "operator") as client:
        dropped = await client.post("/outbox/drop", json={"states": ["PENDING"], "kind": "QUERY"}, headers=SENT)
        assert dropped.json() == {"changed": 2}
        assert (await client.post("/outbox/requeue", json={"sink": "file"}, headers=SENT)).json() == {"changed": 0}
        assert (await client.post("/outbox/resume", json={"sink": "file"}, headers=SENT)).json() == {"changed": 1}
        for body in ({}, {"states": ["SETTLED"], "sink": "file"}, {"sinks": "file"}, {"sink": "a\0b"}):
            assert (await client.post("/outbox/drop", json=body, headers=SENT)).status_code in (400, 422)
    assert await PostgresOutbox(stored).halted("file") is None
    assert len(await reads.messages(MessageFilter(("SETTLED",)))) == 2
    actions = await reads.operations.actions(10)
    assert [(one["action"], one["actor"], one["origin"], one["affected"]) for one in actions] == [
        ("RESUME", "alice", "PAGE", 1),
        ("REQUEUE", "alice", "PAGE", 0),
        ("DROP", "alice", "PAGE", 2),
    ]
    assert actions[2]["subject"] == {"states": ["PENDING"], "kind": "QUERY"}


@pytest.mark.parametrize(
    ("role", "content", "headers", "status"),
    [
        ("viewer", "application/json", SENT, 403),
        ("operator", "text/plain", SENT, 415),
        ("operator", "application/json", {}, 403),
        ("operator", "application/json", {**SENT, "Origin": "https://evil.example"}, 403),
        (
            "operator",
            "application/json",
            {**SENT, "Origin": "https://qlt.example", "Sec-Fetch-Site": "cross-site"},
            403,
        ),
        ("operator", "application/json", {**SENT, "Origin": "http://qlt.example"}, 200),
        ("operator", "application/json", {**SENT, "Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_no_other_site_and_no_viewer_changes_anything(
    stored: Database, role: str, content: str, headers: dict[str, str], status: int
) -> None:
    async with asking(stored, role) as client:
        asked = await client.post(
            "/outbox/drop",
            content=b'{"states": ["PENDING"], "sink": "file"}',
            headers={"Content-Type": content, **headers},
        )
    assert asked.status_code == status
    waiting = await PostgresReads(stored).messages(MessageFilter(("PENDING",)))
    assert (len(waiting) == 0) == (status == 200)


async def test_a_body_that_is_too_large_is_refused_unread(stored: Database) -> None:
    async with asking(stored, "operator") as client:
        asked = await client.post("/outbox/requeue", json={"sink": "x" * 70_000}, headers=SENT)
    assert asked.status_code == 413


async def test_who_asks_too_often_is_told_when_to_go_on_and_others_are_answered(stored: Database) -> None:
    async with asking(stored, "viewer", rate=0.2) as client:
        assert (await client.get("/me")).status_code == 200
        refused = await client.get("/me")
        assert refused.status_code == 429 and 0 < int(refused.headers["retry-after"]) <= 5
        assert "Try again in" in refused.json()["hint"]
        assert (await client.get("/me", headers={"X-User": "bob"})).status_code == 200
