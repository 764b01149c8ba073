from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.adapters.http.classify import MAX_SERVER_ERRORS, Asked, Reply, classify, excerpt
from query_lineage_tracker.adapters.http.exchange import retry_after_seconds
from query_lineage_tracker.domain.outbox import Dead, Halted, Parked, Retry

ASKED = Asked("get_table", "lab.hive.sales.orders")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_is_no_problem(status: int) -> None:
    assert classify(Reply(status, "application/json", b"{}"), ASKED) is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, Halted) for status in (301, 302, 307, 308, 401, 403, 407)),
        *((status, Parked) for status in (404, 410)),
        *((status, Retry) for status in (408, 409, 412, 425, 429, 500, 501, 502, 503, 504, 599)),
        *((status, Dead) for status in (400, 402, 405, 411, 413, 414, 415, 422, 451)),
    ],
)
def test_each_status_has_its_result(status: int, kind: type[object]) -> None:
    assert isinstance(classify(Reply(status), ASKED), kind)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, "text/html; charset=utf-8", b""),
        Reply(200, "", b"\n <!DOCTYPE html>"),
        Reply(200, "application/octet-stream", b"<HTML>"),
    ],
)
def test_a_page_with_200_halts(reply: Reply) -> None:
    assert classify(reply, ASKED) == Halted(f"{ASKED}: the URL answers with a page, not the API; check the address")


@pytest.mark.parametrize(("status", "way"), [(401, "expired"), (403, "grant this right"), (407, "NO_PROXY")])
def test_who_refuses_us_is_told_with_the_way_out(status: int, way: str) -> None:
    result = classify(Reply(status, body=b'{"message":"no"}'), ASKED)
    assert isinstance(result, Halted)
    assert result.reason.startswith(f"{ASKED}: HTTP {status}, no; ") and way in result.reason


def test_a_redirect_says_where_to() -> None:
    result = classify(Reply(302, location="https://login.example/sign-in"), ASKED)
    assert isinstance(result, Halted)
    assert "https://login.example/sign-in" in result.reason


def test_retry_after_is_passed_on() -> None:
    assert classify(Reply(429, retry_after=12.0), ASKED) == Retry(f"{ASKED}: HTTP 429", 12.0, busy=True)


@pytest.mark.parametrize(("attempts", "kind"), [(0, Retry), (MAX_SERVER_ERRORS - 1, Retry), (MAX_SERVER_ERRORS, Dead)])
def test_only_server_errors_become_permanent(attempts: int, kind: type[object]) -> None:
    assert isinstance(classify(Reply(500), ASKED, attempts), kind)
    assert isinstance(classify(Reply(503), ASKED, attempts), Retry)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"code":404,"message":"table  instance\\nnot found"}', "table instance not found"),
        (b'{"responseMessage":"unhandled","errorType":"X"}', "unhandled"),
        (b"Unable to process JSON", "Unable to process JSON"),
        (b"[1]", "[1]"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"<html>login</html>", "a page, not the API"),
        (b"[" * 100_000, "[" * 200),
    ],
)
def test_the_receivers_words_are_found_in_every_shape(body: bytes, words: str) -> None:
    assert excerpt(Reply(400, "", body)) == words


@given(st.integers(100, 999), st.text(max_size=50), st.binary(max_size=200), st.integers(0, 100))
def test_any_reply_is_classified(status: int, content_type: str, body: bytes, attempts: int) -> None:
    result = classify(Reply(status, content_type, body), ASKED, attempts)
    assert result is None or len(result.reason) < 600


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        ("0", 0.0),
        ("999999", 3600.0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds
