"""What Trino said of executions, as facts about their statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from query_lineage_tracker.domain.history import ExecutedQuery, Session, State
from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.engine import EngineAnswer, EngineColumn, EngineTable
from query_lineage_tracker.lineage.result import ColumnChange, ColumnVerb, Effect, ObjectName
from query_lineage_tracker.ports.store import KnownStatement
from query_lineage_tracker.services.answers import Answered, answers_of, change_told, rolled_back
from query_lineage_tracker.services.identity import statement_id
from query_lineage_tracker.services.prepare import PreparedExecution, prepare

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
T, U, W = (ObjectName("lake", "s", name) for name in ("t", "u", "w"))
FROM_U, FROM_W = (EngineAnswer((EngineTable(name, direct=True),), T) for name in (U, W))


def executed(sql: str, number: int = 1, state: State = State.FINISHED, error: str | None = None) -> PreparedExecution:
    query = ExecutedQuery(
        query_id=f"20261122_120000_{number:05}_99ia3",
        state=state,
        user="alice",
        text=sql,
        created=NOON,
        ended=NOON + timedelta(minutes=number) if state.terminal else None,
        error_code=error,
        session=Session("lake", "s"),
        transaction_id="8d3c",
    )
    return prepare([query], namespace="n", redact_literals=False)[0]


def known(digest: bytes | None, at: datetime | None) -> KnownStatement:
    key = statement_id("n", "f", None, None)
    return KnownStatement(key, Effect.WRITES, "trino 1", engine_digest=digest, engine_at=at)


def test_the_last_answer_about_a_statement_counts_in_whatever_order_they_come() -> None:
    first, last = executed("INSERT INTO t SELECT 1 FROM u"), executed("INSERT INTO t SELECT 2 FROM u", 2)
    assert first.statement_id == last.statement_id
    answers = {first.query.query_id: FROM_U, last.query.query_id: FROM_W}
    expected = {first.statement_id: Answered(FROM_W, NOON + timedelta(minutes=2))}
    assert answers_of([first, last], answers) == answers_of([last, first], answers) == expected


def test_of_two_answers_about_one_moment_the_same_one_counts_whatever_the_order() -> None:
    one = executed("INSERT INTO t SELECT 1 FROM u")
    other = replace(one, query=replace(one.query, query_id="20261122_120000_00009_99ia3"))
    answers = {one.query.query_id: FROM_U, other.query.query_id: FROM_W}
    assert answers_of([one, other], answers) == answers_of([other, one], answers)


def test_an_execution_that_has_not_ended_has_no_answer() -> None:
    running = executed("INSERT INTO t SELECT 1 FROM u", state=State.RUNNING)
    assert answers_of([running], {running.query.query_id: FROM_U}) == {}


def test_an_answer_is_news_unless_it_is_known_or_older() -> None:
    answered = Answered(FROM_U, NOON)
    before, after = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
    assert answered.is_news_to(None)
    assert answered.is_news_to(known(None, None))
    assert answered.is_news_to(known(FROM_W.digest(), before))
    assert not answered.is_news_to(known(FROM_W.digest(), after))
    assert not answered.is_news_to(known(FROM_U.digest(), before))


def test_the_columns_of_a_new_table_are_those_that_trino_made_where_the_text_does_not_say() -> None:
    answer = EngineAnswer((EngineTable(U, direct=True),), T, (EngineColumn("a"), EngineColumn("b")))
    answered = Answered(answer, NOON)
    unknown = analyze("CREATE TABLE t AS SELECT * FROM u", catalog="lake", schema="s")
    assert unknown.change is None
    assert change_told(unknown, answered) == ColumnChange(T, ColumnVerb.ALL, ("a", "b"))
    said = analyze("CREATE TABLE t AS SELECT a AS x FROM u", catalog="lake", schema="s")
    assert change_told(said, answered) == said.change
    inserted = analyze("INSERT INTO t SELECT * FROM u", catalog="lake", schema="s")
    assert change_told(inserted, answered) is None
    assert change_told(unknown, None) is None


def test_a_finished_rollback_and_an_abort_that_somebody_was_told_of_void_a_transaction() -> None:
    assert rolled_back([executed("/* enough */ ROLLBACK WORK")]) == ("8d3c",)
    assert rolled_back([executed("INSERT INTO t VALUES 1", 1, State.FAILED, "TRANSACTION_ALREADY_ABORTED")]) == (
        "8d3c",
    )
    assert rolled_back([executed("ROLLBACK", 1, State.FAILED, "GENERIC_INTERNAL_ERROR")]) == ()
    assert rolled_back([executed("COMMIT"), executed("SELECT 1", 2)]) == ()
    assert rolled_back([executed("INSERT INTO t VALUES 1", 1, State.FAILED, "DIVISION_BY_ZERO")]) == ()
