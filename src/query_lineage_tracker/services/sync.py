"""Sync: bring one metadata catalog in step, message by message from the outbox.

Each sink has a loop of its own, so a catalog that is away does not hold up another. A message is claimed with a lease,
delivered before the lease ends or not at all, and settled; what was not started goes back as it was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from query_lineage_tracker.domain.outbox import Claim, Dead, Delivered, DeliveryResult, Halted, Message, Parked, Retry
from query_lineage_tracker.errors import DependencyUnreachable
from query_lineage_tracker.ports.delivery import CountingSink, MetadataSink, Outbox
from query_lineage_tracker.services.live import wait_unless_stopped
from query_lineage_tracker.services.pace import Pace, overloaded

log = structlog.get_logger()

MAX_UNEXPECTED = 12
"""After so many attempts an unexpected failure of our own is taken to be permanent."""

_CLAIMS_PER_DELIVERY = 16
_BATCHES_WITHOUT_SUCCESS = 3
_STOP_GRACE_S = 10.0
_LONGEST_PAUSE_S = 60.0
_LONGEST_WAIT_S = 60.0
"""A receiver that wants us to wait longer ends the round."""
_OWN_WAIT_S = 5.0
"""A receiver that is not overloaded and wants no longer wait than this means the one message."""
_ALARM_OVER_S = 300.0
_ALARM_AGAIN_S = 3600.0
_BUSY_IN_A_ROW = 8
"""After so many messages in a row that were pushed back, no other one of the batch is tried."""


@dataclass(frozen=True, slots=True)
class SyncRules:
    """What the sync of one sink goes by. `worker` names us in claims; times in seconds."""

    worker: str
    concurrency: int = 4
    lease: float = 120.0
    interval: float = 5.0
    probe_interval: float = 30.0


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How deliveries ended. `halted` is why nothing more can be delivered."""

    delivered: int = 0
    retried: int = 0
    parked: int = 0
    dead: int = 0
    halted: str | None = None

    def __add__(self, other: SyncReport) -> SyncReport:
        return SyncReport(
            self.delivered + other.delivered,
            self.retried + other.retried,
            self.parked + other.parked,
            self.dead + other.dead,
            other.halted or self.halted,
        )


class SyncObserver(Protocol):
    """Who wants to know how sync goes: metrics."""

    def delivery_ended(self, sink: str, result: str, seconds: float) -> None:
        """`result` is delivered, retry, parked, dead or halted."""
        ...

    def round_ended(self, sink: str, report: SyncReport) -> None: ...


@dataclass(slots=True)
class _Round:
    """One batch of claims under way: until when it may deliver, why not longer, and how long deliveries took.

    `busy_in_a_row`: how many of the last deliveries were pushed back.
    """

    deadline: float
    gate: asyncio.Semaphore
    halted: Halted | None
    seconds: list[float]
    busy_in_a_row: int = 0

    @property
    def over(self) -> bool:
        """Whether no other message is to be tried."""
        return self.halted is not None or self.busy_in_a_row >= _BUSY_IN_A_ROW or time.monotonic() >= self.deadline

    def ended(self, result: DeliveryResult, seconds: float) -> None:
        self.seconds.append(seconds)
        self.busy_in_a_row = self.busy_in_a_row + 1 if isinstance(result, Retry) and result.busy else 0
        if isinstance(result, Halted):
            self.halted = result


@dataclass(slots=True)
class _Alarm:
    """Why the sink halted last. The same reason again within minutes is no other alarm, but once an hour."""

    words: str = ""
    met_at: float = float("-inf")
    raised_at: float = float("-inf")
    loud: bool = True

    def meet(self, reason: str) -> None:
        words, now = reason.partition(": ")[2] or reason, time.monotonic()
        goes_on = words == self.words and now - self.met_at < _ALARM_OVER_S
        self.loud = not goes_on or now - self.raised_at > _ALARM_AGAIN_S
        self.words, self.met_at = words, now
        if self.loud:
            self.raised_at = now


class Sync:
    """Delivers the messages of one sink."""

    def __init__(
        self, outbox: Outbox, sink: MetadataSink, rules: SyncRules, observer: SyncObserver | None = None
    ) -> None:
        self._outbox = outbox
        self._sink = sink
        self._rules = rules
        self._observer = observer
        self._pace = Pace(rules.concurrency, rules.concurrency)
        self._stop = asyncio.Event()
        self._probed = False
        self._wait_s = 0.0
        self._alarm = _Alarm()
        self._log = log.bind(sink=sink.name)

    async def run_once(self, *, drain: bool = True, stop: asyncio.Event | None = None) -> SyncReport:
        """Deliver what is due: all of it, or one batch. Raises StoreUnreachable when the outbox is away.

        Ends early when `stop` is set, when the sink halts, or when nothing got through for a while; what is left stays
        due.
        """
        self._stop = stop or self._stop
        report = SyncReport(halted=await self._why_closed())
        fruitless = 0
        while report.halted is None and not self._stop.is_set() and fruitless < _BATCHES_WITHOUT_SUCCESS:
            batch = await self._deliver_batch()
            if batch is None:
                break
            report += batch
            fruitless = fruitless + 1 if batch.delivered + batch.parked + batch.dead == 0 else 0
            if not drain or self._wait_s > _LONGEST_WAIT_S:
                break
            if self._wait_s:
                await wait_unless_stopped(self._stop, self._wait_s)
        self._round_ended(report)
        return report

    async def run_forever(self, stop: asyncio.Event) -> None:
        """Round after round until `stop` is set; deliveries under way get a moment to end, claims go back."""
        failures = 0
        while not stop.is_set():
            try:
                report = await self.run_once(stop=stop)
            except DependencyUnreachable as problem:
                failures += 1
                pause = min(self._rules.interval * 2 ** min(failures - 1, 16), _LONGEST_PAUSE_S)
                self._log.error("sync.outbox_unreachable", problem=str(problem), again_in_s=round(pause, 1))
            else:
                failures = 0
                pause = self._rules.probe_interval if report.halted else max(self._rules.interval, self._wait_s)
            await wait_unless_stopped(stop, pause)

    async def _why_closed(self) -> str | None:
        """Why the sink takes nothing now. Probes it at the start and while it is halted, and resumes it."""
        halted = await self._outbox.halted(self._sink.name)
        if halted is None and self._probed:
            return None
        reason = await self._sink.probe()
        if reason is not None:
            await self._halt(reason)
            return reason
        self._probed = True
        if await self._outbox.resume(self._sink.name):
            getattr(self._log, "warning" if self._alarm.loud else "info")("sync.resumed", halted_because=halted)
        return None

    async def _halt(self, reason: str) -> None:
        """One alarm: a probe may well succeed where a message is refused, and then the same happens every time."""
        if await self._outbox.halt(self._sink.name, reason):
            self._alarm.meet(reason)
            level = "error" if self._alarm.loud else "info"
            getattr(self._log, level)("sync.halted", reason=reason, probe_every_s=self._rules.probe_interval)

    async def _deliver_batch(self) -> SyncReport | None:
        """Claim, compose, deliver, settle one batch; None when nothing is due."""
        deadline = time.monotonic() + self._rules.lease * 0.9
        limit = self._pace.limit * _CLAIMS_PER_DELIVERY
        claims = await self._outbox.claim(self._sink.name, self._rules.worker, limit, self._rules.lease)
        if not claims:
            self._wait_s = 0.0
            return None
        current = _Round(deadline, asyncio.Semaphore(self._pace.limit), None, [])
        before = self._requests()
        results = await self._settled(await self._outbox.compose(claims), current)
        retries = [result for result in results if isinstance(result, Retry)]
        asked = max(self._requests() - before, len(results))
        # When nothing at all arrives, it is taken to be too busy, whatever it says.
        pushed_back = len(retries) == len(results) or overloaded(sum(result.busy for result in retries), asked)
        self._pace = self._pace.after(current.seconds, pushed_back=pushed_back)
        wished = max((result.after_seconds or 0.0 for result in retries), default=0.0)
        self._wait_s = wished if pushed_back or wished > _OWN_WAIT_S else 0.0
        return await self._reported(results)

    def _requests(self) -> int:
        return self._sink.requests if isinstance(self._sink, CountingSink) else 0

    async def _reported(self, results: Sequence[DeliveryResult]) -> SyncReport:
        report = report_of(results)
        if report.halted is None and results and report.retried == len(results):
            report = replace(report, halted=await self._sink.probe())
        if report.halted is not None:
            await self._halt(report.halted)
        return report

    async def _settled(self, messages: Sequence[Message], current: _Round) -> list[DeliveryResult]:
        """Deliver the messages and settle each, also when we are cancelled in between."""
        tasks = {message.claim: asyncio.create_task(self._deliver(message, current)) for message in messages}
        try:
            await self._finished(tasks)
        finally:
            results = await _ended(tasks)
            await self._outbox.settle(results)
        return [result for _, result in results if result is not _NOT_STARTED]

    async def _finished(self, tasks: Mapping[Claim, asyncio.Task[DeliveryResult]]) -> None:
        """Wait for all, but not much longer once we are told to stop."""
        if not tasks:
            return
        all_ended = asyncio.ensure_future(asyncio.wait(tasks.values()))
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({all_ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({all_ended}, timeout=_STOP_GRACE_S)
        finally:
            all_ended.cancel()
            stopped.cancel()

    async def _deliver(self, message: Message, current: _Round) -> DeliveryResult:
        async with current.gate:
            if current.over or self._stop.is_set():
                return _NOT_STARTED
            started = time.monotonic()
            result = await self._outcome(message, current.deadline - started)
            current.ended(result, time.monotonic() - started)
            self._delivery_ended(message.claim, result, current.seconds[-1])
            return result

    async def _outcome(self, message: Message, left: float) -> DeliveryResult:
        try:
            return await asyncio.wait_for(self._sink.deliver(message), left)
        except asyncio.TimeoutError:
            return Retry("the delivery did not end before its claim", busy=True)
        except Exception as error:
            # One message that meets a defect of ours must not stop the others.
            self._log.exception("sync.delivery_broke", kind=message.claim.kind.value, entity=message.claim.entity)
            reason = f"unexpected {type(error).__name__}"
            return Dead(reason) if message.claim.attempts >= MAX_UNEXPECTED else Retry(reason)

    def _delivery_ended(self, claim: Claim, result: DeliveryResult, seconds: float) -> None:
        name = type(result).__name__.lower()
        if self._observer is not None:
            self._observer.delivery_ended(self._sink.name, name, seconds)
        level = "warning" if isinstance(result, Dead) else "debug"
        getattr(self._log, level)(
            "sync.delivery_ended", kind=claim.kind.value, entity=claim.entity, generation=claim.generation, result=name
        )

    def _round_ended(self, report: SyncReport) -> None:
        if self._observer is not None:
            self._observer.round_ended(self._sink.name, report)
        if report != SyncReport(halted=report.halted):
            self._log.info(
                "sync.round_ended",
                delivered=report.delivered,
                retried=report.retried,
                parked=report.parked,
                dead=report.dead,
            )


_NOT_STARTED = Halted("not started")
"""The claim goes back as it was."""


def report_of(results: Sequence[DeliveryResult]) -> SyncReport:
    """Deliveries counted by how they ended."""
    halted = [result.reason for result in results if isinstance(result, Halted)]
    return SyncReport(
        delivered=sum(isinstance(result, Delivered) for result in results),
        retried=sum(isinstance(result, Retry) for result in results),
        parked=sum(isinstance(result, Parked) for result in results),
        dead=sum(isinstance(result, Dead) for result in results),
        halted=halted[0] if halted else None,
    )


async def _ended(tasks: Mapping[Claim, asyncio.Task[DeliveryResult]]) -> list[tuple[Claim, DeliveryResult]]:
    """Results of all, those that did not come to an end being cancelled and given back."""
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    return [(claim, _NOT_STARTED if task.cancelled() else task.result()) for claim, task in tasks.items()]
