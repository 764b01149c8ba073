from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest
from tests.messages import a_query

from query_lineage_tracker.adapters.http.exchange import Endpoint
from query_lineage_tracker.adapters.rest.sink import GenericRestSink
from query_lineage_tracker.domain.calls import Call
from query_lineage_tracker.domain.outbox import Claim, Dead, Delivered, DeliveryResult, Halted, Parked, Retry

URL = "https://catalog.example/lineage?team=data"


def sink_of(
    answer: Callable[[httpx.Request], httpx.Response], token: str | None = "t0ken", header: str = "Authorization"
) -> GenericRestSink:
    transport = httpx.MockTransport(answer)
    return GenericRestSink(Endpoint(URL, token), auth_header=header, transport=transport)


def deliver(answer: Callable[[httpx.Request], httpx.Response]) -> DeliveryResult:
    async def delivered() -> DeliveryResult:
        sink = sink_of(answer)
        try:
            return await sink.deliver(a_query())
        finally:
            await sink.aclose()

    return asyncio.run(delivered())


def probe(answer: Callable[[httpx.Request], httpx.Response]) -> str | None:
    async def probed() -> str | None:
        sink = sink_of(answer)
        try:
            return await sink.probe()
        finally:
            await sink.aclose()

    return asyncio.run(probed())


def replies(status: int, content_type: str = "application/json") -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(status, headers={"Content-Type": content_type}, content=b"{}")


def test_a_message_is_posted_with_its_idempotency_key_and_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    assert isinstance(deliver(answer), Delivered)
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["Idempotency-Key"] == "openmetadata/QUERY/0b9e4f1c-6f0e-5d6b-8f5c-2f4d9b1a7c11/1"
    assert request.headers["Authorization"] == "Bearer t0ken"
    assert json.loads(request.content)["query"]["text"] == "SELECT * FROM orders"


@pytest.mark.parametrize(
    ("token", "header", "sent"),
    [
        ("Basic abc", "Authorization", "Basic abc"),
        ("abc", "X-Api-Key", "abc"),
        (None, "Authorization", None),
    ],
)
def test_the_token_goes_where_the_settings_say(token: str | None, header: str, sent: str | None) -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get(header))
        return httpx.Response(200)

    async def delivered() -> None:
        sink = sink_of(answer, token, header)
        await sink.deliver(a_query())
        await sink.aclose()

    asyncio.run(delivered())
    assert seen == [sent]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, Delivered), (409, Delivered), (401, Halted), (404, Parked), (422, Dead), (429, Retry), (500, Retry)],
)
def test_each_answer_has_its_result(status: int, kind: type[DeliveryResult]) -> None:
    assert isinstance(deliver(replies(status)), kind)


def test_a_page_with_200_halts() -> None:
    assert isinstance(deliver(replies(200, "text/html")), Halted)


def test_an_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("query_lineage_tracker.adapters.http.exchange.MAX_REPLY_BYTES", 1000)
    result = deliver(lambda request: httpx.Response(200, content=b"x" * 2000))
    assert isinstance(result, Dead)


@pytest.mark.parametrize("status", [200, 204, 404, 405, 501])
def test_the_probe_is_content_with_a_receiver_made_for_post(status: int) -> None:
    assert probe(replies(status)) is None


@pytest.mark.parametrize("status", [302, 401, 403, 429, 500, 503])
def test_the_probe_tells_why_nothing_can_be_delivered(status: int) -> None:
    assert f"HTTP {status}" in (probe(replies(status)) or "")


def test_the_requests_are_observed() -> None:
    seen: list[tuple[str, str]] = []

    async def delivered() -> None:
        sink = GenericRestSink(
            Endpoint(URL),
            transport=httpx.MockTransport(replies(503)),
            observe=lambda operation, status, seconds: seen.append((operation, status)),
        )
        await sink.deliver(a_query())
        await sink.aclose()

    asyncio.run(delivered())
    assert seen == [("post_message", "503")]


def test_each_post_is_recorded_with_its_answer_and_a_probe_is_not() -> None:
    @dataclass
    class Recorded:
        calls: list[tuple[Claim, Call]] = field(default_factory=list)

        def record(self, claim: Claim, call: Call) -> None:
            self.calls.append((claim, call))

    recorded = Recorded()

    async def delivered() -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(409, json={"message": "known"}))
        sink = GenericRestSink(Endpoint(URL, "t0ken"), transport=transport, calls=recorded)
        await sink.probe()
        await sink.deliver(a_query())
        await sink.aclose()

    asyncio.run(delivered())
    ((claim, call),) = recorded.calls
    assert claim == a_query().claim
    assert (call.method, call.path, call.status, call.answer) == ("POST", "", 409, "known")
    assert json.loads(call.body)["entity"] == claim.entity
