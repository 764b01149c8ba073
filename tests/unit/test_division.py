"""A batch that PostgreSQL refuses is divided without losing anything, until one thing stands alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.batches import LINES, NOON, ORDERS, REST_SESSION, REVENUE, batch, execution, statement_of, write

from query_lineage_tracker.domain.capture import Gap, GapCause, LostQuery, LostReason, Undescribed
from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow, ResourceUse, SessionOrigin, State
from query_lineage_tracker.lineage.column_sets import ColumnSet
from query_lineage_tracker.lineage.result import Coverage
from query_lineage_tracker.ports.store import Batch, Definition
from query_lineage_tracker.records import parse_record
from query_lineage_tracker.services.division import halves, single, without_lineage, without_thing
from query_lineage_tracker.services.recorded import record_of

LOAD, READ_IT = "insert into revenue select amount from orders", "select amount from orders"
CLAIM = ClaimedRun("run", "jobs", "load", "COMPLETE", NOON, "dbt", query_id="20261122_120001_00001_abcde")
REASON = "PostgreSQL refuses it: check violation (23514)"

FULL = batch(
    [execution(1, LOAD), execution(2, READ_IT), execution(3, LOAD)],
    {LOAD: write(ORDERS), READ_IT: write(LINES), "nobody executed it": write(LINES)},
    columns={REVENUE: ColumnSet(("amount",), NOON)},
    rejected=(RejectedRow("not JSON", "{", "file:1"),),
    claims=(CLAIM,),
    definitions=(Definition(REVENUE, False, statement_of("nobody executed it"), NOON, NOON),),
    rolled_back=("transaction",),
    gaps=(Gap(GapCause.OUTAGE, NOON, NOON + timedelta(minutes=1)),),
    lost=(LostQuery("20261122_110000_00001_abcde", LostReason.RESTART),),
    undescribed=(("20261122_110000_00002_abcde", Undescribed.GONE),),
    watermark=NOON,
    position={"at": 7},
)
FIELDS = ("executions", "definitions", "undescribed", "lost", "rolled_back", "claims", "rejected", "gaps")


def divided(given: Batch) -> Iterator[Batch]:
    parts = halves(given)
    if parts is None:
        yield given
    else:
        for part in parts:
            yield from divided(part)


def test_the_smallest_parts_hold_everything_once_and_in_its_order() -> None:
    parts = list(divided(FULL))
    assert len(parts) == 3 + 1 + 1 + 6
    for name in FIELDS:
        assert tuple(one for part in parts for one in getattr(part, name)) == getattr(FULL, name)
    assert [dict(part.columns) for part in parts if part.columns] == [dict(FULL.columns)]
    assert all(single(part) is not None for part in parts)


def test_each_part_brings_the_statements_and_texts_that_it_refers_to_and_no_others() -> None:
    first, second, third, defining, *rest = divided(FULL)
    assert [one.fingerprint for one in (*first.statements, *second.statements, *third.statements)] == [
        LOAD,
        READ_IT,
        LOAD,
    ]
    assert [list(part.texts.values()) for part in (first, second, third)] == [[LOAD], [READ_IT], [LOAD]]
    assert [one.fingerprint for one in defining.statements] == ["nobody executed it"]
    assert not any(part.statements or part.texts for part in rest)


def test_a_prepared_text_goes_with_its_execution() -> None:
    one = execution(1, "execute p")
    one = replace(one, prepared_text_id=execution(9, READ_IT).text_id)
    given = batch([one, execution(2, LOAD)])
    given = replace(given, texts={**given.texts, execution(9, READ_IT).text_id: READ_IT})
    first, _ = divided(given)
    assert sorted(first.texts.values()) == ["execute p", READ_IT]


def test_only_the_last_part_moves_watermark_and_position() -> None:
    *others, last = divided(FULL)
    assert (last.watermark, last.position) == (FULL.watermark, FULL.position)
    assert all(part.watermark is None and part.position is None for part in others)


def test_statements_that_nothing_refers_to_are_divided_as_well() -> None:
    given = batch(results={LOAD: write(ORDERS), READ_IT: write(LINES)})
    assert [[one.fingerprint for one in part.statements] for part in divided(given)] == [[LOAD], [READ_IT]]


def test_what_moves_nothing_but_the_watermark_cannot_be_divided() -> None:
    given = batch(watermark=NOON)
    assert (halves(given), single(given)) == (None, None)


def test_without_lineage_a_statement_says_why_and_keeps_what_it_does() -> None:
    (one,) = without_lineage(batch([execution(1, LOAD)], {LOAD: write(ORDERS)}), REASON).statements
    assert (one.result.coverage, one.result.reasons) == (Coverage.NONE, (REASON,))
    assert one.result.effect is write(ORDERS).effect and one.result.target is None


def test_an_execution_in_quarantine_leaves_its_statement_and_moves_the_watermark() -> None:
    given = batch([execution(1, LOAD)], {LOAD: write(ORDERS)}, watermark=NOON)
    best, bare, nothing, last = without_thing(given, REASON, quarantined=True)
    assert (best.executions, best.statements, best.watermark) == ((), given.statements, NOON)
    assert list(best.texts.values()) == [LOAD]
    assert bare.statements[0].result.coverage is Coverage.NONE
    assert not nothing.statements and not nothing.texts
    (row,) = best.rejected
    assert best.rejected == bare.rejected == nothing.rejected
    assert (row.reason, row.query_id) == (REASON, given.executions[0].query.query_id)
    assert last.rejected[0].payload == "" and last.rejected[0].reason.startswith(REASON)


def test_who_keeps_it_elsewhere_finds_nothing_in_quarantine() -> None:
    given = batch([execution(1, LOAD)], {LOAD: write(ORDERS)})
    assert not any(one.rejected for one in without_thing(given, REASON, quarantined=False))


def test_a_row_that_the_quarantine_refuses_keeps_its_first_reason() -> None:
    row = RejectedRow("not JSON", "{", "file:1")
    assert next(without_thing(batch(rejected=(row,)), REASON, quarantined=True)).rejected == (
        replace(row, reason=f"not JSON; {REASON}"),
    )


def test_a_claim_in_quarantine_is_readable_and_without_secrets() -> None:
    claim = replace(CLAIM, sql="CREATE CATALOG c USING postgresql WITH (\"connection-password\" = 'hunter2')")
    (row,) = next(without_thing(batch(claims=(claim,)), REASON, quarantined=True)).rejected
    assert row.query_id == claim.query_id
    assert json.loads(row.payload)["claims"]["job_name"] == "load"
    assert "hunter2" not in row.payload


@pytest.mark.parametrize("state", [State.FINISHED, State.RUNNING])
def test_a_query_as_a_record_is_read_as_the_same_query(state: State) -> None:
    query = replace(
        execution(
            1,
            LOAD,
            state=state,
            started=NOON,
            source="dbt",
            error_type="USER_ERROR",
            error_code="COLUMN_NOT_FOUND",
            error_message="no such column",
            resource_group=("global", "etl"),
            prepared_text="select ?",
            query_type="INSERT",
            update_type="INSERT",
            client_info="{}",
            client_tags=("etl",),
            resources=ResourceUse(*range(12)),
            original_user="bob",
            principal="alice@REALM",
            trace_token="trace",
            transaction_id="a-b-c",
            finished_writing=True,
            nothing_to_do=False,
        ).query,
        session=replace(REST_SESSION, origin=SessionOrigin.RECORDED, schema=None),
    )
    assert parse_record(json.dumps(record_of(query)).encode(), "quarantine") == query
    least = ExecutedQuery(query.query_id, State.RUNNING, "alice", "", NOON)
    assert parse_record(json.dumps(record_of(least)).encode(), "quarantine") == least
