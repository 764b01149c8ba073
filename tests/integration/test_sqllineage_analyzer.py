"""The sqllineage adapter with real worker processes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from query_lineage_tracker.adapters.sqllineage.analyzer import SqllineageAnalyzer, WorkerLimits
from query_lineage_tracker.lineage.result import Coverage, Effect, LineageResult, ObjectName, StatementKind
from query_lineage_tracker.ports.analysis import StatementText


def analyze(*sql: str, limits: WorkerLimits | None = None, catalog: str | None = "lake") -> Sequence[LineageResult]:
    async def answers() -> Sequence[LineageResult]:
        analyzer = SqllineageAnalyzer(limits)
        try:
            return await analyzer.analyze([StatementText(one, catalog, "s") for one in sql])
        finally:
            await analyzer.aclose()

    return asyncio.run(answers())


def test_a_write_has_sources_target_and_columns_in_the_session() -> None:
    (result,) = analyze("CREATE TABLE t AS SELECT a, x.b + 1 AS c FROM d.u x")
    assert (result.kind, result.effect) == (StatementKind.CTAS, Effect.WRITES)
    assert result.sources == (ObjectName("lake", "d", "u"),)
    assert result.target == ObjectName("lake", "s", "t")
    assert {str(influence.column) for column in result.columns for influence in column.direct} == {
        "lake.d.u.a",
        "lake.d.u.b",
    }
    assert result.coverage is Coverage.TABLE


def test_names_stay_unresolved_when_the_session_is_unknown() -> None:
    (result,) = analyze("INSERT INTO t SELECT a FROM u", catalog=None)
    assert result.sources == ()
    assert result.target is None
    assert {(str(name), name.target) for name in result.unresolved} == {("u", False), ("t", True)}


def test_a_column_that_could_come_from_two_tables_is_not_guessed() -> None:
    (result,) = analyze("CREATE TABLE t AS SELECT a FROM u JOIN w ON u.k = w.k")
    assert result.sources == (ObjectName("lake", "s", "u"), ObjectName("lake", "s", "w"))
    assert result.columns == ()


def test_a_syntax_error_is_an_answer_with_line_and_column() -> None:
    (result,) = analyze("SELECT a\nFROM u WHERE (")
    assert result.coverage is Coverage.NONE
    assert result.error is not None
    assert result.error.line >= 1
    assert result.error.message


def test_answers_keep_the_order_of_the_questions() -> None:
    results = analyze(*(f"INSERT INTO t SELECT a FROM u{number}" for number in range(8)))
    assert [result.sources[0].name for result in results] == [f"u{number}" for number in range(8)]


def test_a_hanging_worker_is_killed_and_replaced() -> None:
    slow = "SELECT " + ", ".join(f"c{number} + (c{number} * (c{number}))" for number in range(3000)) + " FROM u"
    limits = WorkerLimits(seconds=1.0, workers=1)
    hanging, after = analyze(slow, "SELECT a FROM u", limits=limits)
    assert hanging.error is not None
    assert "no answer within 1 seconds" in hanging.error.message
    assert after.sources == (ObjectName("lake", "s", "u"),)


@pytest.mark.parametrize("sql", ["", ";", "\N{GRINNING FACE}", "SELECT 'x\n\n", "-- only a comment"])
def test_odd_texts_have_an_answer(sql: str) -> None:
    (result,) = analyze(sql)
    assert result.target is None
