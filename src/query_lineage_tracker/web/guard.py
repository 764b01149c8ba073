"""Who may ask: a check before every request, and headers that keep answers where they belong."""

from __future__ import annotations

import secrets
from base64 import b64decode
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote_plus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from query_lineage_tracker.web.problems import ProblemResponse, problem_response

_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_LONGEST_QUERY = 16_384
_LOGIN = {"WWW-Authenticate": 'Basic realm="Query Lineage Tracker", charset="UTF-8"'}
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
    """Wraps an application. Without a token, only names of this machine are answered: no other site can be one."""

    app: ASGIApp
    token: str | None

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

        refused = self._refusal(scope)
        await (refused or self.app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> ProblemResponse | None:
        headers = Headers(scope=scope)
        if self.token is None and _host(headers) not in _LOCAL:
            return problem_response(
                HTTPStatus.MISDIRECTED_REQUEST,
                "Without a token the page answers only to this machine's own names.",
                "Open it as http://127.0.0.1 or http://localhost, or set QLT_PAGE_TOKEN.",
            )
        if self.token is not None and not _has(headers.get("authorization", ""), self.token):
            return problem_response(
                HTTPStatus.UNAUTHORIZED,
                "The page asks for its token.",
                "Send it as a bearer token, or as the password of any user.",
                _LOGIN,
            )
        query = scope["query_string"]
        if len(query) > _LONGEST_QUERY:
            return problem_response(HTTPStatus.REQUEST_URI_TOO_LONG, "The address is too long.", "Shorten the search.")
        if "\0" in unquote_plus(query.decode("latin-1")) + scope["path"]:
            return problem_response(HTTPStatus.BAD_REQUEST, "The address holds a NUL character.")
        return None


def _host(headers: Headers) -> str:
    """The name that the browser thinks it talks to, without the port."""
    host = headers.get("host", "").lower()
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _has(authorization: str, token: str) -> bool:
    """Whether it holds the token: as a bearer token or as the password of any user."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            given = b64decode(given, validate=True).decode().partition(":")[2]
        except ValueError:
            return False
    elif scheme.lower() != "bearer":
        return False
    return secrets.compare_digest(given.encode(), token.encode())
