"""Every call that was to change something at a catalog is accounted for: what was sent, when, and what came back."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from tests.batches import ORDERS, READ, batch, execution, write
from tests.messages import LAST, a_claim
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

from query_lineage_tracker.adapters.http.exchange import Endpoint
from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services
from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink
from query_lineage_tracker.adapters.postgres.calls import CallRules, PostgresCalls
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.outbox_reads import OutboxReads
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.calls import Call
from query_lineage_tracker.domain.filters import CallFilter
from query_lineage_tracker.domain.outbox import Delivered, MessageKind
from query_lineage_tracker.services.sync import Sync, SyncReport, SyncRules

pytestmark = pytest.mark.anyio

RULES = SyncRules("me", concurrency=4, lease=30.0, interval=0.01, probe_interval=0.02)
ALL = CallFilter()
CLAIM = a_claim(MessageKind.LINEAGE, "1:2")


@pytest.fixture
def fake() -> Iterator[FakeOpenMetadata]:
    with FakeOpenMetadata() as server:
        server.state.add_table("lab", "lake", "sales", "orders", columns=["id", "amount"])
        server.state.add_table("lab", "lake", "mart", "revenue", columns=["amount"])
        server.state.add_user("alice")
        yield server


def a_call(number: int = 1, body: bytes = b"{}") -> Call:
    return Call(LAST, "PUT", f"/lineage/{number}", body, 200, "", 12)


async def saved(database: Database) -> None:
    into = write(ORDERS)
    executions = [execution(1, "select 1", READ), execution(2, "insert 1", into, user="etl")]
    await PostgresStore(database).save(
        batch(executions, {"select 1": READ, "insert 1": into}, sinks=("openmetadata",)), None
    )


async def synced(database: Database, fake: FakeOpenMetadata, rules: CallRules, timeout: float = 5.0) -> SyncReport:
    calls = PostgresCalls(database, rules)
    sink = OpenMetadataSink(
        Endpoint(fake.url, fake.token, timeout=timeout), OpenMetadataRules(Services("lab")), calls=calls
    )
    try:
        return await Sync(PostgresOutbox(database, calls), sink, RULES).run_once()
    finally:
        await sink.aclose()


async def stored(database: Database, wanted: CallFilter = ALL) -> list[Any]:
    return await OutboxReads(database).calls(wanted, 1000)


async def test_what_was_written_is_kept_with_its_message_and_answer(database: Database, fake: FakeOpenMetadata) -> None:
    await saved(database)
    assert await synced(database, fake, CallRules()) == SyncReport(delivered=3)
    calls = await stored(database)
    made = Counter((each.method, each.path.removeprefix("/api/v1")) for each in fake.writes)
    assert Counter((call["method"], call["path"]) for call in calls) == made
    (edge,) = [call for call in calls if call["kind"] == "LINEAGE"]
    assert (edge["method"], edge["path"], edge["status"]) == ("PUT", "/lineage", 200)
    assert (edge["generation"], edge["attempt"]) == (1, 1)
    assert '"sqlQuery":"insert 1"' in edge["body"]
    assert edge["body_digest"] == hashlib.sha256(edge["body"].encode()).hexdigest()
    assert edge["body_bytes"] == len(edge["body"])
    assert fake.token not in str(calls)


async def test_a_refused_call_is_kept_with_the_receivers_words(database: Database, fake: FakeOpenMetadata) -> None:
    await saved(database)
    fake.faults.append(Fault("PUT .*/lineage", 400, b'{"code":400,"message":"no such column"}'))
    await synced(database, fake, CallRules())
    (refused,) = await stored(database, CallFilter(failed=True))
    assert (refused["status"], refused["answer"]) == (400, "no such column")
    assert await stored(database, CallFilter(entity=refused["entity"])) == [refused]
    assert await stored(database, CallFilter(sink="file")) == []


async def test_a_token_that_a_receiver_repeats_is_masked(database: Database, fake: FakeOpenMetadata) -> None:
    await saved(database)
    fake.faults.append(Fault("PUT .*/lineage", 400, b'{"message":"not with token-of-the-bot"}'))
    await synced(database, fake, CallRules())
    (refused,) = await stored(database, CallFilter(failed=True))
    assert refused["answer"] == "not with ***"


async def test_calls_without_an_answer_are_kept_with_the_reason(database: Database, fake: FakeOpenMetadata) -> None:
    await saved(database)
    fake.faults.append(Fault("PUT .*/lineage", 0, delay=1.0))
    fake.faults.append(Fault("POST .*/queries", reset=True))
    await synced(database, fake, CallRules(), timeout=0.3)
    failed = await stored(database, CallFilter(failed=True))
    answers = {call["kind"]: call["answer"] for call in failed}
    assert "no answer in time" in answers["LINEAGE"]
    assert "no connection" in answers["QUERY"]
    assert {call["status"] for call in failed} == {None}
    assert all(call["duration_ms"] >= 0 for call in failed)


async def test_only_as_much_of_a_request_is_kept_as_is_wanted(database: Database) -> None:
    calls = PostgresCalls(database, CallRules(body=5))
    body = "äöüß€ and more".encode()
    calls.record(CLAIM, a_call(body=body))
    await PostgresOutbox(database, calls).settle([(CLAIM, Delivered({}))])
    (call,) = await stored(database)
    assert (call["body"], call["body_bytes"]) == ("äöüß€", len(body))
    assert call["body_digest"] == hashlib.sha256(body).hexdigest()


async def test_no_days_keep_no_calls(database: Database, fake: FakeOpenMetadata) -> None:
    await saved(database)
    assert (await synced(database, fake, CallRules(days=0))).delivered == 3
    assert await stored(database) == []


async def test_the_latest_calls_are_kept_and_the_others_forgotten(database: Database) -> None:
    calls = PostgresCalls(database, CallRules(days=10**5, rows=50))
    outbox = PostgresOutbox(database, calls)
    for _ in range(11):
        for number in range(100):
            calls.record(CLAIM, a_call(number))
        await outbox.settle([(CLAIM, Delivered({}))])
    # Forgotten when a thousand were stored, and a hundred more came since.
    assert len(await stored(database)) == 50 + 100
    assert await calls.forget() == 100
    assert [call["path"] for call in await stored(database)] == [f"/lineage/{number}" for number in range(99, 49, -1)]


async def test_calls_that_are_too_old_are_forgotten(database: Database) -> None:
    calls = PostgresCalls(database, CallRules(days=30))
    for _ in range(3):
        calls.record(CLAIM, a_call())
    await PostgresOutbox(database, calls).settle([(CLAIM, Delivered({}))])
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE omd.delivery_calls SET called_at = now() - make_interval(days => 28 + call_id::integer)"
        )
    assert await calls.forget() == 2
    assert len(await stored(database)) == 1


async def test_calls_wait_while_they_cannot_be_stored(database: Database) -> None:
    calls = PostgresCalls(database, CallRules())
    outbox = PostgresOutbox(database, calls)
    calls.record(CLAIM, a_call(1))
    async with database.transaction() as connection:
        await connection.execute("LOCK TABLE omd.delivery_calls IN SHARE MODE")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(outbox.settle([(CLAIM, Delivered({}))]), 0.5)
    calls.record(CLAIM, a_call(2))
    await outbox.settle([(CLAIM, Delivered({}))])
    assert [call["path"] for call in await stored(database)] == ["/lineage/2", "/lineage/1"]


async def test_a_claim_that_nobody_settled_is_noted_as_what_nobody_knows(
    database: Database, fake: FakeOpenMetadata
) -> None:
    await saved(database)
    calls = PostgresCalls(database, CallRules())
    outbox = PostgresOutbox(database, calls)
    assert len(await outbox.claim("openmetadata", "died", 1, 0.05)) == 1
    await asyncio.sleep(0.1)
    assert await synced(database, fake, CallRules()) == SyncReport(delivered=3)
    (unknown,) = [call for call in await stored(database) if call["method"] == "UNKNOWN"]
    assert (unknown["status"], unknown["path"], unknown["body"], unknown["attempt"]) == (None, "", "", 1)
    assert "died claimed the message until then, and never settled it" in unknown["answer"]
    assert unknown in await stored(database, CallFilter(failed=True))
    assert await synced(database, fake, CallRules()) == SyncReport()
    assert len([call for call in await stored(database) if call["method"] == "UNKNOWN"]) == 1


async def test_where_no_calls_are_kept_an_unsettled_claim_is_not_noted(
    database: Database, fake: FakeOpenMetadata
) -> None:
    await saved(database)
    await PostgresOutbox(database).claim("openmetadata", "died", 1, 0.05)
    await asyncio.sleep(0.1)
    await synced(database, fake, CallRules(days=0))
    assert await stored(database) == []
