"""An identity provider in memory that can be made to err, and a browser's way through it."""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

ISSUER = "https://id.example/realm"
CLIENT = "qlt page"
SECRET = "s3cret: of+the/page"
PUBLISHED = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
_ENCRYPTING = RSAKey.generate_key(2048, {"kid": "enc", "use": "enc"})


@dataclass
class FakeProvider:
    """Answers what a provider answers. `claims` are those of the ID token besides the necessary ones."""

    claims: dict[str, Any] = field(default_factory=lambda: {"preferred_username": "alice", "groups": ["staff"]})
    userinfo: dict[str, Any] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)
    away: bool = False
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    key: RSAKey | ECKey = field(default_factory=lambda: PUBLISHED)
    sign: Callable[[dict[str, Any]], str] | None = None

    def __post_init__(self) -> None:
        self._codes: dict[str, dict[str, str]] = {}

    def agree(self, address: str) -> str:
        """What a browser is sent back to by the provider, for somebody who agrees at the login address."""
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query))
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/auth"
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256" and "openid" in asked["scope"].split()
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}&iss={ISSUER}"

    def answer(self, request: httpx.Request) -> httpx.Response:
        """For httpx.MockTransport."""
        name = request.url.path.rpartition("/")[2]
        self.asked.append(name)
        if self.away:
            raise httpx.ConnectError("refused")
        if name in self.answers:
            return self.answers[name]
        told = {"openid-configuration": self._description, "keys": self._keys, "token": self._token, "me": self._me}
        return told[name](request)

    def _description(self, _: httpx.Request) -> httpx.Response:
        told: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/me",
            "end_session_endpoint": f"{ISSUER}/out",
        }
        told |= self.description
        return httpx.Response(200, json={name: value for name, value in told.items() if value is not None})

    def _keys(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=KeySet([self.key, _ENCRYPTING]).as_dict(private=False))

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if _client_of(request, form) != (CLIENT, SECRET):
            return httpx.Response(401, json={"error": "invalid_client"})
        asked = self._codes.pop(form["code"], None)
        if asked is None or form["redirect_uri"] != asked["redirect_uri"] or not _fits(form, asked):
            return httpx.Response(400, json={"error": "invalid_grant", "error_description": "<b>no</b>"})
        return httpx.Response(200, json={"access_token": "at-1", "id_token": self.id_token(asked["nonce"])})

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": CLIENT, "sub": "7", "iat": now, "exp": now + 300, "nonce": nonce, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.sign is not None:
            return self.sign(claims)
        return jwt.encode({"alg": "RS256", "kid": str(self.key.kid)}, claims, self.key)

    def _me(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer at-1"
        return httpx.Response(200, json={"sub": "7", **self.userinfo})


def unsigned(claims: dict[str, Any]) -> str:
    """A token of the algorithm `none`."""
    return f"{_encoded(json.dumps({'alg': 'none'}).encode())}.{_encoded(json.dumps(claims).encode())}."


def signed_with_a_secret(secret: bytes, claims: dict[str, Any]) -> str:
    """A token of the algorithm HS256, which no library would make with a public key."""
    head = _encoded(json.dumps({"alg": "HS256", "kid": "one"}).encode())
    signed = f"{head}.{_encoded(json.dumps(claims).encode())}"
    return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).decode().rstrip("=")


def _client_of(request: httpx.Request, form: dict[str, str]) -> tuple[str, str]:
    if "client_secret" in form:
        return form["client_id"], form["client_secret"]
    name, _, secret = b64decode(request.headers["authorization"].partition(" ")[2]).decode().partition(":")
    return unquote(name), unquote(secret)


def _fits(form: dict[str, str], asked: dict[str, str]) -> bool:
    return _encoded(sha256(form["code_verifier"].encode()).digest()) == asked["code_challenge"]
