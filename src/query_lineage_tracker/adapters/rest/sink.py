"""A sink for any catalog that accepts our documented JSON by POST (docs/reference/messages.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import httpx
import orjson

from query_lineage_tracker.adapters.http.classify import Asked, classify
from query_lineage_tracker.adapters.http.exchange import (
    Endpoint,
    Exchange,
    HttpExchange,
    NotDelivered,
    RequestObserver,
    checked_token,
    checked_url,
)
from query_lineage_tracker.adapters.http.probing import why_closed
from query_lineage_tracker.adapters.http.recorded import RecordedExchange
from query_lineage_tracker.domain.outbox import Delivered, DeliveryResult, Message
from query_lineage_tracker.ports.delivery import CallRecorder
from query_lineage_tracker.services.message_json import as_json, idempotency_key

_CONFLICT = 409
_NO_PROBLEM_FOR_A_PROBE = frozenset({400, 404, 405, 406, 410, 411, 415, 422, 501})
"""Answers to a bare GET that a receiver made for POST gives; they say that it is there and lets us in."""


class GenericRestSink:
    """POSTs each message to the endpoint's URL; a 409 means that the receiver has this idempotency key already.

    The token goes into `auth_header`: as `Bearer <token>` into Authorization unless it names its own scheme, verbatim
    into any other header. `settings` is how the variables of its URL and token begin.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        auth_header: str = "Authorization",
        send_sql: bool = True,
        name: str = "rest",
        settings: str = "OMD",
        transport: httpx.AsyncBaseTransport | None = None,
        observe: RequestObserver | None = None,
        calls: CallRecorder | None = None,
    ) -> None:
        self._calls = calls
        self._name = name
        self._send_sql = send_sql
        checked = replace(
            endpoint,
            url=str(checked_url(endpoint.url, f"{settings}_URL")),
            token=checked_token(endpoint.token, f"{settings}_TOKEN"),
        )
        headers = {"Accept": "application/json", **authorization(checked.token, auth_header)}
        self._exchange = HttpExchange(checked, headers, transport=transport, observe=observe)

    @property
    def name(self) -> str:
        return self._name

    async def deliver(self, message: Message) -> DeliveryResult:
        return await self.carry(as_json(message, send_sql=self._send_sql), message)

    async def carry(self, document: Mapping[str, object], message: Message) -> DeliveryResult:
        """POST what the message became elsewhere."""
        content = orjson.dumps(document)
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key(message.claim)}
        asked = Asked("post_message", f"{message.claim.kind.value} {message.claim.entity}")
        try:
            reply = await self._recorded(message).send("POST", "", asked, content=content, headers=headers)
        except NotDelivered as ended:
            return ended.result
        problem = None if reply.status == _CONFLICT else classify(reply, asked, message.claim.attempts)
        return problem or Delivered({"digest": hashlib.sha256(content).hexdigest()})

    def _recorded(self, message: Message) -> Exchange:
        if self._calls is None:
            return self._exchange
        return RecordedExchange(self._exchange, partial(self._calls.record, message.claim))

    async def probe(self) -> str | None:
        return await why_closed(self._ask)

    async def _ask(self) -> None:
        asked = Asked("probe", "")
        reply = await self._exchange.send("GET", "", asked)
        problem = None if reply.status in _NO_PROBLEM_FOR_A_PROBE else classify(reply, asked)
        if problem is not None:
            raise NotDelivered(problem)

    async def aclose(self) -> None:
        await self._exchange.aclose()


def authorization(token: str | None, auth_header: str) -> Mapping[str, str]:
    """The header that carries the token; none without a token."""
    if not token:
        return {}
    bare = auth_header.lower() == "authorization" and " " not in token
    return {auth_header: f"Bearer {token}" if bare else token}
