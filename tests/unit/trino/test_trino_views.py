"""Texts of views asked of a coordinator, through the real client."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from tests.coordinators import FakeCoordinator
from tests.unit.trino.conftest import Connect

from query_lineage_tracker.adapters.trino.statements import views_statement
from query_lineage_tracker.adapters.trino.views import TrinoViews, views_of
from query_lineage_tracker.lineage.engine import FetchedViews, ViewText
from query_lineage_tracker.lineage.result import ObjectName

V, M = ObjectName("lake", "s", "v"), ObjectName("lake", "it's", "m")
DENIED = {"message": "Access Denied", "errorCode": 4, "errorName": "PERMISSION_DENIED", "errorType": "USER_ERROR"}


@dataclass
class Informed(FakeCoordinator):
    """Answers every statement with views."""

    views: list[list[object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()

    def _result(self) -> tuple[list[str], list[list[object]]]:
        return ["schema_name", "name", "definition", "materialized"], self.views


class Own:
    """Remembers the queries that were recorded as ours."""

    def __init__(self) -> None:
        self.recorded: list[str] = []

    async def record_own_query(self, cluster: str, query_id: str) -> None:
        self.recorded.append(query_id)


def fetched(source: TrinoViews, objects: Sequence[ObjectName]) -> FetchedViews | None:
    return asyncio.run(source.fetch(objects))


def test_one_statement_asks_for_views_and_materialized_views_and_is_recorded_as_ours(connected: Connect) -> None:
    coordinator, own = Informed(), Own()
    coordinator.views = [["it's", "m", "SELECT 1", True], ["s", "v", "SELECT a\nFROM\n  u\n", False]]
    source = TrinoViews(connected(coordinator), own, "prod")
    answer = fetched(source, [V, M, ObjectName("hive", "s", "w"), ObjectName("lake", "s", "t")])
    assert answer is not None
    assert [one.name for one in answer.asked] == ["v", "m", "t"]
    assert answer.views == (ViewText(V, False, "SELECT a\nFROM\n  u\n", None), ViewText(M, True, "SELECT 1", None))
    assert answer.problem == ""
    (statement,) = coordinator.statements
    assert 'FROM "lake"."information_schema"."views"' in statement
    assert statement.count("UNION ALL") == 3
    assert """"schema_name" = 'it''s'""" in statement
    assert own.recorded == [coordinator.own_id]


def test_names_that_look_like_marks_of_the_statement_are_no_marks() -> None:
    odd = ObjectName('we"ird', ":names", ":name")
    statement = views_statement([odd], materialized=True)
    assert 'FROM "we""ird"."information_schema"."views"' in statement
    assert "IN (':names')" in statement
    assert "IN (':name')" in statement
    assert statement.endswith("""= 'we"ird'\n  AND "schema_name" = ':names'\n  AND "name" = ':name'""")


def test_a_view_without_a_text_tells_nothing() -> None:
    rows = [{"schema_name": "s", "name": "v", "definition": None, "materialized": False}]
    assert views_of([V], rows) == ()


def test_a_question_asks_for_few_objects(connected: Connect) -> None:
    source = TrinoViews(connected(Informed()), Own(), "prod")
    answer = fetched(source, [ObjectName("lake", "s", f"t{number}") for number in range(300)])
    assert answer is not None
    assert len(answer.asked) == 20


def test_what_trino_refuses_is_an_answer(connected: Connect) -> None:
    coordinator = Informed()
    coordinator.failure = {**DENIED, "errorName": "CATALOG_NOT_FOUND", "message": "no such catalog"}
    answer = fetched(TrinoViews(connected(coordinator), Own(), "prod"), [V])
    assert answer is not None
    assert (answer.asked, answer.views) == ((V,), ())
    assert "CATALOG_NOT_FOUND: no such catalog" in answer.problem


def test_without_the_right_to_materialized_views_the_others_are_asked_for(connected: Connect) -> None:
    coordinator = Informed()
    coordinator.failure = DENIED
    source = TrinoViews(connected(coordinator), Own(), "prod")
    first = fetched(source, [V])
    assert first is not None
    assert first.asked == ()
    coordinator.failure, coordinator.views = None, [["s", "v", "SELECT 1", False]]
    second = fetched(source, [V])
    assert second is not None
    assert second.views == (ViewText(V, False, "SELECT 1", None),)
    assert ["UNION ALL" in statement for statement in coordinator.statements] == [True, False]


def test_a_catalog_that_forbids_its_views_too_is_an_answer_and_says_nothing_of_others(connected: Connect) -> None:
    coordinator = Informed()
    coordinator.failure = DENIED
    source = TrinoViews(connected(coordinator), Own(), "prod")
    answers = [fetched(source, [V]), fetched(source, [V]), fetched(source, [ObjectName("hive", "s", "w")])]
    assert [(one.asked, one.problem) for one in answers if one is not None] == [
        ((), ""),
        ((V,), "no right to read lake.information_schema"),
        ((), ""),
    ]
    assert ["UNION ALL" in statement for statement in coordinator.statements] == [True, False, True]


@pytest.mark.parametrize("objects", [[V], []])
def test_a_coordinator_that_is_away_gives_no_answer_if_asked(connected: Connect, objects: list[ObjectName]) -> None:
    coordinator = Informed()
    coordinator.raises = ConnectionRefusedError()
    answer = fetched(TrinoViews(connected(coordinator), Own(), "prod"), objects)
    assert (answer is None) == bool(objects)
