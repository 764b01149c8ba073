from __future__ import annotations

import pytest

from query_lineage_tracker.lineage.fingerprint import fingerprint, normalize

EQUAL = [
    ("SELECT a FROM t WHERE b = 1", "select A\nfrom T -- why\nwhere b /* x */ = -20.5;"),
    ("SELECT a FROM t WHERE b = ? LIMIT ?", "SELECT a FROM t WHERE b=? LIMIT ?"),
    ("SELECT 'x'", "SELECT U&'y'"),
    ('SELECT "A" FROM "My Cat".s.t', 'SELECT "a" FROM "my cat".S.T'),
    ("SELECT a FROM t WHERE b IN (1, 2, 3)", "SELECT a FROM t WHERE b IN ('x')"),
    ("SELECT a FROM t WHERE (b, c) IN ((1, 2), (3, 4))", "SELECT a FROM t WHERE (b, c) IN ((1, DATE '2026-01-01'))"),
    ("SELECT a FROM t WHERE b IN (NULL, true, -1)", "SELECT a FROM t WHERE b IN (1)"),
    ("INSERT INTO t VALUES (1, 'x'), (2, NULL), (-3, DATE '2026-01-01')", "INSERT INTO t VALUES (1, 'x')"),
    ("VALUES 1, 2, 3", "VALUES 4"),
    ("VALUES ROW(1, 2), ROW(3, 4) ORDER BY 1", "VALUES (5, 6) ORDER BY 1"),
    ("SELECT ARRAY['a', 'b']", "SELECT ARRAY['c']"),
    ("SELECT a FROM t LIMIT 10", "SELECT a FROM t LIMIT 20"),
    (
        "SELECT a FROM t FOR TIMESTAMP AS OF TIMESTAMP '2026-01-01'",
        "SELECT a FROM t FOR TIMESTAMP AS OF TIMESTAMP '2027-01-01'",
    ),
    ("SELECT a FROM t FOR VERSION AS OF 1 WHERE b = 1", "SELECT a FROM t FOR VERSION AS OF 1 WHERE b = 2"),
    ("SELECT a FROM t FOR VERSION AS OF 1 u, v LIMIT 1", "SELECT a FROM t FOR VERSION AS OF 1 u, v LIMIT 2"),
    ("CALL p('s', password => 'x')", "CALL p('s', password => 'y')"),
    ("CREATE CATALOG c USING x WITH (a = 'y')", "CREATE CATALOG c USING x WITH (a = 'z')"),
    ("EXECUTE IMMEDIATE 'SELECT ''x'' FROM t'", "EXECUTE IMMEDIATE 'select ''y''  from t'"),
    (
        "SELECT * FROM TABLE(pg.system.query(query => 'SELECT 1'))",
        "SELECT * FROM TABLE(pg.system.query(query => 'select  2'))",
    ),
    ("SELECT * FROM TABLE(sequence(1, 9))", "SELECT * FROM TABLE(sequence(1, 10))"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_what_says_nothing_about_lineage_is_generalised(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


DIFFERENT = [
    ("SELECT a FROM t", "SELECT b FROM t"),
    ("SELECT a FROM t", 'SELECT "a.b" FROM t'),
    ("SELECT count FROM t", 'SELECT "count" FROM t'),
    ('SELECT "current_user"', "SELECT current_user"),
    ("SELECT a, b FROM t GROUP BY 1", "SELECT a, b FROM t GROUP BY 2"),
    ("SELECT a, b FROM t GROUP BY ROLLUP (1, 2)", "SELECT a, b FROM t GROUP BY ROLLUP (1, 3)"),
    ("SELECT a, b FROM t GROUP BY GROUPING SETS ((1), (2))", "SELECT a, b FROM t GROUP BY GROUPING SETS ((1), (1))"),
    ("SELECT a, b FROM t ORDER BY a, 1", "SELECT a, b FROM t ORDER BY a, 2"),
    ("SELECT a FROM t FOR VERSION AS OF 'audit'", "SELECT a FROM t FOR VERSION AS OF 'dev'"),
    ("SELECT a FROM t FOR VERSION AS OF 1", "SELECT a FROM t FOR VERSION AS OF 2"),
    ("SELECT a FROM t FOR VERSION AS OF 'audit'", "SELECT a FROM t FOR VERSION AS OF ?"),
    ("CALL c.system.register_table('s', 't', 'l')", "CALL c.system.register_table('s', 'u', 'l')"),
    ("CALL c.system.register_table('s', 't', 'l')", "CALL c.system.register_table('s', 't', 'm')"),
    ("EXPLAIN ANALYZE CALL p(a => ARRAY['x'])", "EXPLAIN ANALYZE CALL p(a => ARRAY['y'])"),
    ("ALTER TABLE t EXECUTE add_files_from_table('s', 'u')", "ALTER TABLE t EXECUTE add_files_from_table('s', 'v')"),
    (
        "SELECT * FROM TABLE(c.system.table_changes('s', 't', 1))",
        "SELECT * FROM TABLE(c.system.table_changes('s', 'u', 1))",
    ),
    ("SELECT * FROM TABLE(f(x => TABLE(u), n => 't'))", "SELECT * FROM TABLE(f(x => TABLE(u), n => 'v'))"),
    (
        "SELECT * FROM TABLE(f(x => TABLE(u) ORDER BY a, n => 't'))",
        "SELECT * FROM TABLE(f(x => TABLE(u) ORDER BY a, n => 'v'))",
    ),
    (
        "SELECT * FROM TABLE(es.system.raw_query(index => 'i', query => '{}'))",
        "SELECT * FROM TABLE(es.system.raw_query(index => 'j', query => '{}'))",
    ),
    (
        "SELECT * FROM TABLE(pg.system.query(query => 'SELECT a'))",
        "SELECT * FROM TABLE(pg.system.query(query => 'SELECT b'))",
    ),
    ("SELECT a FROM t FOR VERSION AS OF CAST(1 AS bigint)", "SELECT a FROM t FOR VERSION AS OF CAST(2 AS bigint)"),
    ("SELECT a FROM t FOR VERSION AS OF -1", "SELECT a FROM t FOR VERSION AS OF 1"),
    ("SET SESSION AUTHORIZATION 'alice'", "SET SESSION AUTHORIZATION 'bob'"),
    ("SELECT * FROM u PIVOT (sum(a) FOR m IN (f(A)))", "SELECT * FROM u PIVOT (sum(a) FOR m IN (f(a)))"),
    ("SELECT * FROM u PIVOT (sum(a) FOR m IN (1, 2))", "SELECT * FROM u PIVOT (sum(a) FOR m IN (1, 3))"),
    ("SELECT * FROM u PIVOT (sum(a) FOR m IN (f(1)))", "SELECT * FROM u PIVOT (sum(a) FOR m IN (f(2)))"),
    ("SELECT * FROM u PIVOT (sum(a) FOR m IN ('x'))", "SELECT * FROM u PIVOT (sum(a) FOR m IN ('X'))"),
    (
        "SELECT * FROM u, JSON_TABLE(d, 'lax $.a' COLUMNS (x int PATH '$.b'))",
        "SELECT * FROM u, JSON_TABLE(d, 'lax $.a' COLUMNS (x int PATH '$.c'))",
    ),
    ("SELECT * FROM u, JSON_TABLE(d, '$.a' COLUMNS (x int))", "SELECT * FROM u, JSON_TABLE(d, '$.b' COLUMNS (x int))"),
    ("EXECUTE IMMEDIATE 'SELECT a FROM t'", "EXECUTE IMMEDIATE 'SELECT a FROM u'"),
    ("VALUES (1, 2)", "VALUES (1, 2, 3)"),
    ("SELECT a FROM t WHERE b IN (1, c)", "SELECT a FROM t WHERE b IN (1, d)"),
    ("SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b NOT IN (1)"),
    ("SELECT a - 1 FROM t", "SELECT a + 1 FROM t"),
    ("SELECT 'a' FROM t", "SELECT 'a FROM t"),
    ("SELECT a FROM t WHERE b IN (1, 2)", "SELECT a FROM t WHERE b IN (1,, 2)"),
    ("SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b IN (1 2)"),
    ("SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b IN (,)"),
    ("VALUES (1)", "VALUES (values 'x')"),
    ("VALUES (1), (2)", "VALUES (1), ()"),
    ("SELECT a FROM t LIMIT 5", "SELECT a FROM t LIMIT 'x'"),
    ("SELECT a FROM t LIMIT 5", "SELECT a FROM t LIMIT 1.5"),
    ("COMMENT ON TABLE t IS 'x'", "COMMENT ON TABLE t IS 5"),
    ("SELECT 1 /* FROM t", "SELECT 1"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_may_change_lineage_stays(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_a_fingerprint_is_stable_across_versions_of_the_product() -> None:
    assert fingerprint("SELECT a, 'x' FROM lake.s.t WHERE b IN (1, 2) ORDER BY 1") == "f0cbcfac5b68b4d94559c14cb9736fdb"


def test_long_lists_and_many_rows_cost_no_more_than_their_length() -> None:
    values = ", ".join(map(str, range(50_000)))
    assert fingerprint(f"SELECT a FROM t WHERE b IN ({values})") == fingerprint("SELECT a FROM t WHERE b IN (1)")
    rows = ", ".join(f"({i}, 'x')" for i in range(20_000))
    assert fingerprint(f"INSERT INTO t VALUES {rows}") == fingerprint("INSERT INTO t VALUES (1, 'x')")


def test_normalizing_redacts_and_takes_the_fingerprint_at_once() -> None:
    sql = "SELECT a FROM t WHERE password = 'x' AND b = 5"
    normalized = normalize(sql)
    assert normalized.redacted == "SELECT a FROM t WHERE password = '***' AND b = 5"
    assert normalized.fingerprint == fingerprint(sql)
    assert normalize(sql, literals=True).redacted == "SELECT a FROM t WHERE password = '***' AND b = 0"
