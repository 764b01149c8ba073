"""The source on a group member that is played: what is committed when, and what is read again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition
from tests.kafka.events import events, query_id

from query_lineage_tracker.adapters.kafka import source as kafka_source
from query_lineage_tracker.adapters.kafka.consumer import problem_of, properties
from query_lineage_tracker.adapters.kafka.source import KafkaEvents
from query_lineage_tracker.config import KafkaSettings, Secret
from query_lineage_tracker.domain.capture import GapCause
from query_lineage_tracker.errors import KafkaUnreachable, PermissionMissing
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState

pytestmark = pytest.mark.anyio

WROTE = datetime(2026, 11, 22, 13, tzinfo=timezone.utc)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Group:
    """The topic's partitions, and what the group has committed of them; it assigns none until it is `ready`."""

    def __init__(self, *partitions: Sequence[bytes], first: int = 0, ready: bool = True) -> None:
        self.partitions = partitions
        self.first = first
        self.ready = ready
        self.committed: dict[int, int] = {}
        self.members: list[Member] = []

    def connect(self, topics: Sequence[str], told: Callable[[KafkaError], None]) -> Member:
        self.members.append(Member(self, told))
        return self.members[-1]


class Member:
    """One consumer of the group; it gets every partition when it first consumes."""

    def __init__(self, group: Group, told: Callable[[KafkaError], None]) -> None:
        self.group = group
        self.told = told
        self.closed = False
        self.errors: list[KafkaError] = []
        self.positions: dict[int, int] | None = None
        self.callbacks: tuple[Callable[[Any, list[TopicPartition]], None], ...] = ()

    def subscribe(self, topics: list[str], *callbacks: Callable[[Any, list[TopicPartition]], None]) -> None:
        self.callbacks = callbacks

    def consume(self, num_messages: int, timeout: float) -> Sequence[Message]:
        if self.errors:
            return [Message(topic="t", partition=0, error=self.errors.pop())]
        if not self.group.ready:
            return []
        if self.positions is None:
            numbers = range(len(self.group.partitions))
            self.positions = {number: self.group.committed.get(number, 0) for number in numbers}
            self.callbacks[0](self, [TopicPartition("t", number) for number in numbers])
        for number, position in self.positions.items():
            bodies = self.group.partitions[number]
            begin = max(position, self.group.first)
            if begin < len(bodies):
                end = min(len(bodies), begin + num_messages)
                self.positions[number] = end
                return [message(number, offset, bodies[offset]) for offset in range(begin, end)]
        return []

    def committed(self, partitions: list[TopicPartition], timeout: float) -> Sequence[TopicPartition]:
        offsets = [self.group.committed.get(one.partition, -1001) for one in partitions]
        return [TopicPartition("t", one.partition, offset) for one, offset in zip(partitions, offsets, strict=True)]

    def commit(self, *, offsets: list[TopicPartition]) -> None:
        assert not self.closed
        self.group.committed |= {one.partition: one.offset for one in offsets}

    def close(self) -> None:
        self.closed = True


def message(partition: int, offset: int, body: bytes) -> Message:
    told = (1, int(WROTE.timestamp() * 1000))
    return Message(topic="t", partition=partition, offset=offset, value=body, timestamp=told)


def bodies(*numbers: int) -> list[bytes]:
    """Completed events."""
    return [events(number)[1] for number in numbers]


def events_of(group: Group, batch_size: int = 2) -> KafkaEvents:
    return KafkaEvents(group.connect, ["t"], batch_size)


async def taken(source: KafkaEvents, watermark: datetime | None = None) -> list[FetchedBatch]:
    """A pass of which every batch is stored before the next one is asked for."""
    batches = []
    async for batch in source.fetch(IngestState(watermark=watermark)):
        batches.append(batch)
        assert batch.saved is not None
        await batch.saved()
    return batches


def ids(batches: Sequence[FetchedBatch]) -> list[str]:
    return [query.query_id for batch in batches for query in batch.queries]


async def test_offsets_are_committed_when_a_batch_is_stored_and_not_before() -> None:
    group = Group(bodies(1, 2, 3))
    batches = events_of(group).fetch(IngestState())
    first = await anext(batches)
    assert ids([first]) == [query_id(1), query_id(2)] and group.committed == {}
    second = await anext(batches)
    assert first.saved is not None and second.saved is not None
    await first.saved()
    assert group.committed == {0: 2}
    await second.saved()
    assert group.committed == {0: 3}
    assert [batch async for batch in batches] == []


async def test_a_pass_that_failed_is_read_again_from_what_is_stored() -> None:
    group = Group(bodies(1, 2), bodies(3))
    source = events_of(group, batch_size=1)
    batches = source.fetch(IngestState())
    stored, lost = await anext(batches), await anext(batches)
    assert stored.saved is not None
    await stored.saved()
    assert await source.waiting()
    assert group.members[0].closed
    assert ids(await taken(source)) == [*ids([lost]), query_id(3)]
    assert group.committed == {0: 2, 1: 1}


async def test_what_was_waiting_is_the_beginning_of_the_pass() -> None:
    group = Group(bodies(1, 2, 3))
    source = events_of(group)
    assert await source.waiting()
    assert ids(await taken(source)) == [query_id(1), query_id(2), query_id(3)]
    assert not await source.waiting()
    assert len(group.members) == 1


async def test_the_offset_of_a_partition_that_went_to_another_worker_is_its_to_commit() -> None:
    group = Group(bodies(1), bodies(2))
    source = events_of(group)
    batches = source.fetch(IngestState())
    batch = await anext(batches)
    assert len(batch.queries) == 2
    group.members[0].callbacks[1](group.members[0], [TopicPartition("t", 0)])
    assert batch.saved is not None
    await batch.saved()
    assert group.committed == {1: 1}


async def test_messages_that_are_gone_are_a_gap_from_the_watermark_to_the_first_that_is_left() -> None:
    group = Group([b""] * 5 + bodies(1), first=5)
    group.committed[0] = 2
    watermark = datetime(2026, 11, 22, 11, tzinfo=timezone.utc)
    (batch,) = await taken(events_of(group), watermark)
    (gap,) = batch.gaps
    assert (gap.cause, gap.start, gap.end) == (GapCause.EXPIRED, watermark, WROTE)
    assert gap.detail == "3 messages from offset 2 of t/0 on"


async def test_a_group_that_begins_with_a_topic_that_has_lost_its_beginning_misses_nothing_that_it_had() -> None:
    (batch,) = await taken(events_of(Group([b""] * 5 + bodies(1), first=5)))
    assert batch.gaps == ()


async def test_what_is_not_understood_is_rejected_and_counts_as_read() -> None:
    group = Group([b"{", *bodies(1)])
    (batch,) = await taken(events_of(group))
    assert [row.origin for row in batch.rejected] == ["kafka t/0, offset 0"]
    assert ids([batch]) == [query_id(1)] and group.committed == {0: 2}
    assert batch.watermark == batch.queries[0].ended


async def test_a_commit_that_fails_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Member, **_: object) -> None:
        raise KafkaException(KafkaError(KafkaError.ILLEGAL_GENERATION))

    monkeypatch.setattr(Member, "commit", refuse)
    group = Group(bodies(1))
    assert ids(await taken(events_of(group))) == [query_id(1)]
    assert group.committed == {}


async def test_brokers_that_are_away_and_rights_that_are_missing_are_told_apart() -> None:
    group = Group(bodies())
    source = events_of(group)
    assert not await source.waiting()
    group.members[0].told(KafkaError(KafkaError._ALL_BROKERS_DOWN))
    with pytest.raises(KafkaUnreachable):
        await source.waiting()
    group.members[0].errors.append(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    with pytest.raises(PermissionMissing):
        await source.waiting()
    group.members[0].errors.append(KafkaError(KafkaError._MAX_POLL_EXCEEDED))
    assert not await source.waiting()


async def test_a_second_close_changes_nothing() -> None:
    group = Group(bodies(1))
    source = events_of(group)
    await source.waiting()
    await source.aclose()
    await source.aclose()
    assert [member.closed for member in group.members] == [True]


def test_the_password_and_the_certificates_reach_the_client_library() -> None:
    told = properties(
        KafkaSettings(
            brokers=("a:1", "b:2"), security="sasl_ssl", username="alice", password=Secret("hunter2"), verify=False
        )
    )
    assert told["bootstrap.servers"] == "a:1,b:2"
    assert (told["sasl.mechanisms"], told["sasl.username"], told["sasl.password"]) == (
        "SCRAM-SHA-512",
        "alice",
        "hunter2",
    )
    assert told["enable.ssl.certificate.verification"] is False
    assert told["enable.auto.commit"] is False
    assert "sasl.password" not in properties(KafkaSettings(brokers=("a:1",)))


@pytest.mark.parametrize("code", [KafkaError._AUTHENTICATION, KafkaError.GROUP_AUTHORIZATION_FAILED])
def test_a_refusal_says_what_to_grant(code: int) -> None:
    problem = problem_of(KafkaError(code))
    assert isinstance(problem, PermissionMissing) and "READ" in problem.hint


def test_silence_names_the_brokers_and_the_setting() -> None:
    problem = problem_of(KafkaError(KafkaError._TRANSPORT), ("broker-1:9092", "broker-2:9092"))
    assert isinstance(problem, KafkaUnreachable)
    assert "broker-1:9092, broker-2:9092" in str(problem) and "QLT_KAFKA_BROKERS" in problem.hint


async def test_who_is_assigned_nothing_in_time_says_what_it_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_source, "_JOIN_S", 0.02)
    group = Group(bodies(1), ready=False)
    source = events_of(group)
    with pytest.raises(KafkaUnreachable, match="assigned us no partitions of t within") as problem:
        await taken(source)
    assert problem.value.exit_code == 3 and "QLT_KAFKA_GROUP" in problem.value.hint
    group.ready = True
    assert ids(await taken(source)) == [query_id(1)]
    await source.aclose()


async def test_one_of_more_workers_than_partitions_ends_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Being assigned none is an answer."""
    monkeypatch.setattr(kafka_source, "_JOIN_S", 0.02)
    source = events_of(Group())
    assert await taken(source) == []
    await source.aclose()
