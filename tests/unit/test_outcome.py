"""What an execution did to data."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from query_lineage_tracker.domain.history import Capture, ExecutedQuery, Outcome, ResourceUse, State
from query_lineage_tracker.domain.outcome import capture_of, outcome_of


def query(
    state: State,
    error_type: str | None = None,
    error_code: str | None = None,
    update_type: str | None = None,
    finished_writing: bool | None = None,
    nothing_to_do: bool | None = None,
    written_rows: int | None = None,
) -> ExecutedQuery:
    return ExecutedQuery(
        query_id="20261122_171401_00060_99ia3",
        state=state,
        user="alice",
        text="INSERT INTO t SELECT * FROM u",
        created=datetime(2026, 11, 22, 17, 14, 1, tzinfo=timezone.utc),
        error_type=error_type,
        error_code=error_code,
        update_type=update_type,
        finished_writing=finished_writing,
        nothing_to_do=nothing_to_do,
        resources=ResourceUse(written_rows=written_rows),
    )


@pytest.mark.parametrize("state", [state for state in State if not state.terminal])
def test_an_open_execution_has_no_outcome_yet(state: State) -> None:
    assert outcome_of(query(state), writes=True) is None
    assert capture_of(state) is Capture.OPEN


@pytest.mark.parametrize("state", list(State))
def test_a_read_has_no_outcome(state: State) -> None:
    assert outcome_of(query(state, "USER_ERROR", "X"), writes=False) is None


@pytest.mark.parametrize(
    ("error_type", "error_code", "outcome"),
    [
        ("USER_ERROR", "SYNTAX_ERROR", Outcome.NOT_WRITTEN),
        ("USER_ERROR", "DIVISION_BY_ZERO", Outcome.NOT_WRITTEN),
        ("INSUFFICIENT_RESOURCES", "EXCEEDED_GLOBAL_MEMORY_LIMIT", Outcome.NOT_WRITTEN),
        ("USER_ERROR", "ABANDONED_QUERY", Outcome.UNCERTAIN),
        ("USER_ERROR", "USER_CANCELED", Outcome.UNCERTAIN),
        ("INSUFFICIENT_RESOURCES", "EXCEEDED_TIME_LIMIT", Outcome.UNCERTAIN),
        ("INTERNAL_ERROR", "GENERIC_INTERNAL_ERROR", Outcome.UNCERTAIN),
        ("EXTERNAL", "ICEBERG_COMMIT_ERROR", Outcome.UNCERTAIN),
        (None, None, Outcome.UNCERTAIN),
    ],
)
def test_a_failed_write_is_uncertain_wherever_it_may_have_committed(
    error_type: str | None, error_code: str | None, outcome: Outcome
) -> None:
    assert outcome_of(query(State.FAILED, error_type, error_code), writes=True) is outcome


def test_a_finished_write_is_committed() -> None:
    assert outcome_of(query(State.FINISHED), writes=True) is Outcome.COMMITTED
    assert capture_of(State.FINISHED) is Capture.COMPLETE


def test_a_write_that_found_nothing_to_do_wrote_nothing() -> None:
    assert outcome_of(query(State.FINISHED, nothing_to_do=True), writes=True) is Outcome.NOT_WRITTEN


@pytest.mark.parametrize(
    ("update_type", "finished_writing", "written_rows", "outcome"),
    [
        ("INSERT", False, 0, Outcome.NOT_WRITTEN),
        ("INSERT", True, 0, Outcome.UNCERTAIN),
        ("INSERT", False, 7, Outcome.UNCERTAIN),
        ("INSERT", None, 0, Outcome.UNCERTAIN),
        ("INSERT", False, None, Outcome.UNCERTAIN),
        ("DELETE", False, 0, Outcome.UNCERTAIN),
        ("CREATE TABLE", False, 0, Outcome.UNCERTAIN),
    ],
)
def test_an_abandoned_insert_is_known_to_have_written_nothing_only_by_what_trino_counted(
    update_type: str, finished_writing: bool | None, written_rows: int | None, outcome: Outcome
) -> None:
    abandoned = query(
        State.FAILED,
        "USER_ERROR",
        "ABANDONED_QUERY",
        update_type=update_type,
        finished_writing=finished_writing,
        written_rows=written_rows,
    )
    assert outcome_of(abandoned, writes=True) is outcome
