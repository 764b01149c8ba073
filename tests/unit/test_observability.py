from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone

import pytest
import structlog

from query_lineage_tracker import __version__
from query_lineage_tracker.config import ObservabilitySettings
from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.observability import Metrics, Readiness, configure_logging, serve_health
from query_lineage_tracker.observability.masking import masking


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def logging_to(log_format: str, log_level: str = "info", *secrets: str) -> io.StringIO:
    stream = io.StringIO()
    configure_logging(ObservabilitySettings(log_format=log_format, log_level=log_level), secrets, stream)
    return stream


def test_json_lines_carry_what_is_bound() -> None:
    stream = logging_to("json")
    with structlog.contextvars.bound_contextvars(cluster="lake", batch_id="b1"):
        structlog.get_logger("ingest").info("ingest.batch_saved", queries=3)
    line = json.loads(stream.getvalue())
    assert datetime.fromisoformat(line.pop("timestamp").replace("Z", "+00:00")).tzinfo is not None
    assert line == {
        "event": "ingest.batch_saved",
        "level": "info",
        "logger": "ingest",
        "cluster": "lake",
        "batch_id": "b1",
        "queries": 3,
    }


def test_lines_of_libraries_take_the_same_way() -> None:
    stream = logging_to("json")
    with structlog.contextvars.bound_contextvars(run_id="r1"):
        logging.getLogger("some.library").warning("%d retries", 3, extra={"host": "h"})
    line = json.loads(stream.getvalue())
    assert (line["event"], line["run_id"], line["host"], line["level"]) == ("3 retries", "r1", "h", "warning")


def test_talkative_libraries_are_heard_only_when_debugging() -> None:
    stream = logging_to("console")
    logging.getLogger("httpx").info("HTTP Request: GET https://h/?token=x")
    logging.getLogger("trino").setLevel(logging.INFO)  # as its import does
    logging.getLogger("trino.client").info("failed after 3 attempts")
    assert stream.getvalue() == ""
    stream = logging_to("console", "debug")
    logging.getLogger("httpx").info("heard")
    assert "heard" in stream.getvalue()


def test_console_lines_are_readable_and_without_colour_on_a_file() -> None:
    stream = logging_to("console")
    structlog.get_logger("sync").warning("sync.halted", sink="omd")
    assert "sync.halted" in stream.getvalue() and "sink=omd" in stream.getvalue() and "\x1b" not in stream.getvalue()


def test_the_level_cuts_off() -> None:
    stream = logging_to("json", "warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_a_second_configuration_replaces_the_first() -> None:
    first, second = logging_to("json"), logging_to("json")
    structlog.get_logger().info("once")
    assert first.getvalue() == "" and len(second.getvalue().splitlines()) == 1


@pytest.mark.parametrize(("level", "sql"), [("info", "(8 characters)"), ("debug", "SELECT 1")])
def test_sql_is_logged_only_at_debug(level: str, sql: str) -> None:
    stream = logging_to("json", "debug")
    getattr(structlog.get_logger(), level)("lineage.analyzed", sql="SELECT 1")
    assert json.loads(stream.getvalue())["sql"] == sql


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_known_secrets_are_masked_wherever_they_turn_up(log_format: str) -> None:
    secret = 'hu"sh\\ wörd'
    stream = logging_to(log_format, "info", secret)
    log = structlog.get_logger()
    log.info("a", nested={"list": [f"x{secret}y"]})
    logging.getLogger("lib").error("said %s", secret)
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("failed")
    lines = stream.getvalue()
    assert not any(part in lines for part in ("hu", "wörd", "w\\u00f6rd"))
    assert lines.count("****") >= 3 and "ValueError" in lines


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Authorization: Bearer abc.def", "Authorization: ****"),
        ("{'authorization': 'Basic Zm9v'}", "{'authorization': '****'}"),
        ('{"Authorization": "abc"}', '{"Authorization": "****"}'),
        ("sent bearer abcdefghijklmnop0123", "sent bearer ****"),
        ("postgresql://u:pw@h/d", "postgresql://u:****@h/d"),
        ("the authorization of alice failed at 10:30", "the authorization of alice failed at 10:30"),
        ("http://h:8080/a@b", "http://h:8080/a@b"),
    ],
)
def test_what_looks_like_a_credential_is_masked_and_the_rest_is_not(text: str, masked: str) -> None:
    assert masking([])(text) == masked


def test_the_longest_secret_is_masked_first() -> None:
    assert masking(["abcd", "abcdefgh"])("abcdefgh abcd") == "**** ****"


def test_text_that_no_encoding_knows_is_logged_escaped() -> None:
    stream = logging_to("console")
    structlog.get_logger().info("odd", value="\ud800")
    stream.getvalue().encode()
    assert "\\ud800" in stream.getvalue()


def test_metrics_have_the_documented_names() -> None:
    metrics = Metrics()
    metrics.queries_ingested.labels("lake", "poll", "inserted").inc(2)
    metrics.rows_rejected.labels("lake", "poll").inc()
    metrics.parse_failures.labels("syntax").inc()
    metrics.gaps.labels("lake", "RESTART").inc()
    metrics.gap_seconds.labels("lake", "RESTART").inc(90)
    metrics.queries_lost.labels("lake").inc()
    metrics.openmetadata_requests.labels("put_lineage", "200").inc()
    metrics.sync_deliveries.labels("omd", "delivered").inc()
    metrics.only_own_queries_visible.labels("lake").set(1)
    metrics.outbox_messages.labels("omd", "parked").set(7)
    metrics.ingest_batch_duration.observe(0.2)
    metrics.succeeded("ingest")
    told = metrics.exposition().decode()
    for sample in (
        'qlt_queries_ingested_total{change="inserted",cluster="lake",source="poll"} 2.0',
        'qlt_rows_rejected_total{cluster="lake",source="poll"} 1.0',
        'qlt_parse_failures_total{reason="syntax"} 1.0',
        'qlt_gaps_total{cause="RESTART",cluster="lake"} 1.0',
        'qlt_gap_seconds_total{cause="RESTART",cluster="lake"} 90.0',
        'qlt_queries_lost_total{cluster="lake"} 1.0',
        'qlt_openmetadata_requests_total{op="put_lineage",status="200"} 1.0',
        'qlt_sync_deliveries_total{result="delivered",sink="omd"} 1.0',
        'qlt_only_own_queries_visible{cluster="lake"} 1.0',
        'qlt_outbox_messages{sink="omd",state="parked"} 7.0',
        "qlt_ingest_batch_duration_seconds_count 1.0",
        'qlt_last_success_timestamp_seconds{job="ingest"} ',
        f'qlt_build_info{{version="{__version__}"}} 1.0',
        "process_cpu_seconds_total",
    ):
        assert sample in told


def test_the_lag_grows_while_the_watermark_stands_still() -> None:
    metrics = Metrics()
    metrics.watermark_moved("lake", datetime.now(timezone.utc) - timedelta(minutes=5))
    first, second = lag(metrics), lag(metrics)
    assert 300 <= first < second < 310
    metrics.watermark_moved("lake", datetime.now(timezone.utc) + timedelta(minutes=5))
    assert lag(metrics) == 0


def lag(metrics: Metrics) -> float:
    lines = metrics.exposition().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("qlt_ingest_lag_seconds{"))


async def ready() -> Mapping[str, str]:
    return {}


async def away() -> Mapping[str, str]:
    return {"postgres": "does not answer"}


async def broken() -> Mapping[str, str]:
    raise RuntimeError("password=hush")


async def asked(raw: bytes, readiness: Readiness = ready) -> tuple[str, dict[str, str], str]:
    async with serve_health("127.0.0.1", 0, Metrics(), readiness) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        answer = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
    head, _, body = answer.partition("\r\n\r\n")
    status, *headers = head.split("\r\n")
    return status, dict(header.split(": ", 1) for header in headers), body


def get(path: str, readiness: Readiness = ready) -> tuple[str, dict[str, str], str]:
    return asyncio.run(asked(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode(), readiness))


def test_a_living_process_says_so() -> None:
    status, headers, body = get("/healthz", broken)
    assert (status, json.loads(body)) == ("HTTP/1.1 200 OK", {"alive": True})
    assert headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize(
    ("readiness", "status", "reasons"),
    [
        (ready, "200 OK", {}),
        (away, "503 Service Unavailable", {"postgres": "does not answer"}),
        (broken, "503 Service Unavailable", {"readiness": "RuntimeError"}),
    ],
)
def test_readiness_tells_what_stands_in_the_way(readiness: Readiness, status: str, reasons: dict[str, str]) -> None:
    told, _, body = get("/readyz", readiness)
    assert told == f"HTTP/1.1 {status}"
    assert json.loads(body) == {"ready": not reasons, "reasons": reasons}


def test_metrics_are_served_in_prometheus_format() -> None:
    status, headers, body = get("/metrics?name=x")
    assert status.endswith("200 OK") and headers["Content-Type"].startswith("text/plain; version=")
    assert "qlt_build_info" in body


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /nowhere HTTP/1.1\r\n\r\n", "404"),
        (b"POST /healthz HTTP/1.1\r\n\r\n", "400"),
        (b"\x00\xff\r\n\r\n", "400"),
        (b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", "400"),
    ],
)
def test_other_requests_are_refused(raw: bytes, status: str) -> None:
    told, _, _ = asyncio.run(asked(raw))
    assert told.split()[1] == status


def test_head_answers_without_a_body() -> None:
    status, headers, body = asyncio.run(asked(b"HEAD /healthz HTTP/1.1\r\n\r\n"))
    assert status.endswith("200 OK") and body == "" and headers["Content-Length"] == "15"


def test_a_client_that_leaves_does_no_harm_and_the_port_is_free_afterwards() -> None:
    async def visits() -> None:
        async with serve_health("127.0.0.1", 0, Metrics(), ready) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
        async with serve_health("127.0.0.1", port, Metrics(), ready) as again:
            assert again == port

    asyncio.run(visits())


def test_an_idle_client_does_not_hold_up_the_end() -> None:
    async def visit() -> float:
        loop = asyncio.get_running_loop()
        async with serve_health("127.0.0.1", 0, Metrics(), ready) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(0.05)
            left = loop.time()
        spent = loop.time() - left
        writer.close()
        await writer.wait_closed()
        return spent

    assert asyncio.run(visit()) < 2


def test_a_taken_port_is_an_error_that_names_the_setting() -> None:
    async def twice() -> None:
        async with serve_health("127.0.0.1", 0, Metrics(), ready) as port:
            async with serve_health("127.0.0.1", port, Metrics(), ready):
                pass

    with pytest.raises(ConfigurationError, match="nothing can listen on 127") as problem:
        asyncio.run(twice())
    assert "QLT_METRICS_PORT" in problem.value.hint
