"""Results of statements as rows of tables, and what Trino says joined with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st
from tests.batches import LINES, NOON, ORDERS, READ, REVENUE, analyzed, statement_of, write

from query_lineage_tracker.adapters.postgres.engine_json import answer_of, answer_text
from query_lineage_tracker.adapters.postgres.result_rows import (
    columns_hash,
    joined,
    result_rows,
    same_result,
    went_by,
)
from query_lineage_tracker.lineage.engine import EngineAnswer, EngineColumn, EngineTable
from query_lineage_tracker.lineage.result import ColumnName, Influence, Method, ObjectName, OutputColumn, Subtype
from query_lineage_tracker.ports.store import AnalyzedStatement

IDS = {ORDERS: 1, LINES: 2, REVENUE: 3}
INSERT = "insert into revenue select amount from orders"
LATER = NOON + timedelta(hours=1)

names = st.builds(ObjectName, st.text(), st.text(), st.text(), st.text(max_size=3))
columns = st.builds(
    EngineColumn,
    st.text(),
    st.lists(st.builds(ColumnName, names, st.text()), max_size=3).map(tuple),
    st.none() | st.text(),
)
tables = st.builds(
    EngineTable,
    names,
    st.booleans(),
    st.lists(st.text(), max_size=3).map(tuple),
    st.lists(names, max_size=2).map(tuple),
)
answers = st.builds(
    EngineAnswer,
    st.lists(tables, max_size=3).map(tuple),
    st.none() | names,
    st.none() | st.lists(columns, max_size=3).map(tuple),
)


def answer(*tables: ObjectName) -> EngineAnswer:
    """Trino says that `amount` of each of the tables flows into that of REVENUE."""
    sources = tuple(ColumnName(one, "amount") for one in tables)
    met = tuple(EngineTable(one, direct=True, columns=("amount",)) for one in tables)
    return EngineAnswer(met, REVENUE, (EngineColumn("amount", sources),))


def hash_of(statement: AnalyzedStatement) -> bytes:
    return joined(statement, None, None).result_hash


@given(answers)
def test_an_answer_of_trino_comes_back_from_the_store_as_it_was(given_answer: EngineAnswer) -> None:
    again = answer_of(orjson.loads(answer_text(given_answer)))
    assert again == given_answer
    assert again.digest() == given_answer.digest()


def test_an_influence_that_is_named_twice_is_one_column_edge() -> None:
    twice = Influence(ColumnName(ORDERS, "amount"), Subtype.IDENTITY)
    result = replace(write(ORDERS), columns=(OutputColumn("amount", direct=(twice, twice), indirect=(twice,)),))
    rows = result_rows("trino", [joined(analyzed(INSERT, result), None, None)], IDS)
    statement = statement_of(INSERT)
    assert rows.column_edges == [
        (statement, 1, "amount", 3, "amount", "IDENTITY", "PARSED"),
        (statement, 1, "id", 3, "", "FILTER", "PARSED"),
    ]


def test_a_read_has_columns_but_no_edges() -> None:
    rows = result_rows("trino", [joined(analyzed("select 1", READ), None, None)], IDS)
    assert [row[1:] for row in rows.columns] == [("SOURCE", 1, "id")]
    assert rows.column_edges == []


def test_the_hash_of_a_result_depends_on_all_that_is_stored_of_it() -> None:
    first = analyzed(INSERT, write(ORDERS))
    others = [
        analyzed(INSERT, write(LINES)),
        analyzed(INSERT, write(ORDERS, column="price")),
        replace(first, text_id=statement_of("another text")),
    ]
    hashes = {hash_of(one) for one in (first, *others)}
    assert len(hashes) == 4
    assert hash_of(analyzed(INSERT, write(ORDERS))) == hash_of(first)


def test_who_found_a_result_and_by_which_columns_is_no_part_of_its_hash() -> None:
    first = analyzed(INSERT, write(ORDERS))
    by_columns = replace(write(ORDERS), known=((ORDERS, ("id", "amount")), (REVENUE, None)))
    for other in (analyzed(INSERT, write(ORDERS), analyzer="test 2"), analyzed(INSERT, by_columns)):
        assert hash_of(other) == hash_of(first)


def test_an_object_has_the_hash_of_the_columns_that_the_analysis_went_by() -> None:
    by_columns = replace(write(ORDERS, LINES), known=((ORDERS, ("id", "amount")), (REVENUE, None)))
    hashes = dict(went_by(by_columns))
    assert hashes == {ORDERS: columns_hash(("id", "amount")), REVENUE: b""}
    assert columns_hash(("id", "amount")) != columns_hash(("amount", "id"))


def test_what_trino_says_joins_what_was_found_and_each_row_says_how_it_is_known() -> None:
    statement = replace(analyzed(INSERT, write(ORDERS)), engine=answer(ORDERS, LINES), engine_at=NOON)
    rows = result_rows("trino", [joined(statement, None, None)], IDS)
    assert {row[1:] for row in rows.objects} == {
        ("SOURCE", 1, None, "BOTH"),
        ("SOURCE", 2, None, "ENGINE"),
        ("TARGET", 3, None, "BOTH"),
    }
    assert {row[1:] for row in rows.column_edges} == {
        (1, "amount", 3, "amount", "IDENTITY", "BOTH"),
        (2, "amount", 3, "amount", "UNKNOWN", "ENGINE"),
        (1, "id", 3, "", "FILTER", "PARSED"),
    }
    assert rows.statements[0][-5:-3] == (answer(ORDERS, LINES).digest(), NOON)


def test_the_answer_of_the_later_execution_counts_whichever_comes_first() -> None:
    parsed = analyzed(INSERT, write(ORDERS))
    early, late = answer(ORDERS), answer(ORDERS, LINES)
    for statement, stored, at in [
        (replace(parsed, engine=late, engine_at=LATER), early, NOON),
        (replace(parsed, engine=early, engine_at=NOON), late, LATER),
        (parsed, late, LATER),
    ]:
        one = joined(statement, stored, at)
        assert (one.statement.engine, one.statement.engine_at) == (late, LATER)
        assert one.lineage.sources == {ORDERS: Method.BOTH, LINES: Method.ENGINE}


def test_of_two_answers_about_one_moment_always_the_same_one_counts() -> None:
    parsed = analyzed(INSERT, write(ORDERS))
    one, other = answer(ORDERS), answer(LINES)
    first = joined(replace(parsed, engine=one, engine_at=NOON), other, NOON)
    second = joined(replace(parsed, engine=other, engine_at=NOON), one, NOON)
    assert first == second


def test_another_method_alone_is_stored_and_yet_the_same_result() -> None:
    parsed = analyzed(INSERT, write(ORDERS))
    confirmed = replace(parsed, engine=answer(ORDERS), engine_at=NOON)
    assert hash_of(confirmed) != hash_of(parsed)
    assert same_result(hash_of(confirmed), hash_of(parsed))
    assert not same_result(hash_of(replace(parsed, engine=answer(LINES), engine_at=NOON)), hash_of(parsed))
