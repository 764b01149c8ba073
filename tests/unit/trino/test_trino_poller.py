"""The poller against a fake coordinator, through the real client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from tests.coordinators import NOON, FakeCoordinator

from query_lineage_tracker.adapters.trino.connection import TrinoConnection
from query_lineage_tracker.adapters.trino.lookup import ListAnswer
from query_lineage_tracker.adapters.trino.poller import PollReport, TrinoPoller
from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.config.kinds import SessionDefault
from query_lineage_tracker.config.settings import IngestSettings
from query_lineage_tracker.domain.capture import GapCause, LostQuery, LostReason
from query_lineage_tracker.domain.history import Session, SessionOrigin, State
from query_lineage_tracker.errors import GatewayDetected, StoreUnreachable, TrinoUnreachable
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState

Connect = Callable[..., TrinoConnection]
NEVER = Event()


@dataclass
class Tracker:
    """A poller with what a store would keep: ids of our own queries and the state after the last poll."""

    coordinator: FakeCoordinator
    connected: Connect
    cluster: dict[str, Any] = field(default_factory=dict)
    ingest: dict[str, Any] = field(default_factory=dict)
    own: list[str] = field(default_factory=list)
    reports: list[PollReport] = field(default_factory=list)
    state: IngestState = field(default_factory=IngestState)
    store_is_away: bool = False

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """A new process: nothing is left but what the store keeps."""
        settings = {"host": "trino.test", "user": "tracker", **self.cluster}
        self.poller = TrinoPoller(
            self.connected(self.coordinator, **self.cluster),
            self,
            ClusterSettings(**settings),
            IngestSettings(**self.ingest),
            self.reports.append,
        )

    async def record_own_query(self, cluster: str, query_id: str) -> None:
        if self.store_is_away:
            raise StoreUnreachable("PostgreSQL is away")
        self.own.append(query_id)

    def poll(self, *open_queries: str) -> list[FetchedBatch]:
        """One poll, committed."""
        state = IngestState(
            watermark=self.state.watermark,
            position=json.loads(json.dumps(dict(self.state.position))),
            open_queries=frozenset(open_queries),
            own_queries=frozenset(self.own),
        )

        async def collect() -> list[FetchedBatch]:
            return [batch async for batch in self.poller.fetch(state)]

        batches = asyncio.run(collect())
        last = batches[-1]
        self.state = IngestState(last.watermark, last.position or {})
        return batches


@pytest.fixture
def tracker(coordinator: FakeCoordinator, connected: Connect) -> Tracker:
    return Tracker(coordinator, connected)


def test_a_poll_is_one_select_and_one_get(tracker: Tracker) -> None:
    tracker.coordinator.row(1, ended=5)
    tracker.poll()
    asked = [(method, path) for method, path in tracker.coordinator.asked if "executing" not in path]
    assert asked == [("POST", "/v1/statement"), ("GET", "/v1/query")]
    assert "OFFSET" not in tracker.coordinator.statements[0]


def test_rows_are_joined_with_their_sessions(tracker: Tracker) -> None:
    listed, unset = tracker.coordinator.row(1, ended=5), tracker.coordinator.row(2, ended=4)
    tracker.coordinator.list_query(
        listed, preparedQuery="SELECT ?", queryType="SELECT", queryStats={"totalCpuTime": "1.5s", "queuedTime": "9s"}
    )
    tracker.coordinator.list_query(unset, catalog=None, schema=None)
    first, second = tracker.poll()[0].queries
    assert first.session == Session("lake", "s", SessionOrigin.REST)
    assert (first.prepared_text, first.query_type) == ("SELECT ?", "SELECT")
    assert (first.resources.cpu_ms, first.resources.queued_ms) == (1500, 1)
    assert second.session == Session(None, None, SessionOrigin.REST)


def test_running_rows_are_given_too(tracker: Tracker) -> None:
    tracker.coordinator.row(1)
    (query,) = tracker.poll()[0].queries
    assert (query.state, query.ended) == (State.RUNNING, None)


def test_our_own_queries_are_left_out_by_their_ids_alone(tracker: Tracker) -> None:
    alike = tracker.coordinator.row(1, ended=5, user="tracker", source="query-lineage-tracker")
    ours = tracker.coordinator.row(2, ended=5, user="tracker")
    tracker.own.append(ours)
    (batch,) = tracker.poll()
    assert [query.query_id for query in batch.queries] == [alike]
    assert tracker.own == [ours, tracker.coordinator.own_id]


def test_our_own_query_is_recorded_before_it_gives_rows(tracker: Tracker) -> None:
    known_at_first_page: list[bool] = []
    tracker.coordinator.on_page = lambda: known_at_first_page.append(bool(tracker.poller._unrecorded or tracker.own))
    tracker.poll()
    assert all(known_at_first_page)


def test_an_own_id_that_could_not_be_recorded_is_recorded_before_the_next_poll(tracker: Tracker) -> None:
    tracker.store_is_away = True
    with pytest.raises(StoreUnreachable):
        tracker.poll()
    tracker.store_is_away = False
    unrecorded = tracker.coordinator.own_id
    tracker.poll()
    assert tracker.own == [unrecorded, tracker.coordinator.own_id]


def test_the_id_of_a_select_that_failed_is_recorded_too(tracker: Tracker) -> None:
    tracker.coordinator.failure = {"errorName": "GENERIC_INTERNAL_ERROR", "errorType": "INTERNAL_ERROR", "message": "x"}
    with pytest.raises(TrinoUnreachable, match="GENERIC_INTERNAL_ERROR: x"):
        tracker.poll()
    assert tracker.own == [tracker.coordinator.own_id]


def test_large_polls_come_in_batches_and_only_the_last_moves_anything(
    coordinator: FakeCoordinator, connected: Connect
) -> None:
    tracker = Tracker(coordinator, connected, ingest={"batch_size": 2})
    for number in range(5):
        coordinator.row(number, ended=10 - number)
    batches = tracker.poll()
    assert [len(batch.queries) for batch in batches] == [2, 2, 1]
    assert [batch.watermark for batch in batches] == [None, None, NOON - timedelta(seconds=6)]
    assert [bool(batch.position) for batch in batches] == [False, False, True]
    assert [len(batch.gaps) for batch in batches] == [0, 0, 1]


def test_a_poll_of_an_idle_coordinator_moves_the_position(tracker: Tracker) -> None:
    (batch,) = tracker.poll()
    assert batch.queries == ()
    assert batch.position is not None
    assert batch.position["last_poll_at"] == NOON.isoformat()


def test_the_second_poll_reads_what_ended_since_the_overlap(tracker: Tracker) -> None:
    tracker.coordinator.row(1, ended=600)
    tracker.coordinator.row(2, ended=10)
    tracker.poll()
    tracker.coordinator.now += timedelta(seconds=30)
    tracker.coordinator.row(3, ended=1)
    batches = tracker.poll()
    assert "TIMESTAMP '2026-11-22 11:57:50.000 UTC'" in tracker.coordinator.statements[1]
    assert [query.text for query in batches[0].queries] == ["SELECT 2", "SELECT 3"]
    assert [report.full for report in tracker.reports] == [True, False]


def test_a_new_process_reads_everything_once(tracker: Tracker) -> None:
    tracker.coordinator.row(1, ended=10)
    tracker.poll()
    tracker.start()
    tracker.poll()
    tracker.poll()
    assert [report.full for report in tracker.reports] == [True, True, False]


def test_a_poll_that_was_not_committed_is_repeated_in_full(tracker: Tracker) -> None:
    tracker.poll()
    tracker.state = IngestState()
    tracker.poll()
    assert [report.full for report in tracker.reports] == [True, True]


def test_a_bad_row_is_rejected_and_the_others_go_on(tracker: Tracker) -> None:
    bad = tracker.coordinator.row(1, ended=5, created=None)
    tracker.coordinator.row(2, ended=4)
    (batch,) = tracker.poll()
    assert [query.text for query in batch.queries] == ["SELECT 2"]
    assert [(row.query_id, row.origin) for row in batch.rejected] == [(bad, f"poll {tracker.coordinator.own_id}")]


def test_odd_texts_come_out_storable(tracker: Tracker) -> None:
    tracker.coordinator.row(1, ended=5, query="a\0b")
    assert tracker.poll()[0].queries[0].text == "a\u2400b"


def test_without_the_right_to_the_list_sessions_are_the_configured_ones(
    coordinator: FakeCoordinator, connected: Connect
) -> None:
    defaults = (SessionDefault("ali*", "super*", "lake", "mart"), SessionDefault("*", "etl", "lake"))
    tracker = Tracker(coordinator, connected, cluster={"session_defaults": defaults})
    coordinator.statuses["/v1/query"] = 403
    coordinator.row(1, ended=5)
    coordinator.row(2, ended=4, user="bob", source="etl")
    coordinator.row(3, ended=3, user="bob", source=None)
    sessions = [query.session for query in tracker.poll()[0].queries]
    configured = SessionOrigin.CONFIGURED
    assert sessions == [Session("lake", "mart", configured), Session("lake", None, configured), Session()]
    assert tracker.reports[0].list_answer is ListAnswer.REFUSED


def test_a_list_beyond_the_cap_is_dropped_and_new_queries_are_asked_for_singly(
    coordinator: FakeCoordinator, connected: Connect
) -> None:
    tracker = Tracker(coordinator, connected, ingest={"query_list_max_bytes": 600, "query_detail_rate": 1000.0})
    first, second = coordinator.row(1, ended=5), coordinator.row(2, ended=4)
    coordinator.list_query(first, query="x" * 1000)
    coordinator.list_query(second)
    assert [query.session.origin for query in tracker.poll()[0].queries] == [SessionOrigin.REST] * 2
    assert (tracker.reports[0].list_answer, tracker.reports[0].single_requests) == (ListAnswer.CUT, 2)
    assert ("GET", f"/v1/query/{first}?pruned=true") in coordinator.asked

    coordinator.asked.clear()
    coordinator.row(3, ended=3)
    queries = tracker.poll()[0].queries
    assert [query.session.origin for query in queries] == [SessionOrigin.REST, SessionOrigin.REST, None]
    assert [path for _, path in coordinator.asked if path.startswith("/v1/query")] == [
        "/v1/query/20261122_110000_00003_aaaaa?pruned=true"
    ]


def test_single_requests_are_bounded_a_poll_and_the_newest_come_first(
    coordinator: FakeCoordinator, connected: Connect
) -> None:
    tracker = Tracker(coordinator, connected, ingest={"query_list_max_bytes": 10, "query_detail_rate": 0.2})
    coordinator.listed = [{"queryId": "x" * 100}]
    for number in range(5):
        coordinator.row(number, ended=5)
    tracker.poller._lookup._rate = 0.2
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("threading.Event.wait", lambda _event, _seconds=None: False)
        lookup = tracker.poller._lookup.look_up({f"20261122_110000_{n:05}_aaaaa": True for n in range(5)}, NEVER)
    assert lookup.single_requests == 3
    asked = [path.partition("?")[0][-11:-6] for _, path in coordinator.asked if "pruned" in path]
    assert asked == ["00004", "00003", "00002"]


def test_a_list_that_stays_broken_costs_sessions_and_not_rows(tracker: Tracker) -> None:
    tracker.coordinator.bodies["/v1/query"] = b"<html>proxy</html>"
    tracker.coordinator.row(1, ended=5)
    for _ in range(2):
        with pytest.raises(TrinoUnreachable, match="no JSON array"):
            tracker.poll()
    assert len(tracker.poll()[0].queries) == 1
    assert tracker.reports[-1].list_answer is ListAnswer.BROKEN


def test_a_restart_is_a_gap_and_its_open_queries_are_lost(tracker: Tracker) -> None:
    running = tracker.coordinator.row(1)
    tracker.coordinator.row(2, ended=1)
    tracker.poll()
    restarted(tracker.coordinator, uptime="12.00s")
    (batch,) = tracker.poll(running)
    assert [(gap.cause, gap.start) for gap in batch.gaps] == [(GapCause.RESTART, NOON)]
    assert batch.lost == (LostQuery(running, LostReason.RESTART),)
    tracker.poll()
    assert [report.full for report in tracker.reports] == [True, False, True]


def test_a_coordinator_that_ran_all_the_time_is_a_gateways_and_nothing_is_lost(tracker: Tracker) -> None:
    tracker.poll()
    restarted(tracker.coordinator, uptime="3.00d")
    with pytest.raises(GatewayDetected, match="aaaaa, now with bbbbb"):
        tracker.poll("20261122_110000_00001_aaaaa")


def test_a_suffix_that_comes_back_is_a_gateways(tracker: Tracker) -> None:
    tracker.coordinator.statuses["/v1/info"] = 404
    tracker.poll()
    restarted(tracker.coordinator, uptime="")
    tracker.poll()
    tracker.coordinator.suffix = "aaaaa"
    with pytest.raises(GatewayDetected):
        tracker.poll()


def test_an_open_query_that_trino_forgot_is_lost_by_a_full_read(tracker: Tracker) -> None:
    running = tracker.coordinator.row(1)
    tracker.coordinator.row(2, ended=1)
    tracker.poll()
    del tracker.coordinator.rows[0]
    assert tracker.poll(running)[-1].lost == ()
    assert tracker.poll(running)[-1].lost == (LostQuery(running, LostReason.EVICTED),)


def test_seeing_only_ourselves_is_reported_with_what_to_grant(tracker: Tracker) -> None:
    tracker.coordinator.row(1, user="tracker")
    tracker.poll()
    assert tracker.reports[0].only_own_visible is True
    assert '"allow": ["view"]' in tracker.reports[0].hint


def test_a_partial_poll_says_nothing_about_visibility(tracker: Tracker) -> None:
    tracker.coordinator.row(1, ended=1)
    tracker.poll()
    tracker.poll()
    assert [report.only_own_visible for report in tracker.reports] == [False, None]


def test_a_quiet_night_is_no_loss_of_sight_unless_others_are_expected(
    coordinator: FakeCoordinator, connected: Connect
) -> None:
    for expected, blind in (((), False), (("alice",), True)):
        tracker = Tracker(coordinator, connected, cluster={"expected_users": expected})
        coordinator.rows.clear()
        coordinator.row(1, ended=1)
        tracker.poll()
        coordinator.rows.clear()
        tracker.start()
        tracker.poll()
        assert tracker.reports[-1].only_own_visible is blind


def test_an_answer_without_our_own_query_is_no_poll(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeCoordinator, "_result", lambda _self: (["query_id"], []))
    with pytest.raises(TrinoUnreachable, match="not even the query"):
        tracker.poll()


def test_a_poll_that_is_given_up_cancels_its_select(tracker: Tracker) -> None:
    tracker.coordinator.stuck = True

    async def give_up() -> None:
        polling = asyncio.ensure_future(anext(tracker.poller.fetch(IngestState())))
        while not tracker.own:
            await asyncio.sleep(0.01)
        polling.cancel()
        await asyncio.wait([polling])
        for _ in range(300):
            if ("DELETE", "/v1/statement/executing/0") in tracker.coordinator.asked:
                return
            await asyncio.sleep(0.01)

    asyncio.run(give_up())
    assert ("DELETE", "/v1/statement/executing/0") in tracker.coordinator.asked


def test_closing_twice_is_safe(tracker: Tracker) -> None:
    asyncio.run(tracker.poller.aclose())
    asyncio.run(tracker.poller.aclose())


def restarted(coordinator: FakeCoordinator, uptime: str) -> None:
    coordinator.suffix, coordinator.uptime = "bbbbb", uptime
    coordinator.rows.clear()
    coordinator.now += timedelta(seconds=30)
