"""The provider that people log in with: a few requests a login, each bounded in time and size."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

import httpx
from joserfc.jwk import KeySet

from query_lineage_tracker.adapters.http.classify import Asked, Reply
from query_lineage_tracker.adapters.http.exchange import Endpoint, HttpExchange, NotDelivered
from query_lineage_tracker.adapters.oidc.discovery import PATH, Places, places_in
from query_lineage_tracker.adapters.oidc.id_token import UnknownKey, keys_in, verified
from query_lineage_tracker.domain.access import LoginAttempt
from query_lineage_tracker.errors import ConfigurationError, LoginRefused, ProviderUnreachable, TrackerError

T = TypeVar("T")

_TIMEOUT_S = 10.0
_DESCRIPTION_S = 5.0
"""Short: asking for it tells whether the provider is there, before anybody is sent to it."""
_KEYS_S = 3600.0
_FAILED_FOR_S = 2.0
"""Who asks while the provider is silent is told so without waiting for it again."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Client:
    """What we are at the provider, and which claims are read. `verify` is True or a CA bundle."""

    issuer: str
    client_id: str
    secret: str | None
    redirect: str
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    verify: bool | str = True


class _Remembered(Generic[T]):
    """What was fetched, for some seconds; a failure, for two. Those who ask at the same time wait for one answer."""

    def __init__(self, fetch: Callable[[], Awaitable[T]], seconds: float) -> None:
        self._fetch, self._seconds = fetch, seconds
        self._lock = asyncio.Lock()
        self._found: tuple[T, float] | None = None
        self._failed: tuple[TrackerError, float] | None = None

    def forget(self, found: T) -> None:
        """This is out of date; not what others may have fetched since."""
        if self._found and self._found[0] is found:
            self._found = None

    async def get(self) -> T:
        """It. Raises what fetching raises."""
        async with self._lock:
            now = time.monotonic()
            if self._found and now - self._found[1] < self._seconds:
                return self._found[0]
            if self._failed and now - self._failed[1] < _FAILED_FOR_S:
                raise self._failed[0]
            try:
                found = await self._fetch()
            except TrackerError as problem:
                self._failed = problem, time.monotonic()
                raise
            self._found = found, time.monotonic()
            return found


class Provider:
    """An OpenID Connect provider. Nothing that it issues is kept."""

    def __init__(self, client: Client, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client, self._transport = client, transport
        self._places = _Remembered(self._fetch_places, _DESCRIPTION_S)
        self._keys = _Remembered(self._fetch_keys, _KEYS_S)

    async def login_address(self, attempt: LoginAttempt) -> str:
        """Where to send the browser."""
        places = await self._places.get()
        challenge = urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect,
            "scope": " ".join(dict.fromkeys(("openid", *self._client.scopes))),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{places.authorization}{'&' if '?' in places.authorization else '?'}{urlencode(asked)}"

    async def logout_address(self) -> str | None:
        """Where people log out of the provider itself, if it has such a place."""
        return (await self._places.get()).logout

    async def claims(self, code: str, attempt: LoginAttempt) -> Mapping[str, object]:
        """What the code stands for. Raises LoginRefused, ProviderUnreachable, ConfigurationError."""
        places = await self._places.get()
        tokens = await self._tokens(places, code, attempt)
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise LoginRefused("the provider sent no ID token", hint="Does it allow the client the scope openid?")
        claims = await self._verified(token, attempt.nonce)
        if places.userinfo is None or all(_known(claims, name) for name in self._client.claims):
            return claims
        return {**await self._more(places.userinfo, tokens.get("access_token"), claims["sub"]), **claims}

    async def _verified(self, token: str, nonce: str) -> dict[str, object]:
        """By the keys that we know; when they do not fit, by those of this moment."""
        client = self._client
        for _ in range(2):
            keys = await self._keys.get()
            try:
                return verified(token, keys, issuer=client.issuer, client_id=client.client_id, nonce=nonce)
            except UnknownKey:
                self._keys.forget(keys)
        raise LoginRefused("the ID token is signed by none of the provider's keys")

    async def _tokens(self, places: Places, code: str, attempt: LoginAttempt) -> Mapping[str, object]:
        client = self._client
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect,
            "code_verifier": attempt.verifier,
        }
        headers = dict(_FORM)
        if client.secret is None or places.posts_secret:
            asked["client_id"] = client.client_id
            asked |= {"client_secret": client.secret} if client.secret is not None else {}
        else:
            pair = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        reply = await self._asked("POST", places.token, "tokens", headers, urlencode(asked).encode())
        if not reply.accepted:
            raise _no_tokens(reply, client.issuer)
        return _json(reply, places.token)

    async def _more(self, address: str, token: object, subject: object) -> Mapping[str, object]:
        """Claims that are told apart from the ID token."""
        if not isinstance(token, str) or not token.isprintable() or not token.isascii():
            raise LoginRefused("the provider sent no access token to ask for the claims with")
        reply = await self._asked("GET", address, "claims", {"Authorization": f"Bearer {token}"})
        if not reply.accepted:
            raise LoginRefused(f"the provider did not tell the claims (HTTP {reply.status} from {address})")
        told = _json(reply, address)
        if told.get("sub") != subject:
            raise LoginRefused("the claims that the provider told are those of somebody else")
        return told

    async def _fetch_places(self) -> Places:
        address = self._client.issuer.rstrip("/") + PATH
        return places_in(await self._document(address, "description"), self._client.issuer)

    async def _fetch_keys(self) -> KeySet:
        address = (await self._places.get()).keys
        try:
            return keys_in(await self._document(address, "keys"))
        except ValueError as problem:
            raise ProviderUnreachable(f"the identity provider tells no key to check by ({address})") from problem

    async def _document(self, address: str, what: str) -> Mapping[str, object]:
        reply = await self._asked("GET", address, what)
        if not reply.accepted:
            raise ProviderUnreachable(f"the identity provider answers {reply.status} at {address}")
        return _json(reply, address)

    async def _asked(
        self,
        method: str,
        address: str,
        what: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Reply:
        endpoint = Endpoint(address, verify=self._client.verify, timeout=_TIMEOUT_S)
        exchange = HttpExchange(endpoint, {"Accept": "application/json"}, transport=self._transport)
        try:
            return await exchange.send(method, "", Asked("login", what), content=content, headers=headers)
        except NotDelivered as ended:
            raise ProviderUnreachable(
                f"the identity provider {self._client.issuer} cannot be asked: {ended.result.reason}",
                hint="Try again in a moment. Certificates are checked by QLT_PAGE_OIDC_CA_BUNDLE where it is given.",
            ) from ended
        finally:
            await exchange.aclose()


def _no_tokens(reply: Reply, issuer: str) -> TrackerError:
    """Why there is nothing for the code; only the provider's own word for it is repeated, and only if it is one."""
    try:
        told = json.loads(reply.body)
    except ValueError:
        told = None
    error = told.get("error") if isinstance(told, dict) else None
    word = error if isinstance(error, str) and error.replace("_", "").isalpha() and len(error) <= 40 else reply.status
    if error in ("invalid_client", "unauthorized_client"):
        return ConfigurationError(
            f"the identity provider {issuer} does not know the page by its client id and secret ({word})",
            hint="QLT_PAGE_OIDC_CLIENT_ID and QLT_PAGE_OIDC_CLIENT_SECRET have to be those registered there.",
        )
    if reply.status >= 500:
        return ProviderUnreachable(f"the identity provider {issuer} answers {reply.status}", hint="Try again.")
    return LoginRefused(f"the identity provider does not take the code ({word})", hint="Begin the login again.")


def _json(reply: Reply, address: str) -> Mapping[str, object]:
    try:
        told = json.loads(reply.body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise ProviderUnreachable(f"the identity provider answers with no JSON object at {address}")
    return told


def _known(claims: Mapping[str, object], name: str) -> bool:
    return name in claims or name.partition(".")[0] in claims
