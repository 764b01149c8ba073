"""A fake OpenMetadata on a real socket: its rules are in fake_state, its manners with HTTP and faults are here."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from tests.openmetadata.fake_lines import Refused
from tests.openmetadata.fake_routes import CREATING, Answer, NotJson, json_answer, routed
from tests.openmetadata.fake_state import FakeState
from tests.openmetadata.payloads import keep

BY_A_TEST = "X-By-A-Test"
"""A header of requests that the product did not send; they are no `requests`."""

_PAGE = b"<!DOCTYPE html><html><head><title>OpenMetadata</title></head></html>"


@dataclass(frozen=True)
class Recorded:
    """A request that arrived, and the status that it got."""

    method: str
    path: str
    body: Any
    status: int


@dataclass
class Fault:
    """What happens instead of the next `times` requests that match.

    `reset` closes the connection unanswered; so does `lost`, but after all has been done that was asked for.
    """

    match: str
    status: int = 500
    body: bytes = b'{"code":500,"message":"boom"}'
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    delay: float = 0.0
    reset: bool = False
    lost: bool = False


class FakeOpenMetadata:
    """Use as a context manager; `url` is its address without `/api`."""

    def __init__(self, line: str = "1.6") -> None:
        self.state = FakeState(line)
        self.token = "token-of-the-bot"
        self.requests: list[Recorded] = []
        self.asked_by_tests: list[Recorded] = []
        self.faults: list[Fault] = []
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeOpenMetadata:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        created = [each for each in self.asked_by_tests if each.method == "POST" and each.path in CREATING]
        taken = [each for each in created if each.status < 400]
        keep(self.state.line, ((each.method, each.path, each.body) for each in (*self.writes, *taken)))

    @property
    def writes(self) -> list[Recorded]:
        return [each for each in self.requests if each.method != "GET"]

    def answer(self, method: str, target: str, token: str | None, body: bytes, content_type: str) -> Answer:
        """The answer to a request that no fault swallowed."""
        path = urlsplit(target).path
        if not path.startswith("/api/"):
            return Answer(200, _PAGE, "text/html;charset=utf-8")
        if path == "/api/v1/system/version":
            return json_answer(200, {"version": f"{self.state.line}.0"})
        try:
            self._let_in(token)
            return routed(self.state, method, target, body, content_type)
        except Refused as refused:
            return self._refusal(refused)

    def _let_in(self, token: str | None) -> None:
        if token is None or not token.startswith("Bearer "):
            raise Refused(401, "Not Authorized! Token not present")
        if token != f"Bearer {self.token}":
            raise Refused(401, "Not Authorized! The given token does not match the current bot's token!")

    def _refusal(self, refused: Refused) -> Answer:
        """In one of three shapes: most refusals, errors that nobody foresaw, and JSON that is none."""
        headers = {"WWW-Authenticate": "om-auth"} if refused.status in (401, 403, 404, 409) else {}
        if refused.unhandled and self.state.rules.latest:
            return json_answer(refused.status, {"code": refused.status, "message": "An unexpected error occurred"})
        if refused.unhandled:
            text = f"An exception with message [{refused.message}] was thrown while processing request."
            return json_answer(500, {"responseMessage": text, "errorType": "UNHANDLED_SERVER_EXCEPTION"})
        if isinstance(refused, NotJson):
            return Answer(400, refused.message.encode(), "text/plain")
        told = {"code": refused.status, "message": refused.message}
        return Answer(refused.status, json.dumps(told).encode(), headers=headers)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeOpenMetadata


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 20
    # Without it each answer waits for the acknowledgement of its own header.
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with fake.lock:
            fault = self._fault()
            unanswered = fault is not None and (fault.reset or fault.lost)
            if fault is None or not fault.reset:
                answer = self._answer_of(fault, body)
            status = 0 if unanswered else answer.status
            asked = Recorded(self.command, self.path, _maybe_json(body), status)
            (fake.asked_by_tests if self.headers.get(BY_A_TEST) else fake.requests).append(asked)
        if fault is not None:
            time.sleep(fault.delay)
        if status:
            # Who did not wait for a slow answer is gone.
            with suppress(ConnectionError):
                self._write(answer)
        else:
            self._reset()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    def _fault(self) -> Fault | None:
        for fault in self.server.fake.faults:
            if fault.times > 0 and re.search(fault.match, f"{self.command} {self.path}"):
                fault.times -= 1
                return fault
        return None

    def _answer_of(self, fault: Fault | None, body: bytes) -> Answer:
        if fault is not None and fault.status and not fault.lost:
            content_type = fault.headers.get("Content-Type", "application/json")
            return Answer(fault.status, fault.body, content_type, fault.headers)
        token = self.headers.get("Authorization")
        return self.server.fake.answer(self.command, self.path, token, body, self.headers.get("Content-Type", ""))

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Type": answer.content_type, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


def _maybe_json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body
