"""The arithmetic of polls, by example and by a simulated coordinator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.domain.capture import Gap, GapCause, LostQuery, LostReason
from query_lineage_tracker.domain.polling import (
    PollFacts,
    PollPosition,
    PollRules,
    conclude,
    is_gateway,
    is_new_coordinator,
    read_since,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
RULES = PollRules()
OPEN = "20261122_115900_00001_aaaaa"
POSITION = PollPosition(last_poll_at=NOON, coordinator="aaaaa", polls=3, full_next=False)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def facts(after: float = 30, coordinator: str = "aaaaa", **more: object) -> PollFacts:
    base = PollFacts(NOON + seconds(after), coordinator, frozenset(), full=False)
    return replace(base, **more)  # type: ignore[arg-type]  # names are checked by replace


def test_first_poll_reads_everything_and_records_that_the_past_is_unknown() -> None:
    oldest = NOON - timedelta(hours=3)
    assert read_since(PollPosition(), None, RULES) is None
    conclusion = conclude(PollPosition(), None, frozenset(), facts(full=True, oldest_end=oldest), RULES)
    assert [(gap.cause, gap.start, gap.end) for gap in conclusion.gaps] == [(GapCause.FIRST_POLL, None, oldest)]


def test_first_poll_of_a_young_memory_knows_no_further_back_than_trino_surely_remembers() -> None:
    conclusion = conclude(PollPosition(), None, frozenset(), facts(full=True, oldest_end=NOON), RULES)
    assert conclusion.gaps[0].end == NOON + seconds(30) - RULES.surely_remembered


def test_a_poll_in_time_records_nothing() -> None:
    conclusion = conclude(POSITION, NOON, frozenset(), facts(), RULES)
    assert (conclusion.gaps, conclusion.lost) == ((), ())
    assert conclusion.position == PollPosition(NOON + seconds(30), "aaaaa", (), polls=4, full_next=False)


def test_terminal_rows_are_read_from_the_overlap_before_the_watermark() -> None:
    watermark = NOON - seconds(10)
    assert read_since(POSITION, watermark, RULES) == watermark - RULES.overlap


def test_a_watermark_ahead_of_the_last_poll_does_not_hide_rows() -> None:
    assert read_since(POSITION, NOON + timedelta(hours=1), RULES) == NOON - RULES.overlap


def test_each_nth_poll_is_full() -> None:
    before = replace(POSITION, polls=RULES.full_every - 1)
    after = conclude(before, NOON, frozenset(), facts(), RULES).position
    assert after.full_next
    assert read_since(after, NOON, RULES) is None
    again = conclude(after, NOON, frozenset(), facts(60, full=True), RULES).position
    assert (again.full_next, again.polls) == (False, 1)


def test_outage_longer_than_trino_remembers_is_a_gap_from_the_last_poll() -> None:
    conclusion = conclude(POSITION, NOON, frozenset(), facts(3600), RULES)
    expected_end = NOON + seconds(3600) - RULES.surely_remembered
    assert [(gap.cause, gap.start, gap.end) for gap in conclusion.gaps] == [(GapCause.OUTAGE, NOON, expected_end)]
    assert conclusion.position.full_next


def test_outage_within_memory_is_no_gap() -> None:
    assert conclude(POSITION, NOON, frozenset(), facts(14 * 60), RULES).gaps == ()


def test_restart_is_a_gap_until_the_first_row_of_the_new_coordinator() -> None:
    first_row = NOON + seconds(20)
    conclusion = conclude(POSITION, NOON, frozenset({OPEN}), facts(40, "bbbbb", oldest_created=first_row), RULES)
    assert [(gap.cause, gap.start, gap.end) for gap in conclusion.gaps] == [(GapCause.RESTART, NOON, first_row)]
    assert conclusion.lost == (LostQuery(OPEN, LostReason.RESTART),)
    assert conclusion.position.past_coordinators == ("aaaaa",)
    assert conclusion.position.full_next


def test_restart_long_ago_is_a_gap_of_both_causes_without_overlap() -> None:
    first_row = NOON + seconds(600)
    conclusion = conclude(POSITION, NOON, frozenset(), facts(7200, "bbbbb", oldest_created=first_row), RULES)
    assert [gap.cause for gap in conclusion.gaps] == [GapCause.RESTART, GapCause.OUTAGE]
    assert conclusion.gaps[0].end == conclusion.gaps[1].start == first_row


def test_open_query_missing_in_a_full_read_was_evicted() -> None:
    conclusion = conclude(POSITION, NOON, frozenset({OPEN}), facts(full=True), RULES)
    assert conclusion.lost == (LostQuery(OPEN, LostReason.EVICTED),)


def test_open_query_missing_in_a_partial_read_is_looked_for_by_a_full_one() -> None:
    conclusion = conclude(POSITION, NOON, frozenset({OPEN}), facts(), RULES)
    assert conclusion.lost == ()
    assert conclusion.position.full_next


def test_seen_open_query_is_not_lost() -> None:
    conclusion = conclude(POSITION, NOON, frozenset({OPEN}), facts(full=True, seen=frozenset({OPEN})), RULES)
    assert conclusion.lost == ()


def test_a_blind_poll_proves_nothing_about_queries_of_others() -> None:
    assert conclude(POSITION, NOON, frozenset({OPEN}), facts(full=True, blind=True), RULES).lost == ()


def test_watermark_never_goes_back() -> None:
    ends = facts(newest_end=NOON - seconds(100))
    assert conclude(POSITION, NOON, frozenset(), ends, RULES).watermark == NOON
    assert conclude(POSITION, None, frozenset(), ends, RULES).watermark == NOON - seconds(100)
    assert conclude(POSITION, None, frozenset(), facts(), RULES).watermark is None


def test_a_clock_that_was_set_back_makes_the_next_poll_full() -> None:
    conclusion = conclude(POSITION, NOON, frozenset(), facts(-300), RULES)
    assert conclusion.position.full_next
    assert conclusion.gaps == ()


@pytest.mark.parametrize(
    ("uptime", "past", "gateway"),
    [
        (seconds(10), (), False),
        (None, (), False),
        (timedelta(hours=5), (), True),
        (seconds(10), ("bbbbb",), True),
    ],
)
def test_another_coordinator_that_was_there_before_is_a_gateway(
    uptime: timedelta | None, past: tuple[str, ...], gateway: bool
) -> None:
    position = replace(POSITION, past_coordinators=past)
    assert is_gateway(position, facts(30, "bbbbb", uptime=uptime)) is gateway


def test_the_same_coordinator_is_neither_new_nor_a_gateway() -> None:
    assert not is_new_coordinator(POSITION, "aaaaa")
    assert not is_new_coordinator(PollPosition(), "aaaaa")
    assert not is_gateway(POSITION, facts(30, uptime=timedelta(days=9)))


def test_rounded_uptime_after_a_restart_is_no_gateway() -> None:
    """Trino says 10.00d for whatever lies between 9.995 and 10.005 days."""
    poll_after_restart = facts(timedelta(days=9.999).total_seconds(), "bbbbb", uptime=timedelta(days=10))
    assert not is_gateway(POSITION, poll_after_restart)


@dataclass(frozen=True)
class Query:
    start: float
    end: float
    process: int

    @property
    def query_id(self) -> str:
        return f"{self.start!r}_{self.end!r}_{suffix(self.process)}"


@dataclass
class Tracker:
    """Polls a coordinator that keeps what ended for as long as it promises, and forgets all when it restarts."""

    queries: list[Query]
    restarts: list[float]
    position: PollPosition = field(default_factory=PollPosition)
    watermark: datetime | None = None
    gaps: list[Gap] = field(default_factory=list)
    seen: set[Query] = field(default_factory=set)
    finished: set[Query] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)

    def poll(self, now: float) -> None:
        since = read_since(self.position, self.watermark, RULES)
        process = sum(restart < now for restart in self.restarts)
        visible = [one for one in self.queries if one.process == process and visible_at(one, now)]
        read = [one for one in visible if since is None or one.end > now or at(one.end) >= since]
        terminal = [one for one in read if one.end <= now]
        poll = PollFacts(
            polled_at=at(now),
            coordinator=suffix(process),
            seen=frozenset(one.query_id for one in read),
            full=since is None,
            oldest_created=min((at(one.start) for one in read), default=None),
            oldest_end=min((at(one.end) for one in terminal), default=None),
            newest_end=max((at(one.end) for one in terminal), default=None),
            uptime=seconds(now - max([restart for restart in self.restarts if restart < now], default=-1e6)),
        )
        assert not is_gateway(self.position, poll)
        conclusion = conclude(self.position, self.watermark, self.open_queries, poll, RULES)
        self.seen.update(read)
        self.finished.update(terminal)
        self.gaps += conclusion.gaps
        self.lost.update(one.query_id for one in conclusion.lost)
        self.position, self.watermark = conclusion.position, conclusion.watermark

    @property
    def open_queries(self) -> frozenset[str]:
        return frozenset(one.query_id for one in self.seen - self.finished) - self.lost

    def in_a_gap(self, query: Query) -> bool:
        """Whether it ended in a gap: then Trino may have forgotten it before we came back."""
        return any((gap.start is None or gap.start <= at(query.end)) and at(query.end) <= gap.end for gap in self.gaps)


def at(number: float) -> datetime:
    return NOON + seconds(number)


def suffix(process: int) -> str:
    return "abcdefghij"[process] * 5


def visible_at(query: Query, now: float) -> bool:
    return query.start <= now and now - query.end <= RULES.min_expire_age.total_seconds()


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[float], list[float], list[Query]]:
    """Times of polls, of restarts (each right after a poll), and queries, which a restart ends."""
    pauses = draw(st.lists(st.floats(1, 2000), min_size=2, max_size=12))
    polls = [sum(pauses[: index + 1]) for index in range(len(pauses))]
    restarts = sorted(one + 0.5 for one in draw(st.sets(st.sampled_from(polls[:-1]), max_size=3)))
    spans = draw(st.lists(st.tuples(st.floats(0, polls[-1]), st.floats(0, 3000)), max_size=40))
    queries = [
        Query(
            start=start,
            end=min([start + length, *(restart for restart in restarts if restart >= start)]),
            process=sum(restart < start for restart in restarts),
        )
        for start, length in spans
    ]
    return polls, restarts, queries


@given(histories())
def test_every_query_is_seen_or_ended_in_a_gap(history: tuple[list[float], list[float], list[Query]]) -> None:
    polls, restarts, queries = history
    tracker = Tracker(queries, restarts)
    for now in polls:
        tracker.poll(now)
    assert [one for one in queries if one not in tracker.seen and not tracker.in_a_gap(one)] == []


@given(histories())
def test_gaps_together_are_no_longer_than_the_outages_and_a_poll_around_each_restart(
    history: tuple[list[float], list[float], list[Query]],
) -> None:
    polls, restarts, queries = history
    tracker = Tracker(queries, restarts)
    for now in polls:
        tracker.poll(now)
    pauses = list(pairwise(polls))
    outages = sum(
        after - before
        for before, after in pauses
        if seconds(after - before) > RULES.surely_remembered or any(before < restart < after for restart in restarts)
    )
    recorded = sum((gap.end - gap.start).total_seconds() for gap in tracker.gaps if gap.start is not None)
    assert recorded <= outages + 1e-3


@given(histories())
def test_what_is_lost_never_ended_before_our_eyes_and_nothing_stays_open_for_ever(
    history: tuple[list[float], list[float], list[Query]],
) -> None:
    polls, restarts, queries = history
    tracker = Tracker(queries, restarts)
    for now in polls:
        tracker.poll(now)
    assert tracker.lost.isdisjoint(one.query_id for one in tracker.finished)
    tracker.poll(polls[-1] + 1)
    tracker.poll(polls[-1] + 2)
    running = {one.query_id for one in queries if one.end > polls[-1] + 1}
    assert tracker.open_queries <= running
