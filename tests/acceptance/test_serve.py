"""`qlt serve` as Trino meets it: what it answered with 2xx is in PostgreSQL in the end, whatever happens in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.commands import CommandLine
from tests.trino_events import body

from query_lineage_tracker.adapters.postgres.embedded import start_or_attach

TOKEN = "alice-and-bob-and-trino"
NOWHERE = "postgresql://nobody@127.0.0.1:9/nowhere"
PATIENCE_S = 60


def query_id(number: int) -> str:
    return f"20261122_171401_{number:05}_aaaaa"


def completed(number: int, **changes: object) -> bytes:
    return body({"metadata.queryId": query_id(number), **changes})


def created(number: int) -> bytes:
    ended = {"statistics": ..., "ioMetadata": ..., "endTime": ..., "executionStartTime": ...}
    return body({"metadata.queryId": query_id(number), "metadata.queryState": "QUEUED", **ended})


class Served:
    """A receiver that listens, and how to talk to it."""

    def __init__(self, qlt: CommandLine, *command: str, certificate: Path | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.qlt = qlt.having(TRINO_CLUSTER="alpha", QLT_EVENT_TOKEN=TOKEN, QLT_RECEIVER_PORT=str(port))
        self.command = command or ("serve",)
        scheme = "http" if certificate is None else "https"
        trusted = True if certificate is None else ssl.create_default_context(cafile=certificate)
        self.client = httpx.Client(base_url=f"{scheme}://127.0.0.1:{port}", timeout=60, verify=trusted)
        self.start()

    def start(self) -> None:
        self.process = self.qlt.start(*self.command)
        wait_until(self.listens, self.process)

    def listens(self) -> bool:
        try:
            return self.client.get("/").status_code == 404
        except httpx.TransportError:
            return False

    def post(self, content: bytes, path: str = "/events/alpha", token: str = TOKEN) -> httpx.Response:
        return self.client.post(path, content=content, headers={"Authorization": f"Bearer {token}"})

    def child(self) -> int:
        """The process that receives."""
        asked = ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="]
        rows = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()
        found = [row.split(None, 2) for row in rows if "query_lineage_tracker.reception" in row]
        (pid,) = [int(pid) for pid, parent, _ in found if int(parent) == self.process.pid]
        return pid

    def end(self, number: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(number)
        try:
            _, err = self.process.communicate(timeout=25)
        finally:
            self.process.kill()
        return self.process.returncode, err.decode()


@contextmanager
def served(qlt: CommandLine, *command: str, certificate: Path | None = None) -> Iterator[Served]:
    one = Served(qlt, *command, certificate=certificate)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.communicate()
        one.client.close()


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(process.communicate()[1].decode())
        time.sleep(0.05)


def stored(dsn: str) -> dict[str, str]:
    """State by query id."""
    with psycopg.connect(dsn) as connection:
        if connection.execute("SELECT to_regclass('omd.trino_queries_history')").fetchone() == (None,):
            return {}
        return dict(connection.execute("SELECT query_id, state FROM omd.trino_queries_history").fetchall())


def quarantined(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as connection:
        return [reason for (reason,) in connection.execute("SELECT reason FROM omd.quarantine").fetchall()]


def test_events_in_any_order_and_twice_make_one_row_each(qlt: CommandLine, dsn: str) -> None:
    with served(qlt) as receiver:
        for content in (completed(1), created(1), completed(2), completed(1), created(3), created(2)):
            assert receiver.post(content).json() == {"kept": True}
        expected = {query_id(1): "FINISHED", query_id(2): "FINISHED", query_id(3): "QUEUED"}
        wait_until(lambda: stored(dsn) == expected, receiver.process)
        assert receiver.post(completed(3)).status_code == 200
        wait_until(lambda: stored(dsn) == {**expected, query_id(3): "FINISHED"}, receiver.process)
        code, err = receiver.end(signal.SIGTERM)
        assert code == 0 and "Traceback" not in err and TOKEN not in err


def test_an_event_that_postgresql_refuses_holds_up_no_other_and_leaves_the_journal(qlt: CommandLine, dsn: str) -> None:
    assert qlt("db", "migrate").code == 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        rule = f"CHECK (query_id <> '{query_id(2)}')"
        connection.execute(f"ALTER TABLE omd.trino_queries_history ADD CONSTRAINT unlucky {rule}")
    with served(qlt) as receiver:
        for number in (1, 2, 3):
            assert receiver.post(completed(number)).json() == {"kept": True}
        wait_until(lambda: stored(dsn).keys() == {query_id(1), query_id(3)}, receiver.process)
        wait_until(lambda: bool(quarantined(dsn)), receiver.process)
        code, err = receiver.end(signal.SIGTERM)
        assert code == 0 and err.count("ingest.refused") == 1
    (reason,) = quarantined(dsn)
    assert reason.startswith("PostgreSQL refuses it: check violation (23514), constraint unlucky")
    with served(qlt) as receiver:
        assert receiver.post(completed(4)).status_code == 200
        wait_until(lambda: query_id(4) in stored(dsn), receiver.process)
        assert "ingest.refused" not in receiver.end(signal.SIGTERM)[1]


def test_kill_9_under_load_loses_nothing_that_was_acknowledged(qlt: CommandLine, dsn: str) -> None:
    acknowledged: set[str] = set()
    numbers = iter(range(100_000))
    stop = threading.Event()

    def send_on(receiver: Served) -> None:
        while not stop.is_set():
            number = next(numbers)
            try:
                with httpx.Client(base_url=receiver.client.base_url) as client:
                    headers = {"Authorization": f"Bearer {TOKEN}"}
                    answer = client.post("/events/alpha", content=completed(number), headers=headers)
            except httpx.TransportError:
                time.sleep(0.01)
                continue
            assert answer.status_code == 200
            acknowledged.add(query_id(number))

    with served(qlt) as receiver, ThreadPoolExecutor(8) as senders:
        sending = [senders.submit(send_on, receiver) for _ in range(8)]
        try:
            for _ in range(3):
                before = len(acknowledged)
                wait_until(lambda before=before: len(acknowledged) > before + 100, receiver.process)  # type: ignore[misc]
                receiver.end(signal.SIGKILL)
                receiver.start()
        finally:
            stop.set()
        for one in sending:
            one.result()
        wait_until(lambda: acknowledged <= stored(dsn).keys(), receiver.process)
        assert len(acknowledged) > 300
        assert receiver.end(signal.SIGTERM)[0] == 0


def test_a_tracker_whose_receiving_process_dies_ends_and_the_next_one_has_what_was_answered(
    qlt: CommandLine, dsn: str
) -> None:
    with served(qlt.having(POSTGRES_DSN=NOWHERE)) as receiver:
        assert receiver.post(completed(1)).status_code == 200
        os.kill(receiver.child(), signal.SIGKILL)
        _, err = receiver.process.communicate(timeout=25)
        assert receiver.process.returncode == 1 and "receives events ended (signal 9)" in err.decode()
        receiver.qlt = receiver.qlt.having(POSTGRES_DSN=dsn)
        receiver.start()
        wait_until(lambda: query_id(1) in stored(dsn), receiver.process)


def test_the_receiving_process_ends_at_once_when_its_tracker_is_killed(qlt: CommandLine, dsn: str) -> None:
    with served(qlt.having(POSTGRES_DSN=NOWHERE)) as receiver:
        assert receiver.post(completed(1)).status_code == 200
        receiver.process.kill()
        begun = time.monotonic()
        receiver.process.communicate(timeout=25)  # up to the end of both: they write to the same place
        assert time.monotonic() - begun < 3 and not receiver.listens()
        receiver.qlt = receiver.qlt.having(POSTGRES_DSN=dsn)
        receiver.start()
        wait_until(lambda: query_id(1) in stored(dsn), receiver.process)


def test_a_signal_to_the_receiving_process_alone_does_not_end_it(qlt: CommandLine) -> None:
    with served(qlt.having(POSTGRES_DSN=NOWHERE)) as receiver:
        os.kill(receiver.child(), signal.SIGTERM)
        os.kill(receiver.child(), signal.SIGINT)
        time.sleep(0.3)
        assert receiver.post(completed(1)).status_code == 200
        assert receiver.end(signal.SIGTERM)[0] == 0


def test_what_was_received_and_what_waits_is_told_in_metrics(qlt: CommandLine) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with served(qlt.having(POSTGRES_DSN=NOWHERE, QLT_METRICS_PORT=port)) as receiver:

        def metrics() -> str:
            return httpx.get(f"http://127.0.0.1:{port}/metrics").text

        for number in range(3):
            assert receiver.post(completed(number)).status_code == 200
        assert receiver.post(b"{").status_code == 202
        assert receiver.post(completed(1), token="mallory").status_code == 401
        wait_until(lambda: 'qlt_journal_entries_waiting{cluster="alpha"} 4.0' in metrics(), receiver.process)
        told = metrics()
        assert 'qlt_events_received_total{cluster="alpha",result="kept"} 3.0' in told
        assert 'qlt_events_received_total{cluster="alpha",result="quarantined"} 1.0' in told
        assert 'qlt_events_dropped_total{reason="unauthorized"} 1.0' in told
        assert "qlt_journal_bytes 0.0" not in told


def test_what_waits_for_a_catalog_is_told_in_metrics_from_the_start(qlt: CommandLine, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    told = qlt.having(QLT_METRICS_PORT=port, OMD_KIND="file", OMD_FILE=str(tmp_path / "told.jsonl"))
    with served(told) as receiver:

        def metrics() -> str:
            return httpx.get(f"http://127.0.0.1:{port}/metrics").text

        wait_until(lambda: 'qlt_outbox_messages{sink="file",state="dead"} 0.0' in metrics(), receiver.process)
        assert {'qlt_sink_halted{sink="file"} 0.0', 'qlt_quarantine_rows{cluster="alpha"} 0.0'} <= set(
            metrics().splitlines()
        )


def test_postgres_that_comes_later_gets_what_was_received_meanwhile(tmp_path: Path) -> None:
    server = start_or_attach(tmp_path / "pg")
    dsn = server.dsn
    server.stop()
    with served(CommandLine(tmp_path, {"POSTGRES_DSN": dsn, "OMD_KIND": "none"})) as receiver:
        assert receiver.post(completed(1)).status_code == 200
        server = start_or_attach(tmp_path / "pg")
        try:
            wait_until(lambda: query_id(1) in stored(dsn), receiver.process)
            assert server.process is not None
            server.process.send_signal(signal.SIGQUIT)
            server.process.wait(30)
            assert receiver.post(completed(2)).status_code == 200
            server = start_or_attach(tmp_path / "pg")
            wait_until(lambda: query_id(2) in stored(dsn), receiver.process)
            assert receiver.end(signal.SIGTERM)[0] == 0
        finally:
            server.stop()


def test_a_full_journal_puts_senders_off_and_keeps_what_it_has(qlt: CommandLine, dsn: str) -> None:
    small = qlt.having(QLT_JOURNAL_MAX_BYTES="20kB")
    with served(small.having(POSTGRES_DSN=NOWHERE)) as receiver:
        answers = [receiver.post(completed(number)) for number in range(40)]
        codes = [answer.status_code for answer in answers]
        kept = codes.count(200)
        assert codes == [200] * kept + [503] * (40 - kept) and 5 < kept < 40
        assert int(answers[-1].headers["Retry-After"]) > 0 and "full" in answers[-1].json()["error"]
        assert receiver.end(signal.SIGTERM)[0] == 0
    with served(small) as receiver:
        wait_until(lambda: len(stored(dsn)) == kept, receiver.process)


def test_bad_input_is_answered_counted_and_where_it_is_data_kept(qlt: CommandLine, dsn: str) -> None:
    with served(qlt) as receiver:
        assert receiver.post(completed(1), token="mallory").status_code == 401
        assert receiver.post(completed(1), path="/events/beta").status_code == 404
        assert receiver.post(completed(1)[:-30]).status_code == 202
        assert receiver.post(completed(2, **{"metadata.plan": "x" * 100_000_000})).status_code == 413
        assert receiver.post(completed(3, **{"metadata.payload": "x" * 60_000_000})).status_code == 200
        assert receiver.post(completed(4, createTime="2019-01-01T00:00:00.000Z", unheard={"of": 1})).status_code == 200
        wait_until(lambda: len(quarantined(dsn)) == 2 and len(stored(dsn)) == 2, receiver.process)
        assert {reason.split(" ")[0] for reason in quarantined(dsn)} == {"not", "larger"}


def test_claims_of_openlineage_are_received_by_the_token(qlt: CommandLine, dsn: str) -> None:
    claim = {
        "eventType": "COMPLETE",
        "eventTime": "2026-11-22T10:00:00.000Z",
        "producer": "https://example.org/dbt",
        "run": {"runId": "0193a2f0-0000-7000-8000-000000000001"},
        "job": {"namespace": "dbt", "name": "orders"},
    }
    with served(qlt) as receiver:
        assert receiver.post(json.dumps([claim, {"eventType": 7}]).encode(), "/api/v1/lineage").status_code == 200
        wait_until(lambda: len(quarantined(dsn)) == 1, receiver.process)


def test_a_second_receiver_of_a_journal_says_who_has_it(qlt: CommandLine) -> None:
    with served(qlt) as receiver:
        second = receiver.qlt("serve")
        assert (second.code, second.out) == (3, "") and f":{receiver.process.pid}" in second.err


def test_without_a_token_nothing_is_received_unless_that_is_wanted(qlt: CommandLine) -> None:
    refused = qlt("serve")
    assert refused.code == 2 and "QLT_EVENT_TOKEN" in refused.err
    with served(qlt.having(QLT_RECEIVER_INSECURE="true")) as receiver:
        assert receiver.listens()


def test_a_port_that_is_taken_is_told_with_its_setting(qlt: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = qlt("serve", QLT_EVENT_TOKEN=TOKEN, QLT_RECEIVER_PORT=port)
    assert ended.code == 2 and "QLT_RECEIVER_PORT" in ended.err


def test_with_a_certificate_it_speaks_tls(qlt: CommandLine, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    paths = ["-keyout", "key.pem", "-out", "certificate.pem", "-subj", "/CN=localhost"]
    named = ["-addext", "subjectAltName=IP:127.0.0.1"]
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *paths, *named]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    tls = qlt.having(QLT_RECEIVER_CERTIFICATE="certificate.pem", QLT_RECEIVER_KEY="key.pem", POSTGRES_DSN=NOWHERE)
    with served(tls, certificate=tmp_path / "certificate.pem") as receiver:
        assert receiver.post(completed(1)).json() == {"kept": True}


def test_a_tracker_that_polls_receives_as_well(qlt: CommandLine, dsn: str) -> None:
    with served(qlt, "run", "--with-receiver") as receiver:
        assert receiver.post(completed(1)).status_code == 200
        wait_until(lambda: query_id(1) in stored(dsn), receiver.process)
        code, err = receiver.end(signal.SIGTERM)
        assert code == 0 and "ingest.pass_failed" in err


def test_a_sender_in_the_middle_of_an_event_does_not_hold_up_the_end(qlt: CommandLine) -> None:
    with served(qlt.having(POSTGRES_DSN=NOWHERE)) as receiver:
        url = receiver.client.base_url
        with socket.create_connection((url.host, url.port or 0)) as stalled:
            head = (
                f"POST /events/alpha HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 9\r\n\r\n"
            )
            stalled.sendall(head.encode() + b"{")
            time.sleep(0.3)
            begun = time.monotonic()
            assert receiver.end(signal.SIGTERM)[0] == 0
            assert time.monotonic() - begun < 20
