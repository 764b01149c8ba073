"""Where events come from when Trino writes them into Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from query_lineage_tracker.bootstrap.parts import Parts
from query_lineage_tracker.config import ClusterSettings, Configuration
from query_lineage_tracker.errors import ConfigurationError

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

    from query_lineage_tracker.adapters.kafka.consumer import GroupMember
    from query_lineage_tracker.adapters.kafka.source import KafkaEvents


def require_kafka(configuration: Configuration, clusters: Sequence[ClusterSettings]) -> None:
    """Raises ConfigurationError where something is missing without which no event comes from Kafka."""
    if find_spec("confluent_kafka") is None:
        raise ConfigurationError("the Kafka client is not installed", hint="pip install 'query-lineage-tracker[kafka]'")
    missing = [] if configuration.kafka.brokers else ["QLT_KAFKA_BROKERS"]
    missing += [f"QLT_KAFKA_TOPICS of cluster {one.name}" for one in clusters if not one.kafka_topics]
    if missing:
        raise ConfigurationError(
            f"{' and '.join(missing)}: needed with --source kafka", hint="See docs/how-to/read-events-from-kafka.md."
        )


@asynccontextmanager
async def opened_kafka_events(parts: Parts, cluster: ClusterSettings) -> AsyncIterator[KafkaEvents]:
    """The source of the cluster's events in Kafka."""
    from query_lineage_tracker.adapters.kafka.consumer import connect
    from query_lineage_tracker.adapters.kafka.source import KafkaEvents

    settings = parts.configuration.kafka

    def join(topics: Sequence[str], told: Callable[[KafkaError], None]) -> GroupMember:
        return connect(settings, topics, told)

    source = KafkaEvents(join, cluster.kafka_topics, parts.configuration.ingest.batch_size)
    try:
        yield source
    finally:
        await source.aclose()
