"""The judge of the analyzer finds what is wrong: a comparison that cannot fail would prove nothing."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from tests.lineage_cases import cases
from tests.oracle import corpus, judgement

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.result import LineageResult, ObjectName

KNOWN = {ObjectName("lake", "s", "u"): ("a", "b"), ObjectName("lake", "s", "w"): ("x",)}


def result(sql: str) -> LineageResult:
    return analyze(sql, catalog="lake", schema="s", columns=KNOWN)


def judge(type_: str = "Query", **other: Any) -> dict[str, Any]:
    return {"type": type_, "wrapper": "", "target": None, "branch": None, "sources": [["u"]], "features": [], **other}


def objects(sql: str, **other: Any) -> list[str]:
    return list(judgement.object_differences(judge(**other), result(sql), "lake", "s"))


def columns(sql: str, *wanted: tuple[str, list[str]], hole: bool = False, target: bool = False) -> list[str]:
    lineage = {
        "target": ["lake", "s", "t"] if target else None,
        "columns": [[name, [["lake", "s", *source.split(".")] for source in sources]] for name, sources in wanted],
    }
    return list(judgement.column_differences(lineage, result(sql), hole))


def test_equal_sources_and_target_agree() -> None:
    assert objects("SELECT a FROM u") == []
    assert objects("INSERT INTO t @ dev SELECT a FROM lake.s.u", target=["s", "t"], branch="dev") == []
    assert objects('SELECT * FROM "u$snapshots"', sources=[["u$snapshots"]]) == []


def test_a_missing_an_invented_and_an_other_object_are_found() -> None:
    assert objects("SELECT 1") == ["sources missing: ['lake.s.u']"]
    assert objects("SELECT a FROM u, w") == ["sources invented: ['lake.s.w']"]
    assert objects("INSERT INTO t SELECT a FROM u", target=["other", "t"]) == [
        "target: lake.s.t instead of lake.other.t"
    ]
    assert objects("INSERT INTO t @ dev SELECT a FROM u", target=["t"]) == ["branch: dev instead of None"]


def test_equal_columns_agree_whatever_the_order_of_a_write() -> None:
    assert columns("SELECT a, b AS c FROM u", ("a", ["u.a"]), ("c", ["u.b"])) == []
    assert columns("INSERT INTO t (y, x) SELECT a, b FROM u", ("x", ["u.b"]), ("y", ["u.a"]), target=True) == []


def test_false_missing_and_misnamed_columns_are_found() -> None:
    assert columns("SELECT a + b AS v FROM u", ("v", ["u.a"])) == ["column v: false ['lake.s.u.b']"]
    assert columns("SELECT a AS v FROM u", ("v", ["u.a", "u.b"])) == ["column v: missing ['lake.s.u.b']"]
    assert columns("SELECT a AS v FROM u", ("w", ["u.a"])) == ["column v instead of w"]
    assert columns("SELECT a FROM u", ("a", ["u.a"]), ("b", ["u.b"])) == ["1 columns instead of 2"]


def test_in_a_hole_of_the_engine_knowing_more_is_right_and_knowing_less_is_wrong() -> None:
    assert columns("SELECT a + b AS v FROM u", ("v", ["u.a"]), hole=True) == []
    assert columns("SELECT a AS v FROM u", ("v", ["u.b"]), hole=True) == ["column v: missing ['lake.s.u.b']"]


def test_an_answer_without_columns_is_no_agreement() -> None:
    assert columns("SELECT * FROM ghost", ("a", ["ghost.a"]))[0].startswith("coverage TABLE")


def test_only_more_knowledge_below_a_set_operation_is_the_engines_gap() -> None:
    features = {"features": ["SetOperationBelow"]}
    assert judgement.extends_a_set_operation(features, ["column v: false ['lake.s.w.x']"])
    assert not judgement.extends_a_set_operation(features, ["column v: missing ['lake.s.w.x']"])
    assert not judgement.extends_a_set_operation({"features": ["Union"]}, ["column v: false ['lake.s.w.x']"])


@pytest.mark.parametrize(
    ("seen", "kinds"),
    [
        (judge("Query"), {"SELECT"}),
        (judge("Insert", wrapper="ExplainAnalyze"), {"INSERT"}),
        (judge("Insert", wrapper="ExplainAnalyze.Explain"), {"EXPLAIN"}),
        (judge("Query", wrapper="Prepare.ExecuteImmediate"), {"PREPARE"}),
        (judge("ShowStats"), {"UTILITY"}),
        (judge("DropSchema"), {"DDL", "DROP"}),
    ],
)
def test_the_kind_is_that_of_what_is_executed(seen: dict[str, Any], kinds: set[str]) -> None:
    assert judgement.kinds(seen) == kinds


def test_string_constants_of_a_class_file_are_read() -> None:
    utf8 = [struct.pack(">BH", 1, len(text)) + text for text in (b"SELECT 1", b"io/trino/Test")]
    pool = [utf8[0], struct.pack(">Bq", 5, 7), struct.pack(">BH", 8, 1), utf8[1]]
    header = struct.pack(">IHHH", 0xCAFEBABE, 0, 69, 6)
    assert list(corpus.string_constants(header + b"".join(pool))) == ["SELECT 1", "io/trino/Test"]


def test_statements_and_expressions_are_told_from_names_and_descriptors() -> None:
    texts = [
        "SELECT \x01 FROM t;",
        "a + 1",
        "(Ljava/lang/String;)V",
        "io/trino/Test",
        "java.util.List",
        "DROP TABLE %s",
    ]
    assert list(corpus.candidates(texts)) == ["SELECT t1 FROM t", "SELECT a + 1 FROM t1", "DROP TABLE t1"]


def test_mutants_are_reproducible_and_differ_from_their_seeds() -> None:
    seeds = ["SELECT a FROM u", "INSERT INTO t VALUES (1, 'x')"]
    first = list(corpus.mutants(seeds, 50, seed=3))
    assert first == list(corpus.mutants(seeds, 50, seed=3))
    assert sum(mutant not in seeds for mutant in first) > 35


def test_the_case_files_hold_every_form_of_the_catalogue() -> None:
    loaded = cases.load()
    numbers = {int(case.title.split()[0]) for case in loaded if case.file == "catalogue"}
    assert numbers == set(range(1, 81))
    assert len({str(case) for case in loaded}) == len(loaded), "titles are unique in their file"
    assert len(loaded) - len(numbers) >= 60


def test_a_case_reads_as_it_is_written() -> None:
    case = next(case for case in cases.load() if case.title == "49 INSERT into a branch")
    assert (case.kind, case.effect, case.target) == ("INSERT", "WRITES", "lake.s.t@dev")
    assert case.sources == frozenset({"lake.s.u"})
    assert case.columns[0].upstream == {("lake.s.u.a", "IDENTITY")}
    assert case.tables[("lake", "s", "u")][0] == ("a", "bigint")
    assert case.tables[("lake", "s", "t")] == [("a", "bigint")], "the case's own table wins"
