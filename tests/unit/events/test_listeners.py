from __future__ import annotations

from datetime import timedelta

import pytest

from query_lineage_tracker.events.listeners import (
    FROM_ENVIRONMENT,
    Receiver,
    Topics,
    bridged,
    http_properties,
    is_bearer_token,
    kafka_properties,
    openlineage_properties,
    version_number,
)

RECEIVER = Receiver("http://tracker.example.com:8980", FROM_ENVIRONMENT, timedelta(seconds=60))


def properties(text: str) -> dict[str, str]:
    """As Java reads the file."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len({line.partition("=")[0] for line in lines}) == len(lines)
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def test_the_http_listener_sends_both_events_with_the_token_from_the_environment_and_retries() -> None:
    assert properties(http_properties(476, "moon", RECEIVER)) == {
        "event-listener.name": "http",
        "http-event-listener.log-created": "true",
        "http-event-listener.log-completed": "true",
        "http-event-listener.connect-ingest-uri": "http://tracker.example.com:8980/events/moon",
        "http-event-listener.connect-http-headers": "Authorization:Bearer ${ENV:QLT_EVENT_TOKEN}",
        "http-event-listener.connect-retry-count": "10",
        "http-event-listener.connect-retry-delay": "1s",
        "http-event-listener.connect-backoff-base": "2",
        "http-event-listener.connect-max-delay": "60s",
        "http-event-listener.http-client.request-timeout": "90s",
        "http-event-listener.http-client.idle-timeout": "60s",
    }


def test_the_file_says_how_long_its_retries_bridge() -> None:
    assert bridged() == timedelta(seconds=1 + 2 + 4 + 8 + 16 + 32 + 4 * 60)
    assert f"{bridged().seconds} s" in http_properties(476, "moon", RECEIVER)


def test_without_a_token_no_header_is_sent() -> None:
    text = http_properties(476, "moon", Receiver("https://x", None, timedelta(seconds=60)))
    assert "connect-http-headers" not in text and "QLT_EVENT_TOKEN" not in text


def test_a_revealed_token_stands_in_the_file() -> None:
    found = properties(http_properties(476, "moon", Receiver("https://x", "abc/d==", timedelta(seconds=60))))
    assert found["http-event-listener.connect-http-headers"] == "Authorization:Bearer abc/d=="


def test_the_openlineage_listener_sends_definitions_too() -> None:
    assert properties(openlineage_properties(476, "moon", RECEIVER, "http://trino:8080")) == {
        "event-listener.name": "openlineage",
        "openlineage-event-listener.trino.uri": "http://trino:8080",
        "openlineage-event-listener.transport.type": "HTTP",
        "openlineage-event-listener.transport.url": "http://tracker.example.com:8980",
        "openlineage-event-listener.transport.endpoint": "/api/v1/lineage",
        "openlineage-event-listener.transport.api-key": FROM_ENVIRONMENT,
        "openlineage-event-listener.trino.include-query-types": (
            "ALTER_TABLE_EXECUTE,DATA_DEFINITION,DELETE,INSERT,MERGE,UPDATE"
        ),
    }


def test_the_kafka_listener_publishes_both_events_without_what_nobody_reads() -> None:
    found = properties(kafka_properties(477, "moon", Topics(("a:9092", "b:9092"), ("created", "completed"))))
    assert found == {
        "event-listener.name": "kafka",
        "kafka-event-listener.broker-endpoints": "a:9092,b:9092",
        "kafka-event-listener.publish-created-event": "true",
        "kafka-event-listener.created-event.topic": "created",
        "kafka-event-listener.publish-completed-event": "true",
        "kafka-event-listener.completed-event.topic": "completed",
        "kafka-event-listener.excluded-fields": "payload,plan,jsonPlan,operatorSummaries",
        "kafka-event-listener.max-request-size": "16MB",
    }


@pytest.mark.parametrize(
    ("version", "name"), [(454, "kafka-event-listener"), (456, "kafka-event-listener"), (457, "kafka")]
)
def test_the_kafka_listener_has_the_name_that_the_version_knows(version: int, name: str) -> None:
    found = properties(kafka_properties(version, "moon", Topics(("a:9092",), ("both",))))
    assert found["event-listener.name"] == name
    assert found["kafka-event-listener.created-event.topic"] == found["kafka-event-listener.completed-event.topic"]
    assert "kafka-event-listener.max-request-size" not in found


@pytest.mark.parametrize(
    ("text", "number"), [("476", 476), ("435-e.2", 435), ("476-12-gabc", 476), ("testversion", None), ("4760000", None)]
)
def test_the_version_is_what_its_text_begins_with(text: str, number: int | None) -> None:
    assert version_number(text) == number


@pytest.mark.parametrize(
    ("token", "can_be_sent"),
    [("af09", True), ("a.b_c~d+e/f-g==", True), ("a,b", False), ("a:b", False), ("a b", False), ("", False)],
)
def test_a_token_that_a_header_list_would_split_cannot_be_sent(token: str, can_be_sent: bool) -> None:
    assert is_bearer_token(token) is can_be_sent
