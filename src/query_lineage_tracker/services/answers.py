"""What Trino said of executions, as facts about their statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from query_lineage_tracker.domain.history import State
from query_lineage_tracker.lineage.engine import EngineAnswer
from query_lineage_tracker.lineage.kinds import is_rollback
from query_lineage_tracker.lineage.result import ColumnChange, ColumnVerb, LineageResult, StatementKind
from query_lineage_tracker.ports.store import KnownStatement
from query_lineage_tracker.services.prepare import PreparedExecution

_MAKE_THEIR_TARGET = frozenset({StatementKind.CTAS, StatementKind.CREATE_VIEW, StatementKind.CREATE_MATERIALIZED_VIEW})
_ABORTED = "TRANSACTION_ALREADY_ABORTED"


@dataclass(frozen=True, slots=True)
class Answered:
    """Trino's answer about a statement, from the execution that ended at `at`."""

    answer: EngineAnswer
    at: datetime

    def is_news_to(self, known: KnownStatement | None) -> bool:
        """Whether the statement is not known with this answer or a later one."""
        if known is None or known.engine_digest is None or known.engine_at is None:
            return True
        digest = self.answer.digest()
        return digest != known.engine_digest and (self.at, digest) > (known.engine_at, known.engine_digest)


def answers_of(executions: Iterable[PreparedExecution], answers: Mapping[str, EngineAnswer]) -> dict[UUID, Answered]:
    """The last answer about each statement; of answers about the same moment always the same one."""
    found: dict[UUID, Answered] = {}
    for one in executions:
        answer = answers.get(one.query.query_id)
        if answer is None or one.query.ended is None:
            continue
        new, old = Answered(answer, one.query.ended), found.get(one.statement_id)
        if old is None or (new.at, answer.digest()) > (old.at, old.answer.digest()):
            found[one.statement_id] = new
    return found


def change_told(result: LineageResult, answered: Answered | None) -> ColumnChange | None:
    """What the statement does to the columns of its target: by its text, else by what Trino said that it made."""
    if result.change is not None or answered is None or result.kind not in _MAKE_THEIR_TARGET:
        return result.change
    answer = answered.answer
    if answer.target is None or not answer.columns:
        return None
    return ColumnChange(answer.target, ColumnVerb.ALL, tuple(column.name for column in answer.columns))


def rolled_back(executions: Iterable[PreparedExecution]) -> tuple[str, ...]:
    """The transactions that were surely rolled back: somebody did, or was told that it had been aborted."""
    return tuple(
        dict.fromkeys(
            one.query.transaction_id
            for one in executions
            if one.query.transaction_id is not None and (one.query.error_code == _ABORTED or _is_finished_rollback(one))
        )
    )


def _is_finished_rollback(one: PreparedExecution) -> bool:
    return one.query.state is State.FINISHED and is_rollback(one.analyzed.redacted)
