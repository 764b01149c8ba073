"""The page's cookies: what a login is known again by, and the session that comes of it."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from query_lineage_tracker.domain.access import LoginAttempt

_LOGIN_S = 600
_MOST_LOGINS = 4
"""Several tabs may ask for a login at once; nobody needs more."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that has begun, and where it leads to."""

    attempt: LoginAttempt
    path: str


class Cookies:
    """Sets and reads them. They are for this host alone, and no script sees them; `secure`: nor any http."""

    def __init__(self, *, secure: bool, clock: Callable[[], float] = time.time) -> None:
        prefix = "__Host-qlt_" if secure else "qlt_"
        self._session, self._login = f"{prefix}session", f"{prefix}login_"
        self._secure, self._clock = secure, clock
        self._key = secrets.token_bytes(32)

    def session(self, headers: Headers) -> str | None:
        """The id of a session, if the browser has one."""
        return _given(headers).get(self._session)

    def set_session(self, response: Response, session: str, seconds: float) -> None:
        self._set(response, self._session, session, int(seconds))

    def drop_session(self, response: Response) -> None:
        self._drop(response, self._session)

    def set_pending(self, response: Response, headers: Headers, pending: Pending) -> None:
        """One each login, so that several tabs do not disturb each other."""
        others = [name for name in _given(headers) if name.startswith(self._login)]
        for name in others if len(others) >= _MOST_LOGINS else []:
            self._drop(response, name)
        self._set(response, self._named(pending.attempt.state), self._sealed(pending), _LOGIN_S)

    def pending(self, headers: Headers, state: str) -> Pending | None:
        """The login that has this state, if this browser began it, here, and not too long ago."""
        given = _given(headers).get(self._named(state), "")
        pending = self._opened(given)
        return pending if pending and hmac.compare_digest(pending.attempt.state.encode(), state.encode()) else None

    def drop_pending(self, response: Response, state: str) -> None:
        self._drop(response, self._named(state))

    def _named(self, state: str) -> str:
        return self._login + "".join(letter for letter in state[:16] if letter.isascii() and letter.isalnum())

    def _sealed(self, pending: Pending) -> str:
        body = urlsafe_b64encode(json.dumps({**asdict(pending), "at": self._clock()}).encode()).decode()
        return f"{body}.{self._mac(body)}"

    def _opened(self, sealed: str) -> Pending | None:
        body, _, mac = sealed.partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(body).encode()):
            return None
        told = json.loads(urlsafe_b64decode(body))
        return Pending(LoginAttempt(**told["attempt"]), told["path"]) if self._clock() - told["at"] < _LOGIN_S else None

    def _mac(self, body: str) -> str:
        return hmac.new(self._key, body.encode("utf-8", "replace"), "sha256").hexdigest()

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax")

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="lax")


def _given(headers: Headers) -> Mapping[str, str]:
    return cookie_parser(headers.get("cookie", ""))
