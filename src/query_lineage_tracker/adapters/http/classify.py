"""What a reply means for the message that was being delivered.

======================================  ============================================
reply                                   result
======================================  ============================================
2xx                                     none: it was accepted
2xx with a page (HTML), 3xx, 401, 403,  Halted: no message can be delivered
407, 511
404, 410                                Parked: the receiver does not know the entity
409, 412                                Retry: somebody was faster, read again
408, 425, 429, 502, 503, 504            Retry, after Retry-After where it is given; slower, but for 425 and 502
500 and other 5xx                       Retry, and Dead after `MAX_SERVER_ERRORS` attempts
other 4xx                               Dead
======================================  ============================================

Only the status, the content type and what was asked decide: receivers change their message texts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from query_lineage_tracker.domain.outbox import Dead, Halted, Parked, Retry

Problem = Retry | Parked | Dead | Halted
"""Every way in which a delivery does not succeed."""

MAX_SERVER_ERRORS = 12
"""A 500 can be permanent (a bug met by one message); after so many attempts it is taken to be."""

_HALTING = frozenset({401, 403, 407, 511})
_UNKNOWN_ENTITY = frozenset({404, 410})
_LATER = frozenset({408, 409, 412, 425, 429, 502, 503, 504})
_BUSY = frozenset({408, 429, 503, 504})
_EXCERPT = 200
_PROXY = "a proxy in between refuses: name it with its login in HTTPS_PROXY, or the receiver in NO_PROXY"
_WAYS_OUT = {
    401: "the token is not accepted: it has expired, was replaced, or is of another server",
    403: "grant this right to whom the token belongs to",
    407: _PROXY,
    511: _PROXY,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in words: `operation` is stable and low in number (a metric's label), `subject` is for people."""

    operation: str
    subject: str

    def __str__(self) -> str:
        return f"{self.operation} {self.subject}".rstrip()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `retry_after` in seconds, `location` without its query."""

    status: int
    content_type: str = ""
    body: bytes = b""
    retry_after: float | None = None
    location: str = ""

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


def classify(reply: Reply, asked: Asked, attempts: int = 0) -> Problem | None:
    """What the reply makes of the delivery; None when the request was accepted."""
    if reply.accepted:
        return _page(asked) if _is_page(reply) else None
    return _rejection(reply, _reason(reply, asked), attempts)


def _rejection(reply: Reply, reason: str, attempts: int) -> Problem:
    if reply.status in _HALTING or reply.status < 400:
        return Halted(reason)
    if reply.status in _UNKNOWN_ENTITY:
        return Parked(reason)
    if reply.status in _LATER:
        return Retry(reason, reply.retry_after, busy=reply.status in _BUSY)
    if reply.status >= 500:
        return server_error(reason, attempts, reply.retry_after)
    return Dead(reason)


def server_error(reason: str, attempts: int, after_seconds: float | None = None) -> Problem:
    """Retry what may be temporary, until the attempts say that it is not."""
    if attempts >= MAX_SERVER_ERRORS:
        return Dead(f"{reason} ({attempts} attempts)")
    return Retry(reason, after_seconds)


def _is_page(reply: Reply) -> bool:
    return "html" in reply.content_type.lower() or reply.body[:64].lstrip().lower().startswith((b"<!doctype", b"<html"))


def _page(asked: Asked) -> Halted:
    return Halted(f"{asked}: the URL answers with a page, not the API; check the address")


def _reason(reply: Reply, asked: Asked) -> str:
    if reply.status < 400:
        where = reply.location or "nowhere"
        return f"{asked}: HTTP {reply.status} leads to {where}; set the URL to the API's own address"
    told = ", ".join(filter(None, [f"HTTP {reply.status}", excerpt(reply)]))
    return "; ".join(filter(None, [f"{asked}: {told}", _WAYS_OUT.get(reply.status)]))


def excerpt(reply: Reply) -> str:
    """The receiver's own words, shortened: `message` or `responseMessage` of a JSON body, or the text itself."""
    if _is_page(reply):
        return "a page, not the API"
    text = reply.body[:4000].decode("utf-8", "replace")
    return " ".join(_message(reply.body, text).split())[:_EXCERPT]


def _message(body: bytes, text: str) -> str:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return text
    if not isinstance(parsed, dict):
        return text
    return str(parsed.get("message") or parsed.get("responseMessage") or text)
