"""How fast workers take completed events out of Kafka and into PostgreSQL, as real processes; nothing is stubbed.

    python -m benchmarks.kafka                      one worker, then two; events as Trino sends them, then without plans
    python -m benchmarks.kafka --events 1500 --light-events 10000 --workers 1      the short form: two minutes
    python -m benchmarks.kafka --bin-dir /usr/lib/postgresql/15/bin

Sizes are those of `benchmarks.event_bodies`: median 44 KB, 3 % above 1.5 MB; without plans, operator statistics and
stage details about 3 KB. A broker (tests/kafka/server: needs Maven once, and a JDK) and a PostgreSQL, fsync on, are
started for it on the same machine. The clock runs from the first stored batch to the last: starting up is not counted,
but by then the second batch has been read.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import psycopg
from confluent_kafka import Producer
from psycopg.conninfo import make_conninfo
from tests.kafka.broker import KafkaBroker

from benchmarks.event_bodies import Body, bodies, query_id
from benchmarks.ingest import server, server_cpu_s

_QLT = Path(sys.executable).with_name("qlt")
_PORT = 19292
_LARGEST = 15_000_000
_STATEMENTS = 400
_BALLAST = ("payload", "plan", "jsonPlan")
_PATIENCE_S = 1800


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that was filled with so many events, of so many bytes together."""

    name: str
    events: int
    bytes: int


def fill(broker: KafkaBroker, name: str, events: int, *, light: bool) -> Topic:
    """The events, spread over eight partitions."""
    broker.create_topic(name, 8, **{"max.message.bytes": str(_LARGEST)})
    settings = {"bootstrap.servers": broker.address, "message.max.bytes": _LARGEST, "queue.buffering.max.kbytes": 65536}
    producer = Producer({**settings, "linger.ms": 50})
    made = [_without_ballast(body) if light else body for body in bodies(_STATEMENTS)]
    total = 0
    for number in range(events):
        body = made[number % len(made)]
        value = b'{"eventMetadata":{},"eventPayload":' + body.before + query_id(number) + body.after + b"}"
        total += len(value)
        while True:
            try:
                producer.produce(name, value, partition=number % 8)
                break
            except BufferError:
                producer.poll(1)
    assert producer.flush(300) == 0
    return Topic(name, events, total)


def _without_ballast(body: Body) -> Body:
    """As the listener sends it with `kafka-event-listener.excluded-fields`."""
    event = orjson.loads(body.before + b"@" + body.after)
    for field in _BALLAST:
        event["metadata"].pop(field, None)
    event["statistics"].pop("operatorSummaries", None)
    before, _, after = orjson.dumps(event).partition(b"@")
    return Body(before, after)


@contextmanager
def worker(broker: KafkaBroker, topic: Topic, group: str, dsn: str, folder: Path) -> Iterator[int]:
    """A worker that runs: its process id."""
    variables = {
        "POSTGRES_DSN": dsn,
        "OMD_KIND": "none",
        "QLT_KAFKA_BROKERS": broker.address,
        "QLT_KAFKA_TOPICS": topic.name,
        "QLT_KAFKA_GROUP": group,
        "QLT_LOG_LEVEL": "warning",
    }
    command = [str(_QLT), "run", "--source", "kafka"]
    with subprocess.Popen(command, cwd=folder, env={**os.environ, **variables}) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def processor_s(pid: int) -> float:
    """Processor seconds of a process that runs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def measure(broker: KafkaBroker, topic: Topic, workers: int, dsn: str, postmaster: int) -> None:
    """So many workers of one group empty the topic into an empty database; prints a line."""
    with psycopg.connect(dsn, autocommit=True) as connection, ExitStack() as stack:
        name = f"bench_{topic.name.replace('-', '_')}_{workers}"
        connection.execute(f"CREATE DATABASE {name}".encode())
        own = make_conninfo(dsn, dbname=name)
        subprocess.run(
            [_QLT, "db", "migrate"], check=True, env={**os.environ, "POSTGRES_DSN": own}, capture_output=True
        )
        watch = stack.enter_context(psycopg.connect(own, autocommit=True))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        before = server_cpu_s(postmaster)
        pids = [stack.enter_context(worker(broker, topic, name, own, folder)) for _ in range(workers)]
        first, begun = _wait_for(watch, 1)
        began_cpu = [processor_s(pid) for pid in pids]
        _, ended = _wait_for(watch, topic.events)
        spent = max(0.01, sum(processor_s(pid) for pid in pids) - sum(began_cpu))
        events, seconds = topic.events - first, ended - begun
        print(
            f"  {workers} worker{'s' if workers > 1 else ' '}  {events / seconds:7,.0f} events/s"
            f"  {topic.bytes / topic.events * events / seconds / 2**20:6.1f} MB/s  {seconds:6.1f} s;"
            f" processor: workers {spent:.1f} s = {events / spent:,.0f} events/s of one core,"
            f" PostgreSQL {server_cpu_s(postmaster) - before:.1f} s; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def _wait_for(watch: psycopg.Connection[tuple[int, ...]], events: int) -> tuple[int, float]:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        row = watch.execute("SELECT count(*) FROM omd.trino_queries_history").fetchone()
        if row is not None and row[0] >= events:
            return row[0], time.monotonic()
        time.sleep(0.1)
    raise TimeoutError(f"fewer than {events} events after {_PATIENCE_S} s")


def run(options: argparse.Namespace, workers: Sequence[int]) -> None:
    broker = KafkaBroker(_PORT)
    broker.get()
    broker.clean()
    try:
        broker.start()
        with server(options.bin_dir) as (dsn, postmaster):
            for name, events, light in (("whole", options.events, False), ("light", options.light_events, True)):
                topic = fill(broker, name, events, light=light)
                kind = "without plans" if light else "as Trino sends them"
                print(
                    f"{events:,} completed events {kind}, {topic.bytes / events / 1000:,.1f} KB on average:", flush=True
                )
                for number in workers:
                    measure(broker, topic, number, dsn, postmaster)
    finally:
        broker.clean()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=4_000)
    parser.add_argument("--light-events", type=int, default=40_000)
    parser.add_argument("--workers", type=int, action="append", help="may be repeated; 1 and 2 if not given")
    parser.add_argument("--bin-dir", type=Path)
    options = parser.parse_args()
    run(options, options.workers or [1, 2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
