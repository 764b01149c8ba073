from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from query_lineage_tracker.errors import StoreUnreachable
from query_lineage_tracker.services import by_switch
from query_lineage_tracker.services.by_switch import (
    enqueue_costs,
    enqueue_costs_forever,
    enqueue_texts,
    enqueue_texts_forever,
)

SINKS = ("openmetadata", "file")
Loop = Callable[["Queue", Sequence[str], asyncio.Event], Awaitable[None]]


@dataclass
class Queue:
    """Answers in turn, the last one for ever; sets `stop` once it was asked as often as it has answers."""

    answers: list[int | StoreUnreachable]
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    async def enqueue(self, sink: str, since: timedelta = timedelta()) -> int:
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(sink)
        if len(self.asked) >= len(self.answers):
            self.stop.set()
        if isinstance(answer, StoreUnreachable):
            raise answer
        return answer


def test_each_sink_is_asked_for_and_what_is_new_is_logged() -> None:
    with capture_logs() as logs:
        assert asyncio.run(enqueue_costs(Queue([3, 0]), SINKS)) == 3
        assert asyncio.run(enqueue_texts(Queue([0, 2]), SINKS)) == 2
    assert [(line["event"], line["sink"], line["messages"]) for line in logs] == [
        ("costs.enqueued", "openmetadata", 3),
        ("texts.enqueued", "file", 2),
    ]


@pytest.mark.parametrize("forever", [enqueue_costs_forever, enqueue_texts_forever])
def test_a_database_that_is_away_is_tried_again(monkeypatch: pytest.MonkeyPatch, forever: Loop) -> None:
    for pause in ("_FIRST_PAUSE_S", "_PAUSE_OF_COSTS_S", "_PAUSE_OF_TEXTS_S", "_PAUSE_AFTER_FAILURE_S"):
        monkeypatch.setattr(by_switch, pause, 0.001)
    queue = Queue([StoreUnreachable("away"), 0])

    async def run() -> None:
        await asyncio.wait_for(forever(queue, ("file",), queue.stop), 10)

    with capture_logs() as logs:
        asyncio.run(run())
    assert queue.asked == ["file", "file"]
    assert [line["log_level"] for line in logs] == ["error"]
