"""`qlt sync --verify`: what was told is read back; and what a catalog that cannot be read looks like."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.commands import CommandLine, recorded, write_lines
from tests.openmetadata.fake_server import FakeOpenMetadata

WRITES = [recorded(number, f"INSERT INTO mart.t{number} SELECT amount FROM orders") for number in range(1, 4)]


@pytest.fixture
def fake() -> Iterator[FakeOpenMetadata]:
    with FakeOpenMetadata() as server:
        for table in (("core", "orders"), *(("mart", f"t{number}") for number in range(1, 4))):
            server.state.add_table("trino", "lake", *table, columns=["amount"])
        yield server


@pytest.fixture
def told(qlt: CommandLine, fake: FakeOpenMetadata) -> CommandLine:
    """With three writes in the history, of which OpenMetadata was told everything."""
    qlt = qlt.having(OMD_KIND="openmetadata", OMD_URL=fake.url, OMD_TOKEN=fake.token)
    write_lines(qlt.folder / "queries.jsonl", WRITES)
    ended = qlt("backfill", "queries.jsonl")
    assert ended.code == 0, ended.err
    return qlt


def test_nothing_differs_after_a_sync_and_a_second_sync_only_probes(told: CommandLine, fake: FakeOpenMetadata) -> None:
    ended = told("sync", "--verify", "-o", "jsonl")
    assert (ended.code, ended.out) == (0, "")
    assert "openmetadata: 6 messages compared, 0 differ" in ended.err
    fake.requests.clear()
    assert "openmetadata: calls made: 2 (1 get_version, 1 probe)" in told("sync").err
    assert [each.path for each in fake.requests] == ["/api/v1/tables?limit=1", "/api/v1/system/version"]


def test_differences_are_rows_and_end_with_one(told: CommandLine, fake: FakeOpenMetadata) -> None:
    fake.state.edges.pop(next(iter(fake.state.edges)))
    written = len(fake.writes)
    ended = told("sync", "--verify", "-o", "jsonl")
    (row,) = ended.rows()
    assert (ended.code, row["difference"], row["kind"]) == (1, "missing", "LINEAGE")
    assert len(fake.writes) == written
    assert told("sync", "--verify", "--kind", "query").code == 0


def test_what_waits_is_not_compared_and_that_is_said(told: CommandLine) -> None:
    told("outbox", "requeue", "--state", "settled", "--kind", "lineage")
    ended = told("sync", "--verify")
    assert ended.code == 0
    assert "openmetadata: LINEAGE not compared: 3 pending" in ended.err
    assert "openmetadata: 3 messages compared" in ended.err


@pytest.mark.parametrize("option", ["--dry-run", "--verify"])
def test_a_catalog_that_is_away_is_named_with_what_to_check_and_no_table(told: CommandLine, option: str) -> None:
    ended = told("sync", option, OMD_URL="http://127.0.0.1:9")
    assert (ended.code, ended.out) == (3, "")
    assert "openmetadata at http://127.0.0.1:9 cannot be read: " in ended.err
    assert "OMD_URL, OMD_TOKEN" in ended.err


def test_a_file_cannot_be_read_back(qlt: CommandLine) -> None:
    ended = qlt("sync", "--verify")
    assert (ended.code, "no sink can be read back" in ended.err) == (2, True)
    assert "exclude each other" in qlt("sync", "--verify", "--dry-run").err


def test_calls_are_listed_and_shown_with_their_message(told: CommandLine, fake: FakeOpenMetadata) -> None:
    rows = told("sync", "calls", "-o", "jsonl").rows()
    assert len(rows) == len(fake.writes)
    edges = told("sync", "calls", "--kind", "lineage", "-o", "jsonl").rows()
    assert {(row["method"], row["path"], row["status"]) for row in edges} == {("PUT", "/lineage", 200)}
    shown = json.loads(told("outbox", "show", edges[0]["entity"]).out)
    assert [call["body_digest"] for call in shown["calls"]] == [edges[0]["body_digest"]]
    assert "INSERT INTO" not in told("sync", "calls").out
    nothing = told("sync", "calls", "--failed", "-o", "jsonl")
    assert (nothing.code, nothing.out) == (0, "")


def test_calls_are_kept_only_as_long_as_the_settings_say(told: CommandLine) -> None:
    assert told("sync", QLT_CALLS_DAYS="0").code == 0
    nothing = told("sync", "calls", "-o", "jsonl")
    assert (nothing.code, nothing.out) == (0, "")
