"""The runs of full_sync and faults in short."""

from __future__ import annotations

from tests.integration.conftest import empty_dsn, postgres_dsn, reachable_directory
from tests.openmetadata import faults, full_sync
from tests.openmetadata.workload import Size

__all__ = ["empty_dsn", "postgres_dsn"]


def test_a_tracker_that_is_killed_again_and_again_leaves_what_a_calm_one_leaves(empty_dsn: str) -> None:
    plan = full_sync.Plan(Size(200, 500), kills=5)
    with reachable_directory() as folder:
        outcome = full_sync.run(folder, empty_dsn, plan)
    assert outcome.problems == ()
    assert outcome.first["PUT /api/v1/lineage"] == 200
    assert outcome.calls_an_edge < 2.2
    assert outcome.kills >= 1


def test_in_bad_weather_everything_arrives_once_or_says_why_not(empty_dsn: str) -> None:
    plan = faults.Plan(20.0, 5.0, episode_s=3.0, slow_s=0.5, line="1.12", hurried=True, switches=True)
    with reachable_directory() as folder:
        outcome = faults.run(folder, empty_dsn, plan)
    assert outcome.problems == ()
    assert outcome.states.keys() - {"DEAD"} == {"SETTLED", "PARKED"}
    assert outcome.costs[0] > 0
