"""What `qlt doctor` asks about events: do they arrive, do polls and events agree, does the journal empty itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from query_lineage_tracker.errors import TrackerError
from query_lineage_tracker.services.doctor import Finding, Verdict

_DISAGREEMENT = 0.01
_FILLING = 0.5
_NEARLY_FULL = 0.95
_LITTLE_SPACE = 2**30


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What was stored of a cluster lately.

    `event_at` is the end of the newest execution that an event told of; `polled` whether polls saw any;
    `without_event` how many of those ended since `event_at`, long enough ago, and have no event.
    """

    event_at: datetime | None
    polled: bool
    without_event: int


@dataclass(frozen=True, slots=True)
class Tellers:
    """How many executions of the last day were told by whom."""

    by_both: int
    by_poll_only: int
    by_event_only: int


@dataclass(frozen=True, slots=True)
class WaitingEntries:
    """A journal that is not empty, or is: `size` is what its files take of `most`, `free` what its disk has left."""

    directory: Path
    entries: int
    size: int
    most: int
    free: int


def events_not_configured() -> Finding:
    """Neither a receiver nor Kafka is set up: polls are all there is."""
    hint = (
        "To see also what polls miss, set QLT_EVENT_TOKEN, run `qlt serve`, and paste `qlt listener config` to Trino."
    )
    return Finding("events", Verdict.OK, "not configured: no cluster has QLT_EVENT_TOKEN or QLT_KAFKA_TOPICS", hint)


def check_arrivals(cluster: str, seen: Arrivals) -> Finding:
    """Do events arrive, as far as what polls see can tell?"""
    name = "events arrive"
    hint = f"Is the listener set up (`qlt listener config --cluster {cluster}`), and `qlt serve` reachable from Trino?"
    if seen.event_at is None:
        known = f"{seen.without_event} queries that polls saw end have none" if seen.polled else "nor has any poll"
        return Finding(name, Verdict.WARNING, f"none came lately of the cluster {cluster}; {known}", hint)
    last = f"the last one told of a query that was there at {seen.event_at:%Y-%m-%d %H:%M:%SZ}"
    if seen.without_event:
        detail = f"{last}; {seen.without_event} queries that polls saw end since then have none"
        return Finding(name, Verdict.WARNING, detail, hint)
    return Finding(name, Verdict.OK, last)


def check_agreement(seen: Tellers) -> Finding:
    """Do polls and events tell of the same executions?"""
    name = "poll and events agree"
    total = seen.by_both + seen.by_poll_only + seen.by_event_only
    told = {"polls": seen.by_both + seen.by_poll_only, "events": seen.by_both + seen.by_event_only}
    if not all(told.values()):
        only = next((teller for teller, count in told.items() if count), "nobody")
        return Finding(name, Verdict.OK, f"nothing to compare: {only} told of the executions since yesterday")
    shares = [count / total for count in (seen.by_both, seen.by_poll_only, seen.by_event_only)]
    detail = "of {:,} executions since yesterday both told of {:.1%}, only polls of {:.1%}, only events of {:.1%}"
    if max(shares[1:]) <= _DISAGREEMENT:
        return Finding(name, Verdict.OK, detail.format(total, *shares))
    hint = "`qlt account` tells it by day; what only polls saw lost its event, what only events told is in `qlt gaps`."
    return Finding(name, Verdict.WARNING, detail.format(total, *shares), hint)


def check_journal(seen: WaitingEntries) -> Finding:
    """Is there room for events that are received while PostgreSQL is away?"""
    name = "journal"
    detail = (
        f"{seen.entries:,} events wait in {seen.directory}: {seen.size / 2**20:,.1f} MiB of at most "
        f"{seen.most / 2**20:,.0f}, {seen.free / 2**30:.1f} GiB left on the disk"
    )
    hint = (
        "Does `qlt serve` run, and reach PostgreSQL? A full journal puts Trino off, and Trino gives up after minutes."
    )
    if seen.size > seen.most * _NEARLY_FULL:
        return Finding(name, Verdict.FAILED, detail, hint, TrackerError(detail))
    if seen.size > seen.most * _FILLING or seen.free < _LITTLE_SPACE:
        return Finding(name, Verdict.WARNING, detail, hint)
    return Finding(name, Verdict.OK, detail)
