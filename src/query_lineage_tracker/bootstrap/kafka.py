"""Where events come from when Trino writes them into Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from query_lineage_tracker.bootstrap.parts import Parts
from query_lineage_tracker.config import ClusterSettings
from query_lineage_tracker.errors import ConfigurationError

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

    from query_lineage_tracker.adapters.kafka.consumer import GroupMember
    from query_lineage_tracker.adapters.kafka.source import KafkaEvents


@asynccontextmanager
async def opened_kafka_events(parts: Parts, cluster: ClusterSettings) -> AsyncIterator[KafkaEvents]:
    """The source of the cluster's events in Kafka. Raises ConfigurationError where something for it is missing."""
    source = _kafka_events(parts, cluster)
    try:
        yield source
    finally:
        await source.aclose()


def _kafka_events(parts: Parts, cluster: ClusterSettings) -> KafkaEvents:
    try:
        from query_lineage_tracker.adapters.kafka.consumer import connect
        from query_lineage_tracker.adapters.kafka.source import KafkaEvents
    except ModuleNotFoundError as problem:
        raise ConfigurationError(
            "the Kafka client is not installed", hint="pip install 'query-lineage-tracker[kafka]'"
        ) from problem
    settings = parts.configuration.kafka
    given = {"QLT_KAFKA_BROKERS": settings.brokers, "QLT_KAFKA_TOPICS": cluster.kafka_topics}
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise ConfigurationError(f"{' and '.join(missing)} of cluster {cluster.name}: needed with --source kafka")

    def join(topics: Sequence[str], told: Callable[[KafkaError], None]) -> GroupMember:
        return connect(settings, topics, told)

    return KafkaEvents(join, cluster.kafka_topics, parts.configuration.ingest.batch_size)
