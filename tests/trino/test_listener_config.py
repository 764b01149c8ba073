"""A real Trino takes the printed properties as they are, and sends what they say."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trino

from tests.commands import CommandLine
from tests.trino.harness import TrinoServer
from tests.trino.tracker import await_true

TOKEN = "5a1cb3d6.e0f9_4c2f~7e+b/d-=="
STATEMENT = "SELECT count(*) AS of_this_test FROM tpch.tiny.nation"


@dataclass(frozen=True)
class Request:
    """One attempt of the listener."""

    method: str
    path: str
    token: str | None
    event: dict[str, Any]


@dataclass
class Ingest:
    """What arrived; the first attempts of each event are answered 503."""

    port: int = 0
    refusals: int = 2
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> int:
        self.requests.append(request)
        return 503 if self.attempts(request.event) <= self.refusals else 202

    def attempts(self, event: dict[str, Any]) -> int:
        return sum(one.event == event for one in self.requests)

    def of_statement(self) -> list[Request]:
        return [one for one in self.requests if one.event["metadata"]["query"] == STATEMENT]


@contextmanager
def listening() -> Iterator[Ingest]:
    ingest, lock = Ingest(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                status = ingest.answer(
                    Request(self.command, self.path, self.headers["Authorization"], json.loads(body))
                )
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """A test does not read it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    ingest.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield ingest
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("reveal", [(), ("--reveal-token",)], ids=["token from the environment", "token in the file"])
def test_the_printed_file_makes_trino_send_both_events_again_until_they_are_taken(
    trino_server: TrinoServer, tmp_path: Path, reveal: tuple[str, ...]
) -> None:
    if not trino_server.is_up():
        trino_server.fresh()
    qlt = CommandLine(tmp_path, {"TRINO_HOST": "127.0.0.1", "TRINO_PORT": str(trino_server.port)})
    with listening() as ingest:
        printed = qlt(
            *("listener", "config", *reveal),
            TRINO_CLUSTER="moon",
            QLT_EVENT_TOKEN=TOKEN,
            QLT_RECEIVER_PORT=str(ingest.port),
        )
        assert (printed.code, printed.err) == (0, "") and printed.out.startswith("# Trino 476")
        file = tmp_path / "event-listener.properties"
        file.write_text(printed.out)
        trino_server.fresh(events_file=file, events_token="" if reveal else TOKEN)
        run(trino_server)
        await_true(lambda: len(ingest.of_statement()) == 2 * (ingest.refusals + 1), "both events, with their retries")
    sent = ingest.of_statement()
    assert {(one.method, one.path, one.token) for one in sent} == {("POST", "/events/moon", f"Bearer {TOKEN}")}
    assert {ingest.attempts(one.event) for one in sent} == {ingest.refusals + 1}
    assert {"endTime" in one.event for one in sent} == {True, False}


def test_the_receiver_keeps_what_the_printed_file_makes_trino_send(
    trino_server: TrinoServer, new_database: Callable[[], str], directory: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    variables = {"TRINO_HOST": "127.0.0.1", "TRINO_PORT": str(trino_server.port), "TRINO_CLUSTER": "moon"}
    receiving = {
        "QLT_RECEIVER_PORT": port,
        "QLT_EVENT_TOKEN": TOKEN,
        "POSTGRES_DSN": new_database(),
        "OMD_KIND": "none",
    }
    qlt = CommandLine(directory, {**variables, **receiving})
    file = directory / "event-listener.properties"
    file.write_text(qlt("listener", "config", "--trino-version", "476").out)
    with serving(qlt):
        trino_server.fresh(events_file=file, events_token=TOKEN)
        run(trino_server)
        await_true(lambda: stored(qlt), "the query of this test, in the history")
        found = {row["check"]: row["verdict"] for row in qlt("doctor", "-o", "jsonl").rows()}
    assert (found["events arrive"], found["journal"]) == ("OK", "OK")
    (day,) = qlt("account", "--days", "2", "-o", "jsonl").rows()
    assert day["by_event_only"] == day["executions"] >= 1 and day["by_poll_only"] == day["by_both"] == 0


@contextmanager
def serving(qlt: CommandLine) -> Iterator[None]:
    process = qlt.start("serve")
    try:
        yield
    finally:
        process.terminate()
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0


def stored(qlt: CommandLine) -> bool:
    listed = qlt("queries", "list", "--state", "finished", "-o", "jsonl")
    return listed.code == 0 and any(row["text"] == STATEMENT for row in listed.rows())


def run(server: TrinoServer) -> None:
    with trino.dbapi.connect("127.0.0.1", server.port, "alice") as connection:
        cursor = connection.cursor()
        cursor.execute(STATEMENT)
        assert cursor.fetchall() == [[25]]
