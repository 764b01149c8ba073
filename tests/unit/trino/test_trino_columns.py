"""Columns asked of a coordinator, through the real client."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from tests.coordinators import FakeCoordinator
from tests.unit.trino.conftest import Connect

from query_lineage_tracker.adapters.trino import columns as trino_columns
from query_lineage_tracker.adapters.trino import question
from query_lineage_tracker.adapters.trino.columns import TrinoColumns
from query_lineage_tracker.adapters.trino.question import one_question
from query_lineage_tracker.lineage.column_sets import ColumnsOrigin, FetchedColumns
from query_lineage_tracker.lineage.result import ObjectName

U, T = ObjectName("lake", "s", "u"), ObjectName("lake", "it's", "t")
NAMES = ["table_schema", "table_name", "column_name", "data_type"]


@dataclass
class Informed(FakeCoordinator):
    """Answers every statement with the rows of an information schema."""

    columns: list[list[object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()

    def _result(self) -> tuple[list[str], list[list[object]]]:
        return NAMES, self.columns


class Own:
    """Remembers the queries that were recorded as ours."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, str]] = []

    async def record_own_query(self, cluster: str, query_id: str) -> None:
        self.recorded.append((cluster, query_id))


def asked(
    connected: Connect, coordinator: FakeCoordinator, objects: Sequence[ObjectName], own: Own | None = None
) -> FetchedColumns | None:
    source = TrinoColumns(connected(coordinator), own or Own(), "prod")
    return asyncio.run(source.fetch(objects))


def test_one_statement_asks_for_all_and_is_recorded_as_ours(connected: Connect) -> None:
    coordinator, own = Informed(), Own()
    coordinator.columns = [
        ["it's", "t", "x", "bigint"],
        ["s", "t", "other", "bigint"],
        ["s", "u", "A", "varchar"],
        ["s", "u", "b", "row(x bigint)"],
    ]
    answer = asked(connected, coordinator, [U, T, ObjectName("hive", "s", "w")], own)
    assert answer is not None
    assert answer.asked == (U, T)
    assert {name: (one.columns, one.types) for name, one in answer.columns.items()} == {
        U: (("a", "b"), ("varchar", "row(x bigint)")),
        T: (("x",), ("bigint",)),
    }
    assert {one.origin for one in answer.columns.values()} == {ColumnsOrigin.TRINO}
    (statement,) = coordinator.statements
    assert 'FROM "lake"."information_schema"."columns"' in statement
    assert "IN ('it''s', 's')" in statement
    assert "IN ('t', 'u')" in statement
    assert own.recorded == [("prod", coordinator.own_id)]


def test_what_is_not_shown_has_a_reason(connected: Connect) -> None:
    answer = asked(connected, Informed(), [U])
    assert answer == FetchedColumns((U,), {}, "Trino shows no columns of it")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("PERMISSION_DENIED", "no right to read lake.information_schema"),
        ("CATALOG_NOT_FOUND", "CATALOG_NOT_FOUND: no such catalog"),
    ],
)
def test_what_trino_refuses_is_an_answer_and_recorded_as_ours(connected: Connect, name: str, problem: str) -> None:
    coordinator, own = Informed(), Own()
    coordinator.failure = {"message": "no such catalog", "errorCode": 1, "errorName": name, "errorType": "USER_ERROR"}
    answer = asked(connected, coordinator, [U], own)
    assert answer is not None
    assert (answer.asked, dict(answer.columns)) == ((U,), {})
    assert problem in answer.problem
    assert own.recorded == [("prod", coordinator.own_id)]


def test_a_coordinator_that_is_away_gives_no_answer(connected: Connect) -> None:
    coordinator = Informed()
    coordinator.raises = ConnectionRefusedError()
    assert asked(connected, coordinator, [U]) is None


def test_a_question_that_takes_too_long_is_answered_by_that(
    connected: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question, "_SECONDS", -1.0)
    answer = asked(connected, Informed(), [U])
    assert answer is not None
    assert "did not finish our query in time" in answer.problem


def test_an_answer_that_is_cut_off_leaves_out_what_may_be_incomplete(
    connected: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trino_columns, "_MOST_ROWS", 2)
    coordinator = Informed()
    coordinator.columns = [["it's", "t", "x", "bigint"], ["s", "u", "a", "bigint"]]
    answer = asked(connected, coordinator, [U, T])
    assert answer is not None
    assert list(answer.columns) == [T]
    assert answer.problem == "more than 2 columns in one answer"


def test_a_question_stays_within_what_trino_looks_up_one_by_one() -> None:
    spread = [ObjectName("lake", f"s{number % 20}", f"t{number}") for number in range(300)]
    chosen = one_question(spread)
    assert len(chosen) == 10
    assert len({one.schema for one in chosen}) * len({one.name for one in chosen}) <= 100
    together = [ObjectName("lake", "s", f"t{number}") for number in range(300)]
    assert len(one_question(together)) == 100
    assert one_question(together, most=20) == tuple(together[:20])
    assert one_question([]) == ()
