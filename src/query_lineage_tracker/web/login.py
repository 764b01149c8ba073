"""Logging in with an identity provider: /auth/login, /auth/callback, /auth/logout, and pages that say what happened."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from starlette.datastructures import Headers, QueryParams
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from query_lineage_tracker.config.oidc import OidcSettings
from query_lineage_tracker.domain.access import Identity, LoginAttempt
from query_lineage_tracker.errors import ConfigurationError, LoginRefused, ProviderUnreachable, TrackerError
from query_lineage_tracker.ports.login import IdentityProvider
from query_lineage_tracker.services.login import ClaimRules, identity_of
from query_lineage_tracker.web.cookies import Cookies, Pending
from query_lineage_tracker.web.sessions import Sessions

log = structlog.get_logger()

PREFIX = "/auth/"
CALLBACK = "/auth/callback"
LOGIN = "/auth/login"
_LEFT = "/auth/left"
_LONGEST_PATH = 1500
"""Of an address that a login leads back to: it travels in a cookie."""
_LONGEST_ANSWER = 4096
_NO_STORE = {"Cache-Control": "no-store"}
_AGAIN = '<a href="login">Log in</a>'
"""All such pages are beside it."""
_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title} · Query Lineage Tracker</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em }}</style>
<main>
<h1>{title}</h1>
{text}
<p>{ways}</p>
</main>
</html>
"""


class Login:
    """Sends browsers to the provider, takes them back, and gives them a session.

    `origin` is what they open, with its path if it has one.
    """

    def __init__(
        self, provider: IdentityProvider, rules: ClaimRules, sessions: Sessions, *, issuer: str, origin: str
    ) -> None:
        self._provider, self._rules, self._sessions = provider, rules, sessions
        self._issuer, self._origin = issuer, origin
        self._cookies = Cookies(secure=origin.startswith("https:"))

    def identity(self, headers: Headers) -> Identity | None:
        """Who is logged in, if anybody is."""
        session = self._cookies.session(headers)
        return self._sessions.identity(session) if session else None

    def way_in(self, scope: Scope) -> Response:
        """For a browser that opens the page without a session: to the login, and back to what it opened."""
        opened = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        asked = urlencode({"next": local_path(opened.decode("latin-1"))})
        return RedirectResponse(f"{self._origin}{LOGIN}?{asked}", HTTPStatus.FOUND, headers=_NO_STORE)

    async def answer(self, scope: Scope) -> Response:
        """What is under /auth/."""
        headers, asked = Headers(scope=scope), QueryParams(scope["query_string"])
        method, path = scope["method"], scope["path"]
        try:
            if method == "POST" and path == "/auth/logout":
                return self._ended(headers)
            if method == "GET" and path == LOGIN:
                return await self._begun(headers, asked.get("next", "/"))
            if method == "GET" and path == CALLBACK:
                return await self._come_back(headers, asked)
            if method == "GET" and path == _LEFT:
                return await self._left()
        except TrackerError as problem:
            return _told(problem)
        return _page("Not found", "There is nothing at this address.", HTTPStatus.NOT_FOUND)

    async def _begun(self, headers: Headers, path: str) -> Response:
        attempt = LoginAttempt(*(secrets.token_urlsafe(32) for _ in range(3)))
        address = await self._provider.login_address(attempt)
        response = RedirectResponse(address, HTTPStatus.FOUND, headers=_NO_STORE)
        self._cookies.set_pending(response, headers, Pending(attempt, local_path(path)))
        return response

    async def _come_back(self, headers: Headers, asked: QueryParams) -> Response:
        state = asked.get("state", "")
        pending = self._cookies.pending(headers, state)
        if pending is None:
            if self.identity(headers):  # the way back was gone twice: by the browser's history, or by a reload
                return RedirectResponse(f"{self._origin}/", HTTPStatus.SEE_OTHER, headers=_NO_STORE)
            return _page(
                "Not logged in",
                "This login is not known here: it was begun elsewhere, took more than ten minutes, or the tracker was "
                "started again in between. Cookies of this site have to be allowed.",
                HTTPStatus.BAD_REQUEST,
            )
        try:
            response = await self._logged_in(headers, asked, pending)
        except TrackerError as problem:
            response = _told(problem)
        self._cookies.drop_pending(response, state)
        return response

    async def _logged_in(self, headers: Headers, asked: QueryParams, pending: Pending) -> Response:
        identity = identity_of(await self._provider.claims(self._code(asked), pending.attempt), self._rules)
        before = self._cookies.session(headers)
        if before:
            self._sessions.end(before)
        response = RedirectResponse(f"{self._origin}{pending.path}", HTTPStatus.SEE_OTHER, headers=_NO_STORE)
        self._cookies.set_session(response, self._sessions.begin(identity), self._sessions.seconds)
        log.info("page.logged_in", user=identity.name, role=identity.role.value)
        return response

    def _code(self, asked: QueryParams) -> str:
        if asked.get("iss", self._issuer) != self._issuer:
            raise LoginRefused("another identity provider sent the browser back")
        error, code = asked.get("error"), asked.get("code", "")
        if error is not None:
            word = error if len(error) <= 40 and error.isascii() and error.replace("_", "").isalpha() else "an error"
            raise LoginRefused(f"the identity provider refused the login ({word})")
        if not 0 < len(code) <= _LONGEST_ANSWER:
            raise LoginRefused("the identity provider sent no code")
        return code

    def _ended(self, headers: Headers) -> Response:
        session, identity = self._cookies.session(headers), self.identity(headers)
        if session:
            self._sessions.end(session)
        if identity:
            log.info("page.logged_out", user=identity.name)
        response = JSONResponse({"leave": _LEFT}, headers=_NO_STORE)
        self._cookies.drop_session(response)
        return response

    async def _left(self) -> Response:
        text = "You are logged out of the page. The identity provider may still know you."
        try:
            elsewhere = await self._provider.logout_address()
        except TrackerError:
            elsewhere = None
        ways = f'{_AGAIN} or <a href="{escape(elsewhere)}">log out of the provider too</a>' if elsewhere else _AGAIN
        return _page("Logged out", text, HTTPStatus.OK, ways)


def login_of(settings: OidcSettings, provider: IdentityProvider) -> Login:
    """As it is configured."""
    return Login(
        provider,
        ClaimRules(
            settings.name_claim, settings.role_claim, frozenset(settings.operators), frozenset(settings.viewers)
        ),
        Sessions(settings.session.total_seconds()),
        issuer=settings.issuer or "",
        origin=settings.origin,
    )


def local_path(asked: str) -> str:
    """The path, if it is one of ours; else the beginning."""
    ours = asked.startswith("/") and not asked.startswith(("//", PREFIX)) and "\\" not in asked
    return asked if ours and asked.isascii() and asked.isprintable() and len(asked) <= _LONGEST_PATH else "/"


_STATUS: Mapping[type[TrackerError], HTTPStatus] = {
    LoginRefused: HTTPStatus.FORBIDDEN,
    ProviderUnreachable: HTTPStatus.SERVICE_UNAVAILABLE,
    ConfigurationError: HTTPStatus.SERVICE_UNAVAILABLE,
}


def _told(problem: TrackerError) -> Response:
    status = _STATUS.get(type(problem), HTTPStatus.INTERNAL_SERVER_ERROR)
    log.warning("page.login_failed", problem=str(problem))
    return _page("Not logged in", f"{str(problem)[:1].upper()}{str(problem)[1:]}. {problem.hint}", status)


def _page(title: str, text: str, status: HTTPStatus, ways: str = _AGAIN) -> Response:
    """A page of a few words that needs nothing else: the real one is for those who are logged in."""
    told = _PAGE.format(title=escape(title), text=f"<p>{escape(text)}</p>", ways=ways)
    return HTMLResponse(told, status, headers=_NO_STORE)
