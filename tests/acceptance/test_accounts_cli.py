"""What the command line says of events, gaps and days: `qlt serve` takes events, the others tell of them."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone

import httpx
import psycopg
import pytest
from tests.commands import CommandLine, recorded, write_lines
from tests.trino_events import body

TOKEN = "5a1cb3d6e0f94c2f"
DAY = ("account", "--days", "3660", "-o", "jsonl")


@pytest.fixture
def receiving(qlt: CommandLine) -> CommandLine:
    """With a receiver of its own, and nothing else to wait for."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    return qlt.having(QLT_RECEIVER_PORT=port, QLT_EVENT_TOKEN=TOKEN, OMD_KIND="none")


@contextmanager
def served(qlt: CommandLine) -> Iterator[Callable[[bytes], int]]:
    """`qlt serve` while the context lasts; gives how to send an event, which returns the status."""
    process = qlt.start("serve")
    address = f"http://127.0.0.1:{qlt.variables['QLT_RECEIVER_PORT']}/events/trino"

    def send(content: bytes) -> int:
        return httpx.post(address, content=content, headers={"Authorization": f"Bearer {TOKEN}"}).status_code

    try:
        within(30, lambda: answers(address))
        yield send
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=25)
        process.kill()
        process.communicate()


def answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 405
    except httpx.HTTPError:
        return False


def within(seconds: float, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def checks(qlt: CommandLine) -> dict[str, tuple[str, str]]:
    return {row["check"]: (row["verdict"], row["detail"]) for row in qlt("doctor", "-o", "jsonl").rows()}


def test_an_event_is_accounted_for_and_doctor_sees_it_arrive(receiving: CommandLine) -> None:
    before = checks(receiving)
    assert before["events arrive"] == ("WARNING", "none came lately of the cluster trino; nor has any poll")
    assert before["journal"][1].endswith("no receiver has run here")
    with served(receiving) as send:
        assert send(body()) == 200
        within(30, lambda: receiving(*DAY).rows())
    (day,) = receiving(*DAY).rows()
    assert (day["cluster"], day["day"], day["executions"], day["by_event_only"]) == ("trino", "2026-11-22", 1, 1)
    after = checks(receiving)
    assert after["events arrive"] == ("OK", "the last one told of a query that was there at 2026-11-22 17:14:01Z")
    assert after["poll and events agree"][0] == "OK"
    assert after["journal"][0] == "OK" and after["journal"][1].startswith("0 events wait in ")


def test_without_a_token_doctor_says_how_to_have_events(qlt: CommandLine) -> None:
    (found,) = (row for row in qlt("doctor", "-o", "jsonl").rows() if row["check"] == "events")
    assert found["verdict"] == "OK" and "not configured" in found["detail"] and "qlt listener config" in found["hint"]


def test_days_and_holes_are_listed_for_people_and_for_programs(qlt: CommandLine) -> None:
    rows = [recorded(number, cluster="trino") for number in (60, 61, 64)]
    assert qlt("run", "--once", "--source", "files", write_lines(qlt.folder / "some.jsonl", rows)).code == 0
    (day,) = qlt(*DAY).rows()
    assert (day["executions"], day["by_file_only"], day["ids_missing"]) == (3, 3, 62)
    table = qlt("account", "--days", "3660").out.splitlines()
    assert table[0].split() == list(day) and table[1].split() == [str(value) for value in day.values()]
    holes = qlt("account", "--days", "3660", "--holes", "-o", "json").out
    found = [(row["cluster"], row["first_missing"], row["last_missing"]) for row in json.loads(holes)["rows"]]
    assert found == [("trino", 62, 63), ("trino", 0, 59)]
    assert qlt("account", "--cluster", "moon", "-o", "jsonl").rows() == []
    assert qlt("account", "--days", "0").code == 2


def test_a_gap_is_listed_with_its_length_and_whether_it_is_covered(qlt: CommandLine) -> None:
    end = datetime(2026, 11, 22, 12, 30, tzinfo=timezone.utc)
    with psycopg.connect(qlt.variables["POSTGRES_DSN"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO omd.gaps (cluster, source, cause, gap_start, gap_end, detail) VALUES (%s, %s, %s, %s, %s, %s)",
            ("trino", "poller", "OUTAGE", end - timedelta(minutes=90), end, "no poll"),
        )
    (gap,) = qlt("gaps", "-o", "jsonl").rows()
    assert (gap["cause"], gap["seconds"], gap["by_event"], gap["ids_missing"], gap["covered"], gap["detail"]) == (
        "OUTAGE",
        5400,
        0,
        None,
        "no",
        "no poll",
    )
    header, row = qlt("gaps").out.splitlines()
    assert header.split() == ["cluster", "source", "cause", "from", "to", "length", "by_event", "covered", "detail"]
    assert "1:30:00" in row
