"""The tracker follows a real Trino with default settings: nothing is lost, and nothing is there twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from tests.trino.accounts import Account, Figures, account, settle
from tests.trino.harness import Observer, Seen, TrinoServer
from tests.trino.requests_seen import Request, most_in_a_second, requests_since
from tests.trino.sessions import send, sending
from tests.trino.tracker import TRACKER_USER, Tracker, await_true, reachable
from tests.trino.turnstile import Turnstile
from tests.trino.workload import Runner, Sent

SYSTEM_TABLE = '"system"."runtime"."queries"'
COLUMNS_TABLE = '"information_schema"."columns"'
BATCH_SIZE = 10
DETAIL_RATE = 20
SLOW_TABLE = (
    "CREATE TABLE blackhole.default.slow (x bigint) WITH "
    "(split_count = 1, pages_per_split = 1000, rows_per_page = 1, page_processing_delay = '1s')"
)
SLOW_READ = "SELECT count(*) FROM blackhole.default.slow"
SLOW_WRITE = "CREATE TABLE memory.default.copy AS SELECT x FROM blackhole.default.slow"
QUICK = "SELECT count(*) FROM nation"


class Followed(NamedTuple):
    """The workload while a tracker followed; `asked` are the tracker's own queries on the server's list."""

    sent: list[Sent]
    account: Account
    asked: dict[str, Seen]
    requests: list[Request]


@pytest.fixture(scope="module")
def server(default_server: TrinoServer) -> TrinoServer:
    return default_server


@pytest.fixture(scope="module")
def followed(
    server: TrinoServer,
    new_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
    figures: Figures,
) -> Followed:
    begin = datetime.now(timezone.utc)
    tracker = Tracker(reachable(tmp_path_factory.mktemp("followed")), server, new_database())
    with Observer(server.address) as observer:
        with tracker:
            tracker.await_polls(1)
            sent = Runner(server.address, rounds=1).run()
            tracker.await_polls(2)
        observer.end()
        outcome = account(observer.seen, tracker.history)
    figures.add("default settings", outcome)
    asked = {
        query_id: told
        for query_id, told in observer.seen.items()
        if told.user == TRACKER_USER and told.created >= begin
    }
    return Followed(sent, outcome, asked, requests_since(server, begin))


def test_the_server_shows_every_statement_as_its_client_sent_it(followed: Followed) -> None:
    sent = {str(one.query_id): (one.user, one.catalog, one.schema) for one in followed.sent}
    shown = {query_id: (one.user, one.catalog, one.schema) for query_id, one in followed.account.shown.items()}
    assert sent.items() <= shown.items()
    assert [one for one in followed.sent if one.surprising] == []
    assert len({one.text for one in followed.sent}) >= 60
    assert len({one.user for one in followed.sent}) >= 8


def test_every_query_ever_shown_is_stored_once_as_the_server_told_it(followed: Followed) -> None:
    outcome = followed.account
    assert outcome.missing == outcome.in_gap == {}
    assert outcome.wrong == outcome.counters_off == []
    assert outcome.recorded_gaps <= outcome.two_polls


def test_a_poll_is_one_select_and_one_get_and_one_for_each_write(followed: Followed, figures: Figures) -> None:
    outcome, lists = followed.account, [one for one in followed.requests if one.is_list]
    singles = [one.path for one in followed.requests if one.is_single]
    selects = {query_id for query_id, told in followed.asked.items() if SYSTEM_TABLE in told.text}
    about_columns = followed.asked.keys() - selects
    figures.remarks.append(
        f"default settings: {outcome.polls} polls, {len(selects)} SELECTs on {SYSTEM_TABLE} and {len(about_columns)} "
        f"about columns on the server's list, {len(lists)} GETs of /v1/query in its log "
        f"(median {median(one.size for one in lists) / 1000:.0f} kB as sent, "
        f"{median(one.milliseconds for one in lists):.0f} ms), {len(singles)} of single writes"
    )
    assert followed.asked.keys() == outcome.own
    assert outcome.polls == len(selects) == len(lists) == len(followed.requests) - len(singles)
    assert len(singles) == len(set(singles))
    assert len(about_columns) <= outcome.polls
    assert all(COLUMNS_TABLE in followed.asked[query_id].text for query_id in about_columns)


def test_a_list_that_is_too_long_is_replaced_by_details_at_a_bounded_rate(
    followed: Followed, server: TrinoServer, new_database: Callable[[], str], directory: Path, figures: Figures
) -> None:
    begin = datetime.now(timezone.utc)
    capped = {
        "QLT_QUERY_LIST_MAX_BYTES": "10kB",
        "QLT_QUERY_DETAIL_RATE": f"{DETAIL_RATE}/s",
        "QLT_DESCRIBE_WRITES": "false",
    }
    with Observer(server.address) as observer, Tracker(directory, server, new_database(), **capped) as tracker:
        outcome = settle(tracker, observer)
    requests = requests_since(server, begin)
    lists, singles = ([one for one in requests if one.is_list], [one for one in requests if one.is_single])
    figures.add("list capped at 10 kB", outcome)
    figures.remarks.append(
        f"list capped at 10 kB: {outcome.polls} polls, {len(lists)} GETs of /v1/query broken off, {len(singles)} "
        f"pruned details, at most {most_in_a_second(singles)} a second (allowed {DETAIL_RATE}), each "
        f"{median(one.size for one in singles) / 1000:.1f} kB, {median(one.milliseconds for one in singles):.0f} ms"
    )
    assert len(outcome.shown) >= len(followed.account.shown)
    assert outcome.missing == outcome.in_gap == {}
    assert outcome.wrong == outcome.counters_off == []
    assert len(lists) <= 1 + outcome.polls / 10
    assert most_in_a_second(singles) <= DETAIL_RATE + 1
    assert len(singles) <= len(outcome.shown) + 5


def test_killed_in_the_middle_of_a_batch_it_goes_on_where_it_was(
    followed: Followed, server: TrinoServer, new_database: Callable[[], str], directory: Path, figures: Figures
) -> None:
    tracker = Tracker(directory, server, new_database(), BATCH_SIZE=str(BATCH_SIZE))
    assert tracker.run("db", "migrate").returncode == 0
    with Observer(server.address) as observer:
        with Turnstile(tracker.history.dsn) as turnstile:
            tracker.start()
            for _ in range(3):
                turnstile.await_batch()
                turnstile.let_one_through()
            turnstile.await_batch()
            tracker.kill()
        before = tracker.history.executions()
        assert len(before) == 3 * BATCH_SIZE
        send(server, "alice", QUICK, QUICK)
        with tracker:
            outcome = settle(tracker, observer)
    figures.add("tracker killed in a batch", outcome)
    assert before.keys() < outcome.stored.keys()
    assert outcome.missing == outcome.in_gap == {}
    assert outcome.wrong == outcome.counters_off == []


def test_killed_with_its_embedded_database_it_goes_on_where_it_was(
    followed: Followed, server: TrinoServer, directory: Path, figures: Figures
) -> None:
    tracker = Tracker(directory, server, BATCH_SIZE=str(BATCH_SIZE // 2))
    with Observer(server.address) as observer:
        tracker.start()
        tracker.await_event("db.migrated")
        history = tracker.history
        await_true(lambda: len(history.executions()) >= BATCH_SIZE, "some batches")
        tracker.kill()
        with tracker:
            outcome = settle(tracker, observer)
            first_poll = tracker.history.polls()[0]
    figures.add("tracker and database killed", outcome)
    assert first_poll.ended is None
    assert outcome.missing == outcome.in_gap == {}
    assert outcome.wrong == outcome.counters_off == []


class Restarted(NamedTuple):
    """A coordinator that crashed under the eyes of a tracker; `killed` is when, `open_ids` what ran then."""

    account: Account
    killed: datetime
    answers: datetime
    open_ids: tuple[str, str]
    failures: list[str]
    unanswered: int


@pytest.fixture(scope="module")
def restarted(
    followed: Followed,
    server: TrinoServer,
    new_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
    figures: Figures,
) -> Restarted:
    send(server, "admin", SLOW_TABLE)
    tracker = Tracker(reachable(tmp_path_factory.mktemp("restarted")), server, new_database())
    with Observer(server.address) as observer, tracker:
        tracker.await_polls(1)
        with sending(server, "erin", SLOW_READ), sending(server, "etl", SLOW_WRITE), sending(server, "bob", QUICK):
            open_ids = (_await_open(tracker, "erin"), _await_open(tracker, "etl"))
            killed = datetime.now(timezone.utc)
            server.kill()
        server.start()
        answers = datetime.now(timezone.utc)
        send(server, "alice", QUICK)
        outcome = settle(tracker, observer)
        failures = [event["problem"] for event in tracker.events("ingest.pass_failed")]
    figures.add("coordinator killed", outcome, answers - killed)
    return Restarted(outcome, killed, answers, open_ids, failures, observer.failed_polls)


def _await_open(tracker: Tracker, user: str) -> str:
    """The id of the user's query that the tracker has stored and believes to run."""

    def opened() -> list[str]:
        stored = tracker.history.executions()
        return [query_id for query_id, one in stored.items() if one.user == user and one.capture == "OPEN"]

    await_true(opened, f"an open query of {user}")
    return opened()[0]


def test_a_coordinator_that_crashed_leaves_one_gap_no_longer_than_the_outage(restarted: Restarted) -> None:
    (gap,) = [gap for gap in restarted.account.gaps if gap.start is not None]
    assert gap.cause == "RESTART"
    assert gap.start is not None
    assert gap.start <= restarted.killed <= gap.end <= restarted.answers
    outage = restarted.answers - restarted.killed
    assert restarted.account.recorded_gaps <= outage + restarted.account.two_polls
    assert any("not reachable" in problem for problem in restarted.failures)
    assert restarted.unanswered > 0


def test_every_query_shown_before_and_after_a_crash_is_stored_or_in_its_gap(restarted: Restarted) -> None:
    assert restarted.account.missing == {}
    assert restarted.account.wrong == restarted.account.counters_off == []


def test_queries_that_were_open_at_a_crash_are_lost_and_their_writes_uncertain(restarted: Restarted) -> None:
    read, write = (restarted.account.stored[query_id] for query_id in restarted.open_ids)
    assert (read.capture, read.lost_reason, read.outcome) == ("LOST", "RESTART", None)
    assert (write.capture, write.lost_reason, write.outcome) == ("LOST", "RESTART", "UNCERTAIN")
