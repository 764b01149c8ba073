"""A fake OpenMetadata on a real socket: its rules are in fake_state, its manners with HTTP and faults are here."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.openmetadata.fake_state import FakeState, Refused
from tests.openmetadata.payloads import keep

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
    """What happens instead of the next `times` requests that match. `reset` closes the connection unanswered."""

    match: str
    status: int = 500
    body: bytes = b'{"code":500,"message":"boom"}'
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    delay: float = 0.0
    reset: bool = False


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Route = tuple[str, re.Pattern[str], Callable[..., Answer]]


class FakeOpenMetadata:
    """Use as a context manager; `url` is its address without `/api`."""

    def __init__(self, line: str = "1.6") -> None:
        self.state = FakeState(line)
        self.token = "token-of-the-bot"
        self.requests: list[Recorded] = []
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
        keep(self.state.line, ((each.method, each.path, each.body) for each in self.writes))

    @property
    def writes(self) -> list[Recorded]:
        return [each for each in self.requests if each.method != "GET"]

    def answer(self, method: str, target: str, token: str | None, body: bytes, content_type: str) -> Answer:
        """The answer to a request that no fault swallowed."""
        path = urlsplit(target).path
        if not path.startswith("/api/"):
            return Answer(200, _PAGE, "text/html;charset=utf-8")
        if path == "/api/v1/system/version":
            return _json_answer(200, {"version": f"{self.state.line}.0"})
        if token != f"Bearer {self.token}":
            return self._refusal(Refused(401, "The given token does not match the current bot's token!"))
        try:
            return self._routed(method, target, body, content_type)
        except Refused as refused:
            return self._refusal(refused)

    def _routed(self, method: str, target: str, body: bytes, content_type: str) -> Answer:
        split = urlsplit(target)
        asked = {name: values[-1] for name, values in parse_qs(split.query).items()}
        fields = set(asked.get("fields", "").split(","))
        for verb, pattern, route in _ROUTES:
            match = pattern.fullmatch(split.path)
            if verb == method and match:
                names = [unquote(each) for each in match.groups()]
                if verb == "GET" and not names:
                    return route(self.state, asked={name: each[0] for name, each in parse_qs(split.query).items()})
                given = asked if method in ("GET", "DELETE") else _parsed(method, body, content_type)
                return route(self.state, *names, fields=fields, body=given)
        raise _NoRoute()

    def _refusal(self, refused: Refused) -> Answer:
        headers = {"WWW-Authenticate": "om-auth"} if refused.status in (401, 403, 404, 409) else {}
        if isinstance(refused, _NoRoute) and not self.state.newer:
            text = f"An exception with message [{refused.message}] was thrown while processing request."
            return _json_answer(500, {"responseMessage": text, "errorType": "UNHANDLED_SERVER_EXCEPTION"})
        if isinstance(refused, _NotJson):
            return Answer(400, refused.message.encode(), "text/plain")
        status = 404 if isinstance(refused, _NoRoute) else refused.status
        return Answer(status, json.dumps({"code": status, "message": refused.message}).encode(), headers=headers)


class _NoRoute(Refused):
    def __init__(self) -> None:
        super().__init__(500, "HTTP 404 Not Found")


class _NotJson(Refused):
    def __init__(self) -> None:
        super().__init__(400, "Unable to process JSON")


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
            if fault is None or not fault.reset:
                answer = self._answer_of(fault, body)
            status = 0 if fault is not None and fault.reset else answer.status
            fake.requests.append(Recorded(self.command, self.path, _maybe_json(body), status))
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
        if fault is not None and fault.status:
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


def _parsed(method: str, body: bytes, content_type: str) -> Any:
    taken = "application/json-patch+json" if method == "PATCH" else "application/json"
    if content_type.partition(";")[0].strip() != taken:
        raise _NoRoute()
    try:
        return json.loads(body)
    except ValueError:
        raise _NotJson() from None


def _maybe_json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body


def _json_answer(status: int, body: Any) -> Answer:
    return Answer(status, json.dumps(body).encode())


def _got(call: Callable[[FakeState, str, set[str]], Any]) -> Callable[..., Answer]:
    return lambda state, name, *, fields, body: _json_answer(200, call(state, name, fields))


def _added(call: Callable[[FakeState, str, Any], None]) -> Callable[..., Answer]:
    def route(state: FakeState, name: str, *, fields: set[str], body: Any) -> Answer:
        call(state, name, body)
        return _json_answer(201, {"eventType": "entityUpdated"})

    return route


def _listed(kind: str, parent: str) -> Callable[..., Answer]:
    def route(state: FakeState, *, asked: Mapping[str, str]) -> Answer:
        limit = int(asked.get("limit", 10))
        if not 0 <= limit <= 1_000_000:
            raise Refused(400, "limit must be between 0 and 1000000")
        found = state.children(kind, asked.get(parent))
        start = int(asked.get("after", 0))
        more = {"after": str(start + limit)} if start + limit < len(found) else {}
        return _json_answer(200, {"data": found[start : start + limit], "paging": {"total": len(found)} | more})

    return route


def _create_query(state: FakeState, *, fields: set[str], body: Any) -> Answer:
    return _json_answer(201, state.create_query(body))


def _patch_query(state: FakeState, query_id: str, *, fields: set[str], body: Any) -> Answer:
    return _json_answer(200, state.patch_query(query_id, body))


def _put_edge(state: FakeState, *, fields: set[str], body: Any) -> Answer:
    state.put_edge(body)
    return Answer(200)


def _get_edge(state: FakeState, from_id: str, to_id: str, *, fields: set[str], body: Any) -> Answer:
    return _json_answer(200, state.edge(from_id, to_id))


def _get_usage(state: FakeState, table_id: str, *, fields: set[str], body: Any) -> Answer:
    return _json_answer(200, state.usage_of(table_id, body["date"], int(body["days"])))


def _delete_edge(state: FakeState, from_id: str, to_id: str, *, fields: set[str], body: Any) -> Answer:
    state.delete_edge(from_id, to_id)
    return Answer(200)


_ROUTES: list[Route] = [
    (verb, re.compile("/api/v1" + pattern), route)
    for verb, pattern, route in (
        ("GET", "/databases", _listed("databases", "service")),
        ("GET", "/databaseSchemas", _listed("databaseSchemas", "database")),
        ("GET", "/tables", _listed("tables", "databaseSchema")),
        ("GET", "/tables/name/([^/]+)", _got(FakeState.table)),
        ("GET", "/users/name/([^/]+)", _got(lambda state, name, fields: state.user(name))),
        ("GET", "/queries/name/([^/]+)", _got(FakeState.query)),
        ("POST", "/queries", _create_query),
        ("PATCH", "/queries/([^/]+)", _patch_query),
        ("PUT", "/queries/([^/]+)/usage", _added(FakeState.add_usage)),
        ("PUT", "/queries/([^/]+)/users", _added(FakeState.add_users)),
        ("PUT", "/queries/([^/]+)/usedBy", _added(FakeState.add_used_by)),
        ("POST", "/usage/table/([^/]+)", _added(FakeState.post_usage)),
        ("GET", "/usage/table/([^/]+)", _get_usage),
        ("PUT", "/lineage", _put_edge),
        ("DELETE", "/lineage/table/([^/]+)/table/([^/]+)", _delete_edge),
        ("GET", "/lineage/getLineageEdge/([^/]+)/([^/]+)", _get_edge),
    )
]
