"""What each failure of the receiver makes of a message."""

from __future__ import annotations

import socket

import pytest

from query_lineage_tracker.adapters.http.classify import MAX_SERVER_ERRORS
from query_lineage_tracker.adapters.http.exchange import Endpoint
from query_lineage_tracker.domain.outbox import Dead, Delivered, DeliveryResult, Halted, Message, Parked, Retry
from query_lineage_tracker.errors import ConfigurationError
from tests.messages import a_query, an_edge
from tests.openmetadata.delivering import deliver, endpoint_of, probe
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

CALLS = ["GET .*/tables/name", "GET .*/queries/name", "GET .*/users/name", "POST .*/queries", "PUT .*/usedBy", "PATCH"]
EDGE_CALLS = ["GET .*/tables/name", "GET .*/getLineageEdge", "PUT .*/lineage"]
STEPS = [(a_query(users=["alice", "etl"]), call) for call in CALLS] + [(an_edge(), call) for call in EDGE_CALLS]


@pytest.mark.parametrize(("message", "call"), STEPS, ids=[call for _, call in STEPS])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, Halted) for status in (302, 401, 403)),
        *((status, Dead) for status in (400, 413, 422)),
        *((status, Retry) for status in (408, 412, 429, 500, 503, 504)),
    ],
)
def test_each_status_of_each_call_has_its_result(
    fake: FakeOpenMetadata, message: Message, call: str, status: int, kind: type[DeliveryResult]
) -> None:
    fake.faults.append(Fault(call, status, b'{"code":%d,"message":"no"}' % status))
    (result,) = deliver(fake, message)
    assert isinstance(result, kind)


@pytest.mark.parametrize(("message", "call"), STEPS, ids=[call for _, call in STEPS])
def test_after_a_failure_in_any_call_the_next_delivery_arrives(
    fake: FakeOpenMetadata, message: Message, call: str
) -> None:
    fake.faults.append(Fault(call, reset=True))
    (broken, whole, again) = deliver(fake, message, message, message)
    assert isinstance(broken, Retry)
    assert isinstance(whole, Delivered)
    assert again == whole


RARE_CALLS = [
    (an_edge(ended=True), "DELETE .*/lineage"),
    (an_edge(upstream="hive.sales.lines"), "GET .*/databases"),
    (an_edge(upstream="hive.sales.lines"), "GET .*/databaseSchemas"),
    (an_edge(upstream="hive.sales.lines"), "GET .*/tables.databaseSchema"),
]


@pytest.mark.parametrize(("message", "call"), RARE_CALLS, ids=[call for _, call in RARE_CALLS])
@pytest.mark.parametrize(("status", "kind"), [(401, Halted), (400, Dead), (429, Retry), (500, Retry), (None, Retry)])
def test_rare_calls_that_fail_are_made_again(
    fake: FakeOpenMetadata, message: Message, call: str, status: int | None, kind: type[DeliveryResult]
) -> None:
    fake.state.add_table("lab", "hive", "sales", "Lines")
    deliver(fake, an_edge())
    fake.faults.append(Fault(call, status or 500, reset=status is None))
    failed, whole = deliver(fake, message, message, ignore_case=True, remove_ended=True)
    assert isinstance(failed, kind)
    assert isinstance(whole, Delivered)


def test_retry_after_is_told(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("GET", 429, headers={"Retry-After": "7"}))
    (result,) = deliver(fake, an_edge())
    assert isinstance(result, Retry)
    assert result.after_seconds == 7.0


def test_a_server_error_is_dead_once_it_looks_permanent(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("PUT", 500, b'{"responseMessage":"NullPointer"}'))
    (result,) = deliver(fake, an_edge(attempts=MAX_SERVER_ERRORS))
    assert isinstance(result, Dead)
    assert "NullPointer" in result.reason


def test_a_page_instead_of_the_api_halts(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("GET", 200, b"<!doctype html><html></html>", {"Content-Type": "text/html"}))
    (result,) = deliver(fake, an_edge())
    assert isinstance(result, Halted)
    assert "page, not the API" in result.reason


def test_an_answer_that_is_not_the_apis_halts(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("GET", 200, b"pong", {"Content-Type": "text/plain"}))
    (result,) = deliver(fake, an_edge())
    assert isinstance(result, Halted)


@pytest.mark.parametrize("path", ["", "/", "/api", "/api/", "/api/v1", "/api/v1/"])
def test_the_address_is_taken_with_and_without_api(fake: FakeOpenMetadata, path: str) -> None:
    endpoint = endpoint_of(fake, path=path)
    assert probe(endpoint) is None
    (result,) = deliver(fake, an_edge(), endpoint=endpoint)
    assert isinstance(result, Delivered)


def test_a_server_that_is_too_old_is_told_by_the_probe() -> None:
    with FakeOpenMetadata("1.1.0-SNAPSHOT") as old:
        assert "OpenMetadata 1.1; 1.4 or newer is needed" in (probe(endpoint_of(old)) or "")


def test_a_wrong_path_is_told_by_the_probe(fake: FakeOpenMetadata) -> None:
    assert "page, not the API" in (probe(endpoint_of(fake, path="/catalog")) or "")


def test_a_rotated_token_halts_until_the_new_one_is_accepted(fake: FakeOpenMetadata) -> None:
    fake.token = "rotated"
    (result,) = deliver(fake, an_edge())
    assert isinstance(result, Halted)
    assert "401" in (probe(endpoint_of(fake)) or "")
    assert probe(endpoint_of(fake, token="rotated")) is None


def test_the_token_is_in_no_reason(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("GET", 400, b'{"code":400,"message":"bad Bearer token-of-the-bot"}'))
    (result,) = deliver(fake, an_edge())
    assert isinstance(result, Dead)
    assert "token-of-the-bot" not in result.reason
    assert "token-of-the-bot" not in repr(endpoint_of(fake))


def test_a_table_lookup_that_is_not_found_is_parked(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("PUT .*/lineage", 404, b'{"code":404,"message":"table instance not found"}'))
    (result,) = deliver(fake, an_edge())
    assert isinstance(result, Parked)


def test_a_slow_server_is_a_retry(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("GET", 0, delay=1.0))
    (result,) = deliver(fake, an_edge(), endpoint=Endpoint(fake.url, fake.token, timeout=0.2))
    assert isinstance(result, Retry)
    assert "no answer in time" in result.reason


def test_a_server_that_is_away_is_a_retry_and_the_probe_says_why(fake: FakeOpenMetadata) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = Endpoint(f"http://127.0.0.1:{free.getsockname()[1]}", "x", timeout=2.0)
        (result,) = deliver(fake, an_edge(), endpoint=nobody)
        assert isinstance(result, Retry)
        assert "no connection" in (probe(nobody) or "")


@pytest.mark.parametrize("url", ["catalog:8585", "ftp://catalog", "http://", "http://me:secret@catalog"])
def test_an_unusable_url_is_a_configuration_error(fake: FakeOpenMetadata, url: str) -> None:
    with pytest.raises(ConfigurationError) as problem:
        deliver(fake, endpoint=Endpoint(url, "x"))
    assert "secret" not in str(problem.value)


@pytest.mark.parametrize("token", ["secret\nX-Header: 1", "secr\u00e9t"])
def test_an_unusable_token_is_a_configuration_error_that_does_not_show_it(fake: FakeOpenMetadata, token: str) -> None:
    with pytest.raises(ConfigurationError) as problem:
        deliver(fake, endpoint=Endpoint(fake.url, token))
    assert "secr" not in str(problem.value)


def test_a_token_read_from_a_file_may_end_with_a_newline(fake: FakeOpenMetadata) -> None:
    assert probe(endpoint_of(fake, token="token-of-the-bot\n")) is None
