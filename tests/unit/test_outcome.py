"""What an execution did to data."""

from __future__ import annotations

import pytest

from query_lineage_tracker.domain.history import Capture, Outcome, State
from query_lineage_tracker.domain.outcome import capture_of, outcome_of


@pytest.mark.parametrize("state", [state for state in State if not state.terminal])
def test_an_open_execution_has_no_outcome_yet(state: State) -> None:
    assert outcome_of(writes=True, state=state, error_type=None, error_code=None) is None
    assert capture_of(state) is Capture.OPEN


@pytest.mark.parametrize("state", list(State))
def test_a_read_has_no_outcome(state: State) -> None:
    assert outcome_of(writes=False, state=state, error_type="USER_ERROR", error_code="X") is None


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
    assert outcome_of(writes=True, state=State.FAILED, error_type=error_type, error_code=error_code) is outcome


def test_a_finished_write_is_committed() -> None:
    assert outcome_of(writes=True, state=State.FINISHED, error_type=None, error_code=None) is Outcome.COMMITTED
    assert capture_of(State.FINISHED) is Capture.COMPLETE
