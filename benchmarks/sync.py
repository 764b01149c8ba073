"""How fast OpenMetadata is told: the real `qlt sync` from PostgreSQL to a fake OpenMetadata on a core of its own.

    python -m benchmarks.sync                                   4,000 edges and 10,000 statements; one core, then two
    python -m benchmarks.sync --edges 200 --queries 500         in short
    python -m benchmarks.sync --cores 1 --concurrency 8
    python -m benchmarks.sync --trouble                         15 % of the requests fail, are pushed back, or are late
    python -m benchmarks.sync --first                           before others on the machine; needs root

Tracker and PostgreSQL share one core, then use both; the fake server always has the second. Prints messages a second
and memory for each tenth of the run, calls, processor seconds of each side, what the fake server could serve at most,
and how far a plain loop gets that makes the calls one at a time (requests, no database, nothing remembered).
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import socket
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import requests
from tests.openmetadata.fake_process import TROUBLES, FakeProcess, Served, Weather, asked, processor_s, set_weather
from tests.openmetadata.trackers import Tracker, copied, learnt
from tests.openmetadata.workload import SERVICE, Size, populate, tables_used, text

from benchmarks.ingest import server_cpu_s
from query_lineage_tracker.adapters.postgres.embedded import start_or_attach

_OURS, _THEIRS = 0, 1
_TOLD = ("PUT /api/v1/lineage", "POST /api/v1/queries", "POST /api/v1/usage/table")
_HEADERS = {"Authorization": "Bearer token-of-the-bot", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Moment:
    """Of a run under way: when, messages told so far, the tracker's memory and processor seconds."""

    at: float
    told: int
    memory_mb: float
    tracker_s: float


def told(served: Served) -> int:
    return sum(served.asked[each] for each in _TOLD)


def moment(pid: int, fake: FakeProcess) -> Moment:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    memory = int(fields[21]) * resource.getpagesize() / 2**20
    tracker_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return Moment(time.monotonic(), fake.ask(told), memory, tracker_s)


def place(pid: int, cores: set[int], *, first: bool) -> None:
    """Put a process, and those that it started, on the cores."""
    os.sched_setaffinity(pid, cores)
    if first:
        os.setpriority(os.PRIO_PROCESS, pid, -20)
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        place(int(child), cores, first=first)


def measure(options: argparse.Namespace, folder: Path, dsn: str, postmaster: int, cores: int) -> None:
    """One run from an empty fake server to in step."""
    size = Size(options.edges, options.queries)
    copy = copied(dsn, f"on_{cores}")
    ours = {_OURS} if cores == 1 else {_OURS, _THEIRS}
    with FakeProcess(options.line, frozenset({_THEIRS})) as fake:
        if options.first:
            place(fake.pid, {_THEIRS}, first=True)
        fake.ask(populate, size)
        fake.ask(set_weather, Weather(TROUBLES if options.trouble else {}, seed=2))
        place(postmaster, ours, first=options.first)
        tracker = Tracker(folder, copy, fake.url, (("OMD_CONCURRENCY", str(options.concurrency)),))
        fake_s, postgres_s = fake.ask(processor_s), server_cpu_s(postmaster)
        process = tracker.start("sync")
        place(process.pid, ours, first=options.first)
        moments: list[Moment] = []
        while process.poll() is None:
            now = moment(process.pid, fake)
            if now.told:
                moments.append(now)
            time.sleep(0.1 if not moments else 0.5)
        _, err = process.communicate()
        if process.returncode and not options.trouble:
            raise SystemExit(err.decode())
        last = Moment(time.monotonic(), fake.ask(told), moments[-1].memory_mb, moments[-1].tracker_s)
        print(f"{cores} of 2 cores for tracker and PostgreSQL, concurrency {options.concurrency}:")
        report([*moments, last], tracker.states())
        sides = (last.tracker_s, server_cpu_s(postmaster) - postgres_s, fake.ask(processor_s) - fake_s)
        print("  processor: tracker {:.1f} s, PostgreSQL {:.1f} s, fake server {:.1f} s".format(*sides), end="; ")
        print(f"load {os.getloadavg()[0]:.1f}")
        report_calls(fake, size)
        if cores == 1 and not options.trouble:
            report_limit(fake, size)
            report_loop(fake, size)


def report(moments: list[Moment], states: Counter[str]) -> None:
    begun, total = moments[0], moments[-1].told - moments[0].told
    tenths = [begun]
    for each in moments:
        if each.told >= begun.told + len(tenths) * total / 10 and len(tenths) < 10:
            tenths.append(each)
    tenths.append(moments[-1])
    pairs = list(itertools.pairwise(tenths))
    rates = " ".join(f"{(b.told - a.told) / max(0.01, b.at - a.at):.0f}" for a, b in pairs)
    print(f"  messages a second by tenths: {rates}")
    print("  memory in MB: " + " ".join(f"{each.memory_mb:.0f}" for each in tenths))
    seconds, tracker_s = moments[-1].at - begun.at, moments[-1].tracker_s - begun.tracker_s
    settled, left = states["SETTLED"], states["PENDING"]
    print(
        f"  {settled:,} messages, {settled / seconds:,.0f} a second; {settled / tracker_s:,.0f} in a tracker's second"
    )
    if left:
        print(f"  {left:,} are to be tried again later")


def report_calls(fake: FakeProcess, size: Size) -> None:
    calls = fake.ask(asked)
    tables = calls["GET /api/v1/tables"] + calls["GET /api/v1/tables/name"] - tables_used(size)
    edges = calls["PUT /api/v1/lineage"]
    each = (edges + calls["GET /api/v1/lineage/getLineageEdge"] + tables) / edges
    print(f"  {calls.total():,} calls, {each:.2f} a new edge (tables that queries need not counted)")


def report_limit(fake: FakeProcess, size: Size, rounds: int = 100) -> None:
    """What the fake serves to a client that writes many requests at once."""
    host, port = fake.url.removeprefix("http://").split(":")
    names = size.tables()
    head = "".join(f"{name}: {value}\r\n" for name, value in _HEADERS.items())
    batch = "".join(
        f"GET /api/v1/tables/name/{SERVICE}.lake.{names[number % len(names)]}?fields=columns HTTP/1.1\r\n{head}\r\n"
        for number in range(50)
    ).encode()
    with socket.create_connection((host, int(port))) as connection:
        begun = time.monotonic()
        for _ in range(rounds):
            connection.sendall(batch)
            answers = 0
            while answers < 50:
                answers += connection.recv(2**20).count(b"HTTP/1.1 200")
        seconds = time.monotonic() - begun
    print(f"  the fake server serves {50 * rounds / seconds:,.0f} tables a second to who does not wait")


def report_loop(fake: FakeProcess, size: Size, messages: int = 300) -> None:
    """A peer: the calls of as many edges and reading statements, one after the other."""
    session = requests.Session()
    session.headers.update(_HEADERS)
    api, calls, begun = f"{fake.url}/api/v1", 0, time.monotonic()
    for number in range(messages):
        ends = [session.get(f"{api}/tables/name/{SERVICE}.lake.{name}").json()["id"] for name in size.edge(number)]
        if number % 3 == 0:
            session.get(f"{api}/lineage/getLineageEdge/{ends[0]}/{ends[1]}")
            edge = {
                f"{side}Entity": {"id": each, "type": "table"} for side, each in zip(("from", "to"), ends, strict=True)
            }
            answer = session.put(
                f"{api}/lineage", json={"edge": {**edge, "lineageDetails": {"source": "QueryLineage"}}}
            )
        else:
            used = [{"id": each, "type": "table"} for each in ends]
            body = {"query": f"-- {number}\n{text(size, number)}", "service": SERVICE, "queryUsedIn": used}
            answer = session.post(f"{api}/queries", json=body)
            session.put(f"{api}/queries/{answer.json()['id']}/usedBy", json=["etl"])
        answer.raise_for_status()
        calls += 4
    seconds = time.monotonic() - begun
    print(f"  a plain loop: {messages / seconds:,.0f} messages a second, {calls / seconds:,.0f} calls")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=int, default=4000)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--concurrency", type=int, default=4)
    parser.add_argument("--cores", type=int, choices=[1, 2], help="one of the two runs")
    parser.add_argument("--line", default="1.6", help="of the server")
    parser.add_argument("--trouble", action="store_true", help="the server is in trouble all the time")
    parser.add_argument("--first", action="store_true", help="before all others on the machine; needs root")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qlt-bench-") as directory:
        folder = Path(directory)
        folder.chmod(0o755)
        server = start_or_attach(folder / "pg")
        assert server.process is not None
        try:
            learnt(folder, server.dsn, Size(options.edges, options.queries))
            for cores in [options.cores] if options.cores else [1, 2]:
                measure(options, folder, server.dsn, server.process.pid, cores)
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
