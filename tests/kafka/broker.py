"""A real broker, started and stopped by tests/kafka/server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

SCRIPT = Path(__file__).with_name("server")


class KafkaBroker:
    """A broker on a port of 127.0.0.1 with data of its own."""

    def __init__(self, port: int) -> None:
        self._environment = {**os.environ, "QLT_KAFKA_PORT": str(port)}
        self.address = f"127.0.0.1:{port}"

    def get(self) -> None:
        """Download its jars, once."""
        self._run("get", timeout=900)

    def start(self) -> None:
        self._run("start")

    def crash(self) -> None:
        """As kill -9 does."""
        self._run("kill")

    def clean(self) -> None:
        """Stop it and forget its data."""
        self._run("clean")

    def create_topic(self, name: str, partitions: int, **configuration: str) -> None:
        """A topic of one replica."""
        admin = AdminClient({"bootstrap.servers": self.address})
        topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=configuration)
        admin.create_topics([topic])[name].result(30)

    def delete_before(self, topic: str, partition: int, offset: int) -> None:
        """Delete the messages before the offset, as retention would."""
        admin = AdminClient({"bootstrap.servers": self.address})
        for deleted in admin.delete_records([TopicPartition(topic, partition, offset)]).values():
            deleted.result(30)

    def committed(self, group: str) -> dict[int, int]:
        """The offsets that the group has committed, by partition."""
        admin = AdminClient({"bootstrap.servers": self.address})
        asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        return {one.partition: one.offset for one in asked[group].result(30).topic_partitions or ()}

    def _run(self, command: str, timeout: float = 120) -> None:
        ended = subprocess.run(
            [SCRIPT, command], env=self._environment, capture_output=True, text=True, timeout=timeout, check=False
        )
        assert ended.returncode == 0, f"tests/kafka/server {command}: {ended.stdout}{ended.stderr}"
