"""Commands that look: what they list, in which forms, and that they are quick."""

from __future__ import annotations

import csv
import io
import json
import resource
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.commands import QLT, CommandLine, recorded, write_lines

LOAD = "INSERT INTO revenue SELECT day, sum(total) FROM orders GROUP BY day"
ROWS = [
    recorded(60, "SELECT * FROM orders"),
    recorded(120, LOAD, prepared_query=None),
    recorded(180, "EXECUTE load", prepared_query="INSERT INTO archive.old.orders SELECT * FROM orders"),
    recorded(240, "SELEC 100_percent", user="bob", source=None, state="FAILED", error_code="SYNTAX_ERROR"),
    recorded(300, "SELECT 100%percent FROM nowhere.orders", user="bob", state="RUNNING", end=None),
]


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory, postgres_dsn: str, template: str) -> CommandLine:
    """Looked at by many tests and changed by none."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE reading TEMPLATE {template}".encode())
    folder = tmp_path_factory.mktemp("reading")
    qlt = CommandLine(folder, {"POSTGRES_DSN": make_conninfo(postgres_dsn, dbname="reading")})
    path = write_lines(folder / "recording.jsonl", ROWS)
    assert qlt("run", "--once", "--source", "files", path).code == 0
    return qlt


def minutes(history: CommandLine, *options: str) -> list[int]:
    """Which of the rows are listed, by the minute of their creation."""
    return [int(row["created"][14:16]) for row in history("queries", "list", *options, "-o", "jsonl").rows()]


def test_filters_narrow_the_list(history: CommandLine) -> None:
    assert minutes(history) == [5, 4, 3, 2, 1]
    assert minutes(history, "--limit", "2") == [5, 4]
    assert minutes(history, "--user", "bob") == [5, 4]
    assert minutes(history, "--source", "airflow", "--state", "finished") == [3, 2, 1]
    assert minutes(history, "--state", "FAILED") == [4]
    assert minutes(history, "--since", "2026-11-22T00:02:00Z", "--until", "2026-11-22T01:04:00+01:00") == [3, 2]
    assert minutes(history, "--since", "2026-11-23") == []
    assert minutes(history, "--cluster", "moon") == []


def test_text_is_found_in_any_case_and_taken_literally(history: CommandLine) -> None:
    assert minutes(history, "--text", "insert INTO") == [3, 2]
    assert minutes(history, "--text", "100_p") == [4]
    assert minutes(history, "--text", "100%p") == [5]
    assert minutes(history, "--text", "\\") == []


def test_a_table_is_found_by_any_part_of_its_name(history: CommandLine) -> None:
    assert minutes(history, "--table", "lake.core.orders") == [3, 2, 1]
    assert minutes(history, "--table", "Core.Orders") == [3, 2, 1]
    assert minutes(history, "--table", "old.orders") == [3]
    assert minutes(history, "--table", "revenue") == [2]
    assert minutes(history, "--table", "rders") == []


def test_one_query_is_shown_with_what_it_makes_and_how_that_is_known(history: CommandLine) -> None:
    query_id = str(ROWS[1]["query_id"])
    shown = json.loads(history("queries", "show", query_id, "-o", "json").out)
    (query,) = shown["query"]
    assert (query["text"], query["state"], query["outcome"]) == (LOAD, "FINISHED", "COMMITTED")
    assert (query["session_catalog"], query["session_schema"], query["session_origin"]) == ("lake", "core", "RECORDED")
    assert (query["method"], query["parse_error"]) == ("PARSED", None) and query["analyzer"]
    assert [(row["role"], row["object"]) for row in shown["objects"]] == [
        ("SOURCE", "lake.core.orders"),
        ("TARGET", "lake.core.revenue"),
    ]
    assert [(row["upstream"], row["downstream"], row["kind"], row["certain"]) for row in shown["edges"]] == [
        ("lake.core.orders", "lake.core.revenue", "DATA", True)
    ]
    table = history("queries", "show", query_id).out
    assert "TEXT\n" + LOAD in table and "session_origin" in table and "lake.core.revenue" in table
    values = list(csv.DictReader(io.StringIO(history("queries", "show", query_id, "-o", "csv").out)))
    assert {"section": "query", "row": "1", "name": "state", "value": "FINISHED"} in values


def test_what_could_not_be_parsed_says_where(history: CommandLine) -> None:
    (query,) = json.loads(history("queries", "show", str(ROWS[3]["query_id"]), "-o", "json").out)["query"]
    assert query["parse_error"] and (query["coverage"], query["method"]) == ("NONE", None)
    status = json.loads(history("status", "--since", "2026-11-22", "-o", "json").out)
    assert [(row["reason"], row["count"]) for row in status["failures"]] == [("SYNTAX_ERROR", 1)]
    assert sum(row["count"] for row in status["not_parsed"]) >= 1
    assert status["clusters"][0]["open_queries"] == 1


def test_lists_have_the_same_columns_in_every_form_for_programs(history: CommandLine) -> None:
    rows = history("queries", "list", "-o", "jsonl").rows()
    document = json.loads(history("queries", "list", "-o", "json").out)
    read = list(csv.DictReader(io.StringIO(history("queries", "list", "-o", "csv").out)))
    assert (document["schema_version"], document["rows"]) == (1, rows)
    assert list(rows[0]) == list(read[0])
    assert [row["text"] for row in read] == [row["text"] for row in rows]
    table = history("queries", "list").out.splitlines()
    assert table[0].split() == ["query_id", "user", "source", "state", "error_code", "elapsed_ms", "text"]
    assert [line.split()[0] for line in table[1:]] == [row["query_id"] for row in rows]


def test_an_empty_history_says_what_to_do(qlt: CommandLine) -> None:
    ended = qlt("status")
    assert (ended.code, ended.out) == (0, "") and "qlt doctor" in ended.err
    assert qlt("gaps", "-o", "jsonl").rows() == []
    assert json.loads(qlt("status", "-o", "json").out)["sources"] == []


def test_a_reader_that_leaves_is_no_error(qlt: CommandLine, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "long.jsonl", [recorded(n, f"SELECT '{'x' * 10_000}' AS c{n}") for n in range(50)])
    assert qlt("run", "--once", "--source", "files", path).code == 0
    for arguments in (("queries", "list", "-o", "jsonl"), ("queries", "list", "-o", "json"), ("db", "sql")):
        process = qlt.start(*arguments)
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.close()
        process.stdout.read(10)
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        assert (process.wait(60), err) == (0, b"")


def test_help_takes_less_than_half_a_second_of_work() -> None:
    """Processor time, so that a busy machine does not matter; the first call may have to compile modules."""
    subprocess.run([QLT, "--help"], check=True, capture_output=True)
    assert min(_seconds_of_help() for _ in range(3)) < 0.5


def _seconds_of_help() -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([QLT, "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("command", ["run", "doctor", "queries list", "outbox requeue", "quarantine replay", "db sql"])
def test_every_command_helps_without_a_database(tmp_path: Path, command: str) -> None:
    ended = CommandLine(tmp_path, {"POSTGRES_DSN": "postgresql://127.0.0.1:9/x"})(*command.split(), "--help")
    assert ended.code == 0 and "--env" in ended.out
