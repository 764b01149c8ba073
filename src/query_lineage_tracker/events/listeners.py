"""The properties of Trino's event listeners, by the Trino version that is to read them.

Trino refuses to start over a property that it does not know: only what a version surely has is set, the rest is told in
comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

FROM_ENVIRONMENT = "${ENV:QLT_EVENT_TOKEN}"
"""What Trino replaces by a variable of its own environment."""

_RETRIES = 10
_FIRST_DELAY_S = 1
_BACKOFF = 2
_LONGEST_DELAY_S = 60
_VERSION = re.compile(r"\d{3,4}(?!\d)")
_BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)


class ListenerKind(str, Enum):
    """Which of Trino's event listeners."""

    HTTP = "http"
    KAFKA = "kafka"
    OPENLINEAGE = "openlineage"


AVAILABLE_SINCE: Mapping[ListenerKind, int] = {
    ListenerKind.HTTP: 363,
    ListenerKind.KAFKA: 454,
    # 449 has it and cannot load it.
    ListenerKind.OPENLINEAGE: 450,
}


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where Trino sends events to, without a path of ours; `token` as it is to stand in the file, None to send none."""

    url: str
    token: str | None
    body_timeout: timedelta


@dataclass(frozen=True, slots=True)
class Topics:
    """Where Trino publishes events: one topic for both kinds of events, or one each."""

    brokers: Sequence[str]
    names: Sequence[str]
    secured: bool = False


def version_number(text: str) -> int | None:
    """The number that a version of Trino begins with: 476 of `476`, 435 of `435-e.2`; None when there is none."""
    found = _VERSION.match(text)
    return None if found is None else int(found[0])


def is_bearer_token(token: str) -> bool:
    """Whether the token can be sent: Trino takes a comma in a header for the end of it, and knows no escape."""
    return _BEARER_TOKEN.fullmatch(token) is not None


def bridged() -> timedelta:
    """How long the retries of the HTTP listener go on."""
    delays = (min(_FIRST_DELAY_S * _BACKOFF**attempt, _LONGEST_DELAY_S) for attempt in range(_RETRIES))
    return timedelta(seconds=sum(delays))


def http_properties(version: int, cluster: str, receiver: Receiver) -> str:
    """The file of the HTTP event listener."""
    return _file(_http(version, cluster, receiver), f"Trino {version}: every query of the cluster {cluster}")


def openlineage_properties(version: int, cluster: str, receiver: Receiver, trino_url: str) -> str:
    """The file of the OpenLineage event listener; `trino_url` is the coordinator's address, part of its names."""
    lines = _openlineage(receiver, trino_url)
    return _file(lines, f"Trino {version}: lineage as the cluster {cluster} claims it by OpenLineage")


def kafka_properties(version: int, cluster: str, topics: Topics) -> str:
    """The file of the Kafka event listener."""
    return _file(_kafka(version, topics), f"Trino {version}: every query of the cluster {cluster} by way of Kafka")


def _file(lines: Iterator[str], about: str) -> str:
    head = (
        f"# {about}.",
        "# Save it on the coordinator as etc/event-listener.properties and restart Trino. Where there is a listener",
        "# already, save it under a name of its own and name all of them in etc/config.properties:",
        "#   event-listener.config-files=etc/event-listener.properties,etc/query-lineage-tracker.properties",
    )
    return "\n".join((*head, *lines))


def _http(version: int, cluster: str, receiver: Receiver) -> Iterator[str]:
    request_timeout = receiver.body_timeout + timedelta(seconds=30)
    yield "event-listener.name=http"
    yield "# Both are false by default. The completed event tells nearly all, the created one what never completes."
    yield "http-event-listener.log-created=true"
    yield "http-event-listener.log-completed=true"
    yield f"http-event-listener.connect-ingest-uri={receiver.url}/events/{cluster}"
    if receiver.token is not None:
        yield from _told_of_token(receiver.token)
        yield f"http-event-listener.connect-http-headers=Authorization:Bearer {receiver.token}"
    yield from _retries(version)
    yield "# Bodies have megabytes: time for them, and no connection is reused that the receiver may have closed."
    yield f"http-event-listener.http-client.request-timeout={_seconds(request_timeout)}s"
    yield "http-event-listener.http-client.idle-timeout=60s"
    if receiver.url.startswith("https:"):
        yield "# Where the receiver's certificate is not signed by an authority that Java knows:"
        yield "#http-event-listener.http-client.trust-store-path=etc/query-lineage-tracker.pem"


def _retries(version: int) -> Iterator[str]:
    yield "# There are no retries by default: what the receiver does not take at once would be lost. These go on for"
    yield f"# {_seconds(bridged())} s; what waits for them is in the coordinator's memory, and gone when it ends."
    if version < 369:
        yield "# Before Trino 369 a broken connection or a time-out is not tried again: polls have to fill the hole."
    yield f"http-event-listener.connect-retry-count={_RETRIES}"
    yield f"http-event-listener.connect-retry-delay={_FIRST_DELAY_S}s"
    yield f"http-event-listener.connect-backoff-base={_BACKOFF}"
    yield f"http-event-listener.connect-max-delay={_LONGEST_DELAY_S}s"


def _openlineage(receiver: Receiver, trino_url: str) -> Iterator[str]:
    yield "# This listener tries once: what the receiver does not take is lost. Let it add to the HTTP listener."
    yield "event-listener.name=openlineage"
    yield "# Names the cluster in what it sends."
    yield f"openlineage-event-listener.trino.uri={trino_url}"
    yield "openlineage-event-listener.transport.type=HTTP"
    yield f"openlineage-event-listener.transport.url={receiver.url}"
    yield "openlineage-event-listener.transport.endpoint=/api/v1/lineage"
    if receiver.token is not None:
        yield from _told_of_token(receiver.token)
        yield f"openlineage-event-listener.transport.api-key={receiver.token}"
    yield "# Views are definitions of data; versions differ in whether they are sent by default."
    types = "ALTER_TABLE_EXECUTE,DATA_DEFINITION,DELETE,INSERT,MERGE,UPDATE"
    yield f"openlineage-event-listener.trino.include-query-types={types}"


def _kafka(version: int, topics: Topics) -> Iterator[str]:
    # 457 renamed it.
    yield f"event-listener.name={'kafka' if version >= 457 else 'kafka-event-listener'}"
    yield f"kafka-event-listener.broker-endpoints={','.join(topics.brokers)}"
    yield "kafka-event-listener.publish-created-event=true"
    yield f"kafka-event-listener.created-event.topic={topics.names[0]}"
    yield "kafka-event-listener.publish-completed-event=true"
    yield f"kafka-event-listener.completed-event.topic={topics.names[-1]}"
    yield "# Nobody reads them, and they are nine tenths of an event."
    yield "kafka-event-listener.excluded-fields=payload,plan,jsonPlan,operatorSummaries"
    if version >= 477:
        yield "# An event above this size is not sent; the topics' max.message.bytes has to allow it too."
        yield "kafka-event-listener.max-request-size=16MB"
    else:
        yield "# Before Trino 477 an event above the producer's limit is not sent: polls have to fill the hole."
    if topics.secured:
        yield "# The brokers ask for a login: give Trino its own, in a file of producer settings (476 and later):"
        yield "#kafka-event-listener.config.resources=etc/kafka-producer.properties"
    yield "# Trino does not start while the brokers are away, unless this is false:"
    yield "#kafka-event-listener.terminate-on-initialization-failure=false"


def _told_of_token(token: str) -> Iterator[str]:
    if token == FROM_ENVIRONMENT:
        yield "# Trino reads the token from its own environment: set QLT_EVENT_TOKEN there to what it is here."


def _seconds(length: timedelta) -> int:
    return round(length.total_seconds())
