"""A batch as rows of tables."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.batches import LINES, ORDERS, READ, REVENUE, analyzed, execution, statement_of, write

from query_lineage_tracker.adapters.postgres import batch_rows
from query_lineage_tracker.domain.history import RejectedRow, State
from query_lineage_tracker.lineage.result import ColumnName, Influence, OutputColumn, Subtype

IDS = {ORDERS: 1, LINES: 2, REVENUE: 3}
INSERT = "insert into revenue select amount from orders"


@given(st.lists(st.integers(0, 5)))
def test_rounds_keep_every_execution_in_order_and_name_each_query_once(numbers: list[int]) -> None:
    executions = [execution(number, f"select {place}", state=State.RUNNING) for place, number in enumerate(numbers)]
    rounds = batch_rows.rounds(executions)
    assert sorted(map(id, executions)) == sorted(id(one) for part in rounds for one in part)
    for part in rounds:
        ids = [one.query.query_id for one in part]
        assert len(ids) == len(set(ids))
    for number in set(numbers):
        texts = [one.query.text for one in executions if one.query.query_id.split("_")[2] == f"{number:05}"]
        later = [one.query.text for part in rounds for one in part if one.query.text in texts]
        assert later == texts


def test_a_row_has_a_value_for_each_column_of_the_batch() -> None:
    row = batch_rows.execution_row(execution(1, "select 1", resource_group=("global", "etl")))
    assert len(row) == 35
    assert row[18] == ["global", "etl"]
    assert batch_rows.execution_row(execution(1, "select 1"))[18] is None


def test_an_influence_that_is_named_twice_is_one_column_edge() -> None:
    twice = Influence(ColumnName(ORDERS, "amount"), Subtype.IDENTITY)
    result = replace(write(ORDERS), columns=(OutputColumn("amount", direct=(twice, twice), indirect=(twice,)),))
    rows = batch_rows.result_rows("trino", [(analyzed(INSERT, result), b"")], IDS)
    statement = statement_of(INSERT)
    assert rows.column_edges == [
        (statement, 1, "amount", 3, "amount", "IDENTITY"),
        (statement, 1, "id", 3, "", "FILTER"),
    ]


def test_a_read_has_columns_but_no_edges() -> None:
    rows = batch_rows.result_rows("trino", [(analyzed("select 1", READ), b"")], IDS)
    assert [row[1:] for row in rows.columns] == [("SOURCE", 1, "id")]
    assert rows.column_edges == []


def test_the_hash_of_a_result_depends_on_all_that_is_stored_of_it() -> None:
    first = analyzed(INSERT, write(ORDERS))
    others = [
        analyzed(INSERT, write(LINES)),
        analyzed(INSERT, write(ORDERS, column="price")),
        replace(first, text_id=statement_of("another text")),
    ]
    hashes = {batch_rows.result_hash(one) for one in (first, *others)}
    assert len(hashes) == 4
    assert batch_rows.result_hash(analyzed(INSERT, write(ORDERS))) == batch_rows.result_hash(first)


def test_who_found_a_result_and_by_which_columns_is_no_part_of_its_hash() -> None:
    first = analyzed(INSERT, write(ORDERS))
    by_columns = replace(write(ORDERS), known=((ORDERS, ("id", "amount")), (REVENUE, None)))
    for other in (analyzed(INSERT, write(ORDERS), analyzer="test 2"), analyzed(INSERT, by_columns)):
        assert batch_rows.result_hash(other) == batch_rows.result_hash(first)


def test_an_object_has_the_hash_of_the_columns_that_the_analysis_went_by() -> None:
    by_columns = replace(write(ORDERS, LINES), known=((ORDERS, ("id", "amount")), (REVENUE, None)))
    hashes = dict(batch_rows.went_by(by_columns))
    assert hashes == {ORDERS: batch_rows.columns_hash(("id", "amount")), REVENUE: b""}
    assert batch_rows.columns_hash(("id", "amount")) != batch_rows.columns_hash(("amount", "id"))


def test_the_same_rejected_row_has_one_identity_a_place() -> None:
    row = RejectedRow("no user", "{}", "a.jsonl:1")
    digest = batch_rows.quarantine_digest("trino", "files", row)
    assert batch_rows.quarantine_digest("trino", "files", replace(row, reason="other words")) == digest
    assert batch_rows.quarantine_digest("trino", "files", replace(row, origin="a.jsonl:2")) != digest


@given(st.text(st.characters()))
def test_whatever_the_text_it_becomes_storable_and_storable_text_stays(text: str) -> None:
    stored = batch_rows.storable(text)
    assert "\0" not in stored
    assert stored.encode("utf-8").decode("utf-8") == batch_rows.storable(stored)


@pytest.mark.parametrize(
    ("text", "stored"), [("a\0b", "a\u2400b"), ("\ud800x", "\ufffdx"), ("\U0001f600", "\U0001f600")]
)
def test_what_cannot_be_stored_is_visible(text: str, stored: str) -> None:
    repaired = batch_rows.storable(execution(1, text, user=text))
    assert (repaired.query.text, repaired.query.user, repaired.query.state) == (stored, stored, State.FINISHED)
