from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from structlog.testing import capture_logs
from tests.messages import a_claim
from tests.outboxes import ListOutbox

from query_lineage_tracker.domain.outbox import (
    Claim,
    Dead,
    Delivered,
    DeliveryResult,
    Halted,
    Message,
    MessageKind,
    Parked,
    Retry,
)
from query_lineage_tracker.services.sync import MAX_UNEXPECTED, Sync, SyncReport, SyncRules, _Alarm

ARRIVED = Delivered({"at": "last"})


Deliver = Callable[[Message], Awaitable[DeliveryResult]]


async def arrives(message: Message) -> DeliveryResult:
    return ARRIVED


@dataclass
class ScriptedSink:
    """Delivers by the function given; `problems` are what successive probes say, then nothing."""

    deliver_one: Deliver = arrives
    problems: list[str | None] = field(default_factory=list)
    probes: int = 0
    now: int = 0
    most: int = 0
    delivered: list[str] = field(default_factory=list)
    name: str = "catalog"

    async def deliver(self, message: Message) -> DeliveryResult:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0)
            self.delivered.append(message.claim.entity)
            return await self.deliver_one(message)
        finally:
            self.now -= 1

    async def probe(self) -> str | None:
        self.probes += 1
        return self.problems.pop(0) if self.problems else None

    async def aclose(self) -> None:
        """Nothing is open."""


def claims(number: int, attempts: int = 1) -> list[Claim]:
    return [a_claim(MessageKind.QUERY, str(each), sink="catalog", attempts=attempts) for each in range(number)]


def results(*by_entity: DeliveryResult) -> Deliver:
    """The n-th result for entity n."""

    async def deliver_one(message: Message) -> DeliveryResult:
        return by_entity[int(message.claim.entity)]

    return deliver_one


RULES = SyncRules("me", concurrency=3, lease=30.0, interval=0.01, probe_interval=0.01)


def once(outbox: ListOutbox, sink: ScriptedSink, rules: SyncRules = RULES, *, drain: bool = True) -> SyncReport:
    return asyncio.run(Sync(outbox, sink, rules).run_once(drain=drain))


def test_everything_due_is_delivered_and_settled() -> None:
    outbox, sink = ListOutbox(claims(200)), ScriptedSink()
    assert once(outbox, sink) == SyncReport(delivered=200)
    assert outbox.settled == {str(each): ARRIVED for each in range(200)}
    assert sink.most == 3


def test_without_drain_one_batch_is_delivered() -> None:
    outbox = ListOutbox(claims(200))
    assert once(outbox, ScriptedSink(), drain=False).delivered == outbox.claimed[0] == 48


def test_results_are_settled_as_the_sink_gave_them_and_counted() -> None:
    outbox = ListOutbox(claims(4))
    given = (ARRIVED, Retry("busy", 2.0), Parked("no such table"), Dead("bad"))
    assert once(outbox, ScriptedSink(results(*given))) == SyncReport(1, 1, 1, 1)
    assert list(outbox.settled.values()) == list(given)


def test_a_message_whose_entity_is_gone_is_left_to_the_outbox() -> None:
    outbox = ListOutbox(claims(2), gone=frozenset({"0"}))
    assert once(outbox, ScriptedSink()).delivered == 1
    outbox = ListOutbox(claims(1), gone=frozenset({"0"}))
    assert once(outbox, ScriptedSink()) == SyncReport()


def test_a_sink_that_halts_is_halted_once_and_what_was_not_started_goes_back() -> None:
    outbox = ListOutbox(claims(40))
    sink = ScriptedSink(results(ARRIVED, *[Halted("HTTP 401")] * 39))
    report = once(outbox, sink)
    assert (report.delivered, report.halted) == (1, "HTTP 401")
    assert outbox.alarms == ["HTTP 401"]
    assert len(sink.delivered) <= 4
    assert len(outbox.due) == 39


def test_a_halted_sink_is_probed_and_nothing_is_delivered_while_the_probe_fails() -> None:
    outbox, sink = ListOutbox(claims(3), reason="HTTP 401"), ScriptedSink(problems=["HTTP 401"])
    assert once(outbox, sink) == SyncReport(halted="HTTP 401")
    assert (sink.delivered, outbox.alarms) == ([], [])


def test_a_halted_sink_resumes_when_the_probe_succeeds() -> None:
    outbox, sink = ListOutbox(claims(3), reason="HTTP 401"), ScriptedSink()
    assert once(outbox, sink) == SyncReport(delivered=3)
    assert outbox.resumed == 1


def test_a_sink_that_is_away_from_the_start_is_told_by_one_probe() -> None:
    outbox, sink = ListOutbox(claims(3)), ScriptedSink(problems=["connection refused"])
    assert once(outbox, sink).halted == "connection refused"
    assert sink.delivered == []


def test_a_sink_that_goes_away_is_noticed_before_every_message_has_failed() -> None:
    outbox = ListOutbox(claims(500))
    sink = ScriptedSink(results(*[Retry("connection refused")] * 500), problems=[None, "connection refused"])
    report = once(outbox, sink)
    assert report.halted == "connection refused"
    assert report.retried == 48
    assert len(outbox.due) == 452


def test_a_sink_that_answers_the_probe_but_takes_nothing_ends_the_round_and_slows_down() -> None:
    outbox = ListOutbox(claims(500))
    report = once(outbox, ScriptedSink(results(*[Retry("HTTP 500")] * 500)))
    assert report == SyncReport(retried=48 + 16 + 16)
    assert outbox.claimed == [48, 16, 16]


BUSY: DeliveryResult = Retry("HTTP 429", busy=True)


def test_a_receiver_that_is_busy_is_told_fewer_at_the_same_time_and_then_more_again() -> None:
    busy: list[DeliveryResult] = [BUSY, ARRIVED, BUSY, ARRIVED] * 12
    outbox, sink = ListOutbox(claims(150)), ScriptedSink(results(*busy, *[ARRIVED] * 102))
    once(outbox, sink)
    assert outbox.claimed == [48, 16, 32, 48, 6, 0]


def test_a_receiver_that_pushes_back_all_is_not_asked_for_the_rest_of_a_batch() -> None:
    outbox, sink = ListOutbox(claims(150)), ScriptedSink(results(*[BUSY] * 150))
    report = once(outbox, sink)
    assert report == SyncReport(retried=report.retried)
    assert outbox.claimed == [48, 16, 16]
    assert 8 * 3 <= report.retried == 150 - len(outbox.due) <= 8 * 3 + 2


@dataclass
class CountedSink(ScriptedSink):
    """Its messages take four requests each."""

    @property
    def requests(self) -> int:
        return 4 * len(self.delivered)


def test_what_is_pushed_back_is_a_share_of_the_requests_not_of_the_messages() -> None:
    outbox = ListOutbox(claims(96))
    given: list[DeliveryResult] = [BUSY if each % 4 == 0 else ARRIVED for each in range(96)]
    once(outbox, CountedSink(results(*given)))
    assert outbox.claimed[:2] == [48, 48]
    outbox = ListOutbox(claims(96))
    once(outbox, ScriptedSink(results(*given)))
    assert outbox.claimed[:2] == [48, 16]


def test_a_failure_that_is_no_sign_of_load_changes_no_pace() -> None:
    outbox, given = ListOutbox(claims(100)), (Retry("HTTP 500"), ARRIVED)
    once(outbox, ScriptedSink(results(*given * 50)))
    assert outbox.claimed == [48, 48, 4, 0]


def test_the_next_batch_waits_as_long_as_a_receiver_wishes_that_is_overloaded() -> None:
    outbox = ListOutbox(claims(50))
    busy: list[DeliveryResult] = [Retry("HTTP 429", 0.2, busy=True), ARRIVED]
    sink = ScriptedSink(results(*busy * 10, *[ARRIVED] * 30))
    begun = time.monotonic()
    assert once(outbox, sink).delivered == 40
    assert time.monotonic() - begun >= 0.2


def test_one_message_that_is_pushed_back_waits_alone() -> None:
    outbox = ListOutbox(claims(50))
    sink = ScriptedSink(results(Retry("HTTP 429", 4.0, busy=True), *[ARRIVED] * 49))
    begun = time.monotonic()
    assert once(outbox, sink).delivered == 49
    assert time.monotonic() - begun < 3.0


def test_a_receiver_that_wants_us_away_for_long_ends_the_round() -> None:
    outbox = ListOutbox(claims(50))
    sink = ScriptedSink(results(Retry("HTTP 429", 600.0, busy=True), *[ARRIVED] * 49))
    assert once(outbox, sink).delivered == 47
    assert len(outbox.due) == 2


def test_an_unexpected_failure_is_a_retry_and_dead_at_last() -> None:
    async def breaks(message: Message) -> DeliveryResult:
        raise ValueError("SELECT secret")

    outbox = ListOutbox([*claims(1), *(replace(one, entity="x") for one in claims(1, MAX_UNEXPECTED))])
    once(outbox, ScriptedSink(breaks))
    assert outbox.settled == {"0": Retry("unexpected ValueError"), "x": Dead("unexpected ValueError")}


def test_a_delivery_ends_before_its_claim_does() -> None:
    async def hangs(message: Message) -> DeliveryResult:
        await asyncio.sleep(60)
        return ARRIVED

    outbox = ListOutbox(claims(10))
    report = once(outbox, ScriptedSink(hangs), replace(RULES, lease=0.2), drain=False)
    assert report.retried == 3
    assert len(outbox.due) == 7


def test_cancelling_settles_what_was_delivered_and_gives_the_rest_back() -> None:
    async def first_arrives(message: Message) -> DeliveryResult:
        if message.claim.entity != "0":
            await asyncio.sleep(60)
        return ARRIVED

    async def cancelled() -> None:
        task = asyncio.create_task(Sync(outbox, ScriptedSink(first_arrives), RULES).run_once())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    outbox = ListOutbox(claims(10))
    asyncio.run(cancelled())
    assert outbox.settled["0"] == ARRIVED
    assert len(outbox.due) == 9


def forever(outbox: ListOutbox, sink: ScriptedSink, until: Callable[[], bool]) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(Sync(outbox, sink, RULES).run_forever(stop))
        while not until():
            await asyncio.sleep(0.005)
        stop.set()
        await running

    asyncio.run(asyncio.wait_for(run(), 10))


def test_it_goes_on_after_the_outbox_was_away() -> None:
    outbox = ListOutbox(claims(5), away=3)
    forever(outbox, ScriptedSink(), lambda: len(outbox.settled) == 5)
    assert outbox.away == 0


def test_it_probes_until_the_sink_is_back_and_raises_one_alarm() -> None:
    outbox = ListOutbox(claims(5))
    sink = ScriptedSink(problems=["HTTP 401"] * 4)
    forever(outbox, sink, lambda: len(outbox.settled) == 5)
    assert outbox.alarms == ["HTTP 401"]
    assert (sink.probes, outbox.resumed) == (5, 1)


def test_what_is_refused_again_after_each_probe_is_one_alarm() -> None:
    async def refused(message: Message) -> DeliveryResult:
        return Halted(f"put {message.claim.entity}: HTTP 403")

    outbox, sink = ListOutbox(claims(30)), ScriptedSink(refused)
    with capture_logs() as logged:
        forever(outbox, sink, lambda: outbox.resumed == 4)
    told = [(each["event"], each["log_level"]) for each in logged if each["event"] in ("sync.halted", "sync.resumed")]
    again = [("sync.halted", "info"), ("sync.resumed", "info")]
    assert told[:6] == [("sync.halted", "error"), ("sync.resumed", "warning"), *again, *again]


def test_the_same_reason_after_a_good_while_is_an_alarm_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now, loud = 1000.0, []
    monkeypatch.setattr("query_lineage_tracker.services.sync.time.monotonic", lambda: now)
    alarm = _Alarm()
    for seconds, reason in (
        (0, "a: 403"),
        (60, "b: 403"),
        (60, "c: 401"),
        (60, "c: 401"),
        (600, "d: 401"),
        (9, "d: 401"),
    ):
        now += seconds
        alarm.meet(reason)
        loud.append(alarm.loud)
    assert loud == [True, False, True, False, True, False]
    for _ in range(80):
        now += 60
        alarm.meet("d: 401")
        loud.append(alarm.loud)
    assert sum(loud) == 4


def test_it_probes_once_and_not_every_round() -> None:
    outbox, sink = ListOutbox(), ScriptedSink()
    forever(outbox, sink, lambda: len(outbox.claimed) > 5)
    assert sink.probes == 1


def test_told_to_stop_it_ends_the_deliveries_under_way_and_starts_no_more() -> None:
    async def slow(message: Message) -> DeliveryResult:
        await asyncio.sleep(0.1)
        return ARRIVED

    outbox, sink = ListOutbox(claims(40)), ScriptedSink(slow)
    forever(outbox, sink, lambda: sink.now == 3)
    arrived = [result for result in outbox.settled.values() if result == ARRIVED]
    assert len(arrived) == 3
    assert len(outbox.due) == 37


def test_a_single_round_is_stopped_as_well() -> None:
    stop = asyncio.Event()

    async def stopping(message: Message) -> DeliveryResult:
        stop.set()
        return ARRIVED

    outbox = ListOutbox(claims(40))
    report = asyncio.run(Sync(outbox, ScriptedSink(stopping), RULES).run_once(stop=stop))
    assert 0 < report.delivered < 4
    assert len(outbox.due) == 40 - report.delivered


def test_a_wish_to_wait_is_forgotten_when_nothing_is_due_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def wait(stop: asyncio.Event, seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 3:
            stop.set()
        return stop.is_set()

    monkeypatch.setattr("query_lineage_tracker.services.sync.wait_unless_stopped", wait)
    outbox = ListOutbox(claims(1))
    asyncio.run(Sync(outbox, ScriptedSink(results(Retry("busy", 3600.0))), RULES).run_forever(asyncio.Event()))
    assert pauses == [3600.0, RULES.interval, RULES.interval]


def test_the_observer_hears_of_each_delivery_and_round() -> None:
    heard: list[object] = []

    class Observer:
        def delivery_ended(self, sink: str, result: str, seconds: float) -> None:
            heard.append((sink, result, seconds >= 0))

        def round_ended(self, sink: str, report: SyncReport) -> None:
            heard.append((sink, report))

    asyncio.run(Sync(ListOutbox(claims(1)), ScriptedSink(), RULES, Observer()).run_once())
    assert heard == [("catalog", "delivered", True), ("catalog", SyncReport(delivered=1))]
