"""The tracker follows a real Trino that forgets within seconds, and one that does not let it see everything."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest

from tests.trino.accounts import Figures, settle
from tests.trino.harness import Observer, TrinoServer
from tests.trino.login import Login
from tests.trino.sessions import send
from tests.trino.tracker import TRACKER_USER, Tracker, await_true
from tests.trino.workload import Runner

MIN_EXPIRE_AGE = timedelta(seconds=20)
SURELY_REMEMBERED = timedelta(seconds=18)
SHORT_MEMORY = "query.max-history=5\nquery.min-expire-age=20s\n"
SETTINGS = {"QLT_TRINO_MIN_EXPIRE_AGE": "20s"}
LIMITED, EXCLUDED = "narrow", "outsider"
QUICK = "SELECT count(*) FROM region"


@pytest.fixture(scope="module")
def login(trino_server: TrinoServer, tmp_path_factory: pytest.TempPathFactory) -> Login:
    return Login(tmp_path_factory.mktemp("login"), trino_server.port + 100)


@pytest.fixture(scope="module")
def server(trino_server: TrinoServer, login: Login) -> TrinoServer:
    return trino_server.fresh(config=SHORT_MEMORY + login.config(), limited_user=LIMITED, excluded_user=EXCLUDED)


def test_every_query_that_is_soon_forgotten_is_stored_once_as_the_server_told_it(
    server: TrinoServer, new_database: Callable[[], str], directory: Path, figures: Figures
) -> None:
    with Observer(server.address) as observer, Tracker(directory, server, new_database(), **SETTINGS) as tracker:
        tracker.await_polls(1)
        sent = Runner(server.address, rounds=1).run()
        outcome = settle(tracker, observer)
    figures.add("memory of 5 queries, 20 s", outcome)
    assert {execution.query_id for execution in sent} <= outcome.shown.keys()
    assert len({execution.text for execution in sent}) >= 60
    assert len(observer.shown) < len(observer.seen) / 2
    assert outcome.missing == {}
    assert outcome.wrong == outcome.counters_off == []
    assert outcome.recorded_gaps <= outcome.two_polls


def test_what_vanished_while_the_tracker_was_away_is_inside_the_gap_of_its_outage(
    server: TrinoServer, new_database: Callable[[], str], directory: Path, figures: Figures
) -> None:
    tracker = Tracker(directory, server, new_database(), **SETTINGS)
    with Observer(server.address) as observer:
        with tracker:
            tracker.await_polls(2)
        last_poll = tracker.history.last_poll_at()
        stopped = datetime.now(timezone.utc)
        vanished = {str(execution.query_id) for execution in send(server, "alice", QUICK, rounds=4)}
        send(server, "bob", QUICK, rounds=8)
        await_true(lambda: vanished <= observer.seen.keys() - observer.shown, "the server's forgetting")
        started = datetime.now(timezone.utc)
        with tracker:
            outcome = settle(tracker, observer)
        ended = datetime.now(timezone.utc)
    figures.add("tracker away", outcome, started - stopped)
    (gap,) = [gap for gap in outcome.gaps if gap.start is not None]
    assert (gap.cause, gap.start) == ("OUTAGE", last_poll)
    assert started <= gap.end + SURELY_REMEMBERED <= ended
    assert vanished <= outcome.in_gap.keys()
    assert outcome.missing == {}
    assert outcome.wrong == outcome.counters_off == []
    assert outcome.recorded_gaps <= started - stopped + outcome.two_polls


def test_a_user_who_sees_only_own_queries_is_told_so_loudly(
    server: TrinoServer, new_database: Callable[[], str], directory: Path
) -> None:
    port = server.port + 200
    settings = {**SETTINGS, "TRINO_USER": LIMITED, "QLT_METRICS_PORT": str(port)}
    with Tracker(directory, server, new_database(), **settings) as tracker:
        warning = tracker.await_event("poll.only_own_queries_visible")
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        findings = _diagnosis(tracker)
    assert findings["trino visibility"]["verdict"] == "WARNING"
    assert warning["level"] == "warning"
    assert f'"user": "{LIMITED}", "allow": ["view"]' in warning["hint"]
    assert 'qlt_only_own_queries_visible{cluster="trino"} 1.0' in metrics.splitlines()


def test_a_user_who_sees_everything_is_not_warned(
    server: TrinoServer, new_database: Callable[[], str], directory: Path
) -> None:
    port = server.port + 200
    send(server, "alice", QUICK)
    with Tracker(directory, server, new_database(), **SETTINGS, QLT_METRICS_PORT=str(port)) as tracker:
        tracker.await_polls(1)
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert tracker.events("poll.only_own_queries_visible") == []
    assert 'qlt_only_own_queries_visible{cluster="trino"} 0.0' in metrics.splitlines()


def test_without_the_right_to_the_system_table_it_says_what_to_grant(
    server: TrinoServer, new_database: Callable[[], str], directory: Path
) -> None:
    tracker = Tracker(directory, server, new_database(), TRINO_USER=EXCLUDED)
    done = tracker.run("run", "--once")
    assert done.returncode == 3
    assert f"forbids user '{EXCLUDED}' to read system.runtime.queries" in done.stderr
    rule = f'"user": "{EXCLUDED}", "catalog": "system", "allow": "read-only"'
    assert rule in done.stderr
    assert rule in _diagnosis(tracker)["trino rights"]["hint"]


def test_with_a_token_it_logs_in_over_https(
    server: TrinoServer, login: Login, new_database: Callable[[], str], directory: Path
) -> None:
    (execution,) = send(server, "alice", QUICK)
    tracker = Tracker(directory, server, new_database(), **_https(login), TRINO_JWT=login.token(TRACKER_USER))
    done = tracker.run("run", "--once")
    assert done.returncode == 0, done.stderr
    assert execution.query_id in tracker.history.executions()


@pytest.mark.parametrize(
    ("proof", "problem"),
    [
        ({"TRINO_PASSWORD": "wrong"}, "does not accept the credentials of user 'query-lineage-tracker'"),
        ({"TRINO_JWT": "wrong"}, "does not accept the credentials of user 'query-lineage-tracker'"),
        ({"TRINO_PASSWORD": "wrong", "TRINO_VERIFY": "true"}, "its TLS certificate is not accepted"),
    ],
    ids=["password", "token", "certificate"],
)
def test_with_a_wrong_proof_it_ends_and_says_which(
    server: TrinoServer,
    login: Login,
    new_database: Callable[[], str],
    directory: Path,
    proof: dict[str, str],
    problem: str,
) -> None:
    tracker = Tracker(directory, server, new_database(), **{**_https(login), **proof})
    done = tracker.run("run", "--once")
    assert done.returncode == 3
    assert problem in done.stderr
    assert "wrong" not in done.stderr


def test_where_no_coordinator_answers_it_ends_and_says_so(
    server: TrinoServer, new_database: Callable[[], str], directory: Path
) -> None:
    tracker = Tracker(directory, server, new_database(), TRINO_PORT="1")
    done = tracker.run("run", "--once")
    assert done.returncode == 3
    assert "Trino at 127.0.0.1:1 is not reachable: connection refused" in done.stderr


def _diagnosis(tracker: Tracker) -> dict[str, dict[str, str]]:
    """What `qlt doctor` finds, by the name of the check."""
    told = json.loads(tracker.run("doctor", "--output", "json").stdout)
    return {finding["check"]: finding for finding in told["rows"]}


def _https(login: Login) -> dict[str, str]:
    return {"TRINO_HTTP_SCHEME": "https", "TRINO_PORT": str(login.port), "TRINO_VERIFY": str(login.certificate)}
