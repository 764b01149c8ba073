"""From an empty OpenMetadata to in step, calm and with the tracker killed again and again: both must end the same.

    python -m tests.openmetadata.full_sync                                          200 edges, 500 statements, 5 kills
    python -m tests.openmetadata.full_sync --edges 20000 --queries 50000 --kills 50

What others wrote before must stand there unchanged, and what was delivered once must not be written again.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from query_lineage_tracker.adapters.postgres.embedded import start_or_attach
from tests.openmetadata.fake_process import FakeProcess, asked
from tests.openmetadata.trackers import Tracker, copied, expected, learnt
from tests.openmetadata.workload import Picture, Size, picture, populate, tables_used, trespasses, usage_told_twice

_LEASE = ("QLT_SYNC_LEASE", "5s")


@dataclass(frozen=True)
class Plan:
    """How much there is to tell, and how often the tracker is killed, each time so long after its start."""

    size: Size
    kills: int
    earliest_s: float = 0.6
    latest_s: float = 2.0
    seed: int = 1
    line: str = "1.6"


@dataclass(frozen=True)
class Outcome:
    """What was found; `problems` is empty when all is as it must be."""

    seconds: float
    delivered: int
    tables_of_queries: int
    first: Counter[str]
    second: Counter[str]
    kills: int
    problems: tuple[str, ...]

    @property
    def calls_an_edge(self) -> float:
        """Calls for lineage, and for tables as far as no query needs them: each query has every table of its read."""
        puts = self.first["PUT /api/v1/lineage"]
        tables = self.first["GET /api/v1/tables"] + self.first["GET /api/v1/tables/name"] - self.tables_of_queries
        return (puts + self.first["GET /api/v1/lineage/getLineageEdge"] + tables) / max(1, puts)


def run(folder: Path, dsn: str, plan: Plan) -> Outcome:
    """Both runs, and what is wrong with either."""
    learnt(folder, dsn, plan.size)
    other = copied(dsn, "killed_again")
    with FakeProcess(plan.line) as calm:
        calm.ask(populate, plan.size)
        tracker = Tracker(folder, dsn, calm.url)
        begun = time.monotonic()
        expected(tracker("sync"), 0)
        seconds = time.monotonic() - begun
        before = Counter(calm.ask(asked))
        expected(tracker("sync"), 0)
        second = calm.ask(asked) - before
        verified = tracker("sync", "--verify")
        held = calm.ask(picture)
        states = tracker.states()
    problems = [*trespasses(held, plan.size), *usage_told_twice(held), *unsettled(states)]
    if verified.code:
        problems.append(f"verify found differences: {verified.err[-500:]}{verified.out[:1000]}")
    if any(not route.startswith("GET ") for route in second) or second.total() > 2:
        problems.append(f"the second run asked {dict(second)}")
    with FakeProcess(plan.line) as server:
        server.ask(populate, plan.size)
        kills, left = killed_again_and_again(Tracker(folder, other, server.url, (_LEASE,)), plan)
        after = server.ask(picture)
    problems += [*unsettled(left), *differences(held, after)]
    used = tables_used(plan.size)
    return Outcome(seconds, states["SETTLED"], used, before, second, kills, tuple(problems))


def killed_again_and_again(tracker: Tracker, plan: Plan) -> tuple[int, Counter[str]]:
    """Kill it so often at random moments, then let it end; how often it was killed at work, and what is left."""
    chance, kills = random.Random(plan.seed), 0
    while kills < plan.kills:
        process = tracker.start("sync")
        time.sleep(chance.uniform(plan.earliest_s, plan.latest_s))
        kills += process.poll() is None
        process.kill()
        process.communicate()
        if tracker.waiting_s() is None:
            break
    while (pause := tracker.waiting_s()) is not None:
        time.sleep(pause)
        # On a busy machine a claim as short as these ends before its delivery does, which is then made again.
        tracker("sync")
    return kills, tracker.states()


def unsettled(states: Counter[str]) -> list[str]:
    return [f"{count} messages are {state}" for state, count in states.items() if state != "SETTLED"]


def differences(undisturbed: Picture, disturbed: Picture) -> list[str]:
    """Where two pictures differ, in words: the first ones of each part."""
    found = []
    for part, undisturbed_part in undisturbed.items():
        other = disturbed[part]
        keys = [key for key in undisturbed_part.keys() | other.keys() if undisturbed_part.get(key) != other.get(key)]
        found += [f"{part} {key}: {undisturbed_part.get(key)} became {other.get(key)}" for key in keys[:5]]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=int, default=200)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--latest", type=float, default=2.0, help="seconds after its start when the tracker is killed")
    parser.add_argument("--line", default="1.6", help="of the server")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    plan = Plan(Size(options.edges, options.queries), options.kills, latest_s=options.latest, seed=options.seed)
    with tempfile.TemporaryDirectory(prefix="qlt-sync-") as directory:
        folder = Path(directory)
        folder.chmod(0o755)
        server = start_or_attach(folder / "pg")
        try:
            outcome = run(folder, server.dsn, replace(plan, line=options.line))
        finally:
            server.stop()
    calls = f"{outcome.calls_an_edge:.2f} calls an edge"
    print(f"{outcome.delivered:,} messages in step after {outcome.seconds:.1f} s, {calls}")
    print(f"  calls of the first run: {dict(outcome.first.most_common())}")
    print(f"  calls of the second run: {dict(outcome.second)}")
    print(f"  killed {outcome.kills} times at work; differences to the undisturbed run, and other problems:")
    for problem in outcome.problems or ("none",):
        print(f"    {problem}")
    return int(bool(outcome.problems))


if __name__ == "__main__":
    sys.exit(main())
