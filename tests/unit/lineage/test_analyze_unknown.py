"""Knowing fewer columns may lose edges; it must never make one up."""

from __future__ import annotations

import pytest
from tests.lineage_cases.cases import Case, load

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.result import Coverage, LineageResult, ObjectName


def edges(result: LineageResult) -> set[tuple[str, str]]:
    found = {("", str(one.column)) for one in result.indirect}
    return found | {
        (column.name, str(one.column)) for column in result.columns for one in (*column.direct, *column.indirect)
    }


@pytest.mark.parametrize("case", [case for case in load() if case.coverage == "COLUMN"], ids=str)
def test_no_edge_appears_where_columns_are_unknown(case: Case) -> None:
    columns = {ObjectName(*name): [column.lower() for column, _ in found] for name, found in case.tables.items()}
    informed = analyze(case.sql, catalog=case.catalog, schema=case.schema, columns=columns)
    for known in ({}, {name: columns[name] for name in list(columns)[::2]}):
        blind = analyze(case.sql, catalog=case.catalog, schema=case.schema, columns=known)
        assert edges(blind) <= edges(informed)
        assert (blind.sources, blind.target) == (informed.sources, informed.target)
        if edges(blind) < edges(informed):
            assert blind.coverage is Coverage.TABLE
            assert blind.reasons
