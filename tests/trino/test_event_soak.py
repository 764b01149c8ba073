"""Polls and events together account for every query, whoever fails; `python -m tests.trino.soak` is the long form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trino.accounts import Figures
from tests.trino.harness import TrinoServer
from tests.trino.relay import Relay
from tests.trino.soak import SHORT, Scene, Soaked, everything_fails, only_the_tracker_fails, table
from tests.trino.tracker import reachable


@pytest.fixture(scope="module")
def server(event_server: TrinoServer) -> TrinoServer:
    return event_server


@pytest.fixture(scope="module")
def soaked(server: TrinoServer, relay: Relay, tmp_path_factory: pytest.TempPathFactory) -> Soaked:
    scene = Scene(server, relay, reachable(tmp_path_factory.mktemp("soak")))
    try:
        return everything_fails(scene, SHORT)
    finally:
        scene.close()


@pytest.fixture(scope="module")
def bridged(
    soaked: Soaked, server: TrinoServer, relay: Relay, tmp_path_factory: pytest.TempPathFactory, figures: Figures
) -> Soaked:
    """The server remembers 20 seconds since its restart, and the tracker is away for longer."""
    directory: Path = reachable(tmp_path_factory.mktemp("bridged"))
    scene = Scene(server, relay, directory, QLT_TRINO_MIN_EXPIRE_AGE="20s")
    try:
        run = only_the_tracker_fails(scene, SHORT)
    finally:
        scene.close()
    figures.add_lines("every query that the server showed or sent", table([soaked, run]))
    return run


def test_every_query_ever_shown_or_sent_is_stored_once_or_lost_or_in_a_gap(soaked: Soaked) -> None:
    assert soaked.account.missing == {}
    assert soaked.account.wrong == soaked.account.counters_off == []
    assert soaked.told("EVENT", "POLL") > 50


def test_the_gaps_are_no_longer_than_the_coordinators_outage_and_two_polls(soaked: Soaked) -> None:
    assert {gap.cause for gap in soaked.account.gaps if gap.start is not None} == {"RESTART"}
    assert soaked.account.recorded_gaps <= soaked.outages.lengths["coordinator"] + soaked.account.two_polls
    assert soaked.outages.lengths.keys() == {"tracker", "PostgreSQL", "receiver", "coordinator"}


def test_the_trackers_own_queries_are_in_the_history_by_no_way(soaked: Soaked, bridged: Soaked) -> None:
    assert soaked.own_stored == bridged.own_stored == frozenset()


def test_with_events_nothing_is_lost_when_only_the_tracker_fails(bridged: Soaked) -> None:
    assert bridged.account.missing == bridged.account.in_gap == {}
    assert bridged.account.wrong == bridged.account.counters_off == []
    assert bridged.lost == 0


def test_only_events_told_of_the_time_in_which_the_tracker_was_away(bridged: Soaked) -> None:
    assert bridged.told("EVENT") > 0
    assert bridged.sent == bridged.account.shown.keys()
