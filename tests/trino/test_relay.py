"""The relay passes on what comes, answers as the receiver does, and knows what was sent. No server is needed."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.trino.relay import Relay
from tests.trino_events import body


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port


@pytest.fixture
def receiver() -> Iterator[Relay]:
    with Relay(free_port(), keep=True) as relay:
        yield relay


@pytest.fixture
def relay(receiver: Relay) -> Iterator[Relay]:
    with Relay(free_port(), target=receiver.address) as relay:
        yield relay


CREATED = {"endTime": ..., "statistics": ..., "ioMetadata": ..., "metadata.queryState": "QUEUED"}
TOKEN = {"Authorization": "Bearer of-a-test"}


def test_an_event_is_passed_on_with_its_token_and_answered_as_the_receiver_does(relay: Relay, receiver: Relay) -> None:
    answer = httpx.post(relay.address, content=body(), headers=TOKEN)
    assert answer.status_code == 200
    assert receiver.bodies == [body()]
    assert receiver.headers["Authorization"] == "Bearer of-a-test"


def test_a_receiver_that_is_gone_is_answered_503_and_the_query_was_sent_all_the_same(relay: Relay) -> None:
    relay.target = f"http://127.0.0.1:{free_port()}/events"
    assert httpx.post(relay.address, content=body()).status_code == 503
    assert relay.sent.keys() == {json.loads(body())["metadata"]["queryId"]}
    assert relay.taken == set()


def test_while_unreachable_nobody_is_answered_and_nothing_passed_on(relay: Relay, receiver: Relay) -> None:
    with relay.unreachable(), pytest.raises(httpx.RemoteProtocolError):
        httpx.post(relay.address, content=body())
    assert receiver.bodies == []
    assert httpx.post(relay.address, content=body()).status_code == 200


@pytest.mark.parametrize("bodies", [(body(CREATED), body()), (body(), body(CREATED))])
def test_a_query_is_as_its_completed_event_tells_it_whichever_comes_first(
    relay: Relay, bodies: tuple[bytes, bytes]
) -> None:
    for one in bodies:
        httpx.post(relay.address, content=one)
    ((seen),) = relay.sent.values()
    assert (seen.state, seen.terminal, seen.ended is not None) == ("FINISHED", True, True)
    assert relay.taken == relay.sent.keys()


def test_what_was_kept_is_sent_again_with_its_token(relay: Relay, receiver: Relay) -> None:
    httpx.post(relay.address, content=body(), headers=TOKEN)
    assert receiver.send_again(relay.address) == {200: 1}
    assert receiver.bodies == [body(), body()]
    assert relay.headers["Authorization"] == "Bearer of-a-test"
