"""What is left of a statement without its literals: all names and keywords, and nothing of its data."""

from __future__ import annotations

import pytest
from hypothesis import given
from tests.unit.lineage.test_normalize_properties import ANY_SQL, many

from query_lineage_tracker.lineage.literal_free import literal_free
from query_lineage_tracker.lineage.tokens import Kind, tokenize


@pytest.mark.parametrize(
    ("sql", "left"),
    [
        (
            'SELECT sum(Amount)\n FROM lake."Sales 2026".orders -- Erika\'s\nWHERE id = 42;',
            'select sum ( amount ) from lake . "sales 2026" . orders where id = ?',
        ),
        ("INSERT INTO t VALUES (1, 'a', -2.5e0), (2, U&'\\00e9', +3)", "insert into t values ( ? )"),
        ("SELECT a - 1, -b FROM t", "select a ? , - b from t"),
        (
            "CREATE TABLE t WITH (location = 's3://x', n = 4) AS SELECT 1",
            "create table t with ( location = ? , n = ? ) as select ?",
        ),
        ("EXECUTE IMMEDIATE 'SELECT ''Erika'''", "execute immediate ?"),
        ("CALL system.register_table('s', x => 't')", "call system . register_table ( ? , x => ? )"),
        ("SELECT * FROM t FOR VERSION AS OF 'tag' LIMIT 10", "select * from t for version as of ? limit ?"),
        ("SELECT CAST(x AS varchar(10)), DATE '2026-01-01', X'AB'", "select cast ( x as varchar ( ? ) ) , date ?"),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE PYTHON AS $$ secret $$",
            "create function f ( ) returns int language python as ?",
        ),
        ("SELECT 'it''s open", "select ? ?"),
        ("SELECT /* open", "select ?"),
        ("SELECT 2024_orders, `b`", "select ?"),
        (" ;; ", ""),
    ],
)
def test_names_and_keywords_stay_and_literals_are_one_mark(sql: str, left: str) -> None:
    assert literal_free(sql) == left


def test_what_is_looked_for_in_another_layout_is_found() -> None:
    stored = literal_free("select a,b from lake.s.orders where id in (1,2,3) and name='Erika'")
    for part in ("FROM lake.s.orders\nWHERE id IN (7)", "AND name = 'Klaus'", "s . ord", "id in (8, 9)"):
        assert literal_free(part) in stored


@many
@given(ANY_SQL)
def test_no_text_keeps_a_literal_and_a_second_look_changes_nothing(sql: str) -> None:
    left = literal_free(sql)
    assert all(kind < Kind.ERROR for kind in tokenize(left).kinds)
    assert literal_free(left) == left
