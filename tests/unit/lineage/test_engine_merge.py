"""The analyzer's answer and Trino's own, joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.engine import EngineAnswer, EngineColumn, EngineTable, merged
from query_lineage_tracker.lineage.result import ColumnName, Coverage, LineageResult, Method, ObjectName, Subtype

T, U, R = (ObjectName("lake", "s", name) for name in ("t", "u", "r"))


def parse(sql: str, columns: Mapping[ObjectName, Sequence[str]] | None = None) -> LineageResult:
    return analyze(sql, catalog="lake", schema="s", columns=columns)


def column(name: str, *sources: ColumnName) -> EngineColumn:
    return EngineColumn(name, sources)


def test_what_both_say_is_known_by_both_and_what_only_filters_is_known_by_the_text() -> None:
    parsed = parse("INSERT INTO t (a) SELECT a FROM u WHERE k > 1", columns={U: ("a", "k")})
    answer = EngineAnswer((EngineTable(U, True, ("a", "k")),), T, (column("a", ColumnName(U, "a")),))
    both = merged(parsed, answer)
    assert both.result == parsed
    assert both.sources == {U: Method.BOTH}
    assert both.target is Method.BOTH
    assert both.flows == {(ColumnName(U, "a"), "a"): Method.BOTH, (ColumnName(U, "k"), ""): Method.PARSED}


def test_without_an_answer_everything_is_known_by_the_text() -> None:
    parsed = parse("INSERT INTO t (a) SELECT a FROM u")
    alone = merged(parsed, None)
    assert alone.result is parsed
    assert set(alone.sources.values()) == set(alone.flows.values()) == {alone.target} == {Method.PARSED}


def test_columns_that_the_text_does_not_show_come_from_trino_and_complete_the_coverage() -> None:
    parsed = parse("CREATE TABLE t AS SELECT * FROM u")
    assert parsed.coverage is Coverage.TABLE
    answer = EngineAnswer((EngineTable(U, True, ("a",)),), T, (column("a", ColumnName(U, "a")),))
    joined = merged(parsed, answer)
    assert (joined.result.coverage, joined.result.reasons) == (Coverage.COLUMN, ())
    assert [(one.column, one.subtype) for one in joined.result.columns[0].direct] == [
        (ColumnName(U, "a"), Subtype.UNKNOWN)
    ]
    assert joined.flows == {(ColumnName(U, "a"), "a"): Method.ENGINE}
    assert joined.result.columns_read == (ColumnName(U, "a"),)


def test_a_column_without_sources_may_be_a_hole_in_trinos_answer_and_completes_nothing() -> None:
    parsed = parse("CREATE TABLE t AS SELECT *, 1 AS one FROM u")
    answer = EngineAnswer((EngineTable(U, True),), T, (column("a", ColumnName(U, "a")), column("one")))
    joined = merged(parsed, answer)
    assert joined.result.coverage is Coverage.TABLE
    assert joined.result.reasons == parsed.reasons


def test_names_without_a_session_are_resolved_by_trino() -> None:
    parsed = analyze("INSERT INTO t (a) SELECT a FROM u")
    assert {str(name) for name in parsed.unresolved} == {"t", "u"}
    answer = EngineAnswer((EngineTable(U, True, ("a",)),), T, (column("a", ColumnName(U, "a")),))
    joined = merged(parsed, answer)
    assert joined.result.unresolved == ()
    assert (joined.result.target, joined.result.sources) == (T, (U,))
    assert (joined.target, joined.sources) == (Method.ENGINE, {U: Method.ENGINE})


def test_a_name_that_trino_did_not_meet_stays_unresolved() -> None:
    parsed = analyze("SELECT a FROM u, w")
    joined = merged(parsed, EngineAnswer((EngineTable(U, True),)))
    assert [str(name) for name in joined.result.unresolved] == ["w"]


def test_a_redirected_target_is_the_one_that_was_written_and_a_source_of_the_text_stays() -> None:
    parsed = parse("INSERT INTO t (a) SELECT a FROM u")
    answer = EngineAnswer((EngineTable(R, True, ("a",)),), R, (column("a", ColumnName(R, "a")),))
    joined = merged(parsed, answer)
    assert (joined.result.target, joined.target) == (R, Method.ENGINE)
    assert joined.sources == {U: Method.PARSED, R: Method.ENGINE}


def test_a_branch_is_the_table_that_trino_names_without_it() -> None:
    parsed = parse("INSERT INTO t @ dev (a) SELECT a FROM u FOR VERSION AS OF 'old'")
    answer = EngineAnswer((EngineTable(U, True, ("a",)),), T, (column("a", ColumnName(U, "a")),))
    joined = merged(parsed, answer)
    assert joined.result == parsed
    assert (joined.target, list(joined.sources.values())) == (Method.BOTH, [Method.BOTH])
    assert list(joined.flows.values()) == [Method.BOTH]


def test_views_are_direct_sources_and_what_they_stand_on_is_none() -> None:
    parsed = parse("INSERT INTO t (a) SELECT a FROM r")
    tables = (EngineTable(R, True, ("a",)), EngineTable(U, False, ("a",), (R,)))
    joined = merged(parsed, EngineAnswer(tables, T, (column("a", ColumnName(R, "a")),)))
    assert joined.sources == {R: Method.BOTH}


def test_the_holes_of_trino_take_nothing_away() -> None:
    sql = "MERGE INTO t USING u ON t.k = u.k WHEN MATCHED THEN UPDATE SET v = u.v"
    parsed = parse(sql, columns={T: ("k", "v"), U: ("k", "v")})
    joined = merged(parsed, EngineAnswer((EngineTable(U, True, ("k", "v")),), T, (column("v"),)))
    assert joined.result == parsed
    assert joined.flows[ColumnName(U, "v"), "v"] is Method.PARSED


def test_an_edge_within_the_target_makes_it_no_source() -> None:
    parsed = parse("UPDATE t SET a = b + 1", columns={T: ("a", "b")})
    joined = merged(parsed, EngineAnswer((), T, (column("a", ColumnName(T, "b")),)))
    assert joined.sources == {}
    assert joined.flows == {(ColumnName(T, "b"), "a"): Method.BOTH}


def test_a_text_that_cannot_be_read_has_the_lineage_that_trino_tells() -> None:
    parsed = parse("INSERT INTO t SELECT a FROM u FOR SOMETHING NEW")
    assert parsed.error is not None
    answer = EngineAnswer((EngineTable(U, True, ("a",)),), T, (column("a", ColumnName(U, "a")),))
    joined = merged(parsed, answer)
    assert (joined.result.target, joined.result.sources) == (T, (U,))
    assert joined.result.error == parsed.error
    assert joined.result.coverage is Coverage.COLUMN


def test_what_trino_planned_for_a_statement_that_changes_nothing_is_no_target() -> None:
    parsed = parse("ANALYZE t")
    joined = merged(parsed, EngineAnswer((), U, (column("a"),)))
    assert joined.result == parsed


def test_equal_answers_have_equal_digests() -> None:
    one, same, other = (EngineAnswer((EngineTable(name, True),), T) for name in (U, U, R))
    assert one.digest() == same.digest() != other.digest()
