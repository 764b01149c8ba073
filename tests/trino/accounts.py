"""What became of every query that a server showed, and the figures of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from query_lineage_tracker.domain.history import coordinator_of
from tests.trino.harness import Observer, Seen
from tests.trino.history import History, RecordedGap, Stored
from tests.trino.tracker import INTERVAL, Tracker


@dataclass(frozen=True)
class Account:
    """Every query that the server showed and that was not the tracker's own is in exactly one of three sets.

    `wrong` says of stored ones what is not as the server told it.
    """

    shown: dict[str, Seen]
    own: set[str]
    stored: dict[str, Stored]
    in_gap: dict[str, Seen]
    missing: dict[str, Seen]
    wrong: list[str]
    counters_off: list[str]
    gaps: list[RecordedGap]
    polls: int
    two_polls: timedelta

    @property
    def recorded_gaps(self) -> timedelta:
        """Their length together."""
        return sum((gap.length for gap in self.gaps), timedelta())


def settle(tracker: Tracker, observer: Observer) -> Account:
    """Wait until the tracker has had its chance to see everything, end the observer, and compare."""
    tracker.await_polls(2)
    observer.end()
    # What it asked itself last is recorded by now.
    tracker.await_polls(1)
    return account(observer.seen, tracker.history)


def account(seen: dict[str, Seen], history: History) -> Account:
    """Compare what was shown with what is stored."""
    own, gaps, polls = history.own_queries(), history.gaps(), history.saved_polls()
    executions = history.executions()
    shown = {query_id: told for query_id, told in seen.items() if query_id not in own}
    absent = {query_id: told for query_id, told in shown.items() if query_id not in executions}
    in_gap = {query_id: told for query_id, told in absent.items() if _in_gap(told, gaps)}
    stored = {query_id: executions[query_id] for query_id in shown if query_id in executions}
    longest = max(poll.length for poll in polls if poll.length is not None)
    return Account(
        shown=shown,
        own=own & seen.keys(),
        stored=stored,
        in_gap=in_gap,
        missing={query_id: told for query_id, told in absent.items() if query_id not in in_gap},
        wrong=[
            f"{query_id}: stored {stored[query_id]}, shown {shown[query_id]}"
            for query_id in sorted(stored)
            if not _is_right(stored[query_id], shown[query_id], _restart_gaps(query_id, executions, gaps))
        ],
        counters_off=history.counters_off(),
        gaps=gaps,
        polls=len(polls),
        two_polls=2 * (timedelta(seconds=INTERVAL) + longest),
    )


def _in_gap(told: Seen, gaps: Iterable[RecordedGap]) -> bool:
    return any(gap.holds(told.created, told.ended or told.created) for gap in gaps)


def _restart_gaps(query_id: str, executions: Iterable[str], gaps: Sequence[RecordedGap]) -> list[RecordedGap]:
    """The restarts that can have ended a query: none for one of the coordinator that runs now."""
    if coordinator_of(query_id) == coordinator_of(max(executions)):
        return []
    return [gap for gap in gaps if gap.cause == "RESTART"]


def _is_right(stored: Stored, told: Seen, restarts: Sequence[RecordedGap]) -> bool:
    session = (stored.user, stored.source, stored.catalog, stored.schema)
    if session != (told.user, told.source, told.catalog, told.schema):
        return False
    if stored.capture == "LOST":
        ended_unseen = told.ended is None or any(gap.holds(told.ended, told.ended) for gap in restarts)
        return stored.lost_reason == "RESTART" and bool(restarts) and ended_unseen
    return stored.capture == "COMPLETE" and stored.state == told.state


@dataclass(frozen=True)
class Figure:
    """A line of the table that ends a run of these tests; `outage` is how long server or tracker was away."""

    run: str
    account: Account
    outage: timedelta = timedelta()


_COLUMNS = ("run", "shown", "stored", "in a gap", "missing", "wrong", "polls", "gaps", "outage + 2 polls")


@dataclass
class Figures:
    """What the tests measured, for the end of the run."""

    lines: list[Figure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    more: dict[str, list[str]] = field(default_factory=dict)

    def add(self, run: str, account: Account, outage: timedelta = timedelta()) -> None:
        self.lines.append(Figure(run, account, outage))

    def add_lines(self, title: str, lines: list[str]) -> None:
        """Print these lines under a title of their own."""
        self.more[title] = lines

    def sections(self) -> dict[str, list[str]]:
        """What there is to print, by title."""
        return ({"every query that the server showed": self.table()} if self.lines else {}) | self.more

    def table(self) -> list[str]:
        """The table as lines of text, and what does not fit into it."""
        return [*aligned([_COLUMNS, *map(_cells, self.lines)]), *self.remarks]


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of a table as lines of text, the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join((row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:]))) for row in rows]


def _cells(line: Figure) -> tuple[str, ...]:
    one = line.account
    counts = (len(one.shown), len(one.stored), len(one.in_gap), len(one.missing), len(one.wrong), one.polls)
    return (line.run, *map(str, counts), seconds(one.recorded_gaps), seconds(line.outage + one.two_polls))


def seconds(span: timedelta) -> str:
    """A span for a table."""
    return f"{span.total_seconds():.1f} s"
