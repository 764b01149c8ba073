"""One HTTP exchange with bounded time and size, whose every failure is a delivery result."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Protocol, TypeVar
from urllib.request import getproxies, proxy_bypass

import httpx

from query_lineage_tracker.adapters.http.classify import Asked, Problem, Reply
from query_lineage_tracker.domain.outbox import Dead, Halted, Retry
from query_lineage_tracker.errors import ConfigurationError

MAX_REPLY_BYTES = 16 * 1024 * 1024
_MAX_RETRY_AFTER_S = 3600.0
_CONNECT_S = 5.0
_CONNECTIONS = 64
_BEFORE_ANYTHING_WAS_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)

ErrorT = TypeVar("ErrorT", bound=BaseException)

RequestObserver = Callable[[str, str, float], None]
"""Told of each request: operation, status (or the name of the failure), seconds."""


class NotDelivered(Exception):
    """The delivery ended early; `result` says how."""

    def __init__(self, result: Problem) -> None:
        super().__init__(str(result))
        self.result = result


class NeverSent(NotDelivered):
    """The request has surely not reached the receiver."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a receiver is and how we prove who we are. `verify` is True, False or a CA bundle; `timeout` in seconds."""

    url: str
    token: str | None = field(default=None, repr=False)
    verify: bool | str = True
    timeout: float = 30.0


class Exchange(Protocol):
    """Sends requests to one receiver."""

    async def send(
        self,
        method: str,
        path: str,
        asked: Asked,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The reply, whatever its status. Raises NotDelivered when there is none."""
        ...

    async def aclose(self) -> None: ...


class HttpExchange:
    """Sends requests to one receiver. The token is masked in whatever comes back."""

    def __init__(
        self,
        endpoint: Endpoint,
        headers: Mapping[str, str],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        observe: RequestObserver | None = None,
    ) -> None:
        self._url = endpoint.url
        self._token = endpoint.token
        self._total_s = endpoint.timeout
        self._observe = observe
        self._client = httpx.AsyncClient(
            headers=headers,
            verify=tls_context(endpoint.verify) if endpoint.url.startswith("https:") else False,
            timeout=httpx.Timeout(endpoint.timeout, connect=min(endpoint.timeout, _CONNECT_S)),
            limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
            transport=transport,
            follow_redirects=False,
        )

    async def send(
        self,
        method: str,
        path: str,
        asked: Asked,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The reply, whatever its status. Raises NotDelivered when there is none."""
        began = time.monotonic()
        status = "failed"
        try:
            request = self._client.build_request(method, self._url + path, content=content, headers=headers)
            reply = await asyncio.wait_for(self._exchange(request, asked), self._total_s)
            status = str(reply.status)
        except (httpx.HTTPError, httpx.InvalidURL, asyncio.TimeoutError, OSError) as error:
            status = type(error).__name__
            ended = NeverSent if isinstance(error, _BEFORE_ANYTHING_WAS_SENT) else NotDelivered
            raise ended(_failure(error, asked, self._url)) from None
        finally:
            if self._observe is not None:
                self._observe(asked.operation, status, time.monotonic() - began)
        return reply

    async def _exchange(self, request: httpx.Request, asked: Asked) -> Reply:
        response = await self._client.send(request, stream=True)
        try:
            body = await _bounded_body(response, asked)
        finally:
            await response.aclose()
        return Reply(
            status=response.status_code,
            content_type=response.headers.get("content-type", ""),
            body=self._masked(body),
            retry_after=retry_after_seconds(response.headers.get("retry-after")),
            location=response.headers.get("location", "").partition("?")[0],
        )

    def _masked(self, body: bytes) -> bytes:
        return body.replace(self._token.encode(), b"***") if self._token else body

    async def aclose(self) -> None:
        await self._client.aclose()


async def _bounded_body(response: httpx.Response, asked: Asked) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_REPLY_BYTES:
            raise NotDelivered(Dead(f"{asked}: the answer is larger than {MAX_REPLY_BYTES} bytes"))
    return bytes(body)


def _failure(error: Exception, asked: Asked, url: str) -> Problem:
    untrusted, broken = _cause(error, ssl.SSLCertVerificationError), _cause(error, ssl.SSLError)
    if untrusted is not None:
        why = f"the TLS certificate of {url} is not trusted ({untrusted.verify_message or 'no reason given'})"
        return Halted(f"{asked}: {why}; name its CA bundle in OMD_VERIFY (or QLT_OPENLINEAGE_VERIFY)")
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL)):
        return Halted(f"{asked}: the URL is not usable: {error}")
    if isinstance(error, (httpx.TimeoutException, asyncio.TimeoutError)):
        return Retry(f"{asked}: no answer in time from {url} ({type(error).__name__})", busy=True)
    no_tls = "; is it an http:// address?" if broken is not None and broken.reason == "WRONG_VERSION_NUMBER" else ""
    return Retry(
        f"{asked}: no connection to {url}{_through_proxy(url)} ({type(error).__name__}: {error})"[:300] + no_tls
    )


def _cause(error: BaseException | None, kind: type[ErrorT]) -> ErrorT | None:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error


def _through_proxy(url: str) -> str:
    """That the environment names a proxy for the address, in words, without its login."""
    parsed = httpx.URL(url)
    proxies = getproxies()
    proxy = proxies.get(parsed.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parsed.host):
        return ""
    shown = proxy.rpartition("@")[2].removeprefix("http://").removeprefix("https://").rstrip("/")
    return f" through the proxy {shown} of the environment"


def retry_after_seconds(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date; None when it says nothing usable."""
    if value is None:
        return None
    if value.strip().isdecimal():
        seconds: float | None = float(value)
    else:
        seconds = _seconds_until(value, now or datetime.now(timezone.utc))
    return None if seconds is None else min(max(seconds, 0.0), _MAX_RETRY_AFTER_S)


def _seconds_until(value: str, now: datetime) -> float | None:
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (when.replace(tzinfo=when.tzinfo or timezone.utc) - now).total_seconds()


def checked_url(url: str, variable: str) -> httpx.URL:
    """The URL, parsed. Raises ConfigurationError when it is not an absolute http(s) address free of credentials."""
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL as error:
        raise ConfigurationError(f"{variable} is not a URL: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ConfigurationError(f"{variable} must begin with http:// or https:// and name a host")
    if parsed.userinfo:
        raise ConfigurationError(f"{variable} must not hold a user or a password; use the token setting")
    return parsed


def checked_token(token: str | None, variable: str) -> str | None:
    """The token as a header can carry it. Raises ConfigurationError, which does not show it, when none can."""
    if token is None or not token.strip():
        return None
    if not (token.strip().isascii() and token.strip().isprintable()):
        raise ConfigurationError(f"{variable} must be one line of printable ASCII characters")
    return token.strip()


def tls_context(verify: bool | str) -> bool | ssl.SSLContext:
    """What httpx wants for "check", "do not check" or "check against this CA bundle"."""
    if isinstance(verify, bool):
        return verify
    try:
        return ssl.create_default_context(cafile=verify)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"the CA bundle {verify!r} cannot be read: {error}") from None
