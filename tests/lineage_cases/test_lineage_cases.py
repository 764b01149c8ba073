"""Every case of the case files against the analyzer."""

from __future__ import annotations

import pytest

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.result import Influence, LineageResult, ObjectName, OutputColumn
from tests.lineage_cases.cases import ANY, Case, ExpectedColumn, load

CASES = load()


def answer(case: Case) -> LineageResult:
    known = {
        ObjectName(*name): {column.lower(): type_ for column, type_ in columns} for name, columns in case.tables.items()
    }
    return analyze(case.sql, catalog=case.catalog, schema=case.schema, columns=known)


def pairs(influences: tuple[Influence, ...]) -> frozenset[tuple[str, str]]:
    return frozenset((str(influence.column), influence.subtype.value) for influence in influences)


def shown(column: OutputColumn, expected: ExpectedColumn) -> tuple[str, frozenset[tuple[str, str]]]:
    """A column of the answer, with the name and the subtypes blanked that the case leaves open."""
    upstream = pairs(column.direct) | pairs(column.indirect)
    open_subtypes = {name for name, subtype in expected.upstream if not subtype}
    blanked = frozenset((name, "" if name in open_subtypes else subtype) for name, subtype in upstream)
    return ANY if expected.name == ANY else column.name, blanked


@pytest.mark.parametrize("case", CASES, ids=str)
def test_statement_kind_and_effect_are_right(case: Case) -> None:
    result = answer(case)
    assert case.kind in {None, result.kind.value}
    assert case.effect in {None, result.effect.value}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_objects_are_right(case: Case) -> None:
    result = answer(case)
    if case.sources is not None:
        assert {str(name) for name in result.sources} == case.sources
    if case.target_checked:
        assert (str(result.target) if result.target else None) == case.target
    if case.unresolved is not None:
        assert {str(name) for name in result.unresolved} == case.unresolved


@pytest.mark.parametrize("case", [case for case in CASES if case.coverage == "COLUMN"], ids=str)
def test_column_edges_are_right(case: Case) -> None:
    result = answer(case)
    expected = [(column.name, column.upstream) for column in case.columns]
    assert len(result.columns) == len(expected), result.columns
    found = [shown(column, wanted) for column, wanted in zip(result.columns, case.columns, strict=True)]
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    if not result.target:
        assert found == expected, "in the order of the select list"


@pytest.mark.parametrize("case", [case for case in CASES if case.indirect is not None], ids=str)
def test_what_influences_every_row_is_right(case: Case) -> None:
    assert pairs(answer(case).indirect) == case.indirect


@pytest.mark.parametrize("case", [case for case in CASES if case.read is not None], ids=str)
def test_columns_read_are_right(case: Case) -> None:
    assert frozenset(map(str, answer(case).columns_read)) == case.read


@pytest.mark.parametrize("case", CASES, ids=str)
def test_coverage_says_how_far_the_answer_goes(case: Case) -> None:
    result = answer(case)
    assert case.coverage in {None, result.coverage.value}, result.reasons
    assert (result.error is None) == (case.error is None)
    if case.coverage == "TABLE":
        assert result.reasons
    if result.error:
        assert f"{result.error.line}:{result.error.column}" == case.error
