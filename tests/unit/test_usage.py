from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from query_lineage_tracker.errors import StoreUnreachable
from query_lineage_tracker.ports.delivery import EnqueuedUsage
from query_lineage_tracker.services import usage
from query_lineage_tracker.services.usage import enqueue_usage, enqueue_usage_forever

NOTHING = EnqueuedUsage(0, 0, waiting=False)


@dataclass
class Queue:
    """Answers in turn, the last one for ever; sets `stop` once it was asked as often as it has answers."""

    answers: list[EnqueuedUsage | StoreUnreachable]
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)
    today: list[timedelta | None] = field(default_factory=list)

    async def enqueue(self, sink: str, today: timedelta | None = None) -> EnqueuedUsage:
        self.today.append(today)
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(sink)
        if len(self.asked) >= len(self.answers):
            self.stop.set()
        if isinstance(answer, StoreUnreachable):
            raise answer
        return answer


def test_every_sink_gets_its_next_day_and_any_that_waits_is_said() -> None:
    queue = Queue([EnqueuedUsage(3, 0, waiting=True), NOTHING])
    assert asyncio.run(enqueue_usage(queue, ("openmetadata", "file"))) is True
    assert queue.asked == ["openmetadata", "file"]
    assert asyncio.run(enqueue_usage(Queue([NOTHING]), ("file",))) is False


def test_today_is_told_as_often_as_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "_FIRST_PAUSE_S", 0.001)
    often = timedelta(milliseconds=1)
    queue = Queue([NOTHING, NOTHING, NOTHING])

    async def run() -> None:
        await asyncio.wait_for(enqueue_usage_forever(queue, ("file",), queue.stop, often), 10)

    asyncio.run(run())
    assert queue.today == [often] * 3


def test_days_that_were_given_up_leave_a_line_in_the_log() -> None:
    with capture_logs() as logs:
        asyncio.run(enqueue_usage(Queue([EnqueuedUsage(0, 2, waiting=False)]), ("file",)))
    (line,) = logs
    assert (line["event"], line["messages"], line["log_level"]) == ("usage.expired", 2, "warning")


def test_a_database_that_is_away_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for pause in ("_FIRST_PAUSE_S", "_PAUSE_S", "_PAUSE_WHILE_WAITING_S"):
        monkeypatch.setattr(usage, pause, 0.001)
    queue = Queue([StoreUnreachable("away"), NOTHING])

    async def run() -> None:
        await asyncio.wait_for(enqueue_usage_forever(queue, ("file",), queue.stop), 10)

    with capture_logs() as logs:
        asyncio.run(run())
    assert queue.asked == ["file", "file"]
    assert [line["event"] for line in logs] == ["usage.failed"]


def test_nothing_is_enqueued_before_ingest_had_time_to_catch_up() -> None:
    async def run() -> list[str]:
        queue = Queue([NOTHING])
        waiting = asyncio.create_task(enqueue_usage_forever(queue, ("file",), queue.stop))
        await asyncio.sleep(0.05)
        queue.stop.set()
        await waiting
        return queue.asked

    assert asyncio.run(run()) == []
