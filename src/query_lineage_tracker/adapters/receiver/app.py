"""The receiver of events: Trino's HTTP event listener, and senders of OpenLineage.

An event is answered with 2xx once it is on disk, also when it is not understood: sending it again would not help, and
it waits in the quarantine. What may be sent again later is answered with 503 and Retry-After.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from query_lineage_tracker.adapters.receiver.accepting import Accepted, Accepting
from query_lineage_tracker.adapters.receiver.bodies import Body, Flight, NotGzip, TooLarge, TooMuchInFlight
from query_lineage_tracker.errors import JournalRefuses
from query_lineage_tracker.ports.sources import EventJournal, EventKind

log = structlog.get_logger()

_RETRY_AFTER_S = 5
_KEPT_OF_TOO_LARGE = 16_384
_SMALL = 262_144
"""Bodies up to here are reduced at once, in a time that nobody notices; others beside the event loop."""


@dataclass(frozen=True, slots=True)
class ReceivingCluster:
    """A cluster whose events are received; without a token, from anybody."""

    name: str
    token: bytes | None
    journal: EventJournal


@dataclass(frozen=True, slots=True)
class ReceiverLimits:
    """Bytes of one body and of all bodies in flight; seconds for one body."""

    body_bytes: int
    flight_bytes: int
    body_s: float


class ReceiverObserver(Protocol):
    """Who counts events: metrics."""

    def event_received(self, cluster: str, result: str) -> None:
        """`result` is kept, quarantined or refused."""
        ...

    def event_dropped(self, reason: str) -> None: ...


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, reason: str, dropped: str | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.dropped = dropped

    def answer(self) -> Response:
        headers = {503: {"Retry-After": str(_RETRY_AFTER_S)}, 401: {"WWW-Authenticate": "Bearer"}}
        return JSONResponse({"error": self.reason}, self.status, headers.get(self.status))


class Receiver:
    """Takes events into the journals of their clusters."""

    def __init__(
        self,
        clusters: Mapping[str, ReceivingCluster],
        accepting: Accepting,
        limits: ReceiverLimits,
        observer: ReceiverObserver,
    ) -> None:
        self._clusters = clusters
        self._accepting = accepting
        self._limits = limits
        self._observer = observer
        self._flight = Flight(limits.flight_bytes)

    def app(self) -> Starlette:
        """The web application."""
        return Starlette(
            routes=[
                Route("/events/{cluster}", self._trino, methods=["POST", "PUT"]),
                Route("/api/v1/lineage", self._openlineage, methods=["POST"]),
            ],
            exception_handlers={404: _no_such_address, 405: _no_such_method},
        )

    async def _trino(self, request: Request) -> Response:
        return await self._answer(request, EventKind.TRINO)

    async def _openlineage(self, request: Request) -> Response:
        return await self._answer(request, EventKind.OPENLINEAGE)

    async def _answer(self, request: Request, kind: EventKind) -> Response:
        try:
            cluster = self._cluster_of(request, kind)
            return await self._keep(request, kind, cluster)
        except Refusal as refusal:
            if refusal.dropped is not None:
                self._observer.event_dropped(refusal.dropped)
            log.warning("receiver.refused", path=request.url.path, status=refusal.status, reason=refusal.reason)
            return refusal.answer()

    async def _keep(self, request: Request, kind: EventKind, cluster: ReceivingCluster) -> Response:
        with Body(self._flight, self._limits.body_bytes, packed=_is_packed(request)) as body:
            try:
                accepted = await self._accepted(request, kind, body)
                await cluster.journal.append(*accepted)
            except (TooMuchInFlight, JournalRefuses) as problem:
                self._observer.event_received(cluster.name, "refused")
                raise Refusal(503, str(problem) or "too many events at once") from problem
            except TooLarge as problem:
                await self._keep_head(cluster, kind, problem.head)
                raise Refusal(413, self._too_large(), "too_large") from problem
        understood = accepted[0] is kind
        self._observer.event_received(cluster.name, "kept" if understood else "quarantined")
        if understood:
            return JSONResponse({"kept": True})
        log.warning("receiver.quarantined", cluster=cluster.name, kind=kind.value)
        return JSONResponse({"kept": True, "quarantined": True}, 202)

    async def _accepted(self, request: Request, kind: EventKind, body: Body) -> Accepted:
        try:
            content = await asyncio.wait_for(body.read(_chunks(request)), self._limits.body_s)
        except NotGzip as problem:
            return self._accepting.refused(kind, problem.body[:_KEPT_OF_TOO_LARGE], "not gzip, as its encoding says")
        except (asyncio.TimeoutError, TimeoutError) as problem:
            raise Refusal(408, "the body did not come in time", "too_slow") from problem
        except ClientDisconnect as problem:
            raise Refusal(400, "the sender went away", "sender_gone") from problem
        if len(content) <= _SMALL:
            return self._accepting.accepted(kind, content)
        return await asyncio.to_thread(self._accepting.accepted, kind, content)

    async def _keep_head(self, cluster: ReceivingCluster, kind: EventKind, head: bytes) -> None:
        """What begins so is too large: a fact about the query that its id, near the beginning, tells."""
        accepted = self._accepting.refused(kind, head[:_KEPT_OF_TOO_LARGE], self._too_large())
        try:
            await cluster.journal.append(*accepted)
        except JournalRefuses as problem:
            self._observer.event_received(cluster.name, "refused")
            raise Refusal(503, str(problem)) from problem
        self._observer.event_received(cluster.name, "quarantined")

    def _too_large(self) -> str:
        return f"larger than {self._limits.body_bytes:,} bytes (QLT_RECEIVER_MAX_BODY)"

    def _cluster_of(self, request: Request, kind: EventKind) -> ReceivingCluster:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        shown = token.strip().encode("latin-1") if scheme.lower() == "bearer" else b""
        if kind is EventKind.OPENLINEAGE:
            return self._by_token(shown)
        cluster = self._clusters.get(request.path_params["cluster"])
        if cluster is None:
            raise Refusal(404, "no events are received for a cluster of that name", "unknown_cluster")
        if not _admits(cluster, shown):
            raise Refusal(401, "the token of the cluster is needed: Authorization: Bearer ...", "unauthorized")
        return cluster

    def _by_token(self, shown: bytes) -> ReceivingCluster:
        """OpenLineage's address names no cluster; its token does, or there is only one."""
        found = [cluster for cluster in self._clusters.values() if cluster.token and _admits(cluster, shown)]
        only = next(iter(self._clusters.values())) if len(self._clusters) == 1 else None
        if not found and (only is None or not _admits(only, shown)):
            raise Refusal(401, "the token of a cluster is needed: Authorization: Bearer ...", "unauthorized")
        return found[0] if found or only is None else only


def _admits(cluster: ReceivingCluster, shown: bytes) -> bool:
    return cluster.token is None or hmac.compare_digest(cluster.token, shown)


def _is_packed(request: Request) -> bool:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise Refusal(415, "the only encoding that is understood is gzip", "unknown_encoding")
    return encoding != "identity"


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        if chunk:
            yield chunk


async def _no_such_address(_request: Request, _problem: Exception) -> Response:
    return JSONResponse({"error": "known are /events/{cluster} and /api/v1/lineage"}, 404)


async def _no_such_method(_request: Request, _problem: Exception) -> Response:
    return JSONResponse({"error": "POST (or PUT, for /events/{cluster}) is expected"}, 405)
