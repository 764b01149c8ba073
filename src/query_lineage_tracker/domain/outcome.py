"""What an execution did to data, as far as its state, its error and what it wrote tell."""

from __future__ import annotations

from query_lineage_tracker.domain.history import Capture, ExecutedQuery, Outcome, State

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


def outcome_of(query: ExecutedQuery, *, writes: bool) -> Outcome | None:
    """What happened to the data of a write; None for reads and for executions that have not ended.

    Trino commits before it reports FINISHED, so a query that its client abandons in between is FAILED although its
    data is there. Whatever may have failed after the commit point is UNCERTAIN, never NOT_WRITTEN.
    """
    if not writes or not query.state.terminal:
        return None
    if query.nothing_to_do:
        return Outcome.NOT_WRITTEN
    if query.state is State.FINISHED:
        return Outcome.COMMITTED
    if query.error_type in _NEVER_RAN and query.error_code not in _CLIENT_OR_OPERATOR_ENDED_IT:
        return Outcome.NOT_WRITTEN
    return Outcome.NOT_WRITTEN if _inserted_nothing(query) else Outcome.UNCERTAIN


def _inserted_nothing(query: ExecutedQuery) -> bool:
    """Whether an INSERT surely put no row anywhere: all its rows are counted before its commit.

    Other writes change data without writing rows, and connectors that tell nothing of what they wrote are many: for
    those neither fact proves anything.
    """
    return query.update_type == "INSERT" and query.finished_writing is False and query.resources.written_rows == 0
