"""What one poll of a coordinator tells: gaps, lost queries, the watermark, and whether it is one coordinator at all.

All times are the coordinator's own. Trino keeps a finished query at least `min_expire_age` after its end and forgets
everything with a restart, which shows as a new suffix of the query ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from query_lineage_tracker.domain.capture import Gap, GapCause, LostQuery, LostReason
from query_lineage_tracker.domain.history import coordinator_of

_LARGEST_MARGIN = timedelta(seconds=30)
_REMEMBERED_COORDINATORS = 20
_UPTIME_ROUNDING = 0.99
_UPTIME_SLACK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PollRules:
    """What polls go by.

    `overlap` is how far behind the watermark each poll reads again; each `full_every`-th poll reads everything.
    """

    min_expire_age: timedelta = timedelta(minutes=15)
    overlap: timedelta = timedelta(minutes=2)
    full_every: int = 20

    @property
    def surely_remembered(self) -> timedelta:
        """How long a finished query is visible with certainty: the age less a margin for the poll's own duration."""
        return self.min_expire_age - min(_LARGEST_MARGIN, self.min_expire_age / 10)


@dataclass(frozen=True, slots=True)
class PollPosition:
    """Where the last committed poll left off; all empty before the first one.

    `coordinator` is the suffix of the ids that the coordinator issued then, `past_coordinators` those before it.
    """

    last_poll_at: datetime | None = None
    coordinator: str | None = None
    past_coordinators: tuple[str, ...] = ()
    polls: int = 0
    full_next: bool = True


@dataclass(frozen=True, slots=True)
class PollFacts:
    """What one poll saw, without our own queries.

    `coordinator` is the suffix of our own query's id. `uptime` is known only if it was asked for. `oldest_created` is
    that of the coordinator's own rows, `oldest_end` and `newest_end` are those of terminal rows; None without such a
    row. `blind` says that the rights to see other users' queries seem to be missing.
    """

    polled_at: datetime
    coordinator: str
    seen: frozenset[str]
    full: bool
    oldest_created: datetime | None = None
    oldest_end: datetime | None = None
    newest_end: datetime | None = None
    uptime: timedelta | None = None
    blind: bool = False


@dataclass(frozen=True, slots=True)
class PollConclusion:
    """What to record with the rows of the poll."""

    position: PollPosition
    watermark: datetime | None
    gaps: tuple[Gap, ...] = ()
    lost: tuple[LostQuery, ...] = ()


def read_since(position: PollPosition, watermark: datetime | None, rules: PollRules) -> datetime | None:
    """The end from which terminal rows have to be read; None means all of them.

    A coordinator's clock may have been ahead and set back, so a watermark beyond the last poll is not trusted.
    """
    if position.full_next or position.last_poll_at is None or watermark is None:
        return None
    return min(watermark, position.last_poll_at) - rules.overlap


def is_new_coordinator(position: PollPosition, coordinator: str) -> bool:
    """Whether the ids now end differently: a restart, or a gateway; the coordinator's uptime tells which."""
    return position.coordinator not in (None, coordinator)


def is_gateway(position: PollPosition, facts: PollFacts) -> bool:
    """Whether another coordinator answered that was there all the time: several stand behind one address."""
    if position.last_poll_at is None or not is_new_coordinator(position, facts.coordinator):
        return False
    if facts.coordinator in position.past_coordinators:
        return True
    since_last_poll = facts.polled_at - position.last_poll_at
    # Uptimes are rounded to two decimals of their largest unit.
    return facts.uptime is not None and facts.uptime * _UPTIME_ROUNDING > since_last_poll + _UPTIME_SLACK


def conclude(
    position: PollPosition,
    watermark: datetime | None,
    open_queries: frozenset[str],
    facts: PollFacts,
    rules: PollRules,
) -> PollConclusion:
    """Gaps, lost queries, watermark and position after a poll of what is not a gateway."""
    gaps = _gaps(position, facts, rules)
    restarted = is_new_coordinator(position, facts.coordinator)
    lost = _lost(open_queries, facts)
    missing = len(open_queries - facts.seen) - len(lost)
    clock_set_back = position.last_poll_at is not None and facts.polled_at < position.last_poll_at
    polls = 1 if facts.full else position.polls + 1
    after = PollPosition(
        last_poll_at=facts.polled_at,
        coordinator=facts.coordinator,
        past_coordinators=_past_coordinators(position) if restarted else position.past_coordinators,
        polls=polls,
        full_next=clock_set_back or polls >= rules.full_every or (not facts.full and (missing > 0 or bool(gaps))),
    )
    return PollConclusion(after, _latest(watermark, facts.newest_end), gaps, lost)


def _gaps(position: PollPosition, facts: PollFacts, rules: PollRules) -> tuple[Gap, ...]:
    remembered_from = facts.polled_at - rules.surely_remembered
    if position.last_poll_at is None:
        oldest = min(remembered_from, facts.oldest_end or remembered_from)
        return (Gap(GapCause.FIRST_POLL, None, oldest, "Trino's memory begins here"),)
    gaps = []
    known_until = position.last_poll_at
    if is_new_coordinator(position, facts.coordinator):
        first_row = min(facts.polled_at, facts.oldest_created or facts.polled_at)
        detail = f"ids ended with {position.coordinator}, now with {facts.coordinator}"
        gaps.append(Gap(GapCause.RESTART, known_until, max(known_until, first_row), detail))
        known_until = gaps[0].end
    if remembered_from > known_until:
        detail = f"no poll since {position.last_poll_at.isoformat()}"
        gaps.append(Gap(GapCause.OUTAGE, known_until, remembered_from, detail))
    return tuple(gaps)


def _lost(open_queries: frozenset[str], facts: PollFacts) -> tuple[LostQuery, ...]:
    """Open queries that the coordinator has forgotten: all of a former one; of this one, those missing in a full read.

    A read that sees nothing of other users proves nothing about their queries.
    """
    missing = sorted(open_queries - facts.seen)
    forgotten = facts.full and not facts.blind
    return tuple(
        LostQuery(one, LostReason.EVICTED if same else LostReason.RESTART)
        for one, same in ((one, coordinator_of(one) == facts.coordinator) for one in missing)
        if forgotten or not same
    )


def _past_coordinators(position: PollPosition) -> tuple[str, ...]:
    former = () if position.coordinator is None else (position.coordinator,)
    return (*position.past_coordinators, *former)[-_REMEMBERED_COORDINATORS:]


def _latest(watermark: datetime | None, newest_end: datetime | None) -> datetime | None:
    return max((time for time in (watermark, newest_end) if time is not None), default=None)
