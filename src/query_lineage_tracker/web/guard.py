"""A check before every request, and headers that keep answers where they belong."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from urllib.parse import unquote_plus, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from query_lineage_tracker.web.access import Access
from query_lineage_tracker.web.login import PREFIX, Login
from query_lineage_tracker.web.problems import ProblemResponse, problem_response
from query_lineage_tracker.web.rates import Buckets

_LONGEST_QUERY = 16_384
_LONGEST_BODY = 65_536
_SECONDS_AT_ONCE = 5
_READING = ("GET", "HEAD")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Guard:
    """Wraps an application: who asks is known to it as `request.state.identity`, and nobody asks too often or too much.

    `rate` is how many requests a second are answered for one user at one address, in the long run. With `login` people
    who open the page are led to it.
    """

    app: ASGIApp
    access: Access
    rate: float
    login: Login | None = None
    _buckets: Buckets = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_buckets", Buckets(self.rate, max(1.0, self.rate * _SECONDS_AT_ONCE)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        if self.login and scope["path"].startswith(PREFIX):
            refused = self._too_often(PREFIX, headers, peer) or _malformed(scope) or _changing(scope["method"], headers)
            answer: ASGIApp = refused or await self.login.answer(scope)
        else:
            answer = await self._refusal(scope, headers, peer) or self.app
        await answer(scope, receive, send_guarded)

    async def _refusal(self, scope: Scope, headers: Headers, peer: str) -> Response | None:
        """Why it is not answered; else who asks is in the scope."""
        found = await self.access.who(headers, peer)
        if isinstance(found, ProblemResponse):
            asks_for_a_page = found.status_code == HTTPStatus.UNAUTHORIZED and _navigates(scope, headers)
            return self.login.way_in(scope) if self.login and asks_for_a_page else found
        scope.setdefault("state", {})["identity"] = found
        limited = scope["path"].startswith("/api/")
        too_often = self._too_often("" if found.shared else found.name, headers, peer) if limited else None
        return too_often or _malformed(scope) or _changing(scope["method"], headers)

    def _too_often(self, name: str, headers: Headers, peer: str) -> ProblemResponse | None:
        wait = ceil(self._buckets.take((name, self.access.client(headers, peer))))
        if not wait:
            return None
        hint = f"Try again in {wait} second{'s' if wait > 1 else ''}."
        return problem_response(
            HTTPStatus.TOO_MANY_REQUESTS, "These are too many questions at once.", hint, {"Retry-After": str(wait)}
        )


def _malformed(scope: Scope) -> ProblemResponse | None:
    query = scope["query_string"]
    if len(query) > _LONGEST_QUERY:
        return problem_response(HTTPStatus.REQUEST_URI_TOO_LONG, "The address is too long.", "Shorten the search.")
    if "\0" in unquote_plus(query.decode("latin-1")) + scope["path"]:
        return problem_response(HTTPStatus.BAD_REQUEST, "The address holds a NUL character.")
    return None


def _changing(method: str, headers: Headers) -> ProblemResponse | None:
    """What changes something has to be sent on purpose, by our own page or a program: no other site can make it so."""
    if method in _READING:
        return None
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return problem_response(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This takes application/json only.")
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()) or int(length) > _LONGEST_BODY:
        return problem_response(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has a length, of at most {_LONGEST_BODY} bytes."
        )
    if "x-qlt-request" not in headers or not _same_origin(headers):
        return problem_response(
            HTTPStatus.FORBIDDEN,
            "What changes something is taken from the page itself or from programs only.",
            "Send the header X-QLT-Request: 1, and no Origin of another site.",
        )
    return None


def _navigates(scope: Scope, headers: Headers) -> bool:
    """Whether a person opens a page, rather than a script or a program asking for something."""
    mode = headers.get("sec-fetch-mode")
    opens = mode == "navigate" if mode else "text/html" in headers.get("accept", "")
    return opens and scope["method"] in _READING and not scope["path"].startswith("/api/")


def _same_origin(headers: Headers) -> bool:
    """Whether no other site's page sends it; browsers tell, programs tell nothing."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
