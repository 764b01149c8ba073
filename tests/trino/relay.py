"""Stands between a coordinator and the tracker's receiver, and so knows every event that the coordinator sent."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import httpx

from tests.trino.harness import Seen, moment_of

EVENT_TOKEN = "of-the-tests-of-events-0123456789"
_PASSED_ON = ("Authorization", "Content-Type", "Content-Encoding")
_NOTHING_BEHIND = 200


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A coordinator that is killed leaves its connections; anything else is told."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@dataclass
class Relay:
    """Listens on a port of 127.0.0.1, passes what comes to `target` (an address with its path), and answers as it does.

    Without a target it takes everything. `sent` holds each query that an event told of, as the last of its events tells
    it, `taken` those of which the target took the completed one, `bodies` the events as they came, where they are kept.
    What the target refuses or does not answer is answered 503, as by a proxy in front of it. Leaving the context ends
    it.
    """

    port: int
    target: str | None = None
    keep: bool = False
    sent: dict[str, Seen] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    bodies: list[bytes] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._reachable = threading.Event()
        self._reachable.set()
        self._client = httpx.Client(timeout=60)
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                relay.take(self)

            def log_message(self, *arguments: object) -> None:
                """A test does not read it."""

        self._server = _Server(("127.0.0.1", self.port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="relay", kwargs={"poll_interval": 0.05})

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    def take(self, request: BaseHTTPRequestHandler) -> None:
        """Record an event and pass it on; the connection ends without an answer while the receiver is unreachable."""
        body = request.rfile.read(int(request.headers["Content-Length"]))
        query_id, seen = self._record(body)
        if not self._reachable.is_set():
            request.close_connection = True
            return
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        status = self._passed_on(body, headers)
        with self._lock:
            self.answers[status] += 1
            self.headers = headers
            if status < 300 and seen.terminal:
                self.taken.add(query_id)
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def send_again(self, target: str) -> Counter[int]:
        """Send all that was kept to another receiver; how it answered."""
        return Counter(
            self._client.post(target, content=body, headers=self.headers).status_code for body in list(self.bodies)
        )

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """The coordinator does not reach the receiver."""
        self._reachable.clear()
        try:
            yield
        finally:
            self._reachable.set()

    def _record(self, body: bytes) -> tuple[str, Seen]:
        event = json.loads(body)
        query_id: str = event["metadata"]["queryId"]
        seen = seen_in(event)
        with self._lock:
            if self.keep:
                self.bodies.append(body)
            # The two events of a query come in any order.
            if query_id not in self.sent or seen.terminal:
                self.sent[query_id] = seen
        return query_id, seen

    def _passed_on(self, body: bytes, headers: dict[str, str]) -> int:
        if self.target is None:
            return _NOTHING_BEHIND
        try:
            return self._client.post(self.target, content=body, headers=headers).status_code
        except httpx.HTTPError:
            return 503

    def __enter__(self) -> Relay:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._client.close()


def seen_in(event: dict[str, Any]) -> Seen:
    """What an event tells of its query, in the words of the observer."""
    context, metadata = event["context"], event["metadata"]
    completed = "endTime" in event
    return Seen(
        user=context["user"],
        source=context.get("source"),
        catalog=context.get("catalog"),
        schema=context.get("schema"),
        state=metadata["queryState"],
        created=moment_of(event["createTime"]),
        ended=moment_of(event["endTime"]) if completed else None,
        text=metadata["query"],
    )
