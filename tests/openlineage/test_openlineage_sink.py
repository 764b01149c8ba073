"""What the sink makes of messages, and how it says what happened to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from query_lineage_tracker.adapters.files.sink import JsonLinesSink
from query_lineage_tracker.adapters.http.exchange import Endpoint
from query_lineage_tracker.adapters.openlineage.sink import Carrier, EventRules, OpenLineageSink
from query_lineage_tracker.adapters.openlineage.versions import EngineVersions
from query_lineage_tracker.adapters.rest.sink import GenericRestSink
from query_lineage_tracker.domain.outbox import Dead, Delivered, DeliveryResult, Halted, Message, QueryFacts, Retry
from query_lineage_tracker.domain.statement_run import StatementRun
from query_lineage_tracker.errors import ConfigurationError, StoreUnreachable
from tests.messages import a_query, an_edge
from tests.openlineage.validation import problems

WRITE = a_query("INSERT INTO daily SELECT * FROM orders", targets=["hive.mart.daily"])
URL = "https://marquez.example/api/v1/lineage"


@dataclass
class Runs:
    """The same run for every statement, or none when PostgreSQL is away."""

    run: StatementRun | None = None

    async def run_of(self, facts: QueryFacts) -> StatementRun:
        if self.run is None:
            raise StoreUnreachable("PostgreSQL is away")
        return self.run


def posting(answer: Callable[[httpx.Request], httpx.Response], token: str | None = "k3y") -> GenericRestSink:
    transport = httpx.MockTransport(answer)
    return GenericRestSink(Endpoint(URL, token), settings="QLT_OPENLINEAGE", transport=transport)


def deliver(carrier: Carrier, message: Message, runs: Runs | None = None, *, reads: bool = False) -> DeliveryResult:
    async def delivered() -> DeliveryResult:
        last = runs or Runs(StatementRun("20261122_093015_00042_abcde"))
        sink = OpenLineageSink(carrier, last, EventRules(reads=reads))
        try:
            return await sink.deliver(message)
        finally:
            await sink.aclose()

    return asyncio.run(delivered())


def test_a_write_is_posted_as_a_well_formed_event_with_the_key() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201)

    assert isinstance(deliver(posting(answer), WRITE), Delivered)
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["Authorization"] == "Bearer k3y"
    assert problems(json.loads(request.content)) == []


def test_events_go_into_a_file_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for _ in range(2):
        assert isinstance(deliver(JsonLinesSink(path), WRITE), Delivered)
    first, second = map(json.loads, path.read_text().splitlines())
    assert (problems(first), first) == ([], second)


@pytest.mark.parametrize("message", [a_query(), an_edge({"day": ["day"]})], ids=["read", "edge"])
def test_reads_and_single_edges_need_no_event(message: Message) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.url} was asked")

    assert deliver(posting(answer), message) == Delivered({})


def test_reads_are_told_on_demand() -> None:
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200)

    assert isinstance(deliver(posting(answer), a_query(), reads=True), Delivered)
    event = json.loads(bodies[0])
    assert (problems(event), event["outputs"], len(event["inputs"])) == ([], [], 1)


@pytest.mark.parametrize(
    ("status", "result"), [(500, Retry), (503, Retry), (400, Dead), (422, Dead), (401, Halted), (403, Halted)]
)
def test_answers_mean_what_they_mean_for_every_sink(status: int, result: type[DeliveryResult]) -> None:
    assert isinstance(deliver(posting(lambda _: httpx.Response(status)), WRITE), result)


def test_a_database_that_is_away_is_no_fault_of_the_message() -> None:
    assert isinstance(deliver(posting(lambda _: httpx.Response(200)), WRITE, Runs()), Retry)


def test_a_probe_asks_the_endpoint() -> None:
    async def probed(status: int) -> str | None:
        sink = OpenLineageSink(posting(lambda _: httpx.Response(status)), None, EventRules())
        try:
            return await sink.probe()
        finally:
            await sink.aclose()

    assert asyncio.run(probed(405)) is None
    assert "401" in (asyncio.run(probed(401)) or "")


def test_a_key_that_no_header_can_carry_is_named_by_its_own_variable() -> None:
    with pytest.raises(ConfigurationError, match="QLT_OPENLINEAGE_TOKEN"):
        posting(lambda _: httpx.Response(200), "two\nlines")


def test_the_engine_has_the_version_that_the_coordinator_tells() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201)

    async def delivered() -> DeliveryResult:
        versions = EngineVersions(Coordinators({"lab": "476"}).tell)
        sink = OpenLineageSink(posting(answer), Runs(StatementRun()), EventRules(), versions=versions)
        try:
            return await sink.deliver(WRITE)
        finally:
            await sink.aclose()

    assert isinstance(asyncio.run(delivered()), Delivered)
    event = json.loads(seen[0].content)
    assert event["run"]["facets"]["processing_engine"]["version"] == "476"
    assert problems(event) == []


@dataclass
class Coordinators:
    """Tell their versions by namespace, and count how often they are asked."""

    versions: dict[str, str]
    asked: int = 0

    async def tell(self, namespace: str) -> str | None:
        self.asked += 1
        return self.versions.get(namespace)


@pytest.mark.parametrize(("told", "asked_after_six_minutes"), [("476", 1), (None, 2)])
def test_versions_are_asked_for_seldom(told: str | None, asked_after_six_minutes: int) -> None:
    coordinators = Coordinators({"lab": told} if told else {})
    now = 0.0

    async def asked() -> list[str | None]:
        nonlocal now
        versions = EngineVersions(coordinators.tell, clock=lambda: now)
        found = [await versions.of("lab"), await versions.of("lab")]
        assert coordinators.asked == 1
        now = 360.0
        found.append(await versions.of("lab"))
        assert coordinators.asked == asked_after_six_minutes
        now = 4000.0
        return [*found, await versions.of("lab")]

    assert asyncio.run(asked()) == [told] * 4
    assert coordinators.asked == asked_after_six_minutes + 1
