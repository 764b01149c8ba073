from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from query_lineage_tracker.services.doctor import Verdict, exit_code
from query_lineage_tracker.services.event_checks import (
    Arrivals,
    Tellers,
    WaitingEntries,
    check_agreement,
    check_arrivals,
    check_journal,
    events_not_configured,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
JOURNAL = WaitingEntries(Path("/var/lib/qlt/journal/moon"), 7, 2**20, 10 * 2**30, 50 * 2**30)


def test_without_events_it_is_told_how_to_have_them_and_nothing_fails() -> None:
    found = events_not_configured()
    assert found.verdict is Verdict.OK and "qlt listener config" in found.hint


@pytest.mark.parametrize(
    ("seen", "verdict", "told"),
    [
        (Arrivals(NOON, True, 0), Verdict.OK, "2026-11-22 12:00:00Z"),
        (Arrivals(NOON, False, 0), Verdict.OK, "2026-11-22 12:00:00Z"),
        (Arrivals(NOON, True, 3), Verdict.WARNING, "3 queries that polls saw end since then have none"),
        (Arrivals(None, True, 9), Verdict.WARNING, "none came lately of the cluster moon; 9 queries"),
        (Arrivals(None, False, 0), Verdict.WARNING, "nor has any poll"),
    ],
)
def test_events_that_stay_away_are_a_warning(seen: Arrivals, verdict: Verdict, told: str) -> None:
    found = check_arrivals("moon", seen)
    assert found.verdict is verdict and told in found.detail
    assert ("qlt listener config --cluster moon" in found.hint) is (verdict is Verdict.WARNING)


@pytest.mark.parametrize(
    ("seen", "verdict", "told"),
    [
        (Tellers(1000, 0, 0), Verdict.OK, "of 1,000 executions since yesterday both told of 100.0%"),
        (Tellers(990, 10, 0), Verdict.OK, "only polls of 1.0%"),
        (Tellers(980, 20, 0), Verdict.WARNING, "only polls of 2.0%"),
        (Tellers(500, 0, 500), Verdict.WARNING, "only events of 50.0%"),
        (Tellers(0, 10, 0), Verdict.OK, "nothing to compare: polls told"),
        (Tellers(0, 0, 10), Verdict.OK, "nothing to compare: events told"),
        (Tellers(0, 0, 0), Verdict.OK, "nothing to compare: nobody told"),
        (Tellers(0, 5, 5), Verdict.WARNING, "both told of 0.0%"),
    ],
)
def test_polls_and_events_that_tell_of_different_executions_are_a_warning(
    seen: Tellers, verdict: Verdict, told: str
) -> None:
    found = check_agreement(seen)
    assert found.verdict is verdict and told in found.detail
    assert bool(found.hint) is (verdict is Verdict.WARNING)


def test_a_journal_tells_what_waits_and_what_room_there_is() -> None:
    found = check_journal(JOURNAL)
    assert found.verdict is Verdict.OK
    assert found.detail == (
        "7 events wait in /var/lib/qlt/journal/moon: 1.0 MiB of at most 10,240, 50.0 GiB left on the disk"
    )


@pytest.mark.parametrize(
    ("seen", "verdict", "code"),
    [
        (replace(JOURNAL, size=6 * 2**30), Verdict.WARNING, 0),
        (replace(JOURNAL, free=2**29), Verdict.WARNING, 0),
        (replace(JOURNAL, size=10 * 2**30), Verdict.FAILED, 1),
    ],
)
def test_a_journal_without_room_is_told_before_it_is_full(seen: WaitingEntries, verdict: Verdict, code: int) -> None:
    found = check_journal(seen)
    assert found.verdict is verdict and found.hint and exit_code([found]) == code
