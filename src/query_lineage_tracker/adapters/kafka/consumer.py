"""The connection to the brokers as our configuration wants it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from query_lineage_tracker.config import KafkaSettings
from query_lineage_tracker.errors import ConfigurationError, KafkaUnreachable, PermissionMissing

log = structlog.get_logger()

ANSWER_S = 10.0
"""How long a broker may take for an answer."""

_REFUSALS = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)
_SILENCES = frozenset({KafkaError._ALL_BROKERS_DOWN, KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED})


class GroupMember(Protocol):
    """What the source needs of a consumer. Callbacks run in the thread that consumes."""

    def subscribe(
        self,
        topics: list[str],
        _on_assign: Callable[[Any, list[TopicPartition]], None],
        _on_revoke: Callable[[Any, list[TopicPartition]], None],
        _on_lost: Callable[[Any, list[TopicPartition]], None],
        /,
    ) -> None: ...

    def consume(self, num_messages: int, timeout: float) -> Sequence[Message]: ...

    def committed(self, partitions: list[TopicPartition], timeout: float) -> Sequence[TopicPartition]: ...

    def commit(self, *, offsets: list[TopicPartition]) -> None:
        """In the background."""
        ...

    def close(self) -> None: ...


def connect(settings: KafkaSettings, topics: Sequence[str], told: Callable[[KafkaError], None]) -> GroupMember:
    """A consumer that reached the brokers and may see the topics; `told` hears when none of them answers any more.

    Raises KafkaUnreachable, PermissionMissing, ConfigurationError.
    """

    def listen(error: KafkaError) -> None:
        log.debug("kafka.error", problem=error.str())
        if error.code() in _SILENCES:
            told(error)

    try:
        consumer = Consumer({**properties(settings), "error_cb": listen, "on_commit": _report_commit})
    except KafkaException as problem:
        raise ConfigurationError(f"Kafka: {problem.args[0].str()}", hint="See the settings QLT_KAFKA_*.") from problem
    try:
        for topic in topics:
            _look_at(consumer, topic, settings.brokers)
    except BaseException:
        consumer.close()
        raise
    return consumer


def properties(settings: KafkaSettings) -> dict[str, object]:
    """The settings in the client library's words."""
    verify, password = settings.verify, settings.password
    files = {"ssl.certificate.location": settings.certificate, "ssl.key.location": settings.certificate_key}
    return {
        "bootstrap.servers": ",".join(settings.brokers),
        "group.id": settings.group,
        "client.id": "query-lineage-tracker",
        "security.protocol": settings.security,
        **_present({name: None if path is None else str(path) for name, path in files.items()}),
        **_present({"ssl.ca.location": str(verify) if isinstance(verify, Path) else None}),
        **({"enable.ssl.certificate.verification": False} if verify is False else {}),
        **({"sasl.mechanisms": settings.mechanism.upper()} if settings.security.startswith("sasl") else {}),
        **_present({"sasl.username": settings.username, "sasl.password": password.reveal() if password else None}),
        # Offsets move when a batch is stored, and by nothing else.
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "cooperative-sticky",
        # A worker that was killed hands over soon; the heartbeat has a thread of its own that no batch holds up.
        "session.timeout.ms": 15_000,
        "queued.max.messages.kbytes": 32_768,
        # It writes to standard error by itself; what matters is told to the callbacks.
        "log_level": 2,
    }


def problem_of(error: KafkaError, brokers: Sequence[str] = ()) -> KafkaUnreachable | PermissionMissing:
    """What an error of the brokers means to us; `brokers` are named when none of them has answered yet."""
    if error.code() in _REFUSALS:
        return PermissionMissing(
            f"Kafka refuses: {error.str()}", hint="The user needs READ on the topics and on the consumer group."
        )
    named = f"Kafka at {', '.join(brokers)}" if brokers else "Kafka"
    return KafkaUnreachable(
        f"{named}: {error.str()}",
        hint="Are the brokers of QLT_KAFKA_BROKERS up, and is QLT_KAFKA_SECURITY what they speak at that port?",
    )


def _present(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _look_at(consumer: Consumer, topic: str, brokers: Sequence[str]) -> None:
    try:
        metadata = consumer.list_topics(topic, timeout=ANSWER_S)
    except KafkaException as problem:
        raise problem_of(problem.args[0], brokers) from problem
    error = metadata.topics[topic].error
    if error is None:
        return
    if error.code() in _REFUSALS:
        raise problem_of(error)
    log.warning("kafka.no_topic", topic=topic, problem=error.str(), hint="It is read as soon as it is there.")


def _report_commit(error: KafkaError | None, partitions: Sequence[TopicPartition]) -> None:
    """A commit that failed costs nothing but reading again what is stored already."""
    if error is not None:
        log.info("kafka.offsets_not_committed", problem=error.str(), partitions=len(partitions))
