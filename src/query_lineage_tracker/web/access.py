"""Who asks: by a session, a token, name and password, by what a trusted proxy tells, or because it is this machine."""

from __future__ import annotations

import secrets
from base64 import b64decode
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil

import structlog
from starlette.datastructures import Headers

from query_lineage_tracker.config.kinds import Network
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.domain.access import Identity, Role
from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.web.addresses import client_of, is_among
from query_lineage_tracker.web.login import LOGIN, Login
from query_lineage_tracker.web.problems import ProblemResponse, problem_response
from query_lineage_tracker.web.rates import Buckets
from query_lineage_tracker.web.users import Users

log = structlog.get_logger()

_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_LOGIN = {"WWW-Authenticate": 'Basic realm="Query Lineage Tracker", charset="UTF-8"'}
_SESSION = {"WWW-Authenticate": 'Bearer realm="Query Lineage Tracker"'}
"""For which no browser asks by itself: people are led to the identity provider."""
_ANYBODY = "anybody"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Proxy:
    """The header in which proxies at these addresses tell who asks; `role` is the role of whom they tell none."""

    header: str
    addresses: tuple[Network, ...]
    role_header: str | None
    role: Role

    def trusts(self, address: str) -> bool:
        return is_among(address, self.addresses)

    def identity(self, headers: Headers) -> Identity | ProblemResponse:
        """Who the proxy says it is; a header that comes twice may be the client's own."""
        names = [_in_utf8(name).strip() for name in headers.getlist(self.header)]
        roles = headers.getlist(self.role_header) if self.role_header else []
        if len(names) > 1 or len(roles) > 1 or not _is_name(names[0]):
            return problem_response(HTTPStatus.BAD_REQUEST, "The proxy has to tell one user, and at most one role.")
        known = [role for role in Role if role.value in {word.strip().lower() for word in ",".join(roles).split(",")}]
        if roles and not known:
            return problem_response(
                HTTPStatus.FORBIDDEN,
                "The proxy tells of no role that the page knows.",
                f"{self.role_header} has to hold viewer or operator.",
            )
        return Identity(names[0], max(known, key=_rank, default=self.role))


class Access:
    """Answers who asks, or with a refusal. Without any proof that could be asked for, only this machine is answered."""

    def __init__(
        self,
        token: str | None = None,
        *,
        token_role: Role = Role.OPERATOR,
        users: Users | None = None,
        proxy: Proxy | None = None,
        login: Login | None = None,
        proxies: tuple[Network, ...] = (),
    ) -> None:
        self._token, self._token_role, self._users, self._proxy = token, token_role, users, proxy
        self._login, self._proxies = login, proxies
        # Some mistakes of one person are forgiven; guessing is not worth it, neither of one password nor of many.
        self._by_name = Buckets(rate=0.1, burst=5)
        self._by_address = Buckets(rate=0.5, burst=30)

    def client(self, headers: Headers, peer: str) -> str:
        """Where it comes from, as far as we know it."""
        return client_of(peer, headers, self._proxies)

    async def who(self, headers: Headers, peer: str) -> Identity | ProblemResponse:
        """Somebody, or why nobody is answered."""
        if self._token is None and not (self._users or self._proxy or self._login):
            return _this_machine(headers)
        if self._proxy and self._proxy.header in headers and self._proxy.trusts(peer):
            return self._proxy.identity(headers)
        given = _given(headers.get("authorization", ""))
        if given is None:
            return (self._login and self._login.identity(headers)) or self._refusal()
        try:
            return await self._proof(*given, self.client(headers, peer))
        except ConfigurationError as problem:
            log.error("page.users_unreadable", problem=str(problem))
            return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, "The file of users is wrong; the log says how.")

    async def _proof(self, name: str, password: str, address: str) -> Identity | ProblemResponse:
        if self._token is not None and secrets.compare_digest(password.encode(), self._token.encode()):
            return Identity(_claimed(name), self._token_role, shared=True)
        found = self._users.proven(name, password) if self._users else None
        if found:
            return found
        keys = ((self._by_name, (address, name)), (self._by_address, address))
        wait = max(buckets.wait(key) for buckets, key in keys)
        if wait:
            return problem_response(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many logins have failed.",
                f"Try again in {ceil(wait)} seconds.",
                {"Retry-After": str(ceil(wait))},
            )
        for buckets, key in keys:  # before the check: many at once must not pass
            buckets.take(key)
        found = await self._users.log_in(name, password) if self._users else None
        if found:
            for buckets, key in keys:
                buckets.put_back(key)
            return found
        # Somebody may have typed the password in the place of the name.
        log.warning("page.login_failed", address=address, user=name if self._knows(name) else "unknown")
        return self._refusal()

    def _knows(self, name: str) -> bool:
        return self._users is not None and self._users.known(name)

    def _refusal(self) -> ProblemResponse:
        ways = {
            "Log in on the page.": self._login is not None,
            "Log in by name and password.": self._users is not None,
            "Send the token as a bearer token, or as the password of any user.": self._token is not None,
            "Come through the proxy that tells who asks.": self._proxy is not None,
        }
        hint = " Or: ".join(way for way, open_ in ways.items() if open_)
        challenge = _SESSION if self._login else _LOGIN if self._users or self._token is not None else None
        return problem_response(
            HTTPStatus.UNAUTHORIZED, "The page asks who you are.", hint, challenge, login=LOGIN if self._login else None
        )


def access_of(page: PageSettings, login: Login | None = None) -> Access:
    """As it is configured. Raises ConfigurationError for a file of users that is wrong."""
    proxy = None
    if page.proxy_header is not None:
        proxy = Proxy(page.proxy_header, page.proxy_addresses, page.proxy_role_header, Role(page.proxy_role))
    return Access(
        page.token.reveal() if page.token else None,
        token_role=Role(page.token_role),
        users=Users(page.users_file) if page.users_file else None,
        proxy=proxy,
        login=login,
        proxies=page.proxy_addresses,
    )


def _this_machine(headers: Headers) -> Identity | ProblemResponse:
    """Only names of this machine are answered: no other site can be one."""
    if _host(headers) in _LOCAL:
        return Identity("local", Role.OPERATOR)
    return problem_response(
        HTTPStatus.MISDIRECTED_REQUEST,
        "Without authentication the page answers only to this machine's own names.",
        "Open it as http://127.0.0.1 or http://localhost, or set QLT_PAGE_TOKEN or QLT_PAGE_USERS_FILE.",
    )


def _host(headers: Headers) -> str:
    """The name that the browser thinks it talks to, without the port."""
    host = headers.get("host", "").lower()
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _given(authorization: str) -> tuple[str, str] | None:
    """Name and password; a bearer token is the password of nobody."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return "", given
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (name, password) if colon else None


def _claimed(name: str) -> str:
    """What somebody with the token calls themselves, told apart from those who proved it."""
    return f"{name} (by token)" if _is_name(name) else _ANYBODY


def _in_utf8(header: str) -> str:
    """What proxies write beyond ASCII is mostly UTF-8; headers are read as Latin-1."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable()


def _rank(role: Role) -> int:
    return list(Role).index(role)
