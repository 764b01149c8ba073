"""A server of an application, for the receiver and the page."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from query_lineage_tracker.errors import ConfigurationError

_BACKLOG = 2048
_KEEP_ALIVE_S = 300
"""Longer than Trino's client keeps an idle connection: who closes first decides whether an event meets a closed one."""
_LAST_REQUESTS_S = 10


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens; with a certificate it speaks TLS. `settings` are the names of what says so."""

    host: str
    port: int
    settings: str
    certificate: Path | None = None
    certificate_key: Path | None = None


class AppServer:
    """Serves an application; it listens from the beginning. Raises ConfigurationError where it cannot."""

    def __init__(self, app: ASGIApp, address: Address) -> None:
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_LAST_REQUESTS_S,
            ssl_certfile=address.certificate,
            ssl_keyfile=address.certificate_key,
        )
        self._server = _Server(config)
        self._listening = _listening(address)

    @property
    def port(self) -> int:
        """The port in use."""
        port: int = self._listening.getsockname()[1]
        return port

    def close(self) -> None:
        """Listen no more; safe to call twice."""
        self._listening.close()

    async def serve(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set; then accept nothing more, and answer what has been sent."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._listening]))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([serving, stopped], return_when=asyncio.FIRST_COMPLETED)
            self._server.should_exit = True
            await serving
        finally:
            stopped.cancel()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the command's."""
        yield


def _listening(address: Address) -> socket.socket:
    """A socket that listens there. Raises ConfigurationError where none can."""
    host = address.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named: only then asyncio sends each answer at once, not 40 ms later with the next packet.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, address.port))
        listening.listen(_BACKLOG)
    except OSError as problem:
        listening.close()
        raise ConfigurationError(
            f"nothing can listen on {address.host}:{address.port}: {problem.strerror or problem}",
            hint=f"Set {address.settings}.",
        ) from problem
    return listening
