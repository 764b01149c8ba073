"""What statements tell of the columns of objects, and what becomes of the columns that are known."""

from __future__ import annotations

import pytest

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.changes import changed_columns
from query_lineage_tracker.lineage.result import ObjectName

KNOWN = {ObjectName("lake", "s", "u"): ("a", "b"), ObjectName("lake", "s", "t"): ("k", "v")}


@pytest.mark.parametrize(
    ("sql", "changed", "columns"),
    [
        ("CREATE TABLE t AS SELECT a, b + 1 AS c FROM u", "lake.s.t", ("a", "c")),
        ("CREATE TABLE t (x, y) AS SELECT * FROM u", "lake.s.t", ("x", "y")),
        ("CREATE OR REPLACE TABLE new AS SELECT * FROM u", "lake.s.new", ("a", "b")),
        ("CREATE VIEW v AS SELECT u.*, 1 AS one FROM u", "lake.s.v", ("a", "b", "one")),
        ("CREATE MATERIALIZED VIEW v AS TABLE u", "lake.s.v", ("a", "b")),
        ("CREATE TABLE IF NOT EXISTS t AS SELECT a FROM u", "lake.s.t", ("k", "v")),
        ("CREATE TABLE IF NOT EXISTS new AS SELECT a FROM u", "lake.s.new", ("a",)),
        ("CREATE TABLE new (\"A\" int, r row(x int, y int) NOT NULL COMMENT 'z')", "lake.s.new", ("a", "r")),
        ("CREATE TABLE new (LIKE u INCLUDING PROPERTIES)", "lake.s.new", ("a", "b")),
        ("ALTER TABLE t ADD COLUMN c int", "lake.s.t", ("k", "v", "c")),
        ("ALTER TABLE t ADD COLUMN c int FIRST", "lake.s.t", ("c", "k", "v")),
        ("ALTER TABLE t ADD COLUMN c int AFTER k", "lake.s.t", ("k", "c", "v")),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS v int", "lake.s.t", ("k", "v")),
        ("ALTER TABLE t DROP COLUMN k", "lake.s.t", ("v",)),
        ("ALTER TABLE IF EXISTS t RENAME COLUMN k TO id", "lake.s.t", ("id", "v")),
        ("ALTER TABLE t RENAME TO moved", "lake.s.moved", ("k", "v")),
        ("ALTER VIEW x.t RENAME TO y.moved", "lake.y.moved", None),
        ("ALTER TABLE unknown ADD COLUMN c int", "lake.s.unknown", None),
        ("EXECUTE IMMEDIATE 'CREATE TABLE t AS SELECT a FROM u'", "lake.s.t", ("a",)),
        ("EXPLAIN ANALYZE CREATE TABLE t AS SELECT a FROM u", "lake.s.t", ("a",)),
    ],
)
def test_a_statement_that_ran_tells_columns(sql: str, changed: str, columns: tuple[str, ...] | None) -> None:
    change = analyze(sql, catalog="lake", schema="s", columns=KNOWN).change
    assert change is not None
    assert str(change.object) == changed
    like = None if change.like is None else KNOWN.get(change.like)
    assert changed_columns(change, KNOWN.get(change.object), like) == columns


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE VIEW v AS SELECT * FROM unknown",
        "CREATE TABLE new (LIKE u, c int)",
        "CREATE TABLE new (c int, LIKE u)",
        "ALTER TABLE t ADD COLUMN r.f int AFTER k",
        "ALTER TABLE t RENAME COLUMN r.f TO g",
        "ALTER TABLE t DROP COLUMN r.f",
        "INSERT INTO t SELECT a, b FROM u",
        "EXPLAIN CREATE TABLE t AS SELECT a FROM u",
        "PREPARE p FROM CREATE TABLE t AS SELECT a FROM u",
        "DROP TABLE t",
    ],
)
def test_other_statements_tell_none(sql: str) -> None:
    assert analyze(sql, catalog="lake", schema="s", columns=KNOWN).change is None


def test_the_answer_tells_which_columns_it_went_by() -> None:
    result = analyze(
        "INSERT INTO t SELECT * FROM u FOR VERSION AS OF 'dev', w", catalog="lake", schema="s", columns=KNOWN
    )
    assert {str(name): columns for name, columns in result.known} == {
        "lake.s.t": ("k", "v"),
        "lake.s.u": ("a", "b"),
        "lake.s.w": None,
    }
