"""Executed queries from the topics of Trino's Kafka event listener, at least once."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TypeVar

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from query_lineage_tracker.adapters.kafka.consumer import ANSWER_S, GroupMember, problem_of
from query_lineage_tracker.adapters.kafka.offsets import Missing, Offsets, Place
from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.domain.capture import Gap, GapCause
from query_lineage_tracker.errors import KafkaUnreachable
from query_lineage_tracker.events.batch import Told, batch_of
from query_lineage_tracker.events.query_event import parse_event
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState

log = structlog.get_logger()

T = TypeVar("T")

_CHUNK = 100
_BATCH_BYTES = 64 * 1024 * 1024
_MOMENT_S = 1.0
_REST_S = 0.05
_JOIN_S = 30.0
_LONGEST_PASS_S = 60.0
# The group's own business, told as messages: it goes on by itself.
_PASSING = frozenset({KafkaError._PARTITION_EOF, KafkaError._MAX_POLL_EXCEEDED, KafkaError.UNKNOWN_TOPIC_OR_PART})

Connect = Callable[[Sequence[str], Callable[[KafkaError], None]], GroupMember]


@dataclass(slots=True)
class _Read:
    """What one batch is made of; `ends` are the offsets that follow it."""

    told: list[Told] = field(default_factory=list)
    missing: list[tuple[Missing, datetime]] = field(default_factory=list)
    ends: dict[Place, int] = field(default_factory=dict)
    bytes: int = 0


class KafkaEvents:
    """A source of what the cluster's events tell, as one of the group of workers that share its topics.

    Offsets are committed to Kafka when a batch is stored, so whatever a worker had not stored is read again, by itself
    or by whom its partitions go to. A pass ends when nothing arrives for a moment, and after a minute at the latest.
    """

    name = "kafka"

    def __init__(self, connect: Connect, topics: Sequence[str], batch_size: int) -> None:
        self._connect = connect
        self._topics = list(topics)
        self._batch_size = batch_size
        self._offsets = Offsets()
        self._member: GroupMember | None = None
        self._reading = threading.Lock()
        self._held: list[Message] = []
        self._not_stored = 0
        self._joined = False
        self._problem: KafkaError | None = None

    async def waiting(self) -> bool:
        """Whether there is something to fetch; takes a moment to find out. Raises as `fetch` does."""
        await self._begin_again_after_failure()
        self._held = self._held or await in_thread(lambda: self._locked(lambda: self._consume(_MOMENT_S)))
        return bool(self._held)

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        """What is in our partitions now. Raises KafkaUnreachable, PermissionMissing."""
        await self._begin_again_after_failure()
        ends = time.monotonic() + _LONGEST_PASS_S
        await in_thread(lambda: self._locked(self._join))
        while time.monotonic() < ends:
            # Counted before: what a thread reads for nobody, because the pass was given up, is not stored either.
            self._not_stored += 1
            read = await in_thread(lambda: self._locked(self._read))
            if not read.told:
                self._not_stored -= 1
                return
            yield self._batch(read, state.watermark)

    async def aclose(self) -> None:
        member, self._member = self._member, None
        if member is not None:
            await in_thread(lambda: self._locked(member.close))

    async def _begin_again_after_failure(self) -> None:
        """Messages of a batch that was not stored are behind us: only joining anew brings them back."""
        if self._not_stored:
            await self.aclose()
            self._held, self._not_stored = [], 0

    def _locked(self, work: Callable[[], T]) -> T:
        with self._reading:
            return work()

    # --- in the thread that reads ---

    def _ours(self) -> GroupMember:
        if self._member is None:
            self._offsets, self._joined, self._problem = Offsets(), False, None
            member = self._connect(self._topics, self._hear)
            member.subscribe(self._topics, self._assigned, self._revoked, self._revoked)
            self._member = member
        return self._member

    def _join(self) -> None:
        """Wait until the group has told us which partitions are ours: before, nothing is no sign of an end.

        Raises KafkaUnreachable when it does not.
        """
        until = time.monotonic() + _JOIN_S
        while not self._joined and not self._held:
            if time.monotonic() > until:
                raise self._not_joined()
            self._held = self._consume(_MOMENT_S)

    def _not_joined(self) -> KafkaUnreachable:
        topics = ", ".join(self._topics)
        return KafkaUnreachable(
            f"Kafka: the consumer group assigned us no partitions of {topics} within {_JOIN_S:.0f} s",
            hint="Does a topic of that name exist, and has the group of QLT_KAFKA_GROUP a coordinator that answers?",
        )

    def _read(self) -> _Read:
        read = _Read()
        messages, self._held = self._held or self._consume(_MOMENT_S), []
        while messages:
            for message in messages:
                self._take(message, read)
            if len(read.told) >= self._batch_size or read.bytes >= _BATCH_BYTES:
                break
            messages = self._consume(_REST_S, len(read.told))
        return read

    def _consume(self, seconds: float, there: int = 0) -> list[Message]:
        """What arrives within the time, as far as a batch that has some already takes it."""
        try:
            messages = self._ours().consume(min(self._batch_size - there, _CHUNK), seconds)
        except KafkaException as problem:
            raise problem_of(problem.args[0]) from problem
        for message in messages:
            error = message.error()
            if error is not None and error.code() not in _PASSING:
                raise problem_of(error)
        if not messages and self._problem is not None:
            silence, self._problem = self._problem, None
            raise problem_of(silence)
        return [message for message in messages if message.error() is None]

    def _take(self, message: Message, read: _Read) -> None:
        place, offset, body = _place(message), message.offset() or 0, message.value() or b""
        missing = self._offsets.read(place, offset)
        if missing is not None:
            read.missing.append((missing, _written_at(message)))
        read.told.append(parse_event(body, f"kafka {place.topic}/{place.partition}, offset {offset}"))
        read.ends[place] = offset + 1
        read.bytes += len(body)

    def _assigned(self, member: GroupMember, partitions: list[TopicPartition]) -> None:
        try:
            partitions = list(member.committed(partitions, ANSWER_S)) if partitions else []
        except KafkaException as problem:
            log.warning("kafka.offsets_unknown", problem=problem.args[0].str())
        committed = {Place(one.topic, one.partition): one.offset if one.offset >= 0 else None for one in partitions}
        self._offsets.assign(committed)
        self._joined = True
        log.info("kafka.partitions_assigned", partitions=_names(partitions))

    def _revoked(self, member: GroupMember, partitions: list[TopicPartition]) -> None:
        self._offsets.revoke(Place(one.topic, one.partition) for one in partitions)
        log.info("kafka.partitions_revoked", partitions=_names(partitions))

    def _hear(self, error: KafkaError) -> None:
        self._problem = error

    # --- what comes of it ---

    def _batch(self, read: _Read, watermark: datetime | None) -> FetchedBatch:
        async def saved() -> None:
            self._not_stored -= 1
            self._commit(read.ends)

        batch = batch_of(read.told)
        return replace(
            batch,
            gaps=tuple(_gap(missing, before, watermark) for missing, before in read.missing),
            watermark=max((query.ended for query in batch.queries if query.ended is not None), default=None),
            saved=saved,
        )

    def _commit(self, ends: Mapping[Place, int]) -> None:
        """In the background; what it fails to commit is read once more one day, and changes nothing then."""
        ours = self._offsets.ours(ends)
        if self._member is None or not ours:
            return
        offsets = [TopicPartition(place.topic, place.partition, offset) for place, offset in ours.items()]
        try:
            self._member.commit(offsets=offsets)
        except (KafkaException, RuntimeError) as problem:
            log.info("kafka.offsets_not_committed", problem=str(problem), partitions=len(offsets))


def _place(message: Message) -> Place:
    return Place(message.topic() or "", message.partition() or 0)


def _written_at(message: Message) -> datetime:
    return datetime.fromtimestamp(max(0, message.timestamp()[1]) / 1000, timezone.utc)


def _gap(missing: Missing, before: datetime, watermark: datetime | None) -> Gap:
    log.warning("kafka.messages_missing", missing=str(missing), hint="They were deleted before they were read.")
    start = None if watermark is None else min(watermark, before)
    return Gap(GapCause.EXPIRED, start, before, str(missing))


def _names(partitions: Sequence[TopicPartition]) -> list[str]:
    return sorted(f"{one.topic}/{one.partition}" for one in partitions)
