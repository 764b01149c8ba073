"""Recorded queries through the real command line: ingested once, nothing lost, nothing changed by doing it twice."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from tests.commands import CommandLine, recorded, write_lines

LOAD = "INSERT INTO revenue SELECT day, sum(total) FROM orders GROUP BY day"
ROWS = [
    recorded(1, "SELECT * FROM orders"),
    recorded(2, LOAD),
    recorded(3, LOAD),
    recorded(4, "SELECT no", user="bob", state="FAILED", error_type="USER_ERROR", error_code="COLUMN_NOT_FOUND"),
]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "recording.jsonl", ROWS)


def once(qlt: CommandLine, *paths: Path) -> None:
    ended = qlt("run", "--once", "--source", "files", *paths)
    assert (ended.code, ended.out) == (0, ""), ended.err


def everything(qlt: CommandLine) -> tuple[object, ...]:
    """What can be seen of the history, without the times at which it was looked at."""
    status = json.loads(qlt("status", "--since", "2026-01-01", "-o", "json").out)
    for source in status["sources"]:
        del source["lag_seconds"], source["last_run"]
    queries = qlt("queries", "list", "-o", "jsonl").rows()
    return status, queries, (qlt.folder / ".qlt" / "lineage.jsonl").read_text()


def test_a_new_user_needs_nothing_but_a_file(tmp_path: Path, recording: Path) -> None:
    qlt = CommandLine(tmp_path)
    once(qlt, recording)
    listed = qlt("queries", "list", "-o", "jsonl").rows()
    assert [row["query_id"] for row in listed] == [row["query_id"] for row in reversed(ROWS)]
    before = everything(qlt)
    once(qlt, recording)
    assert everything(qlt) == before


def test_the_second_run_changes_nothing(qlt: CommandLine, recording: Path) -> None:
    once(qlt, recording)
    before = everything(qlt)
    once(qlt, recording)
    copy = recording.with_name("copy.jsonl")
    copy.write_bytes(recording.read_bytes())
    once(qlt, copy)
    assert everything(qlt) == before


def test_the_catalog_is_told_of_statements_and_edges(qlt: CommandLine, recording: Path) -> None:
    once(qlt, recording)
    told = [json.loads(line) for line in (qlt.folder / ".qlt" / "lineage.jsonl").read_text().splitlines()]
    assert sorted(message["kind"] for message in told) == ["LINEAGE", "QUERY", "QUERY"]
    status = json.loads(qlt("status", "-o", "json").out)
    assert {row["state"] for row in status["outbox"]} == {"SETTLED"}


def test_backfill_leaves_the_watermark_where_it_is(qlt: CommandLine, recording: Path, tmp_path: Path) -> None:
    once(qlt, write_lines(tmp_path / "live.jsonl", [recorded(100)]))
    ended = qlt("backfill", recording)
    assert ended.code == 0 and "4 queries new" in ended.err
    sources = {row["source"]: row for row in json.loads(qlt("status", "-o", "json").out)["sources"]}
    assert sources["files"]["watermark"] == "2026-11-22T00:01:40.500000+00:00"
    assert (sources["backfill"]["watermark"], sources["backfill"]["queries"]) == (None, 4)


def test_standard_input_is_a_file_too(qlt: CommandLine) -> None:
    line = json.dumps(recorded(7)).encode()
    assert qlt("run", "--once", "--source", "files", "-", stdin=line).code == 0
    assert len(qlt("queries", "list", "-o", "jsonl").rows()) == 1


def test_a_bad_line_costs_only_itself_and_is_replayed_when_it_is_understood(
    qlt: CommandLine, dsn: str, tmp_path: Path
) -> None:
    bad = recorded(2, state="DREAMING")
    path = write_lines(tmp_path / "mixed.jsonl", [recorded(1), bad, "{", recorded(3)])
    once(qlt, path)
    assert len(qlt("queries", "list", "-o", "jsonl").rows()) == 2
    state, broken = qlt("quarantine", "list", "-o", "jsonl").rows()
    assert state["reason"].startswith("state: a text of 8 characters, expected one of QUEUED, ")
    assert (state["query_id"], state["origin"]) == (bad["query_id"], f"{path}:2")
    assert (broken["origin"], broken["query_id"]) == (f"{path}:3", None) and broken["reason"].startswith("not JSON")
    shown = qlt("quarantine", "show", str(state["id"]), "-o", "jsonl").rows()[0]
    assert json.loads(shown["payload"]) == bad

    refused = qlt("quarantine", "replay", "--all", "-o", "jsonl")
    assert refused.code == 1 and "0 rows ingested, 2 still not understood or not stored" in refused.err
    assert [row["id"] for row in refused.rows()] == [state["id"], broken["id"]]

    # A later version understands the state: here the row comes to meet it.
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE omd.quarantine SET payload = replace(payload, 'DREAMING', 'FINISHED')")
    replayed = qlt("quarantine", "replay", str(state["id"]))
    assert (replayed.code, replayed.out) == (0, ""), replayed.err
    assert bad["query_id"] in {row["query_id"] for row in qlt("queries", "list", "-o", "jsonl").rows()}
    assert [row["id"] for row in qlt("quarantine", "list", "-o", "jsonl").rows()] == [broken["id"]]
    assert len(qlt("quarantine", "list", "--replayed", "-o", "jsonl").rows()) == 2

    again = qlt("quarantine", "replay", str(state["id"]))
    assert again.code == 1 and f"not waiting in cluster trino: {state['id']}" in again.err


def test_what_postgresql_refuses_costs_only_itself_and_is_replayed_after_a_mend(
    qlt: CommandLine, dsn: str, recording: Path
) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        table, unlucky = "ALTER TABLE omd.trino_queries_history", ROWS[2]["query_id"]
        assert qlt("db", "migrate").code == 0
        connection.execute(f"{table} ADD CONSTRAINT unlucky CHECK (query_id <> '{unlucky}')")
        filled = qlt("backfill", recording)
        assert filled.code == 0 and "3 queries new, 0 advanced, 1 quarantined" in filled.err
        assert unlucky not in {row["query_id"] for row in qlt("queries", "list", "-o", "jsonl").rows()}
        (row,) = qlt("quarantine", "list", "-o", "jsonl").rows()
        assert (row["query_id"], row["origin"]) == (unlucky, "refused by PostgreSQL")

        refused = qlt("quarantine", "replay", "--all", "-o", "jsonl")
        assert refused.code == 1 and refused.rows() == [{"id": row["id"], "reason": row["reason"]}]
        connection.execute(f"{table} DROP CONSTRAINT unlucky")
    assert qlt("quarantine", "replay", "--all").code == 0
    assert unlucky in {row["query_id"] for row in qlt("queries", "list", "-o", "jsonl").rows()}
    assert qlt("quarantine", "list", "-o", "jsonl").rows() == []


def test_any_text_survives(qlt: CommandLine, tmp_path: Path) -> None:
    long = f"SELECT '{'x' * 1_000_000}'"
    texts = ["SELECT '\0'", "SELECT '\ud800'", "SELECT '🜁 🦆'", "SELECT '\x1b[31m'", "", long]
    once(qlt, write_lines(tmp_path / "odd.jsonl", [recorded(n, text) for n, text in enumerate(texts)]))
    stored = [row["text"] for row in qlt("queries", "list", "-o", "jsonl").rows()]
    assert stored[::-1] == ["SELECT '\u2400'", "SELECT '\ufffd'", *texts[2:]]
    table = qlt("queries", "list")
    assert table.code == 0 and "\x1b" not in table.out and len(max(table.out.splitlines(), key=len)) < 300
    one = qlt("queries", "show", "20261122_000003_00003_aaaaa")
    assert one.code == 0 and "SELECT '\ufffd[31m'" in one.out


def test_a_secret_reaches_neither_history_nor_quarantine_nor_catalog(qlt: CommandLine, tmp_path: Path) -> None:
    create = "CREATE CATALOG c USING postgresql WITH (\"connection-password\" = 'hunter2')"
    once(qlt, write_lines(tmp_path / "secret.jsonl", [recorded(1, create), recorded(2, create, state="DREAMING")]))
    for arguments in (
        ("queries", "list"),
        ("queries", "show", "20261122_000001_00001_aaaaa"),
        ("quarantine", "show", "1"),
    ):
        ended = qlt(*arguments, "-o", "json")
        assert ended.code == 0 and "hunter2" not in ended.out + ended.err
    assert "hunter2" not in (qlt.folder / ".qlt" / "lineage.jsonl").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "--once", "--source", "files"), "--source files needs paths"),
        (("run", "--once", "--source", "files", "absent.jsonl"), "There is no file or directory absent.jsonl"),
        (("backfill", "absent.jsonl"), "There is no file or directory absent.jsonl"),
        (("quarantine", "show", "77"), "there is no row 77"),
        (("queries", "show", "20261122_000001_00001_zzzzz"), "there is no query"),
    ],
)
def test_what_cannot_be_meant_ends_with_code_2(qlt: CommandLine, arguments: tuple[str, ...], told: str) -> None:
    ended = qlt(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err and "Traceback" not in ended.err
