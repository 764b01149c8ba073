"""`qlt sync` and what an operator sees and does of the outbox."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.commands import CommandLine, Ended, recorded
from tests.openmetadata.fake_server import FakeOpenMetadata

INSERT = "INSERT INTO mart.revenue SELECT amount FROM orders"
TWO_DAYS_AGO = datetime.now(timezone.utc).date() - timedelta(days=2)


@pytest.fixture
def known(qlt: CommandLine) -> CommandLine:
    """With one write of two days ago in the history and a message of each kind about it; the file is not to be had."""
    day = f"{TWO_DAYS_AGO}T08:00:00"
    row = recorded(1, INSERT, created=f"{day}.000Z", end=f"{day}.500Z")
    row["query_id"] = f"{TWO_DAYS_AGO:%Y%m%d}_080000_00001_aaaaa"
    (qlt.folder / "queries.jsonl").write_text(json.dumps(row))
    (qlt.folder / "occupied").mkdir()
    qlt = qlt.having(QLT_OMD_USAGE="true", QLT_SINK_FILE="occupied")
    ended = qlt("backfill", "queries.jsonl")
    assert "1 queries new" in ended.err
    return qlt


def sent(qlt: CommandLine, name: str = "lineage.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (qlt.folder / name).read_text().splitlines()]


def states(qlt: CommandLine) -> dict[str, list[int]]:
    """Pending, parked, dead and settled messages by kind."""
    rows = qlt("sync", "status", "-o", "jsonl").rows()
    return {row["kind"]: [row[name] for name in ("pending", "parked", "dead", "settled")] for row in rows}


def test_a_round_tells_what_is_due_once(known: CommandLine) -> None:
    qlt = known.having(QLT_SINK_FILE="lineage.jsonl")
    first = qlt("sync")
    assert (first.code, first.err.splitlines()[-1]) == (
        0,
        "file: 4 delivered, 0 to be retried, 0 parked, 0 dead",
    )
    assert sorted(line["kind"] for line in sent(qlt)) == ["LINEAGE", "QUERY", "USAGE", "USAGE"]
    usage = {line["usage"]["object"]["name"]: line["usage"] for line in sent(qlt) if line["kind"] == "USAGE"}
    assert date.fromisoformat(usage["orders"]["day"]) == TWO_DAYS_AGO
    assert (usage["orders"]["reads"], usage["revenue"]["writes"]) == (1, 1)
    assert qlt("sync").code == 0
    assert len(sent(qlt)) == 4


def test_status_says_what_waits_and_why(known: CommandLine) -> None:
    ended = known("sync")
    assert ended.code == 3
    assert "halted: " in ended.err
    rows = known("sync", "status", "-o", "jsonl").rows()
    assert {row["kind"]: row["pending"] for row in rows} == {"LINEAGE": 1, "QUERY": 1, "USAGE": 2}
    assert all("occupied" in row["halted"] and row["oldest"] and row["last_delivered"] is None for row in rows)
    known("sync", QLT_SINK_FILE="lineage.jsonl")
    rows = known("sync", "status", "-o", "jsonl").rows()
    assert all(row["settled"] and row["last_delivered"] and row["halted"] is None for row in rows)


def test_a_message_is_shown_with_what_was_sent_and_what_would_be(known: CommandLine) -> None:
    (edge,) = known("outbox", "list", "--kind", "lineage", "-o", "jsonl").rows()
    (shown,) = json.loads(known("outbox", "show", edge["entity"]).out)["messages"]
    assert (shown["state"], shown["sent"]) == ("PENDING", None)
    assert shown["now"]["lineage"]["downstream"]["name"] == "revenue"
    assert shown["now"]["lineage"]["text"] == INSERT
    known("sync", QLT_SINK_FILE="lineage.jsonl")
    (shown,) = json.loads(known("outbox", "show", edge["entity"], OMD_SEND_SQL="false").out)["messages"]
    assert shown["state"] == "SETTLED"
    assert shown["sent"]["digest"]
    assert shown["now"]["lineage"]["text"] is None


def test_messages_are_dropped_only_on_demand_and_not_told(known: CommandLine) -> None:
    choice = ("outbox", "drop", "--state", "pending", "--kind", "lineage")
    refused = known(*choice)
    assert (refused.code, "this forgets 1 messages" in refused.err) == (2, True)
    assert "LINEAGE" in refused.out
    assert states(known)["LINEAGE"] == [1, 0, 0, 0]
    assert known(*choice, "--yes").err == "1 messages are forgotten\n"
    assert states(known)["LINEAGE"] == [0, 0, 0, 1]
    known("sync", QLT_SINK_FILE="lineage.jsonl")
    assert {line["kind"] for line in sent(known)} == {"QUERY", "USAGE"}


def test_a_dropped_message_can_be_told_after_all(known: CommandLine) -> None:
    known("outbox", "drop", "--state", "pending", "--kind", "lineage", "--yes")
    known("outbox", "requeue", "--state", "settled", "--kind", "lineage")
    known("sync", QLT_SINK_FILE="lineage.jsonl")
    assert "LINEAGE" in {line["kind"] for line in sent(known)}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["sync", "--sink", "moon"], "there is no sink 'moon'"),
        (["outbox", "show", "1:2"], "there is no message about 1:2"),
        (["outbox", "drop", "--state", "settled"], "nothing to drop"),
    ],
)
def test_what_is_not_there_is_said(qlt: CommandLine, arguments: list[str], problem: str) -> None:
    ended: Ended = qlt(*arguments)
    assert (ended.code, problem in ended.err) == (2, True)


def test_a_dry_run_tells_the_difference_and_touches_nothing(known: CommandLine) -> None:
    with FakeOpenMetadata() as fake:
        fake.state.add_table("trino", "lake", "core", "orders", columns=["amount"])
        qlt = known.having(OMD_KIND="openmetadata", OMD_URL=fake.url, OMD_TOKEN=fake.token)
        assert qlt("outbox", "backfill", "openmetadata").code == 0
        before = qlt("outbox", "list", "-o", "jsonl").out
        ended = qlt("sync", "--dry-run", "-o", "jsonl")
        assert ended.code == 0
        assert (fake.writes, qlt("outbox", "list", "-o", "jsonl").out) == ([], before)
        rows = {row["kind"]: row for row in ended.rows()}
        assert "trino.lake.mart.revenue" in rows["LINEAGE"]["problem"]
        fake.state.add_table("trino", "lake", "mart", "revenue", columns=["amount"])
        rows = {row["kind"]: row for row in qlt("sync", "--dry-run", "-o", "jsonl").rows()}
        assert rows["LINEAGE"]["change"] == "from lake.core.orders: new edge, QueryLineage, 0 column pairs"
        assert {row["table"] for row in rows.values()} == {"lake.mart.revenue"}
        assert qlt("sync").code == 0
        assert {each.method for each in fake.writes} == {"PUT", "POST", "PATCH"}
        qlt("outbox", "requeue", "--all")
        for _ in ("with messages that change nothing", "with none"):
            ended = qlt("sync", "--dry-run", "-o", "jsonl")
            assert (ended.code, ended.out) == (0, ""), ended.err
            qlt("sync")


def test_columns_come_from_openmetadata_when_they_may(qlt: CommandLine) -> None:
    row = recorded(1, "INSERT INTO mart.revenue (amount, day) SELECT * FROM orders")
    (qlt.folder / "queries.jsonl").write_text(json.dumps(row))
    with FakeOpenMetadata() as fake:
        fake.state.add_table("trino", "lake", "core", "orders", columns=["amount", "day"])
        fake.state.add_table("trino", "lake", "mart", "revenue", columns=["amount", "day"])
        told = {"OMD_KIND": "openmetadata", "OMD_URL": fake.url, "OMD_TOKEN": fake.token, "QLT_OMD_COLUMNS": "true"}
        ended = qlt.having(**told)("run", "--once", "--source", "files", "queries.jsonl")
        assert ended.code == 0, ended.err
        (details,) = fake.state.edges.values()
    assert details is not None
    assert [each["toColumn"].rsplit(".", 1)[1] for each in details["columnsLineage"]] == ["amount", "day"]


def test_a_dry_run_of_a_file_says_what_would_be_told(known: CommandLine) -> None:
    rows = known("sync", "--dry-run", "-o", "jsonl", QLT_SINK_FILE="new/lineage.jsonl").rows()
    assert all(row["change"].endswith("is told") for row in rows)
    assert [(row["table"], row["kind"]) for row in rows] == [
        ("lake.core.orders", "USAGE"),
        ("lake.mart.revenue", "LINEAGE"),
        ("lake.mart.revenue", "QUERY"),
        ("lake.mart.revenue", "USAGE"),
    ]
    assert not (known.folder / "new").exists()
