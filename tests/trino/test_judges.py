"""The judges of agreement are judged: a difference without its reason is found. No server is needed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.trino.agreement import Edge, Use, badly_merged, edges_agree, rows_agree, uses_agree

ROW: dict[str, Any] = {
    "query_id": "1", "state": "FINISHED", "outcome": "COMMITTED", "user_name": "alice", "elapsed_ms": 100,
    "written_rows": 5, "written_bytes": None, "nothing_to_do": None, "started": "2026-11-22T12:00:00",
    "told_by": ["EVENT"],
}  # fmt: skip
POLLED: dict[str, Any] = ROW | {"told_by": ["POLL"], "written_rows": None, "written_bytes": 54}


def test_what_only_one_can_tell_is_explained() -> None:
    agreement = rows_agree({"1": POLLED}, {"1": ROW})
    assert (agreement.same, agreement.explained.total(), agreement.unexplained) == (7, 3, [])


@pytest.mark.parametrize(
    ("polled", "told"),
    [
        ({"state": "FAILED"}, {}),
        ({"user_name": None}, {}),
        ({"elapsed_ms": 200}, {}),
        ({}, {"started": None}),
        ({"written_rows": 4}, {}),
        ({"outcome": "UNCERTAIN"}, {}),
        ({"outcome": "UNCERTAIN"}, {"outcome": "NOT_WRITTEN"}),
        ({}, {"outcome": "NOT_WRITTEN"}),
    ],
)
def test_a_fact_that_differs_without_a_reason_is_found(polled: dict[str, Any], told: dict[str, Any]) -> None:
    assert len(rows_agree({"1": POLLED | polled}, {"1": ROW | told}).unexplained) == 1


def test_an_execution_that_one_of_them_does_not_know_is_found() -> None:
    assert rows_agree({"1": POLLED, "2": POLLED}, {"1": ROW}).unexplained == ["2: told by one only"]


def test_a_merged_row_has_what_events_told_and_for_the_rest_what_polls_told() -> None:
    merged = ROW | {"written_bytes": 54, "told_by": ["EVENT", "POLL"]}
    assert badly_merged(merged, POLLED, ROW) == []
    assert badly_merged(merged | {"written_rows": None}, POLLED, ROW) == ["1 written_rows: None instead of 5"]
    assert badly_merged(merged | {"written_bytes": None}, POLLED, ROW) == ["1 written_bytes: None instead of 54"]


def edge(method: str, text: str, *, kind: str = "CTAS", subtype: str = "IDENTITY") -> Edge:
    return Edge("1", kind, text, "COLUMN", "lake.s.u.k", "lake.s.t.a", subtype, method)


@pytest.mark.parametrize(
    "found",
    [
        edge("PARSED", "MERGE INTO t", kind="MERGE"),
        edge("PARSED", "UPDATE t SET a = k", kind="UPDATE"),
        edge("PARSED", "SELECT k AS a FROM u JOIN w USING (j, k)"),
        edge("PARSED", "SELECT x AS a FROM u CROSS JOIN UNNEST(k) q (x)"),
        edge("PARSED", "SELECT rank() OVER w AS a FROM u WINDOW w AS (ORDER BY k)", subtype="WINDOW"),
        edge("PARSED", "SELECT a FROM u WHERE k > 1", subtype="FILTER"),
    ],
)
def test_what_only_the_analyzer_found_in_a_hole_is_explained(found: Edge) -> None:
    assert edges_agree([found]).unexplained == []
    assert edges_agree([found._replace(method="BOTH")]).same == 1
    assert edges_agree([found._replace(method="ENGINE")]).unexplained != []


@pytest.mark.parametrize(
    "found",
    [
        edge("PARSED", "SELECT k AS a FROM u"),
        edge("PARSED", "SELECT k AS a FROM u JOIN w USING (j)"),
        edge("PARSED", "SELECT rank() OVER (ORDER BY k) AS a FROM u", subtype="WINDOW"),
        edge("ENGINE", "SELECT k AS a FROM u", subtype="UNKNOWN"),
    ],
)
def test_an_edge_that_only_one_of_them_found_outside_of_a_hole_is_found(found: Edge) -> None:
    assert edges_agree([found]).unexplained == [str(found)]


def test_a_table_that_only_one_of_them_names_is_found() -> None:
    source = Use("1", "CTAS", "CREATE TABLE t AS SELECT a FROM u", "COLUMN", "lake.s.u", "SOURCE", "PARSED")
    assert uses_agree([source]).unexplained == [str(source)]
    assert uses_agree([source._replace(method="ENGINE")]).unexplained != []
    assert uses_agree([source._replace(kind="CREATE_TABLE", role="TARGET")]).unexplained == []
