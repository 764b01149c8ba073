from __future__ import annotations

import json
import sys

import pytest

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.answer import answer
from query_lineage_tracker.lineage.result import Coverage, Effect, LineageResult, ObjectName, StatementKind, Subtype

KNOWN = {
    ObjectName("lake", "s", "u"): ("a", "b", "k"),
    ObjectName("lake", "s", "w"): ("x", "k"),
    ObjectName("lake", "s", "t"): ("a", "b"),
}


def known(sql: str) -> LineageResult:
    return analyze(sql, catalog="lake", schema="s", columns=KNOWN)


def unknown(sql: str) -> LineageResult:
    return analyze(sql, catalog="lake", schema="s")


def direct(result: LineageResult) -> dict[str, list[str]]:
    return {column.name: [str(one.column) for one in column.direct] for column in result.columns}


def indirect(result: LineageResult) -> set[tuple[str, str]]:
    return {(str(one.column), one.subtype.value) for one in result.indirect}


def test_a_column_of_the_only_relation_needs_no_known_columns() -> None:
    result = unknown("INSERT INTO t (y) SELECT u.a FROM u WHERE b = 1")
    assert direct(result) == {"y": ["lake.s.u.a"]}
    assert indirect(result) == {("lake.s.u.b", "FILTER")}
    assert result.coverage is Coverage.COLUMN


def test_a_column_of_several_unknown_relations_is_not_invented() -> None:
    result = unknown("SELECT a, u.b FROM u, w")
    assert direct(result) == {"a": [], "b": ["lake.s.u.b"]}
    assert result.coverage is Coverage.TABLE
    assert result.reasons == ("column a may belong to any of lake.s.u, lake.s.w",)
    assert [str(source) for source in result.sources] == ["lake.s.u", "lake.s.w"]


def test_a_known_column_settles_which_relation_is_meant() -> None:
    result = analyze("SELECT x FROM u, w", catalog="lake", schema="s", columns={ObjectName("lake", "s", "w"): ("x",)})
    assert direct(result) == {"x": ["lake.s.w.x"]}


def test_a_column_that_two_tables_are_known_to_have_is_not_chosen() -> None:
    result = known("SELECT k, a FROM u, w")
    assert direct(result) == {"k": [], "a": ["lake.s.u.a"]}
    assert result.reasons == ("column k may belong to any of lake.s.u, lake.s.w",)
    assert direct(known("SELECT k FROM u JOIN w USING (k)")) == {"k": ["lake.s.u.k", "lake.s.w.k"]}


def test_a_column_qualified_by_a_name_that_two_tables_have_is_not_chosen() -> None:
    result = unknown("SELECT u.a FROM u CROSS JOIN s2.u")
    assert direct(result) == {"a": []}
    assert result.reasons == ("column a may belong to any of lake.s.u, lake.s2.u",)
    assert direct(known("SELECT u.a FROM s2.u CROSS JOIN u")) == {"a": ["lake.s.u.a"]}


def test_a_row_column_of_a_subquery_comes_before_a_table_of_the_outer_query() -> None:
    sql = "SELECT (SELECT u.a FROM v) AS i FROM u"
    for data_type, upstream in (("row(a bigint)", "lake.s.v.u"), ("varchar", "lake.s.u.a")):
        columns = {ObjectName("lake", "s", "u"): {"a": "bigint"}, ObjectName("lake", "s", "v"): {"u": data_type}}
        assert direct(analyze(sql, catalog="lake", schema="s", columns=columns)) == {"i": [upstream]}


def test_only_dotted_names_give_their_name_to_a_column() -> None:
    sql = "SELECT (r.f).g, ((u.r)).f, if(a > 1, r, r).a, coalesce(r, r).a, rs[1].a, CASE a WHEN 1 THEN r END.f, (g()).f"
    names = [column.name for column in unknown(f"{sql} FROM u").columns]
    assert names == ["g", "f", "_col2", "_col3", "_col4", "_col5", "_col6"]


def test_a_row_pattern_variable_never_means_the_outer_query() -> None:
    sql = (
        "SELECT (SELECT max(m) FROM x MATCH_RECOGNIZE (MEASURES last(a.b) AS m PATTERN (a) DEFINE a AS a.a > 0)) FROM u"
    )
    assert direct(known(sql)) == {"_col0": ["lake.s.x.b"]}
    assert indirect(known(sql)) == {("lake.s.x.a", "FILTER")}


def test_both_references_to_one_object_mean_the_same_column() -> None:
    assert direct(unknown("SELECT a FROM u x, u y")) == {"a": ["lake.s.u.a"]}


def test_a_name_in_the_filter_of_a_subquery_may_be_of_the_outer_query() -> None:
    result = unknown("SELECT 1 FROM u WHERE EXISTS (SELECT 1 FROM w WHERE w.k = c)")
    assert indirect(result) == {("lake.s.w.k", "FILTER")}
    assert result.coverage is Coverage.TABLE


def test_an_outer_column_that_is_known_is_a_rival_even_among_selected_values() -> None:
    sql = "SELECT (SELECT max(a) FROM elsewhere) m FROM u"
    assert direct(unknown(sql)) == {"m": ["lake.s.elsewhere.a"]}
    assert direct(known(sql)) == {"m": []}


def test_a_star_of_unknown_columns_passes_names_on_and_says_what_it_lacks() -> None:
    named = unknown("SELECT a FROM (SELECT * FROM u)")
    assert direct(named) == {"a": ["lake.s.u.a"]}
    assert named.coverage is Coverage.COLUMN
    starred = unknown("CREATE TABLE t AS SELECT 1 n, * FROM u")
    assert direct(starred) == {"n": []}
    assert starred.reasons == ("columns of lake.s.u unknown for *",)


def test_insert_by_position_needs_the_columns_of_the_target() -> None:
    assert direct(known("INSERT INTO t SELECT b, a FROM u")) == {"a": ["lake.s.u.b"], "b": ["lake.s.u.a"]}
    result = unknown("INSERT INTO t SELECT b, a FROM u")
    assert result.columns == ()
    assert result.reasons == ("columns of lake.s.t unknown for INSERT by position",)


def test_a_name_without_a_session_stays_unresolved() -> None:
    result = analyze("INSERT INTO a.b.t SELECT x FROM u")
    assert [str(name) for name in result.unresolved] == ["u"]
    assert result.sources == ()
    assert str(result.target) == "a.b.t"
    assert result.coverage is Coverage.TABLE


def test_columns_can_come_from_a_function() -> None:
    asked: list[ObjectName] = []

    def columns(name: ObjectName) -> tuple[str, ...] | None:
        asked.append(name)
        return KNOWN.get(name)

    result = analyze("SELECT x.* FROM u x, u y", catalog="lake", schema="s", columns=columns)
    assert direct(result) == {"a": ["lake.s.u.a"], "b": ["lake.s.u.b"], "k": ["lake.s.u.k"]}
    assert asked == [ObjectName("lake", "s", "u")], "each object is asked for once"


@pytest.mark.parametrize(
    ("expression", "subtype"),
    [
        ("a", Subtype.IDENTITY),
        ("(a)", Subtype.IDENTITY),
        ("(SELECT k FROM w)", Subtype.IDENTITY),
        ("a + 1", Subtype.TRANSFORMATION),
        ("CAST(a AS varchar)", Subtype.TRANSFORMATION),
        ("a.f", Subtype.TRANSFORMATION),
        ("max(a)", Subtype.AGGREGATION),
        ("max(a) + 1", Subtype.AGGREGATION),
        ("CASE WHEN b = 1 THEN a END", Subtype.IDENTITY),
        ("CASE WHEN b = 1 THEN a + 1 END", Subtype.TRANSFORMATION),
        ("IF(b = 1, a)", Subtype.IDENTITY),
        ("IF(b = 1, a) || ''", Subtype.TRANSFORMATION),
    ],
)
def test_the_subtype_of_a_direct_source(expression: str, subtype: Subtype) -> None:
    column = known(f"SELECT {expression} c FROM u").columns[0]
    assert [one.subtype for one in column.direct] == [subtype]


def test_subtypes_add_up_through_queries() -> None:
    sql = "WITH c AS (SELECT sum(a) s, k FROM u GROUP BY k) SELECT s + 1 t, k FROM c ORDER BY s"
    result = known(sql)
    assert [(one.name, one.direct[0].subtype) for one in result.columns] == [
        ("t", Subtype.AGGREGATION),
        ("k", Subtype.IDENTITY),
    ]
    assert indirect(result) == {("lake.s.u.k", "GROUP_BY"), ("lake.s.u.a", "SORT")}


def test_only_the_filters_of_queries_that_are_used_influence_the_rows() -> None:
    result = known("WITH c AS (SELECT a FROM u WHERE b = 1) SELECT x FROM w")
    assert indirect(result) == set()
    assert [str(source) for source in result.sources] == ["lake.s.u", "lake.s.w"]


def test_recursion_ends_when_nothing_new_flows() -> None:
    sql = "WITH RECURSIVE r (p, q) AS (SELECT a, b FROM u UNION ALL SELECT q, x FROM r, w) SELECT p, q FROM r"
    both = ["lake.s.u.a", "lake.s.u.b", "lake.s.w.x"]
    assert direct(known(sql)) == {"p": both, "q": both[1:]}


def test_spans_tell_where_the_expressions_stand() -> None:
    sql = "CREATE TABLE t AS SELECT a, /* sum */ b + k AS c, (SELECT max(x) FROM w) m FROM u"
    result = analyze(sql, catalog="lake", schema="s", columns=KNOWN, spans=True)
    spans = [column.span for column in result.columns]
    assert [sql[slice(*span)] for span in spans if span] == ["a", "b + k", "(SELECT max(x) FROM w)"]
    assert known(sql).columns[0].span is None


def test_a_version_a_moment_and_a_metadata_table_are_told() -> None:
    result = unknown('SELECT 1 FROM u FOR VERSION AS OF 12, u FOR TIMESTAMP AS OF now(), "u$files"')
    assert [(one.version, one.moment, one.metadata) for one in result.versions] == [
        ("12", False, ""),
        ("", True, ""),
        ("", False, "files"),
    ]


@pytest.mark.parametrize(
    ("sql", "verb", "names"),
    [
        ("USE pg.Public", "USE", ("pg", "public")),
        ("PREPARE p FROM SELECT 1", "PREPARE", ("p",)),
        ("EXECUTE P USING 1, 2", "EXECUTE", ("p",)),
        ("DEALLOCATE PREPARE p", "DEALLOCATE PREPARE", ("p",)),
        ("SET SESSION AUTHORIZATION alice", "SET SESSION AUTHORIZATION", ("alice",)),
        ("ROLLBACK WORK", "ROLLBACK", ()),
        ("START TRANSACTION READ ONLY", "START TRANSACTION", ()),
    ],
)
def test_what_a_statement_does_with_its_session(sql: str, verb: str, names: tuple[str, ...]) -> None:
    session = unknown(sql).session
    assert session is not None
    assert (session.verb, session.names) == (verb, names)


def test_a_text_that_is_no_statement_keeps_the_kind_that_it_promises() -> None:
    result = unknown("INSERT INTO t SELECT FROM u")
    assert (result.kind, result.effect, result.coverage) == (StatementKind.INSERT, Effect.WRITES, Coverage.NONE)
    assert result.error is not None
    assert (result.error.line, result.error.column) == (1, 22)


def test_an_error_within_execute_immediate_is_where_trino_reports_it() -> None:
    error = unknown("\nEXECUTE IMMEDIATE 'SELECT FROM'").error
    assert error is not None
    assert (error.line, error.column) == (2, 26)


def test_immediate_within_immediate_is_bounded() -> None:
    sql = "SELECT 1"
    for _ in range(8):
        sql = "EXECUTE IMMEDIATE '" + sql.replace("'", "''") + "'"
    assert unknown(sql).error is not None


def _many(count: int, behind: str = "", between: str = ", ") -> str:
    return between.join(f"c{i}{behind}" for i in range(count))


@pytest.mark.parametrize(
    "sql",
    [
        "WITH c0 AS (SELECT 1 a, x FROM u)"
        + "".join(f", c{i} AS (SELECT * FROM c{i - 1} p, c{i - 1} q)" for i in range(1, 60))
        + " SELECT * FROM c59",
        "".join(f"WITH RECURSIVE c{i} (a) AS (" for i in range(30))
        + "SELECT a FROM u"
        + "".join(f" UNION ALL SELECT a FROM c{i}) SELECT a FROM c{i}" for i in reversed(range(30))),
        f"SELECT {', '.join(['rank() OVER w'] * 1_500)} FROM u WINDOW w AS (PARTITION BY {_many(1_500)})",
        f"SELECT * FROM u PIVOT ({', '.join(f'sum(a) AS a{i}' for i in range(1_500))} FOR b IN ({_many(1_500)}))",
        f"SELECT * FROM u PIVOT ({', '.join(['sum(a)'] * 1_500)} FOR ({_many(1_500)}) IN (1))",
        f"SELECT j.* FROM u, JSON_TABLE(concat({_many(1_500)}), 'lax $' COLUMNS ({_many(1_500, ' bigint')})) j",
        f"SELECT (ROW({_many(1_500)})).* AS ({_many(1_500)}) FROM u",
        f"SELECT * FROM u CROSS JOIN UNNEST(ARRAY[ROW({_many(1_500)})]) AS x ({_many(1_500)})",
        f"WITH x AS (SELECT 1 FROM u WHERE 0 IN ({_many(1_500)})) {' UNION ALL '.join(['TABLE x'] * 1_500)}",
        f"WITH x AS (SELECT {_many(1_500, between=' + ')} a FROM u) {' UNION ALL '.join(['TABLE x'] * 1_500)}",
        f"SELECT {_many(4_000)} FROM {', '.join(f'u AS u{i}' for i in range(8_000))}",
    ],
)
def test_what_would_grow_beyond_all_bounds_is_given_up(sql: str) -> None:
    result = unknown(sql)
    assert result.coverage is Coverage.TABLE
    assert "the columns of the statement flow too widely to be followed" in result.reasons
    assert [str(source) for source in result.sources] == ["lake.s.u"]


@pytest.mark.parametrize(
    "nested",
    [
        "VALUES (0 + ({})) + 1",
        "SELECT max(a) FROM u GROUP BY (0 + ({})) + 1",
        "SELECT rank() OVER w FROM u WINDOW w AS (ORDER BY ({})) ORDER BY rank() OVER w",
    ],
)
def test_what_stands_deep_within_its_like_is_read_once_a_level(nested: str) -> None:
    sql = "SELECT a FROM u"
    for _ in range(24):
        sql = nested.format(sql)
    result = known(sql)
    assert result.error is None
    assert [str(source) for source in result.sources] == ["lake.s.u"]


@pytest.mark.parametrize("operator", ["UNION ALL", "UNION CORRESPONDING", "EXCEPT"])
def test_a_long_chain_of_set_operations_keeps_its_columns(operator: str) -> None:
    result = unknown(f" {operator} ".join(f"SELECT a, b FROM t{i}" for i in range(2_000)))
    assert result.coverage is Coverage.COLUMN
    assert [len(column.direct) for column in result.columns] == [2_000, 2_000]


def test_recursion_that_is_only_promised_is_none() -> None:
    result = unknown("WITH RECURSIVE r (n) AS (SELECT a FROM u, w) SELECT n FROM r")
    assert result.reasons == ("column a may belong to any of lake.s.u, lake.s.w",)


def test_a_text_passed_through_is_read_where_that_is_possible() -> None:
    result = unknown("SELECT x FROM TABLE(pg.system.query(query => 'SELECT x FROM public.w'))")
    assert [str(source) for source in result.sources] == ["pg.public.w"]
    assert direct(result) == {"x": ["pg.public.w.x"]}
    odd = unknown("SELECT x FROM TABLE(pg.system.query(query => 'SELECT DISTINCT ON (a) x FROM w'))")
    assert [str(name) for name in odd.unresolved] == ["pg"]
    assert odd.coverage is Coverage.TABLE


@pytest.mark.parametrize(
    ("routine", "named"),
    [
        ("SELECT x FROM TABLE(system.query(query => 'SELECT x FROM d.w'))", "pg.d.w"),
        ("SELECT result FROM TABLE(system.raw_query(schema => 'd', index => 'w', query => '{}'))", "pg.d.w"),
        ("SELECT a FROM TABLE(system.table_changes('d', 'w', 1, 2))", "pg.d.w"),
        ("CALL system.register_table('d', 'w', 's3://b/w')", "pg.d.w"),
    ],
)
def test_a_routine_without_a_catalog_is_one_of_the_session(routine: str, named: str) -> None:
    result = analyze(routine, catalog="pg")
    assert [str(name) for name in (*result.sources, result.target) if name] == [named]
    nowhere = analyze(routine)
    assert (nowhere.sources, nowhere.target) == ((), None)


def test_an_unknown_table_function_reads_its_tables_and_says_what_it_cannot_tell() -> None:
    result = known("SELECT f.y FROM TABLE(mine(input => TABLE(u))) f")
    assert [str(source) for source in result.sources] == ["lake.s.u"]
    assert result.reasons == ("where column y of f comes from is unknown",)


def test_the_answer_as_json() -> None:
    sql = 'INSERT INTO t @ dev (a) SELECT CASE WHEN b > 1 THEN a END FROM "u" WHERE k = 1'
    document = json.loads(json.dumps(answer(known(sql), "f00")))
    assert {key: document[key] for key in ("kind", "writes", "sources", "target", "branch", "unresolved")} == {
        "kind": "INSERT",
        "writes": True,
        "sources": ["lake.s.u"],
        "target": "lake.s.t",
        "branch": "dev",
        "unresolved": [],
    }
    assert document["columns"] == [
        {
            "name": "a",
            "direct": [{"column": "lake.s.u.a", "subtype": "IDENTITY"}],
            "indirect": [{"column": "lake.s.u.b", "subtype": "CONDITIONAL"}],
        }
    ]
    assert document["indirect"] == [{"column": "lake.s.u.k", "subtype": "FILTER"}]
    assert (document["coverage"], document["reasons"], document["error"]) == ("COLUMN", [], None)
    assert document["fingerprint"] == "f00"


def test_the_answer_about_a_syntax_error_and_about_odd_names() -> None:
    assert answer(unknown("SELECT a b c"), "")["error"] == {
        "line": 1,
        "column": 12,
        "message": "unexpected 'c', expected the end of the statement",
    }
    odd = answer(analyze('SELECT "A.b" FROM "C.1".s."t"""'), "")
    assert odd["sources"] == ['"c.1".s."t"""']
    assert odd["columns"][0]["direct"][0]["column"] == '"c.1".s."t"""."a.b"'


@pytest.mark.parametrize("depth", [300, 10_000])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(", ")"),
        ("f(", ")"),
        ("[", "]"),
        ("(SELECT ", " FROM u)"),
        ("CASE WHEN a THEN ", " END"),
        ("CAST(", " AS bigint)"),
    ],
)
def test_nesting_of_any_depth_gets_an_answer(before: str, after: str, depth: int) -> None:
    limit = sys.getrecursionlimit()
    result = unknown("SELECT " + before * depth + "a" + after * depth + " c FROM u")
    if depth == 300 and sys.version_info >= (3, 11):
        assert [str(source) for source in result.sources] == ["lake.s.u"]
    if depth == 10_000:
        assert result.coverage is Coverage.NONE
        assert result.error is not None
        assert "too deeply" in result.error.message
    assert sys.getrecursionlimit() == limit


def test_a_subquery_counts_wherever_it_stands() -> None:
    sql = (
        "SELECT 1 FROM u TABLESAMPLE SYSTEM ((SELECT 1 FROM a)) "
        "WINDOW x AS (ORDER BY (SELECT 1 FROM b) ROWS UNBOUNDED PRECEDING DEFINE d AS EXISTS (SELECT 1 FROM c))"
    )
    result = unknown(sql)
    assert [str(source) for source in result.sources] == ["lake.s.a", "lake.s.b", "lake.s.c", "lake.s.u"]
    assert (result.indirect, result.coverage) == ((), Coverage.COLUMN)


def test_data_types_tell_the_columns_of_unnest_and_of_row_stars() -> None:
    types = {
        "arr": 'array(row(x bigint, "Y z" varchar(3)))',
        "m": "map(varchar, array(bigint))",
        "r": "row(f bigint, g row(a bigint, b double precision), timestamp(3) with time zone)",
    }
    result = analyze(
        "SELECT e.*, u.r.* FROM u, UNNEST(arr, m) WITH ORDINALITY e",
        catalog="lake",
        schema="s",
        columns={ObjectName("lake", "s", "u"): types},
    )
    assert [(column.name, [one.column.column for one in column.direct]) for column in result.columns] == [
        ("x", ["arr"]),
        ("y z", ["arr"]),
        ("_col2", ["m"]),
        ("_col3", ["m"]),
        ("_col4", []),
        ("f", ["r"]),
        ("g", ["r"]),
        ("_col7", ["r"]),
    ]


def test_an_unnest_of_unknown_width_lends_its_argument_to_any_name() -> None:
    sql = "SELECT x, a FROM u, UNNEST(arr)"
    informed = analyze(sql, catalog="lake", schema="s", columns={ObjectName("lake", "s", "u"): ("a", "arr")})
    assert direct(informed) == {"x": ["lake.s.u.arr"], "a": ["lake.s.u.a"]}
    assert direct(unknown(sql)) == {"x": [], "a": []}


def test_a_pivot_without_grouping_has_only_its_own_columns() -> None:
    sql = "SELECT * FROM u PIVOT (sum(a) AS s, count(*) c FOR (b, k) IN ((1, 'x'), (2, 'y') AS two))"
    assert list(direct(known(sql))) == ["1_'x'_s", "1_'x'_c", "two_s", "two_c"]
