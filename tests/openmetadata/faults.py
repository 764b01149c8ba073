"""The tracker at work while OpenMetadata fails in every way: what it holds in the end is what it would hold without.

    python -m tests.openmetadata.faults                 one minute
    python -m tests.openmetadata.faults --minutes 30
    python -m tests.openmetadata.faults --minutes 30 --line 1.12 --switches     also all texts, and costs

Queries arrive all the time. 5 % of the requests get a 500 and 5 % a 429; others are reset before or after they had
their effect, or answered late. Once nobody accepts the token, once a page answers, and one table appears only half
way. In the end what still waits is tried at once, again and again, until everything is delivered, parked or dead with a
reason; and what OpenMetadata holds is compared with what a calm one holds that is told the same. Costs alone may be
missing there, each with a dead message; none is there twice.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg

from query_lineage_tracker.adapters.postgres.embedded import start_or_attach
from tests.openmetadata.fake_process import TROUBLES, FakeProcess, Served, Weather, asked, met, set_weather
from tests.openmetadata.full_sync import differences
from tests.openmetadata.trackers import Tracker, copied, expected
from tests.openmetadata.workload import (
    COLUMNS,
    SERVICE,
    Picture,
    Size,
    days_ago,
    picture,
    populate,
    records,
    trespasses,
    usage_told_twice,
    write_log,
)

_LATE, _NEVER = "mart.t0", "mart.t1"
_LEAST = 41
"""So many statements that write lead into the two tables that are not there, and into others."""
_LONGEST_END_S = 900.0
_PERHAPS_SENT = "%may have been sent and is not sent twice%"


@dataclass(frozen=True)
class Plan:
    """How long queries arrive, and how many a second; episodes begin at shares of the time and last `episode_s`.

    `hurried`: the tracker is started again after each episode.
    `switches`: all texts and costs are told as well.
    """

    seconds: float
    rate: float
    episode_s: float
    slow_s: float = 3.0
    line: str = "1.6"
    hurried: bool = False
    switches: bool = False

    @property
    def size(self) -> Size:
        queries = max(60, int(self.seconds * self.rate))
        return Size(max(_LEAST, queries // 5), queries, self.switches)

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        return (("OMD_ALL_TEXTS", "true"), ("OMD_QUERY_COSTS", "true")) if self.switches else ()

    @property
    def first(self) -> int:
        """How many queries are there from the beginning, of a day that is over."""
        return max(_LEAST, self.size.queries // 10)

    def episode(self, passed: float) -> str | None:
        for begin, kind in ((0.3, "401"), (0.6, "html")):
            if 0 <= passed - begin * self.seconds < self.episode_s:
                return kind
        return None


@dataclass(frozen=True)
class Outcome:
    """Messages by state, requests, troubles that were met; `problems` is empty when all is as it must be.

    `costs`: records that stand there, and dead messages about more.
    """

    states: Counter[str]
    costs: tuple[int, int]
    asked: int
    met: Counter[str]
    halts: int
    problems: tuple[str, ...]


def run(folder: Path, dsn: str, plan: Plan) -> Outcome:
    """The run in bad weather, and the comparison."""
    expected(Tracker(folder, dsn)("db", "migrate"), 0)
    with FakeProcess(plan.line) as server:
        server.ask(populate, plan.size, (_LATE, _NEVER))
        halts = _in_bad_weather(server, folder, dsn, plan)
        held, requests, troubles = server.ask(picture), server.ask(asked).total(), server.ask(met)
    tracker = Tracker(folder, dsn)
    problems = [*trespasses_of(held, plan), *usage_told_twice(held), *unexplained(dsn)]
    if not {"401", "html", "500", "429"} <= troubles.keys():
        problems.append(f"only these troubles were met: {dict(troubles)}")
    calm, dead = _calm_picture(folder, dsn, plan), dead_costs(dsn)
    problems += [*differences({**calm, "costs": {}}, {**held, "costs": {}}), *wrong_costs(calm, held, dead)]
    if plan.switches and not calm["costs"]:
        problems.append("no costs were told")
    costs = (sum(map(len, held["costs"].values())), len(dead))
    return Outcome(tracker.states(), costs, requests, troubles, halts, tuple(problems))


def _in_bad_weather(server: FakeProcess, folder: Path, dsn: str, plan: Plan) -> int:
    """Let queries arrive, and wait until no message is pending; how often the sink halted."""
    inbox = folder / "inbox"
    inbox.mkdir()
    more = (("POLL_INTERVAL", "1s"), ("QLT_SYNC_INTERVAL", "500ms"), ("QLT_SYNC_LEASE", "30s"), ("OMD_TIMEOUT", "10s"))
    tracker = Tracker(folder, dsn, server.url, more + plan.settings)
    write_log(inbox / "00000000.jsonl", records(plan.size, 0, plan.first, days_ago(2), timedelta(seconds=10)))
    halts = _weather(server, tracker, inbox, plan)
    # The usage of a day that is over, and what is parked because of a table that is there by now.
    tracker("outbox", "requeue", "--state", "parked")
    for _ in range(2):
        tracker("sync")
        _until_quiet(tracker)
    return halts


def _weather(server: FakeProcess, tracker: Tracker, inbox: Path, plan: Plan) -> int:
    """Queries arrive each second, episodes come and go; how often the sink halted."""
    begun, number, episode, halts = time.monotonic(), plan.first, "", Halts(tracker.dsn)
    server.ask(set_weather, Weather(TROUBLES, plan.slow_s, seed=number))
    running = Running(tracker, inbox)
    while (passed := time.monotonic() - begun) < plan.seconds:
        if episode != (episode := plan.episode(passed) or ""):
            server.ask(set_weather, Weather(TROUBLES, plan.slow_s, episode or None, seed=number))
            if plan.hurried:
                paused = time.monotonic()
                running.again()
                _until_met(server, episode)
                begun += time.monotonic() - paused
        if passed > plan.seconds / 2:
            server.ask(add_table, _LATE)
        number = _arrived(
            inbox, plan, number, plan.first + int((plan.size.queries - plan.first) * passed / plan.seconds)
        )
        halts.look()
        time.sleep(1.0)
    _arrived(inbox, plan, number, plan.size.queries)
    time.sleep(5.0)
    running.end()
    return halts.seen


def _until_met(server: FakeProcess, episode: str) -> None:
    deadline = time.monotonic() + 60.0
    while episode and not server.ask(met)[episode] and time.monotonic() < deadline:
        time.sleep(0.1)


def _arrived(inbox: Path, plan: Plan, number: int, upto: int) -> int:
    now = datetime.now(timezone.utc) - timedelta(seconds=5)
    if upto > number:
        write_log(inbox / f"{upto:08}.jsonl", records(plan.size, number, upto, now, timedelta(milliseconds=1)))
    return max(number, upto)


class Running:
    """A tracker that follows the files of a folder."""

    def __init__(self, tracker: Tracker, inbox: Path) -> None:
        self._tracker, self._inbox = tracker, inbox
        self._begin()

    def _begin(self) -> None:
        self._process = self._tracker.start("run", "--source", "files", str(self._inbox))

    def end(self) -> None:
        """As an operator ends it; one that has only just begun does not listen to signals yet."""
        self._process.send_signal(signal.SIGTERM)
        _, err = self._process.communicate(timeout=60)
        if self._process.returncode not in (0, -signal.SIGTERM):
            raise AssertionError(err.decode()[-3000:])

    def again(self) -> None:
        self.end()
        self._begin()


@dataclass
class Halts:
    """How often the sinks were seen to begin to halt."""

    dsn: str
    seen: int = 0
    now: bool = False

    def look(self) -> None:
        with psycopg.connect(self.dsn) as connection:
            row = connection.execute("SELECT FROM omd.sinks WHERE halted_reason IS NOT NULL").fetchone()
        self.seen += row is not None and not self.now
        self.now = row is not None


def _until_quiet(tracker: Tracker) -> None:
    """Sync until no message is pending: what is to be tried later, after up to half an hour, is tried at once."""
    deadline = time.monotonic() + _LONGEST_END_S
    while tracker.waiting_s() is not None and time.monotonic() < deadline:
        with psycopg.connect(tracker.dsn) as connection:
            connection.execute("UPDATE omd.outbox SET next_attempt_at = now() WHERE state = 'PENDING'")
        tracker("sync")


def add_table(served: Served, name: str) -> None:
    state = served.server.state
    if f"{SERVICE}.lake.{name}" not in state.tables:
        state.add_table(SERVICE, "lake", *name.split("."), columns=COLUMNS)


def trespasses_of(held: Picture, plan: Plan) -> list[str]:
    return [each for each in trespasses(held, plan.size) if _LATE not in each and _NEVER not in each]


def unexplained(dsn: str) -> list[str]:
    """Messages that are neither delivered, nor parked or dead with a reason; and parked ones for no good one."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT state, kind, entity, reason FROM omd.outbox "
            "WHERE NOT (kind = 'COST' AND state = 'DEAD' AND reason LIKE %s) AND (state NOT IN ('SETTLED', 'PARKED') "
            "OR state = 'PARKED' AND coalesce(reason, '') NOT LIKE %s) LIMIT 20",
            [_PERHAPS_SENT, f"%does not know {SERVICE}.lake.{_NEVER} yet%"],
        ).fetchall()
    return [f"{state} {kind} {entity}: {reason}" for state, kind, entity, reason in rows]


def dead_costs(dsn: str) -> set[tuple[str, int]]:
    """Of which queries and days the cost may have been sent, and is not sent again."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT md5(text), extract(epoch FROM split_part(entity, ':', 2)::date)::bigint * 1000 "
            "FROM omd.outbox JOIN omd.query_texts ON text_id::text = split_part(entity, ':', 1) "
            "WHERE kind = 'COST' AND state = 'DEAD' AND reason LIKE %s",
            [_PERHAPS_SENT],
        ).fetchall()
    return {(f"{SERVICE}.{name}", timestamp) for name, timestamp in rows}


def wrong_costs(calm: Picture, held: Picture, dead: set[tuple[str, int]]) -> list[str]:
    """Records that are there twice or say something else, and those that are missing although nothing was lost."""
    found = [f"cost {key}: {records}" for key, records in held["costs"].items() if records != calm["costs"].get(key)]
    missing = calm["costs"].keys() - held["costs"].keys() - dead
    return found[:5] + [f"cost {key} is missing, and nobody says why" for key in sorted(missing)[:5]]


def _calm_picture(folder: Path, dsn: str, plan: Plan) -> Picture:
    """What a calm server holds that is told the same, all at once."""
    with FakeProcess(plan.line) as calm:
        calm.ask(populate, plan.size, (_LATE, _NEVER))
        calm.ask(add_table, _LATE)
        tracker = Tracker(folder, copied(dsn, "told_again", untold=True), calm.url, plan.settings)
        tracker("sync")
        return calm.ask(picture)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--rate", type=float, default=3.0, help="queries a second")
    parser.add_argument("--line", default="1.6", help="of the server")
    parser.add_argument("--switches", action="store_true", help="tell all texts and costs as well")
    options = parser.parse_args()
    seconds = options.minutes * 60
    episode_s = max(6.0, seconds / 20)
    plan = Plan(seconds, options.rate, episode_s, line=options.line, switches=options.switches)
    with tempfile.TemporaryDirectory(prefix="qlt-faults-") as directory:
        folder = Path(directory)
        folder.chmod(0o755)
        server = start_or_attach(folder / "pg")
        try:
            outcome = run(folder, server.dsn, plan)
        finally:
            server.stop()
    print(f"messages: {dict(outcome.states)}; {outcome.asked:,} requests, {outcome.halts} halts")
    if plan.switches:
        print(
            f"  costs: {outcome.costs[0]:,} records there, {outcome.costs[1]:,} messages dead that may have been sent"
        )
    print(f"  troubles met: {dict(outcome.met.most_common())}")
    print("  differences to the calm run, and other problems:")
    for problem in outcome.problems or ("none",):
        print(f"    {problem}")
    return int(bool(outcome.problems))


if __name__ == "__main__":
    sys.exit(main())
