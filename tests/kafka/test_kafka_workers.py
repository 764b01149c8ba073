"""Workers of one group, as processes, over a broker and a database that are real."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import Producer
from psycopg.conninfo import conninfo_to_dict

from tests.commands import CommandLine
from tests.kafka.broker import KafkaBroker
from tests.kafka.events import all_events, events, query_id

QUERIES = 6_000
PATIENCE_S = 180

MakeWorker = Callable[[str, str], CommandLine]

FACTS = {
    "history": "SELECT query_id, state, capture, outcome, user_name, ended FROM omd.trino_queries_history",
    "statement_days": "SELECT statement_id, day, user_name, state, outcome, executions FROM omd.statement_days",
    "edges": """
        SELECT up.name, down.name, edge.kind, edge.first_seen, edge.last_seen, edge.certain
        FROM omd.edges AS edge
        JOIN omd.trino_query_objects AS up ON up.object_id = edge.upstream_id
        JOIN omd.trino_query_objects AS down ON down.object_id = edge.downstream_id""",
    "column_edges": """
        SELECT up.name, upstream_column, down.name, downstream_column, edge.subtype, edge.kind
        FROM omd.column_edges AS edge
        JOIN omd.trino_query_objects AS up ON up.object_id = edge.upstream_id
        JOIN omd.trino_query_objects AS down ON down.object_id = edge.downstream_id""",
}


class Sender:
    """Sends in the background, as durably as Kafka can, and survives the broker's restart."""

    def __init__(self, address: str, topic: str) -> None:
        self._topic = topic
        self._producer = Producer(
            {"bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 5, "log_level": 0}
        )
        self._refused: list[str] = []

    def send(self, bodies: Iterable[bytes], pause_s: float = 0.0, partition: int = -1) -> None:
        for body in bodies:
            self._producer.produce(self._topic, body, partition=partition, on_delivery=self._told)
            self._producer.poll(0)
            if pause_s:
                time.sleep(pause_s)
        assert self._producer.flush(PATIENCE_S) == 0
        assert self._refused == []

    def _told(self, error: Any, message: Any) -> None:
        if error is not None:
            self._refused.append(error.str())


@contextmanager
def following(command: CommandLine) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that runs; what it logs is in the file `log` of its folder."""
    with command.start("run", "--source", "kafka") as process:
        logging = threading.Thread(target=_keep_log, args=(process, command.folder / "log"))
        logging.start()
        try:
            yield process
        finally:
            process.kill()
            logging.join()


def _keep_log(process: subprocess.Popen[bytes], path: Path) -> None:
    assert process.stderr is not None
    path.write_bytes(process.stderr.read())


def rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return sorted(connection.execute(query.encode()).fetchall(), key=repr)


def stored(dsn: str) -> int:
    return int(rows(dsn, "SELECT count(*) FROM omd.trino_queries_history WHERE capture = 'COMPLETE'")[0][0])


def wait_until(condition: Callable[[], bool], what: str) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE_S, f"waited in vain until {what}"
        time.sleep(0.2)
    return time.monotonic() - began


def facts(dsn: str) -> dict[str, list[tuple[Any, ...]]]:
    return {name: rows(dsn, query) for name, query in FACTS.items()}


def test_a_killed_worker_and_a_restarted_broker_lose_nothing_and_count_nothing_twice(
    kafka_broker: KafkaBroker, topic: str, worker: MakeWorker, dsn: str, other_dsn: str, figures: list[str]
) -> None:
    bodies = list(all_events(QUERIES))
    sender = Sender(kafka_broker.address, topic)
    sender.send(bodies[:2000])
    rest = threading.Thread(target=sender.send, args=(bodies[2000:], 0.002))
    began = time.monotonic()
    with following(worker("first", dsn)) as first, following(worker("second", dsn)) as second:
        rest.start()
        wait_until(lambda: stored(dsn) > QUERIES * 0.15, "the first queries are stored")
        first.kill()
        killed_at = stored(dsn)
        wait_until(lambda: stored(dsn) > max(killed_at, QUERIES * 0.3), "the other worker goes on")
        kafka_broker.crash()
        crashed_at = stored(dsn)
        kafka_broker.start()
        rest.join()
        wait_until(lambda: stored(dsn) == QUERIES, "all queries are stored")
        seconds = time.monotonic() - began
        second.terminate()
        assert second.wait(30) == 0
    assert worker("alone", other_dsn)("run", "--source", "kafka", "--once", QLT_KAFKA_GROUP="alone").code == 0
    found, expected = facts(dsn), facts(other_dsn)
    assert [row[0] for row in found["history"]] == sorted(query_id(number) for number in range(QUERIES))
    assert found == expected
    assert sum(int(row[-1]) for row in found["statement_days"]) == QUERIES
    assert sum(kafka_broker.committed(topic).values()) == len(bodies)
    figures += [
        f"events sent                {len(bodies)} of {QUERIES} queries, {len(bodies) - 2 * QUERIES} of them twice",
        f"stored when killed         {killed_at} (kill -9 of one of two workers)",
        f"stored at broker crash     {crashed_at}",
        f"stored in the end          {len(found['history'])} in {seconds:.0f} s",
        "lost, twice                0, 0: counters and edges equal those of one worker without failures",
    ]


def test_a_database_that_goes_away_for_a_while_costs_nothing(
    kafka_broker: KafkaBroker, topic: str, worker: MakeWorker, dsn: str, postgres_dsn: str
) -> None:
    queries = 1_500
    Sender(kafka_broker.address, topic).send(all_events(queries))
    name = conninfo_to_dict(dsn)["dbname"]
    only = worker("only", dsn).having(BATCH_SIZE="50")
    with following(only) as process:
        wait_until(lambda: stored(dsn) > 100, "the first queries are stored")
        with psycopg.connect(postgres_dsn, autocommit=True) as server:
            server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false".encode())
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            time.sleep(3)
            server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true".encode())
        assert stored(dsn) < queries
        wait_until(lambda: stored(dsn) == queries, "all queries are stored")
        process.terminate()
        assert process.wait(30) == 0
    assert rows(dsn, "SELECT sum(executions)::int FROM omd.statement_days") == [(queries,)]
    assert b"ingest.pass_failed" in (only.folder / "log").read_bytes()


def test_what_is_not_understood_is_quarantined_with_its_place_and_the_rest_is_stored(
    kafka_broker: KafkaBroker, topic: str, worker: MakeWorker, dsn: str
) -> None:
    sql = "CREATE CATALOG c USING postgresql WITH (\"connection-url\" = 'hunter2')"
    strange = json.dumps({"eventPayload": {"metadata": {"query": sql}}})
    Sender(kafka_broker.address, topic).send([*events(1), b"{", strange.encode(), b""])
    only = worker("only", dsn)
    assert only("run", "--source", "kafka", "--once").code == 0
    found = rows(dsn, "SELECT origin, payload FROM omd.quarantine")
    assert len(found) == 3 and all(origin.startswith(f"kafka {topic}/") for origin, _ in found)
    assert "hunter2" not in repr(found) and "CREATE CATALOG" in repr(found)
    assert stored(dsn) == 1
    assert sum(kafka_broker.committed(topic).values()) == 5
    mend = "UPDATE omd.quarantine SET payload = %s WHERE payload = '{' RETURNING quarantine_id"
    with psycopg.connect(dsn, autocommit=True) as connection:
        ((mended,),) = connection.execute(mend, [events(2)[1].decode()]).fetchall()
    assert only("quarantine", "replay", str(mended)).code == 0
    assert stored(dsn) == 2


def test_messages_that_were_deleted_before_they_were_read_are_a_gap(
    kafka_broker: KafkaBroker, topic: str, worker: MakeWorker, dsn: str
) -> None:
    sender, only = Sender(kafka_broker.address, topic), worker("only", dsn)
    sender.send(events(1), partition=0)
    assert only("run", "--source", "kafka", "--once").code == 0
    sender.send([*events(2), *events(3)], partition=0)
    kafka_broker.delete_before(topic, 0, 4)
    assert only("run", "--source", "kafka", "--once").code == 0
    assert rows(dsn, "SELECT cause, detail FROM omd.gaps") == [
        ("EXPIRED", f"2 messages from offset 2 of {topic}/0 on"),
    ]
    assert stored(dsn) == 2


def test_topics_and_brokers_are_asked_for_by_name(worker: MakeWorker, dsn: str) -> None:
    only = worker("only", dsn)
    ended = only("run", "--source", "kafka", "--once", QLT_KAFKA_TOPICS="", QLT_KAFKA_BROKERS="")
    assert ended.code == 2 and "QLT_KAFKA_BROKERS and QLT_KAFKA_TOPICS of cluster trino" in ended.err


def test_a_broker_that_is_away_is_named(worker: MakeWorker, dsn: str) -> None:
    ended = worker("only", dsn)("run", "--source", "kafka", "--once", QLT_KAFKA_BROKERS="127.0.0.1:9")
    assert ended.code == 3 and "Kafka" in ended.err
