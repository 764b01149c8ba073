"""Texts that are passed through to other databases, with and without sqlglot."""

from __future__ import annotations

import asyncio
import logging
import sys

import pytest

from query_lineage_tracker.adapters.sqlglot.pass_through import SqlglotPassThrough
from query_lineage_tracker.bootstrap import pass_through_by
from query_lineage_tracker.config.kinds import DIALECTS
from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.lineage import analyze, as_json
from query_lineage_tracker.lineage.fingerprint import fingerprint
from query_lineage_tracker.lineage.passed_text import PassedText, PassThrough
from query_lineage_tracker.lineage.result import Coverage, LineageResult, ObjectName
from query_lineage_tracker.ports.analysis import StatementText
from query_lineage_tracker.services.analysis import TrinoAnalyzer

DIALECTS_OF_CATALOGS = SqlglotPassThrough([("pg", "postgres"), ("my_*", "mysql"), ("ms", "tsql"), ("ora", "oracle")])
KNOWN = {ObjectName("pg", "public", "w"): ["x", "y"]}


def statement(catalog: str, text: str, select: str = "SELECT *") -> str:
    quoted = text.replace("'", "''")
    return f"{select} FROM TABLE({catalog}.system.query(query => '{quoted}'))"


def passed(
    text: str, catalog: str = "pg", *, select: str = "SELECT *", by: PassThrough | None = DIALECTS_OF_CATALOGS
) -> LineageResult:
    return analyze(statement(catalog, text, select), columns=KNOWN, pass_through=by)


def flows(result: LineageResult) -> dict[str, list[str]]:
    return {column.name: [str(one.column) for one in column.direct] for column in result.columns}


def sources(result: LineageResult) -> list[str]:
    return [str(source) for source in result.sources]


def is_the_catalog(result: LineageResult, catalog: str, reason: str) -> bool:
    """Whether the catalog alone is the source, and the coverage says why."""
    unresolved = [str(name) for name in result.unresolved] == [catalog]
    told = any(reason in one for one in result.reasons)
    return unresolved and told and not result.sources and result.coverage is Coverage.TABLE


@pytest.mark.parametrize(
    ("catalog", "text", "expected"),
    [
        ("pg", "SELECT DISTINCT ON (y) x FROM public.w ORDER BY y, x", {"x": ["pg.public.w.x"]}),
        ("pg", "SELECT x::int AS k, v->>'it''s' AS l FROM s.t", {"k": ["pg.s.t.x"], "l": ["pg.s.t.v"]}),
        ("pg", "SELECT * FROM db.public.w -- it's", {"x": ["pg.public.w.x"], "y": ["pg.public.w.y"]}),
        ("pg", "SELECT $$it's$$ AS k, x FROM s.t", {"k": [], "x": ["pg.s.t.x"]}),
        ("my_a", 'SELECT `b` FROM `s`.`t` WHERE c = "d"', {"b": ["my_a.s.t.b"]}),
        ("ms", "SELECT TOP 5 [a] FROM [dbo].[t] WITH (NOLOCK)", {"a": ["ms.dbo.t.a"]}),
    ],
)
def test_columns_are_followed_through_other_dialects(catalog: str, text: str, expected: dict[str, list[str]]) -> None:
    result = passed(text, catalog)
    assert result.coverage is Coverage.COLUMN
    assert flows(result) == expected


def test_columns_of_the_inner_result_flow_on() -> None:
    result = passed("SELECT x::text AS k FROM public.w", select="CREATE TABLE lake.s.n AS SELECT k")
    assert (str(result.target), flows(result)) == ("lake.s.n", {"k": ["pg.public.w.x"]})
    assert result.known == ((ObjectName("pg", "public", "w"), ("x", "y")),)


def test_a_column_that_the_other_database_names_gets_no_name_from_us() -> None:
    result = passed("SELECT y, max(x) FROM public.w GROUP BY 1", select="CREATE TABLE lake.s.n AS SELECT *")
    assert ("_col1" not in flows(result), result.change, result.coverage) == (True, None, Coverage.TABLE)
    assert flows(passed("SELECT y, max(x) FROM public.w GROUP BY 1", select="SELECT y")) == {"y": ["pg.public.w.y"]}


@pytest.mark.parametrize(
    ("catalog", "text", "name"),
    [
        ("pg", "SELECT DISTINCT ON (a) x FROM w", "w"),
        ("ms", "SELECT TOP 5 a FROM other.dbo.t", "other.dbo.t"),
        ("ms", "SELECT TOP 5 a FROM far.other.dbo.t", "far.other.dbo.t"),
    ],
)
def test_names_that_cannot_be_qualified_stay_unresolved(catalog: str, text: str, name: str) -> None:
    result = passed(text, catalog)
    assert ([str(one) for one in result.unresolved], result.sources) == ([name], ())
    assert result.coverage is Coverage.TABLE


@pytest.mark.parametrize(
    ("catalog", "text", "reason"),
    [
        ("pg", "SELECT x FROM s.t FOR UPDATE", "FOR UPDATE"),
        ("ora", "SELECT a, rownum FROM s.t", "rownum is a column that the database makes up"),
        ("pg", "SELECT t FROM s.t", "t may be a column or a whole row"),
        ("pg", "SELECT x FROM s.t WHERE j @> '{}'", "Trino's SQL cannot say it"),
        ("pg", "SELECT DISTINCT ON (a) count(*) FROM s.t", "a column of its result has no name"),
        ("my_a", "SELECT a FROM s.t PARTITION (p)", "it reads parts of tables in a way of its own"),
    ],
)
def test_what_trinos_sql_cannot_say_keeps_its_tables(catalog: str, text: str, reason: str) -> None:
    result = passed(text, catalog)
    assert (sources(result), result.unresolved, result.columns) == ([f"{catalog}.s.t"], (), ())
    assert result.coverage is Coverage.TABLE
    assert any(reason in one for one in result.reasons)


def test_beside_a_function_that_could_read_anything_the_catalog_is_a_source_too() -> None:
    result = passed("SELECT d.a FROM s.t, dblink('x', 'SELECT 1') AS d(a int)")
    assert (sources(result), [str(one) for one in result.unresolved]) == (["pg.s.t"], ["pg"])


@pytest.mark.parametrize(
    ("catalog", "text", "reason"),
    [
        ("pg", "SELECT x FROM (", "at 1:"),
        ("pg", "SELECT 1; SELECT 2", "it is not one query"),
        ("pg", "", "it is not one query"),
        ("pg", "DROP TABLE s.t", "it is not one query"),
        ("pg", "SELECT a INTO s.n FROM s.t", "it does more than read"),
        ("pg", "WITH d AS (DELETE FROM s.t RETURNING *) SELECT * FROM d", "it does more than read"),
        ("ora", "SELECT a FROM s.t@far", "it names tables in a way of its own"),
        ("ms", "SELECT a FROM other..t", "it names tables in a way of its own"),
        ("pg", "SELECT " + "(" * 101 + "1" + ")" * 101, "it is nested deeper than 100"),
        ("pg", "SELECT " + "NOT " * 5000 + "true", "it is nested too deeply"),
        ("pg", "SELECT x FROM s.t".ljust(100_001), "it is longer than 100,000 characters"),
        ("pg", "SELECT 'x", "a literal does not end"),
        ("pg", "\0\ud800", "could not be read"),
    ],
)
def test_of_a_text_that_is_not_read_the_catalog_is_the_source(catalog: str, text: str, reason: str) -> None:
    assert is_the_catalog(passed(text, catalog), catalog, reason)


@pytest.mark.parametrize(
    "pair",
    [
        ("SELECT 'it\\'s', a FROM s.t WHERE b = 'x'", "SELECT 'it\\'s', a FROM s.u WHERE b = 'x'"),
        ("SELECT 5--3 AS k FROM s.t", "SELECT 5--3 AS k FROM s.u"),
        ("SELECT a # x\nFROM s.t", "SELECT a # x FROM s.t"),
    ],
)
def test_texts_of_one_fingerprint_have_one_lineage_whatever_the_dialect_takes_for_a_literal(
    pair: tuple[str, str],
) -> None:
    first, second = pair
    assert fingerprint(statement("my_a", first)) == fingerprint(statement("my_a", second))
    assert passed(first, "my_a") == passed(second, "my_a")
    assert is_the_catalog(passed(first, "my_a"), "my_a", "its literals or comments are not written as in Trino's SQL")


def test_a_reason_does_not_cite_the_text(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        told = [passed(text).reasons for text in ("SELECT 'private' FROM (", "EXEC 'private'", "SELECT E'private")]
    assert "private" not in str(told) + caplog.text


def test_without_the_extra_standard_sql_is_read_and_the_reason_for_the_rest_names_the_extra() -> None:
    assert sources(passed("SELECT x FROM public.w", by=None)) == ["pg.public.w"]
    odd = passed("SELECT DISTINCT ON (a) x FROM public.w", by=None)
    assert is_the_catalog(odd, "pg", "query-lineage-tracker[sqlglot]")


def test_dialects_without_the_extra_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    assert pass_through_by([("pg", "postgres")]) is None


def test_no_dialect_is_guessed_for_a_catalog() -> None:
    odd = passed("SELECT DISTINCT ON (a) x FROM public.w", "other")
    assert is_the_catalog(odd, "other", "QLT_PASS_THROUGH_DIALECTS")
    result = passed("SELECT a FROM d.s.t", "other")
    assert [str(one) for one in result.unresolved] == ["d.s.t"]


def test_a_statement_in_trinos_sql_that_we_cannot_read_either_is_no_answer() -> None:
    class Odd:
        version = "odd 1"

        def read(self, catalog: str, text: str) -> PassedText | None:
            return PassedText("SELECT FROM")

    assert is_the_catalog(passed("SELECT 1", by=Odd()), "pg", "Trino's SQL cannot say it")


def test_the_first_pattern_that_matches_counts() -> None:
    by = SqlglotPassThrough([("my_b", "postgres"), ("MY_?", "mysql")])
    text = "SELECT `a` FROM `s`.`t`"
    assert sources(passed(text, "my_a", by=by)) == ["my_a.s.t"]
    assert is_the_catalog(passed(text, "my_b", by=by), "my_b", "could not be read")


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no dialect 'postgras'"):
        SqlglotPassThrough([("pg", "postgras")])


def test_the_setting_is_pairs() -> None:
    assert DIALECTS.parse("pg=postgres, my_*=mysql") == (("pg", "postgres"), ("my_*", "mysql"))
    assert pass_through_by(()) is None
    for text in ("pg", "pg=", "=mysql", "pg= "):
        with pytest.raises(ValueError):
            DIALECTS.parse(text)


def test_the_analyzer_passes_it_on_and_its_version_tells() -> None:
    text = StatementText(statement("pg", "SELECT DISTINCT ON (a) x FROM public.w"), None, None)
    with_dialects = TrinoAnalyzer(pass_through=pass_through_by([("pg", "postgres")]))
    results = asyncio.run(with_dialects.analyze([text])), asyncio.run(TrinoAnalyzer().analyze([text]))
    assert [sources(one) for [one] in results] == [["pg.public.w"], []]
    assert with_dialects.version.startswith(TrinoAnalyzer().version + ", sqlglot ")
    assert with_dialects.version.endswith(" pg=postgres")


def test_the_answer_as_json_reads_dialects_too() -> None:
    sql = statement("pg", "SELECT DISTINCT ON (a) x FROM public.w")
    assert as_json(sql, pass_through=DIALECTS_OF_CATALOGS)["sources"] == ["pg.public.w"]
