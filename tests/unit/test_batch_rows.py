"""A batch as rows of tables."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.batches import execution

from query_lineage_tracker.adapters.postgres import batch_rows
from query_lineage_tracker.domain.history import RejectedRow, State, Teller


def test_a_row_has_a_value_for_each_column_of_the_batch() -> None:
    place = batch_rows.FACTS.index("resource_group") + 1
    row = batch_rows.execution_row(execution(1, "select 1", resource_group=("global", "etl")))
    assert len(row) == 1 + len(batch_rows.FACTS) + 5
    assert row[place] == ["global", "etl"]
    assert batch_rows.execution_row(execution(1, "select 1"))[place] is None


@pytest.mark.parametrize(
    ("teller", "state", "description"),
    [
        (Teller.EVENT, State.FINISHED, "EVENT"),
        (Teller.REST, State.FAILED, "REST"),
        (Teller.EVENT, State.QUEUED, None),
        (Teller.POLL, State.FINISHED, None),
    ],
)
def test_a_row_says_who_told_and_whether_that_describes_it(
    teller: Teller, state: State, description: str | None
) -> None:
    row = batch_rows.execution_row(execution(1, "select 1", state=state, told_by=teller))
    assert row[-3:] == ([teller.value], None, description)


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
