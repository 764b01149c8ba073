"""What an execution did to data, as far as its state and error tell."""

from __future__ import annotations

from query_lineage_tracker.domain.history import Capture, Outcome, State

_NEVER_RAN = frozenset({"USER_ERROR", "INSUFFICIENT_RESOURCES"})
_CLIENT_OR_OPERATOR_ENDED_IT = frozenset(
    {
        "ABANDONED_QUERY",
        "ADMINISTRATIVELY_KILLED",
        "ADMINISTRATIVELY_PREEMPTED",
        "EXCEEDED_TIME_LIMIT",
        "SERVER_SHUTTING_DOWN",
        "USER_CANCELED",
    }
)


def capture_of(state: State) -> Capture:
    """COMPLETE for a terminal state, else OPEN; LOST is only ever concluded by the poll arithmetic."""
    return Capture.COMPLETE if state.terminal else Capture.OPEN


def outcome_of(*, writes: bool, state: State, error_type: str | None, error_code: str | None) -> Outcome | None:
    """What happened to the data of a write; None for reads and for executions that have not ended.

    Trino commits before it reports FINISHED, so a query that its client abandons in between is FAILED although its
    data is there. Whatever may have failed after the commit point is UNCERTAIN, never NOT_WRITTEN.
    """
    if not writes or not state.terminal:
        return None
    if state is State.FINISHED:
        return Outcome.COMMITTED
    if error_type in _NEVER_RAN and error_code not in _CLIENT_OR_OPERATOR_ENDED_IT:
        return Outcome.NOT_WRITTEN
    return Outcome.UNCERTAIN
