"""The tracker's own analyzer at work, with columns that are resolved in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone

import pytest
from structlog.testing import capture_logs

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.column_sets import ColumnSet
from query_lineage_tracker.lineage.result import Coverage, LineageResult, ObjectName
from query_lineage_tracker.ports.analysis import Run, StatementText
from query_lineage_tracker.services import analysis
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.identity import statement_id

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
U = ObjectName("lake", "s", "u")


class Known:
    """A resolver that counts its calls."""

    def __init__(self, **columns: tuple[str, ...]) -> None:
        self.known = {ObjectName("lake", "s", name): ColumnSet(its, NOON) for name, its in columns.items()}
        self.calls: list[set[ObjectName]] = []

    async def columns(self, objects: Iterable[ObjectName]) -> Mapping[ObjectName, ColumnSet]:
        self.calls.append(set(objects))
        return {name: self.known[name] for name in self.calls[-1] if name in self.known}


def analyzed(*statements: StatementText, known: Known | None = None) -> list[LineageResult]:
    return list(asyncio.run(TrinoAnalyzer(known).analyze(statements)))


def text(sql: str, *minutes: int, finished: bool = True) -> StatementText:
    times = [NOON + timedelta(minutes=minute) for minute in minutes]
    runs = tuple(Run(time, time if finished else None) for time in times)
    return StatementText(sql, "lake", "s", statement_id("n", sql, None, None), runs)


def test_columns_of_all_statements_are_resolved_in_one_call() -> None:
    known = Known(u=("a", "b"))
    first, second, third = analyzed(text("SELECT * FROM u"), text("SELECT * FROM w"), text("SELECT 1"), known=known)
    assert [column.name for column in first.columns] == ["a", "b"]
    assert (first.coverage, second.coverage, third.coverage) == (Coverage.COLUMN, Coverage.TABLE, Coverage.COLUMN)
    assert known.calls == [{U, ObjectName("lake", "s", "w")}]


def test_of_several_executions_the_last_one_counts() -> None:
    read = text("SELECT * FROM u", 1, 5)
    create = text("CREATE TABLE u AS SELECT 1 AS a", 3)
    change = text("ALTER TABLE u ADD COLUMN b int", 4)
    assert [column.name for column in analyzed(read, change, create)[0].columns] == ["a", "b"]
    before = text("SELECT * FROM u", 1)
    assert analyzed(before, create)[0].coverage is Coverage.TABLE


def test_what_failed_changes_no_columns() -> None:
    create = text("CREATE TABLE u AS SELECT 1 AS a", 1, finished=False)
    assert analyzed(create, text("SELECT * FROM u", 2))[1].coverage is Coverage.TABLE


def test_a_defect_is_the_result_of_that_statement_alone_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    def defective(sql: str, **given: object) -> LineageResult:
        if "boom" in sql:
            raise AssertionError("never expected")
        return analyze(sql, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(analysis, "analyze", defective)
    broken = text("INSERT INTO boom SELECT a FROM u")
    with capture_logs() as logs:
        first, second = analyzed(broken, text("INSERT INTO t SELECT a FROM u"))
    assert (first.kind.value, first.effect.value, first.coverage) == ("INSERT", "WRITES", Coverage.NONE)
    assert first.reasons == ("analyzer defect: AssertionError: never expected",)
    assert second.sources == (U,)
    assert [(one["event"], one["statement_id"]) for one in logs] == [("analysis.defect", str(broken.statement_id))]


def test_a_slow_statement_is_told() -> None:
    with capture_logs() as logs:
        asyncio.run(TrinoAnalyzer(slow_s=0).analyze([text("SELECT 1")]))
    assert [one["event"] for one in logs] == ["analysis.slow"]
