from __future__ import annotations

import asyncio
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs
from tests.messages import an_object

from query_lineage_tracker.domain.outbox import ObjectFacts
from query_lineage_tracker.errors import StoreUnreachable
from query_lineage_tracker.ports.delivery import ParkedMessage
from query_lineage_tracker.services import awaited
from query_lineage_tracker.services.awaited import requeue_complete, requeue_complete_forever

Key = tuple[str, str]
ORDERS, DAILY, LATER = an_object("hive.sales.orders"), an_object("hive.mart.daily"), an_object("hive.mart.later")


@dataclass
class Parked:
    """Messages that stay parked whatever is made due."""

    messages: list[ParkedMessage]
    due: list[Key] = field(default_factory=list)
    asked: int = 0
    away: bool = False

    async def parked(self, sink: str, after: Key, limit: int) -> Sequence[ParkedMessage]:
        self.asked += 1
        if self.away:
            self.away = False
            raise StoreUnreachable("away")
        return [message for message in self.messages if message.key > after][:limit]

    async def make_due(self, sink: str, keys: Sequence[Key]) -> int:
        self.due += keys
        return len(keys)


@dataclass
class Sink:
    known: set[ObjectFacts] | None
    name: str = "openmetadata"
    asked: list[Sequence[ObjectFacts]] = field(default_factory=list)

    async def missing(self, objects: Sequence[ObjectFacts]) -> Set[ObjectFacts] | None:
        self.asked.append(objects)
        return None if self.known is None else set(objects) - self.known


def waiting(*objects: ObjectFacts, entity: str = "1:2") -> ParkedMessage:
    return ParkedMessage(("LINEAGE", entity), objects)


def test_messages_that_miss_nothing_become_due() -> None:
    parked = Parked([waiting(ORDERS, DAILY, entity="1:2"), waiting(ORDERS, LATER, entity="1:3")])
    sink = Sink({ORDERS, DAILY})
    asyncio.run(requeue_complete(parked, sink))
    assert parked.due == [("LINEAGE", "1:2")]
    assert sink.asked == [[ORDERS, DAILY, LATER]]


def test_what_is_parked_again_although_nothing_is_missing_is_left_to_its_pauses() -> None:
    parked, sink = Parked([waiting(ORDERS)]), Sink({ORDERS})
    before = asyncio.run(requeue_complete(parked, sink))
    again = asyncio.run(requeue_complete(parked, sink, before))
    assert parked.due == [("LINEAGE", "1:2")]
    sink.known = set()
    gone = asyncio.run(requeue_complete(parked, sink, again))
    sink.known = {ORDERS}
    asyncio.run(requeue_complete(parked, sink, gone))
    assert parked.due == [("LINEAGE", "1:2")] * 2


def test_all_pages_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaited, "_PAGE", 2)
    parked = Parked([waiting(ORDERS, entity=f"1:{number}") for number in range(5)])
    asyncio.run(requeue_complete(parked, Sink({ORDERS})))
    assert len(parked.due) == 5


def test_a_catalog_that_cannot_be_asked_leaves_all_as_it_is() -> None:
    parked = Parked([waiting(ORDERS)])
    before = frozenset({("LINEAGE", "7:8")})
    assert asyncio.run(requeue_complete(parked, Sink(None), before)) == before
    assert parked.due == []


def test_nothing_parked_asks_the_catalog_nothing() -> None:
    sink = Sink(set())
    asyncio.run(requeue_complete(Parked([]), sink))
    assert sink.asked == []


def test_a_database_that_is_away_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaited, "_PAUSE_S", 0.001)
    parked = Parked([waiting(ORDERS)], away=True)

    async def run() -> None:
        stop = asyncio.Event()
        looking = asyncio.create_task(requeue_complete_forever(parked, Sink({ORDERS}), stop))
        while not parked.due:
            await asyncio.sleep(0.001)
        stop.set()
        await looking

    with capture_logs() as logs:
        asyncio.run(asyncio.wait_for(run(), 10))
    assert [line["event"] for line in logs][:2] == ["awaited.failed", "awaited.appeared"]
