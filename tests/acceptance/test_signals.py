"""Trackers that run: signals end them cleanly, a second one waits its turn, a killed one leaves nothing half done."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from tests.commands import CommandLine, recorded, write_lines

from query_lineage_tracker.adapters.postgres.embedded import start_or_attach

ROWS = 10_000
BATCH = 100
PATIENCE_S = 60


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait while the process runs; what it said is told if it ended, or nothing came of it."""
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            _, err = process.communicate()
            pytest.fail(err.decode())
        time.sleep(0.02)


def stored(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM omd.trino_queries_history").fetchone()
    assert row is not None
    return int(row[0])


def migrated(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT to_regclass('omd.trino_queries_history')").fetchone() != (None,)


def held(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT FROM omd.leases WHERE expires_at > now()").fetchone() is not None


def long_recording(folder: Path) -> Path:
    return write_lines(folder / "long.jsonl", (recorded(n, f"SELECT {n % 50} FROM t{n % 50}") for n in range(ROWS)))


def ended_by(process: subprocess.Popen[bytes], number: signal.Signals) -> tuple[int, bytes]:
    """Exit code and standard error of a process that got the signal; it has 25 seconds."""
    process.send_signal(number)
    try:
        _, err = process.communicate(timeout=25)
    finally:
        process.kill()
    return process.returncode, err


def test_a_second_tracker_says_who_holds_the_lease(qlt: CommandLine, dsn: str, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "one.jsonl", [recorded(1)])
    first = qlt.start("run", "--source", "files", path)
    wait_until(lambda: held(dsn) and stored(dsn) == 1, first)
    second = qlt("run", "--once", "--source", "files", path)
    assert (second.code, second.out) == (3, "")
    assert f":{first.pid}" in second.err and "Traceback" not in second.err
    assert ended_by(first, signal.SIGTERM)[0] == 0
    assert qlt("run", "--once", "--source", "files", path).code == 0


def test_sigterm_in_the_middle_keeps_whole_batches_only(qlt: CommandLine, dsn: str, tmp_path: Path) -> None:
    path = long_recording(tmp_path)
    tracker = qlt.having(BATCH_SIZE=str(BATCH))
    first = tracker.start("run", "--source", "files", path)
    wait_until(lambda: stored(dsn) > 0, first)
    code, err = ended_by(first, signal.SIGTERM)
    assert (code, b"Traceback" in err) == (0, False)
    assert stored(dsn) % BATCH == 0 and 0 < stored(dsn) < ROWS
    assert not held(dsn)
    assert tracker("run", "--once", "--source", "files", path).code == 0
    assert stored(dsn) == ROWS


def test_sigkill_in_the_middle_is_followed_by_a_restart(qlt: CommandLine, dsn: str, tmp_path: Path) -> None:
    path = long_recording(tmp_path)
    tracker = qlt.having(BATCH_SIZE=str(BATCH), QLT_LEASE_SECONDS="5")
    first = tracker.start("run", "--source", "files", path)
    wait_until(lambda: stored(dsn) > 0, first)
    ended_by(first, signal.SIGKILL)
    assert stored(dsn) % BATCH == 0 and 0 < stored(dsn) < ROWS
    while held(dsn):
        time.sleep(0.1)
    assert tracker("run", "--once", "--source", "files", path).code == 0
    assert stored(dsn) == ROWS


def test_ctrl_c_ends_a_backfill_with_130(qlt: CommandLine, dsn: str, tmp_path: Path) -> None:
    tracker = qlt.having(BATCH_SIZE=str(BATCH))
    process = tracker.start("backfill", long_recording(tmp_path))
    wait_until(lambda: stored(dsn) > 0, process)
    code, err = ended_by(process, signal.SIGINT)
    assert (code, b"Traceback" in err) == (130, False)
    assert stored(dsn) % BATCH == 0


def test_sigterm_ends_a_single_pass_early_and_says_so_by_its_code(qlt: CommandLine, dsn: str, tmp_path: Path) -> None:
    tracker = qlt.having(BATCH_SIZE=str(BATCH))
    process = tracker.start("run", "--once", "--source", "files", long_recording(tmp_path))
    wait_until(lambda: stored(dsn) > 0, process)
    code, err = ended_by(process, signal.SIGTERM)
    assert (code, b"Traceback" in err) == (1, False)
    assert stored(dsn) % BATCH == 0 and stored(dsn) < ROWS


def test_a_command_attaches_to_the_embedded_postgres_of_a_running_tracker(tmp_path: Path) -> None:
    qlt = CommandLine(tmp_path)
    tracker = qlt.start("run", "--source", "files", write_lines(tmp_path / "one.jsonl", [recorded(1)]))
    data = tmp_path / ".qlt" / "lineage.jsonl"
    wait_until(data.exists, tracker)
    looked = qlt("status", "-o", "json")
    assert looked.code == 0
    host, pid, drawn = json.loads(looked.out)["clusters"][0]["lease_holder"].rsplit(":", 2)
    assert (host, pid) == (socket.gethostname(), str(tracker.pid)) and len(drawn) == 6
    assert tracker.poll() is None
    assert ended_by(tracker, signal.SIGTERM)[0] == 0
    assert not list(tmp_path.glob(".qlt/**/postmaster.pid"))


def test_two_containers_of_one_name_in_which_each_is_process_1_are_two_holders() -> None:
    program = (
        "import os, socket; os.getpid, socket.gethostname = lambda: 1, lambda: 'tracker';"
        "from query_lineage_tracker.bootstrap import worker_name; print(worker_name(), worker_name())"
    )
    run = [sys.executable, "-c", program]
    names = [subprocess.run(run, check=True, capture_output=True, text=True).stdout.split() for _ in range(2)]
    (one, again), (other, _) = names
    assert one == again != other
    assert one.startswith("tracker:1:") and other.startswith("tracker:1:")


def test_a_database_that_goes_away_costs_a_batch_that_is_saved_later(tmp_path: Path) -> None:
    server = start_or_attach(tmp_path / "pg")
    tracker = CommandLine(tmp_path, {"POSTGRES_DSN": server.dsn, "BATCH_SIZE": str(BATCH), "POLL_INTERVAL": "1s"})
    process = tracker.start("run", "--source", "files", long_recording(tmp_path))
    try:
        wait_until(lambda: migrated(server.dsn) and stored(server.dsn) > 0, process)
        assert server.process is not None
        server.process.send_signal(signal.SIGQUIT)
        server.process.wait(30)
        time.sleep(2)
        assert process.poll() is None
        server = start_or_attach(tmp_path / "pg")
        assert stored(server.dsn) % BATCH == 0 and stored(server.dsn) < ROWS
        wait_until(lambda: stored(server.dsn) == ROWS, process)
        # Whether a batch failed, which is logged, or the next one only waited for a connection, depends on the moment.
        code, err = ended_by(process, signal.SIGTERM)
        assert code == 0 and b"Traceback" not in err
    finally:
        process.kill()
        server.stop()


def test_a_tracker_whose_trino_is_away_tries_again_and_ends_when_told(qlt: CommandLine, dsn: str) -> None:
    process = qlt.having(POLL_INTERVAL="1s").start("run")
    wait_until(lambda: failures(dsn) > 1, process)
    code, err = ended_by(process, signal.SIGTERM)
    assert code == 0 and b"ingest.pass_failed" in err and b"Traceback" not in err


def failures(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM omd.runs WHERE error IS NOT NULL").fetchone()
    assert row is not None
    return int(row[0])
