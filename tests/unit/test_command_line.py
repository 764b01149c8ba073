"""What the command line refuses before it touches anything."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import typer

from query_lineage_tracker.cli import sync
from query_lineage_tracker.cli.main import main
from query_lineage_tracker.cli.times import point_in_time
from query_lineage_tracker.services.sync import SyncReport

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--once", "somewhere.jsonl"], "--source files needs paths"),
        (["run", "--once", "--source", "files"], "--source files needs paths"),
        (["run", "--source", "kafka"], "kafka"),
        (["backfill"], "PATHS"),
        (["backfill", "--cluster", "moon", "absent.jsonl"], "there is no cluster 'moon'"),
        (["quarantine", "replay"], "which rows?"),
        (["quarantine", "replay", "7", "--all"], "which rows?"),
        (["quarantine", "show", "seven"], "for 'id'"),
        (["queries", "list", "--state", "sleeping"], "sleeping"),
        (["queries", "list", "--since", "yesterday"], "'yesterday' is not"),
        (["queries", "list", "--limit", "0"], "--limit"),
        (["outbox", "requeue"], "which messages?"),
        (["outbox", "requeue", "--all", "--state", "dead"], "exclude each other"),
        (["status", "--output", "xml"], "xml"),
        (["remember"], "remember"),
        (["doctor", "--env", "staging"], None),
    ],
)
def test_what_cannot_be_meant_ends_with_code_2(
    arguments: list[str],
    told: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    printed = capsys.readouterr()
    if told is None:
        assert "FAILED" in printed.out and "'staging' is not one of dev, prod" in printed.out
    else:
        assert told.lower() in printed.err.lower() and printed.out == ""
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("qlt ")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2h", NOW - timedelta(hours=2)),
        ("90m", NOW - timedelta(minutes=90)),
        (" 7D ", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2026-11-22T12:00:00Z", NOW),
        ("2026-11-22T13:00:00+01:00", NOW),
        ("2026-11-22T12:00:00", NOW),
        ("2026-11-22", NOW.replace(hour=0)),
    ],
)
def test_a_point_in_time_is_absolute_or_ago(text: str, time: datetime) -> None:
    assert point_in_time(text, NOW) == time


@pytest.mark.parametrize("text", ["", "yesterday", "2 years", "-2h", "2026-13-01", "999999w"])
def test_what_names_no_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a time such as"):
        point_in_time(text, NOW)


def test_a_round_that_left_something_behind_says_where_the_reasons_are(capsys: pytest.CaptureFixture[str]) -> None:
    sync._tell("file", SyncReport(delivered=3, retried=1))
    sync._tell("rest", SyncReport(delivered=3))
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("0 dead; `qlt outbox list` says why") and second.endswith("0 dead")
