"""`/healthz`, `/readyz` and `/metrics` over a minimal HTTP/1.1, one request a connection.

It runs in the event loop of the work, so a loop that is stuck stops answering `/healthz`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from prometheus_client.exposition import CONTENT_TYPE_LATEST

from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.observability.metrics import Metrics

Readiness = Callable[[], Awaitable[Mapping[str, str]]]
"""Answers what stands in the way of work, by name; nothing when ready."""

_PATIENCE = 5.0
_FAREWELL = 1.0
_LARGEST_REQUEST = 16_384


@dataclass(frozen=True, slots=True)
class _Response:
    status: str
    content_type: str
    body: bytes


@asynccontextmanager
async def serve_health(host: str, port: int, metrics: Metrics, readiness: Readiness) -> AsyncIterator[int]:
    """Answer while the context lasts; yields the port in use (a free one for 0).

    Raises ConfigurationError where it cannot listen.
    """

    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.ensure_future(_answer(reader, writer, metrics, readiness))
        connections.add(connection)
        connection.add_done_callback(connections.discard)

    try:
        server = await asyncio.start_server(accept, host.strip("[]"), port, limit=_LARGEST_REQUEST)
    except OSError as problem:
        raise ConfigurationError(
            f"nothing can listen on {host}:{port}: {problem.strerror or problem}",
            hint="Set QLT_METRICS_PORT and QLT_METRICS_HOST.",
        ) from problem
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in connections:  # an idle client must not hold up the end
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, metrics: Metrics, readiness: Readiness
) -> None:
    try:
        with suppress(OSError, TimeoutError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            request = await asyncio.wait_for(_request(reader), _PATIENCE)
            response = await _response(request, metrics, readiness)
            await asyncio.wait_for(_send(writer, request, response), _PATIENCE)
    except asyncio.CancelledError:
        writer.transport.abort()
    finally:
        writer.close()
        with suppress(OSError, TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), _FAREWELL)


async def _request(reader: asyncio.StreamReader) -> list[str]:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        return []
    return head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")


async def _response(request: list[str], metrics: Metrics, readiness: Readiness) -> _Response:
    if len(request) != 3 or request[0] not in ("GET", "HEAD"):
        return _json("400 Bad Request", {"error": "GET or HEAD is expected"})
    path = request[1].partition("?")[0]
    if path == "/healthz":
        return _json("200 OK", {"alive": True})
    if path == "/readyz":
        reasons = await _reasons(readiness)
        status = "503 Service Unavailable" if reasons else "200 OK"
        return _json(status, {"ready": not reasons, "reasons": reasons})
    if path == "/metrics":
        return _Response("200 OK", CONTENT_TYPE_LATEST, metrics.exposition())
    return _json("404 Not Found", {"error": "known are /healthz, /readyz, /metrics"})


async def _reasons(readiness: Readiness) -> dict[str, str]:
    try:
        return dict(await asyncio.wait_for(readiness(), _PATIENCE))
    except (TimeoutError, asyncio.TimeoutError):
        return {"readiness": f"no answer within {_PATIENCE:g} s"}
    except Exception as error:  # whatever fails there means "not ready", and must not end the server
        return {"readiness": type(error).__name__}


def _json(status: str, content: Mapping[str, object]) -> _Response:
    return _Response(status, "application/json", json.dumps(content).encode())


async def _send(writer: asyncio.StreamWriter, request: list[str], response: _Response) -> None:
    head = (
        f"HTTP/1.1 {response.status}\r\nContent-Type: {response.content_type}\r\n"
        f"Content-Length: {len(response.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode("latin-1") + (b"" if request[:1] == ["HEAD"] else response.body))
    await writer.drain()
