"""`qlt analyze` as people and scripts run it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.commands import QLT, CommandLine

SESSION = ("--catalog", "lake", "--schema", "s")
KNOWN = "lake\ts\tu\tA\tbigint\nlake\ts\tu\tb\tvarchar\n"


@pytest.fixture
def qlt(tmp_path: Path) -> CommandLine:
    """With a database that does not answer: this command needs none."""
    return CommandLine(tmp_path, {"POSTGRES_DSN": "host=127.0.0.1 port=9"})


def test_text_of_several_statements_that_count_for_each_other(qlt: CommandLine) -> None:
    script = "USE lake.s; CREATE TABLE t AS SELECT a, b + 1 AS c FROM u; INSERT INTO w (x, y) TABLE t;"
    ended = qlt("analyze", "-e", script)
    assert ended.code == 0
    assert ended.out.split("\n\n")[2] == (
        "INSERT (writes), coverage COLUMN\n  target  lake.s.w\n  source  lake.s.t\n"
        "  x <- lake.s.t.a IDENTITY\n  y <- lake.s.t.c IDENTITY\n"
    )


def test_a_syntax_error_shows_its_line_in_the_file_with_a_caret_and_is_exit_1(qlt: CommandLine) -> None:
    (qlt.folder / "etl.sql").write_text("SELECT 1;\nSELECT a,\n  FROM u;\nSELECT 2")
    ended = qlt("analyze", "etl.sql")
    assert ended.code == 1
    assert "etl.sql:3:3: unexpected 'FROM', expected an expression\n  FROM u;\n  ^\n" in ended.out
    assert ended.out.count("SELECT (reads)") == 2


def test_json_of_a_file_with_known_columns(qlt: CommandLine) -> None:
    (qlt.folder / "columns.tsv").write_text(KNOWN)
    (qlt.folder / "q.sql").write_text("INSERT INTO t (x, y) SELECT * FROM u")
    ended = qlt("analyze", "q.sql", "--columns", "columns.tsv", "--output", "json", *SESSION)
    document = json.loads(ended.out)
    (answer,) = document["statements"]
    assert document["schema_version"] == 1
    assert (answer["target"], answer["coverage"]) == ("lake.s.t", "COLUMN")
    assert [(one["name"], one["direct"]) for one in answer["columns"]] == [
        ("x", [{"column": "lake.s.u.a", "subtype": "IDENTITY"}]),
        ("y", [{"column": "lake.s.u.b", "subtype": "IDENTITY"}]),
    ]


def test_the_filter_answers_every_line_in_its_place(qlt: CommandLine) -> None:
    lines = [
        {"sql": "SELECT a FROM u"},
        {"sql": "SELECT a FROM u", "catalog": "hive", "schema": "d"},
        {"sql": "SELEC"},
        "{not json",
        "",
        "[]",
        {"sql": None},
        {"sql": "(" * 20_000},
        {"sql": "SELECT '\ud800\0'"},
    ]
    text = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)
    ended = qlt("analyze", "--input", "jsonl", "--output", "jsonl", *SESSION, stdin=text.encode())
    assert (ended.code, ended.err) == (0, "")
    answers = ended.rows()
    assert len(answers) == len(lines)
    assert [answer["sources"] for answer in answers[:2]] == [["lake.s.u"], ["hive.d.u"]]
    assert [answer["error"] is None for answer in answers] == [True, True, *[False] * 6, True]
    assert answers[2]["error"] == {"line": 1, "column": 1, "message": "unexpected 'SELEC', expected a statement"}
    assert {answer["coverage"] for answer in answers if answer["error"]} == {"NONE"}


def test_the_filter_answers_before_its_input_ends(qlt: CommandLine) -> None:
    command = [str(QLT), "analyze", "--input", "jsonl", "--output", "jsonl"]
    with subprocess.Popen(command, cwd=qlt.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps({"sql": f"SELECT a FROM x.y.z{number}"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["sources"] == [f"x.y.z{number}"]
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("mermaid", 'flowchart LR\n  n0["lake.s.u"]\n  n1["lake.s.t"]\n  n0 --> n1\n'),
        ("dot", '  "lake.s.u" -> "lake.s.t";\n'),
        ("openlineage", '"outputs": [{"namespace": "trino", "name": "lake.s.t"'),
        ("jsonl", '"target": "lake.s.t"'),
    ],
)
def test_other_forms(qlt: CommandLine, output: str, expected: str) -> None:
    ended = qlt("analyze", "-o", output, *SESSION, stdin=b"CREATE TABLE t AS SELECT a FROM u")
    assert ended.code == 0
    assert expected in ended.out


def test_wrong_use_is_exit_2(qlt: CommandLine) -> None:
    (qlt.folder / "columns.tsv").write_text("lake\ts\n")
    told = [
        qlt("analyze", "missing.sql"),
        qlt("analyze", "-e", "SELECT 1", "--columns", "columns.tsv"),
        qlt("analyze", "columns.tsv", "-e", "SELECT 1"),
    ]
    assert [one.code for one in told] == [2, 2, 2]
    assert "missing.sql cannot be read" in told[0].err
    assert "columns.tsv:1: 2 columns" in told[1].err
