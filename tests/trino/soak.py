"""Eight users at full speed while tracker, PostgreSQL, receiver and coordinator fail in turn, and the account of it.

`python -m tests.trino.soak --statements 3000` runs the long form and prints the account; needs the downloaded server.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

from query_lineage_tracker.adapters.postgres.embedded import EmbeddedServer, start_or_attach
from tests.trino.accounts import Account, account, aligned, seconds
from tests.trino.harness import Observer, Seen, TrinoServer
from tests.trino.relay import EVENT_TOKEN, Relay
from tests.trino.tracker import TRACKER_USER, Tracker, await_true, reachable
from tests.trino.workload import UNREACHABLE, Runner, Script, read_script

STATEMENTS = Path(__file__).with_name("soak_statements")
_MANY = 30
_NOT_READY = (UNREACHABLE, "SERVER_STARTING_UP")
SHORT_MEMORY = "query.max-history=5\nquery.min-expire-age=20s\n"


@dataclass(frozen=True)
class Plan:
    """How long it takes: at least so many statements, pauses between failures, and how long neighbours are away."""

    statements: int = 0
    pause: float = 4
    tracker_away: float = 3
    receiver_away: float = 15
    forgotten_after: float = 40


SHORT = Plan()


@dataclass
class Users:
    """Users that send their scripts again and again, each in a thread, until the context ends."""

    address: str
    sent: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        scripts = [read_script(path) for path in sorted(STATEMENTS.glob("*.sql"))]
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send, args=(script,), name=script.user) for script in scripts]

    def _send(self, script: Script) -> None:
        runner = Runner(self.address)
        for number in count():
            for execution in runner.run_round(script, number):
                with self._lock:
                    self.sent += 1
                if self._ended.is_set():
                    return
                if execution.error in _NOT_READY:
                    time.sleep(1)
                    break

    def __enter__(self) -> Users:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()


@dataclass
class Outages:
    """How long each neighbour was away."""

    lengths: dict[str, timedelta] = field(default_factory=dict)

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        begin = time.monotonic()
        yield
        self.lengths[what] = timedelta(seconds=time.monotonic() - begin)

    @property
    def together(self) -> timedelta:
        return sum(self.lengths.values(), timedelta())


@dataclass(frozen=True)
class Soaked:
    """The account of a run: `account` of every query that was shown or sent, `told_by` who told of those stored."""

    run: str
    account: Account
    sent: frozenset[str]
    own_stored: frozenset[str]
    told_by: dict[str, frozenset[str]]
    outages: Outages
    answers: dict[int, int]

    @property
    def lost(self) -> int:
        return sum(one.capture == "LOST" for one in self.account.stored.values())

    def told(self, *tellers: str) -> int:
        """How many of the stored ones exactly these told of; what was asked for one by one counts as polled."""
        wanted = frozenset(tellers)
        return sum((told - {"REST"}) == wanted for told in self.told_by.values())


class Scene:
    """A server with a relay, a tracker that polls and receives on a PostgreSQL of its own, and who watches them."""

    def __init__(self, server: TrinoServer, relay: Relay, directory: Path, **settings: str) -> None:
        self.server, self.relay, self.outages = server, relay, Outages()
        self._before: set[str] = set()
        self._ready = datetime.now(timezone.utc)
        self._data = directory / "pg"
        self.postgres: EmbeddedServer = start_or_attach(self._data)
        port = server.port + 404
        self.relay.target = f"http://127.0.0.1:{port}/events/trino"
        received = {"QLT_EVENT_TOKEN": EVENT_TOKEN, "QLT_RECEIVER_PORT": str(port), **settings}
        self.tracker = Tracker(directory, server, self.postgres.dsn, **received).doing("run", "--with-receiver")

    def kill_tracker(self, away: float, until: Callable[[], object] = lambda: True) -> None:
        """End it with -9; it comes back after so many seconds, or when the condition holds if that takes longer."""
        with self.outages.of("tracker"):
            self.tracker.kill()
            time.sleep(away)
            await_true(until, "what the tracker is away for")
            self.tracker.start()
            self.tracker.await_polls(1)

    def restart_postgres(self) -> None:
        """Crash it and start it again."""
        with self.outages.of("PostgreSQL"):
            assert self.postgres.process is not None
            self.postgres.process.send_signal(signal.SIGQUIT)
            self.postgres.process.wait(60)
            # Another session of tests may have closed the directory meanwhile.
            self.postgres = start_or_attach(reachable(self._data))
            self.tracker.await_polls(1)

    def cut_receiver_off(self, away: float) -> None:
        with self.outages.of("receiver"), self.relay.unreachable():
            time.sleep(away)

    def restart_coordinator(self, config: str) -> None:
        """Crash it; it comes back with this configuration."""
        with self.outages.of("coordinator"):
            self.server.kill()
            self.server.config = config
            self.server.start()
        self._ready = datetime.now(timezone.utc)

    def begin(self, observer: Observer) -> None:
        """Start the tracker; what there was before its first poll is not accounted for."""
        self.tracker.start()
        self.tracker.await_polls(1)
        self._before = observer.seen.keys() | self.relay.sent.keys()

    def settled(self, run: str, observer: Observer) -> Soaked:
        """The account, once nobody has anything left to tell."""
        history = self.tracker.history
        await_true(lambda: self._untaken(observer) == set(), "the events of all that ended")
        self.tracker.await_polls(2)
        observer.end()
        self.tracker.await_polls(1)
        taken = self.relay.taken - self._before - history.own_queries()
        await_true(lambda: taken <= history.complete(), "all that was taken")
        sent = _without(self.relay.sent.copy(), self._before)
        told = account(_as_last_told(_without(observer.seen, self._before), sent), history)
        return Soaked(
            run,
            told,
            frozenset(sent) & told.shown.keys(),
            frozenset(history.own_queries() & history.told_by().keys()),
            {query_id: tellers for query_id, tellers in history.told_by().items() if query_id in told.stored},
            self.outages,
            dict(self.relay.answers),
        )

    def _untaken(self, observer: Observer) -> set[str]:
        """Queries that ended, with an event that is still tried again.

        Not those that a coordinator refuses while it starts up, which never have one, nor those of one that was killed.
        """
        told = _as_last_told(observer.seen.copy(), self.relay.sent.copy())
        ended = {one for one, seen in told.items() if seen.terminal and seen.created >= self._ready}
        return {one for one in ended - self.relay.taken if told[one].user != TRACKER_USER}

    def close(self) -> None:
        self.tracker.stop()
        self.postgres.stop()


def _without(seen: dict[str, Seen], others: set[str]) -> dict[str, Seen]:
    return {query_id: one for query_id, one in seen.items() if query_id not in others}


def _as_last_told(shown: dict[str, Seen], sent: dict[str, Seen]) -> dict[str, Seen]:
    """Every query that was shown or sent, as it ended if either tells that."""
    return shown | {query_id: seen for query_id, seen in sent.items() if seen.terminal or query_id not in shown}


def everything_fails(scene: Scene, plan: Plan) -> Soaked:
    """All four fail in turn while the users send; the coordinator comes back with a short memory."""
    with Observer(scene.server.address) as observer:
        scene.begin(observer)
        with Users(scene.server.address) as users:
            failures: list[Callable[[], None]] = [
                lambda: scene.kill_tracker(plan.tracker_away),
                scene.restart_postgres,
                lambda: scene.cut_receiver_off(plan.receiver_away),
                lambda: scene.restart_coordinator(SHORT_MEMORY),
            ]
            for number, fail in enumerate(failures, 1):
                time.sleep(plan.pause)
                _await_statements(users, plan.statements * number // len(failures))
                fail()
            time.sleep(plan.pause)
        return scene.settled("each of the four fails", observer)


def only_the_tracker_fails(scene: Scene, plan: Plan) -> Soaked:
    """The tracker alone is away for longer than the coordinator remembers, so that only events tell of that time."""
    with Observer(scene.server.address) as observer:
        scene.begin(observer)
        with Users(scene.server.address):
            time.sleep(plan.pause)
            before = set(observer.seen)
            scene.kill_tracker(plan.forgotten_after, lambda: _forgotten(observer, before) >= _MANY)
            time.sleep(plan.pause)
        return scene.settled("only the tracker fails", observer)


def _forgotten(observer: Observer, before: set[str]) -> int:
    """How many of the later queries the server does not show any more."""
    return len(observer.seen.keys() - before - observer.shown)


def _await_statements(users: Users, wanted: int) -> None:
    await_true(lambda: users.sent >= wanted, f"{wanted} statements", seconds=3600)


_COLUMNS = (
    *("run", "shown", "sent", "stored", "both", "event only", "poll only", "lost", "in a gap", "missing", "wrong"),
    *("gaps", "outages + 2 polls"),
)


def table(runs: list[Soaked]) -> list[str]:
    """The accounts as lines of text, and how long who was away."""
    return [
        *aligned([_COLUMNS, *map(_cells, runs)]),
        *(
            f"{one.run}: "
            + ", ".join(f"{what} away {seconds(length)}" for what, length in one.outages.lengths.items())
            + f"; events answered {', '.join(f'{status}: {number}' for status, number in sorted(one.answers.items()))}"
            for one in runs
        ),
    ]


def _cells(one: Soaked) -> tuple[str, ...]:
    found = one.account
    counts = (
        *(len(found.shown), len(one.sent), len(found.stored)),
        *(one.told("EVENT", "POLL"), one.told("EVENT"), one.told("POLL"), one.lost),
        *(len(found.in_gap), len(found.missing), len(found.wrong)),
    )
    bound = one.outages.together + found.two_polls
    return (one.run, *map(str, counts), seconds(found.recorded_gaps), seconds(bound))


def main() -> int:
    parser = argparse.ArgumentParser(description="Account for every query while everything fails in turn.")
    parser.add_argument("--port", type=int, default=18081, help="where the server of this run listens")
    parser.add_argument("--statements", type=int, default=3000, help="send at least so many")
    parser.add_argument("--receiver-away", type=float, default=60, help="seconds")
    arguments = parser.parse_args()
    plan = Plan(statements=arguments.statements, pause=10, tracker_away=10, receiver_away=arguments.receiver_away)
    server = TrinoServer(arguments.port)
    server.get()
    with tempfile.TemporaryDirectory() as directory, Relay(arguments.port + 300) as relay:
        try:
            server.fresh(events_url=relay.address, events_token=EVENT_TOKEN)
            runs = [
                _run(everything_fails, server, relay, reachable(Path(directory)) / "first", plan),
                _run(only_the_tracker_fails, server, relay, reachable(Path(directory)) / "second", plan),
            ]
        finally:
            server.clean()
    print("\n".join(table(runs)))
    bad = [*(one.account.missing for one in runs), *(one.account.wrong for one in runs), runs[1].account.in_gap]
    return 1 if any(bad) else 0


def _run(
    act: Callable[[Scene, Plan], Soaked], server: TrinoServer, relay: Relay, directory: Path, plan: Plan
) -> Soaked:
    directory.mkdir()
    relay.answers.clear()
    settings = {} if act is everything_fails else {"QLT_TRINO_MIN_EXPIRE_AGE": "20s"}
    scene = Scene(server, relay, reachable(directory), **settings)
    try:
        return act(scene, plan)
    finally:
        scene.close()


if __name__ == "__main__":
    sys.exit(main())
