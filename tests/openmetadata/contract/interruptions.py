"""A network between the sink and any server that fails at one call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import httpx


class Interruption(Enum):
    """What becomes of a call."""

    ERROR = "the server answers 500 and does nothing"
    RESET = "the connection breaks before the server has read it"
    LOST = "the server does it, and its answer is lost"


@dataclass
class Network:
    """Counts the calls of all its transports together; the one of that number is interrupted, the first is 0."""

    interrupted: tuple[int, Interruption] | None = None
    calls: list[str] = field(default_factory=list)
    """`METHOD path` of each."""

    def transport(self, *, verify: bool) -> Transport:
        return Transport(self, httpx.AsyncHTTPTransport(verify=verify))


class Transport(httpx.AsyncBaseTransport):
    """Carries requests of one client."""

    def __init__(self, network: Network, carrier: httpx.AsyncHTTPTransport) -> None:
        self._network = network
        self._carrier = carrier

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        number = len(self._network.calls)
        self._network.calls.append(f"{request.method} {request.url.path}")
        at, kind = self._network.interrupted or (-1, None)
        if number != at:
            return await self._carrier.handle_async_request(request)
        if kind is Interruption.ERROR:
            return httpx.Response(500, json={"code": 500, "message": "boom"}, request=request)
        if kind is Interruption.LOST:
            response = await self._carrier.handle_async_request(request)
            await response.aread()
            await response.aclose()
        raise httpx.ReadError("the connection was reset", request=request)

    async def aclose(self) -> None:
        await self._carrier.aclose()
