"""How fast a recorded log goes into PostgreSQL: file, validation, redaction, statements, outbox; analysis stubbed.

    python -m benchmarks.ingest                      200,000 queries, 10 % distinct texts and all distinct
    python -m benchmarks.ingest --queries 1000000 --share 0.1
    python -m benchmarks.ingest --statements 0       every distinct text is a statement of its own: the worst case
    python -m benchmarks.ingest --bin-dir /usr/lib/postgresql/15/bin

A real PostgreSQL, fsync on, is started for it. Prints for each tenth of the log and in all queries a second, the memory
of the tracker, and the processor seconds of both sides: with two cores of its own the wall clock says it all, on a
shared machine the processor seconds do.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import psycopg
import structlog
from psycopg.conninfo import make_conninfo

from benchmarks.synthetic import StubAnalyzer, write_log
from query_lineage_tracker.adapters.files.source import RecordedQueries
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.embedded import start_or_attach
from query_lineage_tracker.adapters.postgres.migrate import migrate
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.adapters.threads import share_interpreter
from query_lineage_tracker.ports.store import Batch, SavedBatch
from query_lineage_tracker.services.ingest import Ingest, IngestRules


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the log: queries, seconds, processor seconds of both sides, and the tracker's memory at its end."""

    queries: int
    seconds: float
    tracker: float
    postgres: float
    memory_mb: float


class Slices:
    """Counts batches into slices."""

    def __init__(self, size: int, postmaster: int) -> None:
        self._size = size
        self._postmaster = postmaster
        self._begun = self._clocks()
        self._queries = 0
        self.slices: list[Slice] = []

    def _clocks(self) -> tuple[float, float, float]:
        return time.perf_counter(), time.process_time(), server_cpu_s(self._postmaster)

    def batch_saved(self, batch: Batch, saved: SavedBatch, seconds: float) -> None:
        self._queries += len(batch.executions)
        if self._queries >= self._size:
            now = self._clocks()
            seconds, tracker, postgres = (end - start for start, end in zip(self._begun, now, strict=True))
            self.slices.append(Slice(self._queries, seconds, tracker, postgres, memory_mb()))
            self._queries, self._begun = 0, now


def memory_mb() -> float:
    """The resident memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def server_cpu_s(postmaster: int) -> float:
    """Processor seconds of the server and its processes that live or were waited for."""
    ticks = 0
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            fields = (directory / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(directory.name) == postmaster:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == postmaster:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(bin_dir: Path | None) -> Iterator[tuple[str, int]]:
    """A server that is thrown away afterwards: its DSN and the process id of its postmaster."""
    with tempfile.TemporaryDirectory(prefix="qlt-bench-") as directory:
        Path(directory).chmod(0o755)
        running = start_or_attach(Path(directory) / "pg", bin_dir)
        assert running.process is not None
        try:
            yield running.dsn, running.process.pid
        finally:
            running.stop()


async def ingest(dsn: str, log: Path, slices: Slices, batch_size: int) -> SavedBatch:
    """The real ingest of the log."""
    async with Database(dsn) as database:
        rules = IngestRules(cluster="bench", namespace="bench", sinks=("file",))
        job = Ingest(PostgresStore(database), StubAnalyzer(), rules, (slices,))
        return await job.run_pass(RecordedQueries([log], batch_size=batch_size))


def measure(dsn: str, postmaster: int, log: Path, queries: int, batch_size: int) -> None:
    """One run, in a process of its own so that its memory is its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    share_interpreter()
    migrate(dsn)
    slices = Slices(max(1, queries // 10), postmaster)
    server_before, before, begun = server_cpu_s(postmaster), time.process_time(), time.perf_counter()
    saved = asyncio.run(ingest(dsn, log, slices, batch_size))
    seconds, tracker = time.perf_counter() - begun, time.process_time() - before
    postgres = server_cpu_s(postmaster) - server_before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for number, one in enumerate(slices.slices, 1):
        print(
            f"  {number:2}  {one.queries:>8,} queries  {one.queries / one.seconds:>8,.0f}/s  {one.memory_mb:6.0f} MB  "
            f"processor: tracker {one.tracker:6.1f} s, PostgreSQL {one.postgres:6.1f} s"
        )
    print(f"  {saved}")
    print(
        f"  {queries / seconds:,.0f} queries/s, {seconds:.1f} s; peak memory {peak:.0f} MB; "
        f"processor: tracker {tracker:.1f} s, PostgreSQL {postgres:.1f} s; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=200_000)
    parser.add_argument("--share", type=float, action="append", help="share of distinct texts; may be repeated")
    parser.add_argument("--statements", type=int, default=5000, help="distinct statements among the texts; 0: all")
    parser.add_argument("--batch-size", type=int, default=2000)
    parser.add_argument("--bin-dir", type=Path)
    options = parser.parse_args()
    with server(options.bin_dir) as (dsn, postmaster), tempfile.TemporaryDirectory() as directory:
        for number, share in enumerate(options.share or [0.1, 1.0]):
            log = Path(directory) / f"{number}.jsonl"
            write_log(log, options.queries, share, options.statements)
            database = f"bench_{number}"
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("CREATE DATABASE " + database)
            print(f"{options.queries:,} queries, {share:.0%} distinct texts, batches of {options.batch_size:,}:")
            own = make_conninfo(dsn, dbname=database)
            arguments = (own, postmaster, log, options.queries, options.batch_size)
            run = get_context("spawn").Process(target=measure, args=arguments)
            run.start()
            run.join()
            if run.exitcode:
                return 1
            log.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
