"""The receiver's answers: what is kept, what is refused, and that nothing is answered before it is kept."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest

from query_lineage_tracker.adapters.receiver.accepting import Accepting
from query_lineage_tracker.adapters.receiver.app import Receiver, ReceiverLimits, ReceivingCluster
from query_lineage_tracker.errors import JournalRefuses
from query_lineage_tracker.events.openlineage import reduced_openlineage
from query_lineage_tracker.events.reduced import reduced_event
from query_lineage_tracker.ports.sources import EventKind
from query_lineage_tracker.services.rejected import rejected_of

LIMITS = ReceiverLimits(100_000, 200_000, 5.0)
TOKEN = {"Authorization": "Bearer alice-token"}
EVENT = {
    "createTime": "2026-11-22T10:00:00.000Z",
    "context": {"user": "alice", "serverVersion": "476"},
    "metadata": {
        "queryId": "20261122_100000_00001_aaaaa",
        "query": "CREATE CATALOG c USING postgresql WITH (\"connection-password\" = 'hunter2')",
        "queryState": "QUEUED",
        "plan": "Fragment 0 " * 100,
    },
}
LINEAGE = {
    "eventType": "COMPLETE",
    "eventTime": "2026-11-22T10:00:00.000Z",
    "producer": "https://example.org/dbt",
    "run": {"runId": "0193a2f0-0000-7000-8000-000000000001"},
    "job": {"namespace": "dbt", "name": "orders"},
    "inputs": [],
    "outputs": [],
}


@dataclass
class Kept:
    """A journal in memory; `full` refuses, `gate` holds up."""

    entries: list[tuple[EventKind, bytes]] = field(default_factory=list)
    full: bool = False
    gate: asyncio.Event | None = None

    async def append(self, kind: EventKind, payload: bytes) -> None:
        if self.full:
            raise JournalRefuses("the journal is full")
        if self.gate is not None:
            await self.gate.wait()
        self.entries.append((kind, payload))


@dataclass
class Counts:
    received: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def event_received(self, cluster: str, result: str) -> None:
        self.received[cluster, result] += 1

    def event_dropped(self, reason: str) -> None:
        self.dropped[reason] += 1


class Setup:
    """A receiver of two clusters, and a client that talks to it."""

    def __init__(self, limits: ReceiverLimits = LIMITS, token: bytes | None = b"alice-token"):
        self.alpha, self.beta, self.counts = Kept(), Kept(), Counts()
        clusters = {
            "alpha": ReceivingCluster("alpha", token, self.alpha),
            "beta": ReceivingCluster("beta", b"bob-token", self.beta),
        }
        reducers = {
            EventKind.TRINO: partial(reduced_event, redact_literals=False),
            EventKind.OPENLINEAGE: partial(reduced_openlineage, redact_literals=False),
        }
        app = Receiver(clusters, Accepting(reducers, redact_literals=False), limits, self.counts).app()
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://qlt")

    async def post(
        self, path: str, body: object, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, object]]:
        content = body if isinstance(body, (bytes, AsyncIterator)) else json.dumps(body).encode()
        answer = await self.client.post(path, content=content, headers=TOKEN if headers is None else headers)
        return answer.status_code, answer.json()

    def rejected(self) -> tuple[str, str]:
        ((kind, payload),) = self.alpha.entries
        assert kind is EventKind.REJECTED
        row = rejected_of(payload)
        return row.reason, row.payload


def answered(
    setup: Setup, path: str, body: object, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, object]]:
    return asyncio.run(setup.post(path, body, headers))


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_event_is_kept_reduced_and_redacted(method: str) -> None:
    setup = Setup()
    answer = asyncio.run(setup.client.request(method, "/events/alpha", json=EVENT, headers=TOKEN))
    assert (answer.status_code, answer.json()) == (200, {"kept": True})
    ((kind, payload),) = setup.alpha.entries
    assert kind is EventKind.TRINO and b"hunter2" not in payload and b"Fragment" not in payload
    assert json.loads(payload)["metadata"]["queryId"] == "20261122_100000_00001_aaaaa"
    assert setup.counts.received == {("alpha", "kept"): 1} and not setup.beta.entries


def test_nothing_is_answered_before_it_is_kept() -> None:
    async def work() -> None:
        setup = Setup()
        setup.alpha.gate = asyncio.Event()
        asking = asyncio.create_task(setup.post("/events/alpha", EVENT))
        await asyncio.sleep(0.05)
        assert not asking.done() and not setup.alpha.entries
        setup.alpha.gate.set()
        assert (await asking)[0] == 200 and len(setup.alpha.entries) == 1

    asyncio.run(work())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer bob-token"},
        {"Authorization": "Bearer alice-toke"},
        {"Authorization": "Basic alice-token"},
    ],
)
@pytest.mark.parametrize("path", ["/events/alpha", "/api/v1/lineage"])
def test_without_the_clusters_token_nothing_is_kept(headers: dict[str, str], path: str) -> None:
    setup = Setup()
    code, told = answered(setup, path, EVENT if "events" in path else LINEAGE, headers)
    if path == "/api/v1/lineage" and headers.get("Authorization") == "Bearer bob-token":
        assert code == 200 and len(setup.beta.entries) == 1
        return
    assert code == 401 and "token" in str(told["error"])
    assert setup.counts.dropped == {"unauthorized": 1} and not setup.alpha.entries and not setup.beta.entries


def test_a_cluster_without_token_takes_events_from_anybody() -> None:
    setup = Setup(token=None)
    assert answered(setup, "/events/alpha", EVENT, {})[0] == 200
    assert answered(setup, "/events/beta", EVENT, {})[0] == 401


def test_a_token_may_hold_any_characters() -> None:
    setup = Setup(token="älice".encode())
    headers = [(b"Authorization", "Bearer älice".encode())]
    assert asyncio.run(setup.client.post("/events/alpha", json=EVENT, headers=headers)).status_code == 200


def test_an_unknown_cluster_is_not_found() -> None:
    setup = Setup()
    assert answered(setup, "/events/gamma", EVENT)[0] == 404
    assert setup.counts.dropped == {"unknown_cluster": 1}


def test_unknown_addresses_and_methods_are_answered_with_what_is_known() -> None:
    setup = Setup()
    assert "/events/{cluster}" in str(answered(setup, "/event/alpha", EVENT)[1]["error"])
    asked = asyncio.run(setup.client.get("/events/alpha"))
    assert asked.status_code == 405 and "POST" in asked.json()["error"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (json.dumps(EVENT).encode()[:-20], "not JSON"),
        (b"", "not JSON"),
        (b"[1]", "list"),
        (b'{"metadata": {"query": "x"}}', "queryId"),
        (b"\xff\xfe\x00", "not JSON"),
    ],
)
def test_what_is_not_understood_is_quarantined_and_not_sent_again(body: bytes, reason: str) -> None:
    setup = Setup()
    code, told = answered(setup, "/events/alpha", body)
    assert (code, told) == (202, {"kept": True, "quarantined": True})
    assert reason in setup.rejected()[0] and "hunter2" not in setup.rejected()[1]
    assert setup.counts.received == {("alpha", "quarantined"): 1}


def test_openlineage_is_kept_by_the_token_alone() -> None:
    setup = Setup()
    assert answered(setup, "/api/v1/lineage", LINEAGE, {"Authorization": "Bearer bob-token"})[0] == 200
    assert answered(setup, "/api/v1/lineage", [LINEAGE, LINEAGE])[0] == 200
    assert [kind for kind, _ in setup.alpha.entries + setup.beta.entries] == [EventKind.OPENLINEAGE] * 2


def test_a_body_that_is_too_large_is_refused_and_leaves_its_beginning() -> None:
    setup = Setup()
    code, _ = answered(setup, "/events/alpha", json.dumps(EVENT).encode() + b" " * 100_000)
    assert code == 413 and setup.counts.dropped == {"too_large": 1}
    reason, kept = setup.rejected()
    assert "larger than 100,000 bytes" in reason and "20261122_100000_00001_aaaaa" in kept and len(kept) < 20_000
    assert "hunter2" not in kept


def test_gzip_is_unpacked_and_bounded_by_what_it_unpacks_to() -> None:
    setup = Setup()
    packed = {**TOKEN, "Content-Encoding": "gzip"}
    assert answered(setup, "/events/alpha", gzip.compress(json.dumps(EVENT).encode()), packed)[0] == 200
    assert answered(setup, "/events/alpha", gzip.compress(b" " * 50_000_000), packed)[0] == 413
    assert [kind for kind, _ in setup.alpha.entries] == [EventKind.TRINO, EventKind.REJECTED]


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(json.dumps(EVENT).encode())[:-9], b""])
def test_what_is_no_gzip_is_quarantined(body: bytes) -> None:
    setup = Setup()
    assert answered(setup, "/events/alpha", body, {**TOKEN, "Content-Encoding": "gzip"})[0] == 202
    assert "gzip" in setup.rejected()[0] and "hunter2" not in setup.rejected()[1]


def test_another_encoding_is_refused() -> None:
    setup = Setup()
    assert answered(setup, "/events/alpha", EVENT, {**TOKEN, "Content-Encoding": "br"})[0] == 415
    assert setup.counts.dropped == {"unknown_encoding": 1}


def test_a_full_journal_asks_to_come_again() -> None:
    setup = Setup()
    setup.alpha.full = True
    answer = asyncio.run(setup.client.post("/events/alpha", json=EVENT, headers=TOKEN))
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    assert setup.counts.received == {("alpha", "refused"): 1} and not setup.counts.dropped


def test_bodies_together_are_bounded_and_room_is_given_back() -> None:
    async def work() -> None:
        setup = Setup()
        body = json.dumps(EVENT).encode() + b" " * 80_000
        setup.alpha.gate = asyncio.Event()
        held = [asyncio.create_task(setup.post("/events/alpha", body)) for _ in range(2)]
        await asyncio.sleep(0.3)
        assert (await setup.post("/events/alpha", body))[0] == 503
        setup.alpha.gate.set()
        assert [code for code, _ in await asyncio.gather(*held)] == [200, 200]
        assert (await setup.post("/events/alpha", body))[0] == 200

    asyncio.run(work())


def test_a_sender_that_takes_too_long_is_told_to_try_again() -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    async def work() -> None:
        setup = Setup(ReceiverLimits(1000, 2000, 0.05))
        assert (await setup.post("/events/alpha", slowly()))[0] == 408
        assert setup.counts.dropped == {"too_slow": 1}

    asyncio.run(work())
