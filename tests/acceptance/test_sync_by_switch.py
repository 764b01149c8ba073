"""What OpenMetadata is told by switches: every text of a statement, and what executions cost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from tests.commands import CommandLine, recorded, write_lines
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

from query_lineage_tracker.adapters.openmetadata.queries import query_name

DAYS_AGO = datetime.now(timezone.utc) - timedelta(days=2)
TEXTS = [f"INSERT INTO mart.revenue SELECT amount FROM orders WHERE day = {number}" for number in (1, 2)]
BOTH = {"OMD_ALL_TEXTS": "true", "OMD_QUERY_COSTS": "true"}


@pytest.fixture
def fake() -> Iterator[FakeOpenMetadata]:
    with FakeOpenMetadata("1.12") as server:
        server.state.add_table("trino", "lake", "core", "orders", columns=["amount", "day"])
        server.state.add_table("trino", "lake", "mart", "revenue", columns=["amount"])
        yield server


def log(folder: Path, name: str, *texts: str) -> str:
    """Executions of two days ago, one a text."""
    rows = []
    for number, text in enumerate(texts):
        created = DAYS_AGO.replace(hour=12, minute=number, second=0, microsecond=0)
        row = recorded(number, text, created=created.isoformat(), end=(created + timedelta(seconds=2)).isoformat())
        row |= {"query_id": f"{created:%Y%m%d_%H%M%S}_{number:05}_{name}", "cpu_time_ms": 1500, "elapsed_time_ms": 2000}
        rows.append(row)
    return write_lines(folder / f"{name}.jsonl", rows).name


@pytest.fixture
def told(qlt: CommandLine, fake: FakeOpenMetadata) -> CommandLine:
    """With two executions of one statement in two texts, known to OpenMetadata by the representative one."""
    command = qlt.having(OMD_KIND="openmetadata", OMD_URL=fake.url, OMD_TOKEN=fake.token)
    assert command("backfill", log(qlt.folder, "first", *TEXTS)).code == 0
    assert names(fake) == {query_name(TEXTS[0])}
    return command


def names(fake: FakeOpenMetadata) -> set[str]:
    return {query["name"] for query in fake.state.queries.values()}


def test_all_texts_are_told_by_a_switch_also_those_of_before(told: CommandLine, fake: FakeOpenMetadata) -> None:
    qlt = told.having(OMD_ALL_TEXTS="true")
    assert qlt("outbox", "backfill", "openmetadata").err.endswith("1 messages enqueued\n")
    rows = qlt("sync", "--dry-run", "-o", "jsonl").rows()
    assert {(row["table"], row["kind"]) for row in rows} == {("lake.mart.revenue", "TEXT")}
    assert rows[0]["change"] == f"new query trino.{query_name(TEXTS[1])} of 2 tables"
    assert qlt("sync").code == 0
    assert names(fake) == set(map(query_name, TEXTS))
    verified = qlt("sync", "--verify")
    assert (verified.code, "3 " in verified.err) == (0, True), verified.err
    assert {row["kind"]: row["settled"] for row in qlt("sync", "status", "-o", "jsonl").rows()}["TEXT"] == 1


def test_no_text_is_told_where_none_may_be_sent(told: CommandLine, fake: FakeOpenMetadata) -> None:
    qlt = told.having(**BOTH, OMD_SEND_SQL="false")
    assert qlt("outbox", "backfill", "openmetadata").err.endswith("0 messages enqueued\n")
    assert qlt("sync").code == 0
    assert (names(fake), fake.state.costs) == ({query_name(TEXTS[0])}, [])


def test_costs_of_a_day_are_told_once_under_the_representative_text(told: CommandLine, fake: FakeOpenMetadata) -> None:
    qlt = told.having(**BOTH)
    for _ in range(2):
        assert qlt("sync").code == 0
    (record,) = fake.state.costs
    assert (record["cost"], record["count"], record["totalDuration"]) == (3.0, 2, 4000)
    assert record["query"] == f"trino.{query_name(TEXTS[0])}"
    qlt("outbox", "requeue", "--all")
    qlt("sync")
    assert len(fake.state.costs) == 1


def test_costs_are_told_in_the_round_in_which_their_query_arrives(qlt: CommandLine, fake: FakeOpenMetadata) -> None:
    told = qlt.having(OMD_KIND="openmetadata", OMD_URL=fake.url, OMD_TOKEN=fake.token, **BOTH)
    assert told("backfill", log(qlt.folder, "first", *TEXTS)).code == 0
    assert len(fake.state.costs) == 1


def test_a_cost_whose_answer_was_lost_is_dead_and_no_requeue_sends_it(
    told: CommandLine, fake: FakeOpenMetadata
) -> None:
    qlt = told.having(OMD_QUERY_COSTS="true")
    fake.faults.append(Fault("POST /api/v1/queryCostRecord", lost=True))
    assert qlt("sync").code == 1
    for _ in range(2):
        (dead,) = qlt("outbox", "list", "--state", "dead", "-o", "jsonl").rows()
        assert (dead["kind"], "may have been sent and is not sent twice" in dead["reason"]) == ("COST", True)
        assert qlt("outbox", "requeue", "--state", "dead").err.endswith("1 messages are due again\n")
        assert qlt("sync").code == 1
    (shown,) = json.loads(qlt("outbox", "show", dead["entity"]).out)["messages"]
    assert (shown["announced_at"] is not None, shown["sent"]) == (True, None)
    assert qlt("sync", "--verify", "--kind", "cost").code == 2
    assert len(fake.state.costs) == 1
    assert qlt("outbox", "drop", "--kind", "cost", "--state", "dead", "--yes").code == 0
    assert qlt("sync").code == 0
    assert len(fake.state.costs) == 1


def test_a_tracker_that_is_killed_before_the_answer_sends_nothing_twice(
    told: CommandLine, fake: FakeOpenMetadata, dsn: str
) -> None:
    qlt = told.having(OMD_QUERY_COSTS="true", QLT_SYNC_LEASE="5s")
    fake.faults.append(Fault("POST /api/v1/queryCostRecord", delay=30, lost=True))
    killed = qlt.start("sync")
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not fake.state.costs:
            assert killed.poll() is None
            time.sleep(0.05)
        killed.kill()
        killed.communicate()
        connection.execute("UPDATE omd.outbox SET lease_until = now(), next_attempt_at = now() WHERE state = 'PENDING'")
    assert qlt("sync").code == 1
    (dead,) = qlt("outbox", "list", "-o", "jsonl").rows()
    assert (dead["kind"], dead["state"]) == ("COST", "DEAD")
    assert len(fake.state.costs) == 1
