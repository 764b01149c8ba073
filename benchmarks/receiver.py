"""How fast received events are answered, and that none that was answered is lost.

    python -m benchmarks.receiver                        500 events a second for 60 s, qlt serve with its PostgreSQL
    python -m benchmarks.receiver --kill                 the same, the receiver killed with -9 half way and begun again
    python -m benchmarks.receiver --server journal       the receiver with PostgreSQL away
    python -m benchmarks.receiver --server answers       a peer: the same server that keeps nothing
    python -m benchmarks.receiver --server sync-each     a peer: the journal synced for each event on its own
    python -m benchmarks.receiver --rate 100 --seconds 5 in short

The sender has one core, the receiver (and its PostgreSQL) the other. Events come at random times, or --evenly. On a
machine that others use as well, --first (as root) puts sender and receiver, not PostgreSQL, before all others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path

import psycopg

from benchmarks.event_bodies import query_id
from benchmarks.event_load import Load, Sent, send
from query_lineage_tracker.adapters.journal.frames import Entry
from query_lineage_tracker.adapters.journal.journal import open_journal
from query_lineage_tracker.adapters.journal.room import Room
from query_lineage_tracker.adapters.journal.segments import Position
from query_lineage_tracker.adapters.postgres.embedded import start_or_attach

TOKEN = "benchmark-of-the-receiver"
CLUSTER = "bench"
QLT = Path(sys.executable).with_name("qlt")
_PATIENCE_S = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def placed(core: int, *, first: bool) -> None:
    """Stay on one core from now on, and go before others there if so asked."""
    os.sched_setaffinity(0, {core})
    if first:
        os.setpriority(os.PRIO_PROCESS, 0, -20)


def started(options: argparse.Namespace, folder: Path, dsn: str, ports: tuple[int, int]) -> subprocess.Popen[bytes]:
    """The server, listening."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.receiver_peers",
        options.server,
        str(folder / "journal"),
        str(ports[0]),
    ]
    serve = options.server in ("serve", "journal")
    variables = {
        "TRINO_CLUSTER": CLUSTER,
        "QLT_EVENT_TOKEN": TOKEN,
        "QLT_RECEIVER_PORT": str(ports[0]),
        "QLT_METRICS_PORT": str(ports[1]),
        "QLT_DATA_DIR": str(folder),
        "QLT_LOG_LEVEL": "warning",
        "POSTGRES_DSN": dsn,
        "OMD_KIND": "none",
    }
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [QLT, "serve"] if serve else command,
            env={**os.environ, **variables},
            stderr=log,
            stdout=log,
            preexec_fn=lambda: placed(options.core, first=options.first),  # noqa: PLW1509 - nothing else runs here
        )
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        if listens(ports[0]):
            return process
        time.sleep(0.02)
    raise SystemExit((folder / "log").read_text())


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def sending(load: Load, core: int, first: bool, answers: Queue[Sent]) -> None:
    placed(core, first=first)
    answers.put(asyncio.run(send(load)))


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] if times else float("nan")


def report(load: Load, sent: Sent, cpu_s: list[float]) -> None:
    rows = [n for n, counted in enumerate(sent.counted) if counted]
    good = [n for n in rows if 200 <= sent.status[n] < 300]
    took = [sent.took[n] * 1000 for n in good]
    late = [sent.late[n] * 1000 for n in rows]
    other: dict[int, int] = {}
    for n in rows:
        if not 200 <= sent.status[n] < 300:
            other[sent.status[n]] = other.get(sent.status[n], 0) + 1
    sizes = [sent.size[n] / 1e3 for n in rows]
    print(
        f"  {len(good):,} of {len(rows):,} answered, {len(good) / load.seconds:,.0f}/s, "
        f"{sum(sizes) / load.seconds / 1e3:,.0f} MB/s; others {other or 'none'}"
    )
    print(
        f"  sizes in KB: median {percentile(sizes, 0.5):,.0f}, 95th percentile {percentile(sizes, 0.95):,.0f}, "
        f"largest {max(sizes):,.0f}; {sum(size > 1500 for size in sizes) / len(sizes):.1%} above 1.5 MB"
    )
    print("  answered in ms: " + quantiles(took) + "; sent late in ms: " + quantiles(late))
    processes = ", ".join(f"{seconds:.1f}" for seconds in cpu_s)
    print(f"  processor of the tracker and of what it started {processes} s; load {os.getloadavg()[0]:.1f}", flush=True)


def quantiles(times: list[float]) -> str:
    shares = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"), (1.0, "max"))
    return ", ".join(f"{name} {percentile(times, share):.1f}" for share, name in shares)


def cpu_of(pid: int) -> list[float]:
    """Seconds of the process, and of each that it started."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    started = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return [own, *(seconds for child in started for seconds in cpu_of(int(child)))]


@contextmanager
def database(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    """A PostgreSQL on the receiver's core, or an address where none is."""
    if options.server != "serve":
        yield "postgresql://nobody@127.0.0.1:9/nowhere"
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {options.core})
    server = start_or_attach(folder / "pg")
    os.sched_setaffinity(0, before)
    try:
        yield server.dsn
    finally:
        server.stop()


def missing(options: argparse.Namespace, folder: Path, dsn: str, acknowledged: set[str], metrics_port: int) -> set[str]:
    """Which acknowledged events are nowhere."""
    if options.server == "serve":
        begun = time.monotonic()
        while waiting(metrics_port) and time.monotonic() < begun + _PATIENCE_S:
            time.sleep(0.2)
        print(f"  the journal was empty {time.monotonic() - begun:.1f} s after the last answer")
        with psycopg.connect(dsn) as connection:
            stored = connection.execute("SELECT query_id FROM omd.trino_queries_history").fetchall()
        return acknowledged - {one for (one,) in stored}
    return acknowledged - asyncio.run(in_journal(folder / "journal" / CLUSTER))


def waiting(metrics_port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=5) as answer:
            told = answer.read().decode()
    except OSError:
        return True
    return f'qlt_journal_entries_waiting{{cluster="{CLUSTER}"}} 0.0' not in told


async def in_journal(directory: Path) -> set[str]:
    journal, at, found = open_journal(directory, Room(2**50)), Position(), set()
    while (part := await journal.read(at, 1000, 2**26)).found:
        found |= {json.loads(what.payload)["metadata"]["queryId"] for _, what in part.found if isinstance(what, Entry)}
        at = part.after
    journal.close()
    return found


def measure(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="qlt-bench-") as directory:
        folder = Path(directory)
        folder.chmod(0o755)
        ports = free_port(), free_port()
        load = Load(
            ports[0], TOKEN, f"/events/{CLUSTER}", options.rate, options.seconds, options.warm_up, options.evenly
        )
        with database(options, folder) as dsn:
            server = started(options, folder, dsn, ports)
            context = get_context("spawn")
            answers: Queue[Sent] = context.Queue()
            sender = context.Process(target=sending, args=(load, 1 - options.core, options.first, answers))
            sender.start()
            if options.kill:
                time.sleep(options.warm_up + options.seconds / 2 + 3)
                server.send_signal(signal.SIGKILL)
                server.wait()
                begun = time.monotonic()
                while listens(ports[0]):  # the receiving process ends a moment later
                    time.sleep(0.001)
                server = started(options, folder, dsn, ports)
                print(f"  killed with -9, and listening again after {time.monotonic() - begun:.1f} s")
            sent = answers.get()
            sender.join()
            report(load, sent, cpu_of(server.pid))
            lost: set[str] = set()
            if options.server != "answers":
                good = {query_id(n).decode() for n, status in enumerate(sent.status) if 200 <= status < 300}
                if options.server != "serve":
                    server.terminate()
                    server.wait()
                lost = missing(options, folder, dsn, good, ports[1])
                print(f"  {len(good):,} acknowledged, {len(lost)} of them missing")
            server.terminate()
            server.wait()
            for line in (folder / "log").read_text().splitlines()[:5]:
                print(f"  log: {line[:200]}")
    return 1 if lost else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=["serve", "journal", "answers", "sync-each"], default="serve")
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--warm-up", type=float, default=5.0)
    parser.add_argument("--core", type=int, default=0, help="the receiver's core; the sender has the other")
    parser.add_argument("--evenly", action="store_true", help="events at equal distances, not at random times")
    parser.add_argument("--first", action="store_true", help="before all others on the machine; needs root")
    parser.add_argument("--kill", action="store_true", help="kill the receiver with -9 half way and start it again")
    options = parser.parse_args()
    print(f"{options.server}: {options.rate:,.0f} events/s for {options.seconds:g} s, python {sys.version.split()[0]}:")
    return measure(options)


if __name__ == "__main__":
    sys.exit(main())
