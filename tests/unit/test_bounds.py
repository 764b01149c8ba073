"""Names that no key of the database can hold are not stored, and told; everything else stays as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.batches import LINES, NOON, ORDERS, READ, REVENUE, analyzed, batch, execution, write

from query_lineage_tracker.adapters.postgres.bounds import bounded, cut
from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.lineage.column_sets import ColumnSet
from query_lineage_tracker.lineage.engine import EngineAnswer, EngineColumn, EngineTable
from query_lineage_tracker.lineage.result import (
    ColumnName,
    Coverage,
    LineageResult,
    ObjectName,
    OutputColumn,
    UnresolvedName,
)
from query_lineage_tracker.ports.store import AnalyzedStatement, Definition

SQL = "insert into revenue select amount from orders"
LONG = "x" * 3_000
LONG_TABLE = ObjectName("lake", "sales", LONG)
ANSWER = EngineAnswer((EngineTable(ORDERS, direct=True, columns=("amount",)),), REVENUE, ())


def statement(result: LineageResult) -> AnalyzedStatement:
    (one,) = bounded(batch(results={SQL: result})).statements
    return one


def test_a_batch_without_long_names_is_the_same_object() -> None:
    given = batch([execution(1, SQL, user="a" * 500)], {SQL: write(ORDERS, LINES)})
    assert bounded(given) is given


@pytest.mark.parametrize(
    "result",
    [
        write(ORDERS, LONG_TABLE),
        write(ORDERS, target=LONG_TABLE),
        replace(write(ORDERS), unresolved=(UnresolvedName(("a", "b", LONG), "too many parts"),)),
        write(ORDERS, target=ObjectName("lake", "sales", "ы" * 1_001)),
    ],
)
def test_a_statement_with_a_long_name_of_an_object_has_no_lineage_and_says_why(result: LineageResult) -> None:
    given = replace(result, reasons=("known before",))
    assert statement(given).result == LineageResult(
        given.kind,
        given.effect,
        coverage=Coverage.NONE,
        reasons=("known before", "a name in it is too long to be stored"),
    )


@pytest.mark.parametrize(
    "result",
    [
        write(ORDERS, column=LONG),
        replace(write(ORDERS), columns=(OutputColumn(LONG),)),
        replace(READ, columns_read=(ColumnName(ORDERS, LONG),)),
    ],
)
def test_a_long_name_of_a_column_leaves_the_tables(result: LineageResult) -> None:
    told = statement(result).result
    assert (told.sources, told.target, told.coverage) == (result.sources, result.target, Coverage.TABLE)
    assert (told.columns, told.indirect, told.columns_read) == ((), (), ())
    assert told.reasons == ("the name of a column is too long to be stored",)


def test_the_alias_of_a_column_that_is_only_read_may_be_long() -> None:
    given = batch(results={SQL: replace(READ, columns=(OutputColumn(LONG),))})
    assert bounded(given) is given


@pytest.mark.parametrize(
    "answer",
    [
        replace(ANSWER, target=LONG_TABLE),
        replace(ANSWER, tables=(EngineTable(LONG_TABLE, direct=True),)),
        replace(ANSWER, tables=(EngineTable(ORDERS, direct=True, columns=(LONG,)),)),
        replace(ANSWER, tables=(EngineTable(ORDERS, direct=False, via=(LONG_TABLE,)),)),
        replace(ANSWER, columns=(EngineColumn(LONG, ()),)),
        replace(ANSWER, columns=(EngineColumn("a", (ColumnName(ORDERS, LONG),)),)),
        replace(ANSWER, columns=(EngineColumn("a", (ColumnName(LONG_TABLE, "a"),)),)),
    ],
)
def test_an_answer_of_trino_with_a_long_name_is_dropped(answer: EngineAnswer) -> None:
    given = replace(analyzed(SQL, write(ORDERS)), engine=answer, engine_at=NOON)
    (one,) = bounded(batch(statements=(given,))).statements
    assert one == replace(given, engine=None, engine_at=None)


def test_an_answer_of_trino_without_one_stays() -> None:
    given = batch(statements=(replace(analyzed(SQL, write(ORDERS)), engine=ANSWER, engine_at=NOON),))
    assert bounded(given) is given


def test_what_users_and_clients_call_themselves_is_cut_visibly() -> None:
    told = execution(1, SQL, user=LONG, source=LONG, transaction_id=LONG)
    (one,) = bounded(batch([told])).executions
    short = "x" * 500 + "… (3000 characters)"
    assert (one.query.user, one.query.source, one.query.transaction_id) == (short, short, short)


def test_what_is_not_told_stays_untold() -> None:
    (one,) = bounded(batch([execution(1, SQL, user=LONG)])).executions
    assert (one.query.source, one.query.transaction_id) == (None, None)


def test_what_other_tables_compare_is_cut_alike() -> None:
    claim = ClaimedRun(LONG, "jobs", "job", "COMPLETE", NOON, "tool")
    one = bounded(batch(claims=(claim,), rolled_back=(LONG, "short")))
    assert [each.run_id for each in one.claims] == [cut(LONG)]
    assert one.rolled_back == (cut(LONG), "short")


def test_columns_and_definitions_of_objects_with_long_names_are_dropped() -> None:
    columns = ColumnSet(("a",), NOON)
    told = [Definition(name, False, analyzed(SQL, READ).statement_id, NOON, NOON) for name in (REVENUE, LONG_TABLE)]
    one = bounded(batch(columns={ORDERS: columns, LONG_TABLE: columns}, definitions=tuple(told)))
    assert (one.columns, one.definitions) == ({ORDERS: columns}, (told[0],))
