from __future__ import annotations

from pathlib import Path

import pytest

from query_lineage_tracker.lineage.result import StatementKind, SyntaxProblem
from query_lineage_tracker.lineage.syntax.cursor import TooDeep
from query_lineage_tracker.lineage.syntax.parser import parse, parse_within
from query_lineage_tracker.lineage.syntax.statement_tree import Immediate, QueryStatement, Statement, Utility, Write
from query_lineage_tracker.lineage.syntax.tree import (
    AGGREGATE,
    CONDITION,
    FILTER,
    WINDOW,
    ColumnUse,
    Select,
    SelectItem,
)
from query_lineage_tracker.lineage.tokens import tokenize

ACCEPTED = (Path(__file__).parent / "accepted_statements.sql").read_text().splitlines()[1:]


def parsed(sql: str) -> Statement:
    statement = parse(tokenize(sql))
    assert not isinstance(statement, SyntaxProblem), statement
    return statement


def problem(sql: str) -> SyntaxProblem:
    found = parse(tokenize(sql))
    assert isinstance(found, SyntaxProblem), sql
    return found


def select(sql: str) -> Select:
    statement = parsed(sql)
    assert isinstance(statement, QueryStatement)
    assert isinstance(statement.query.body, Select)
    return statement.query.body


def uses(expression: str) -> list[tuple[str, int]]:
    """The columns that an expression uses, with their roles."""
    item = select(f"SELECT {expression} FROM u").items[0]
    assert isinstance(item, SelectItem)
    return [(".".join(use.parts), use.role) for use in item.expression.uses if isinstance(use, ColumnUse)]


@pytest.mark.parametrize("sql", ACCEPTED)
def test_what_trino_accepts_is_accepted(sql: str) -> None:
    parsed(sql)


@pytest.mark.parametrize(
    ("sql", "line", "column"),
    [
        ("SELECT FROM t", 1, 8),
        ("SELECT a\nFROM\n", 3, 1),
        ("SELECT 1; SELECT 2", 1, 9),
        ("SELECT 'open", 1, 8),
        ("SELECT a FROM t WHERE a < b < c", 1, 29),
        ("SELECT `a`", 1, 8),
        ("SELECT 1a", 1, 8),
        ('SELECT "" FROM t', 1, 8),
        ("INSERT INTO t", 1, 14),
        ("DROP TABLE IF EXISTS", 1, 21),
        ("MERGE INTO t USING u ON true", 1, 29),
        ("", 1, 1),
        ("frobnicate t", 1, 1),
    ],
)
def test_a_syntax_error_tells_its_place(sql: str, line: int, column: int) -> None:
    found = problem(sql)
    assert (found.line, found.column) == (line, column), found.message


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", [("a", 0)]),
        ("s.u.a + b", [("s.u.a", 0), ("b", 0)]),
        ("sum(a) FILTER (WHERE b > 0)", [("a", AGGREGATE), ("b", FILTER)]),
        ("CASE WHEN a THEN b ELSE f(c) END + 1", [("a", CONDITION), ("b", -1), ("c", 0)]),
        ("sum(IF(a > 1, b))", [("a", CONDITION), ("b", AGGREGATE)]),
        ("rank() OVER (PARTITION BY a ORDER BY CASE b WHEN c THEN d END)", [(name, WINDOW) for name in "abcd"]),
        ("array_agg(a ORDER BY b)", [("a", AGGREGATE), ("b", WINDOW)]),
        ("transform(a, x -> x + b.x + y)", [("a", 0), ("b.x", 0), ("y", 0)]),
        ("reduce(a, 0, (s, x) -> s + x + b, s -> s)", [("a", 0), ("b", 0)]),
        ("DATE '2026-01-01' + json '1' + bigint::zero()", []),
        ("f(name => a)", [("a", 0)]),
        ("EXTRACT(year FROM a)", [("a", 0)]),
    ],
)
def test_an_expression_is_what_it_uses(expression: str, expected: list[tuple[str, int]]) -> None:
    assert uses(expression) == expected


def test_a_semicolon_may_end_a_statement() -> None:
    parsed("SELECT 1;")


def test_the_body_of_a_function_in_another_language_is_one_token() -> None:
    parsed("WITH FUNCTION f() RETURNS varchar LANGUAGE python AS $$\ndef f(): return ';'\n$$ SELECT f()")


def test_a_text_in_a_literal_is_a_statement_of_its_own() -> None:
    statement = parsed("EXECUTE IMMEDIATE 'SELECT ''x''' USING 1")
    assert isinstance(statement, Immediate)
    assert statement.text == "SELECT 'x'"


def test_a_table_filled_by_a_query_is_told_from_one_that_is_declared() -> None:
    filled, declared = parsed("CREATE TABLE t (a, b) AS SELECT 1, 2"), parsed("CREATE TABLE t (a bigint, b bigint)")
    assert isinstance(filled, Write)
    assert (filled.kind, filled.columns) == (StatementKind.CTAS, ("a", "b"))
    assert isinstance(declared, Utility)
    assert declared.kind is StatementKind.CREATE_TABLE


def test_long_chains_do_not_nest() -> None:
    parsed("SELECT " + " + ".join(["a"] * 20_000) + " FROM u")
    parsed("SELECT 1 WHERE " + " AND ".join(["NOT a = 1"] * 20_000))
    parsed(" UNION ALL ".join(["SELECT 1"] * 5_000))
    parsed("SELECT a" + "[1]" * 10_000 + ".b" * 10_000)
    parsed("SELECT 1 FROM u" + " CROSS JOIN u" * 5_000)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(", ")"),
        ("f(", ")"),
        ("[", "]"),
        ("(SELECT ", ")"),
        ("CASE WHEN a THEN ", " END"),
        ("x -> ", ""),
        ("CAST(", " AS bigint)"),
        ("substring(", ", 1)"),
    ],
)
def test_nesting_beyond_the_limit_is_told_apart(before: str, after: str) -> None:
    parsed("SELECT " + before * 40 + "1" + after * 40)
    tokens = tokenize("SELECT " + before * 10_000 + "1" + after * 10_000)
    with pytest.raises(TooDeep):
        parse_within(tokens, 500)
    assert "too deeply" in problem(tokens.sql).message


def test_any_beginning_of_a_statement_gets_an_answer() -> None:
    sql = "EXPLAIN (TYPE IO) MERGE INTO a.t @ b x USING (VALUES (1, 'x')) s (k) ON NOT t.k IN (1) WHEN MATCHED THEN"
    for end in range(len(sql)):
        problem(sql[:end])
