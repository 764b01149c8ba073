"""`qlt purge`, `qlt audit` and `qlt page user` as people run them."""

from __future__ import annotations

from pathlib import Path

from tests.commands import CommandLine, recorded, write_lines

from query_lineage_tracker.web.passwords import matches
from query_lineage_tracker.web.users import read_users

INSERT = "INSERT INTO revenue SELECT total FROM orders"


def test_a_purge_counts_first_and_then_deletes_on_record(qlt: CommandLine, tmp_path: Path) -> None:
    rows = [recorded(60, INSERT, user="bob"), recorded(61, "SELECT total FROM orders")]
    assert qlt("run", "--once", "--source", "files", write_lines(tmp_path / "recording.jsonl", rows)).code == 0
    dry = qlt("purge", "--user", "bob")
    assert dry.code == 0 and "say --yes" in dry.err and dry.out.split()[6:] == ["1", "0", "1", "1", "0", "0"]
    done = qlt("purge", "--user", "bob", "--yes")
    assert done.code == 0 and done.out == dry.out
    assert [row["user"] for row in qlt("queries", "list", "--output", "jsonl").rows()] == ["alice"]
    (action,) = qlt("audit", "--output", "jsonl").rows()
    assert (action["action"], action["subject"], action["affected"]) == ("PURGE", {"user": "bob"}, 1)


def test_a_purge_without_a_choice_is_refused(qlt: CommandLine) -> None:
    for options, told in (
        ((), "--user"),
        (("--since", "yesterday"), "is not a UTC day"),
        (("--since", "2026-11-22", "--until", "2026-11-22"), "after --since"),
    ):
        ended = qlt("purge", *options)
        assert ended.code == 2 and told in ended.err


def test_a_user_of_the_page_is_printed_for_the_file(qlt: CommandLine, tmp_path: Path) -> None:
    made = qlt("page", "user", "alice", "--role", "operator", stdin=b"correct horse battery\n")
    assert made.code == 0
    path = tmp_path / "users"
    path.write_text(made.out)
    assert matches("correct horse battery", read_users(path)["alice"].password)
    short = qlt("page", "user", "alice", "--role", "viewer", stdin=b"short\n")
    assert short.code == 2 and "10 characters" in short.err and "short" not in short.err
    assert qlt("page", "user", "a:b", "--role", "viewer").code == 2
