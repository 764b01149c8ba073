"""What the provider's answers have to be, before anybody is somebody."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from tests.identities import CLIENT, ISSUER, PUBLISHED, SECRET, FakeProvider, signed_with_a_secret, unsigned

from query_lineage_tracker.adapters.oidc.provider import Client, Provider
from query_lineage_tracker.domain.access import LoginAttempt
from query_lineage_tracker.errors import ConfigurationError, LoginRefused, ProviderUnreachable, TrackerError

pytestmark = pytest.mark.anyio

ATTEMPT = LoginAttempt("the state", "the nonce", "the verifier")


def provider_over(fake: FakeProvider, **changed: Any) -> Provider:
    client = Client(
        **{
            "issuer": ISSUER,
            "client_id": CLIENT,
            "secret": SECRET,
            "redirect": "https://qlt.example/auth/callback",
            "scopes": ("profile",),
            "claims": ("preferred_username", "groups"),
            **changed,
        }
    )
    return Provider(client, httpx.MockTransport(fake.answer))


async def logged_in(provider: Provider, fake: FakeProvider, attempt: LoginAttempt = ATTEMPT) -> Any:
    """The claims of somebody who went all the way."""
    back = httpx.URL(fake.agree(await provider.login_address(attempt)))
    assert back.params["state"] == attempt.state
    return await provider.claims(back.params["code"], attempt)


async def refused(fake: FakeProvider, kind: type[TrackerError] = LoginRefused, **changed: Any) -> str:
    with pytest.raises(kind) as told:
        await logged_in(provider_over(fake, **changed), fake)
    assert (
        SECRET not in str(told.value) and "the verifier" not in str(told.value) and "the nonce" not in str(told.value)
    )
    return str(told.value)


def timed(claims: dict[str, Any]) -> dict[str, Any]:
    """Seconds from now as the moments that a token tells: a whole suite takes longer than clocks may differ."""
    now = int(time.time())
    moments = {name: now + claims[name] for name in ("exp", "iat", "nbf") if isinstance(claims.get(name), int)}
    return {**claims, **moments}


async def test_a_login_gives_the_claims_of_the_token() -> None:
    fake = FakeProvider()
    claims = await logged_in(provider_over(fake), fake)
    assert (claims["sub"], claims["preferred_username"], claims["groups"]) == ("7", "alice", ["staff"])
    assert fake.asked == ["openid-configuration", "token", "keys"]


async def test_descriptions_and_keys_are_remembered() -> None:
    fake = FakeProvider()
    provider = provider_over(fake)
    for _ in range(3):
        await logged_in(provider, fake)
    assert fake.asked.count("openid-configuration") == fake.asked.count("keys") == 1


async def test_what_the_token_does_not_tell_is_asked_for_and_does_not_override_it() -> None:
    fake = FakeProvider({"preferred_username": "alice"}, {"preferred_username": "bob", "groups": ["staff"]})
    claims = await logged_in(provider_over(fake), fake)
    assert (claims["preferred_username"], claims["groups"]) == ("alice", ["staff"])


async def test_claims_about_somebody_else_are_refused() -> None:
    assert "somebody else" in await refused(FakeProvider({}, {"sub": "8", "preferred_username": "bob"}))


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        ({"iss": "https://other.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another client"}, "aud"),
        ({"aud": ["another client"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": [CLIENT, "another client"]}, "azp"),
        ({"aud": [CLIENT, "another client"], "azp": "another client"}, "azp"),
        ({"azp": "another client"}, "azp"),
        ({"exp": -90}, "expired"),
        ({"exp": float("nan")}, "exp"),
        ({"exp": None}, "exp"),
        ({"iat": 300}, "issued in the future"),
        ({"nbf": 300}, "not yet valid"),
        ({"nonce": "of another login"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": None}, "sub"),
        ({"sub": 7}, "sub"),
    ],
)
async def test_a_token_that_is_not_for_this_login_is_refused(claims: dict[str, Any], named: str) -> None:
    told = await refused(FakeProvider({"preferred_username": "alice", "groups": [], **timed(claims)}))
    assert "not for this login" in told and named in told


@pytest.mark.parametrize(
    "claims", [{"aud": [CLIENT]}, {"aud": [CLIENT, "other"], "azp": CLIENT}, {"exp": -30}, {"iat": 30}]
)
async def test_audiences_and_clocks_are_taken_as_the_standard_has_them(claims: dict[str, Any]) -> None:
    fake = FakeProvider({"preferred_username": "alice", "groups": [], **timed(claims)})
    assert (await logged_in(provider_over(fake), fake))["sub"] == "7"


ANOTHER = RSAKey.generate_key(2048)


def signed_by(key: RSAKey | ECKey, alg: str, **header: Any) -> Callable[[dict[str, Any]], str]:
    return lambda claims: jwt.encode({"alg": alg, **header}, claims, key, algorithms=[alg])


@pytest.mark.parametrize(
    "sign",
    [
        unsigned,
        signed_by(ANOTHER, "RS256", kid="one"),
        signed_by(ANOTHER, "RS256", kid="unknown"),
        partial(signed_with_a_secret, SECRET.encode()),
        partial(signed_with_a_secret, PUBLISHED.as_pem(private=False)),
        signed_by(ECKey.generate_key("P-256"), "ES256", kid="one"),
        lambda _: "no token",
        lambda _: "a.b.c",
        lambda _: "eyJhbGciOiJSUzI1NiIsImNyaXQiOjF9.e30.c2ln",
    ],
    ids=[
        "none",
        "another key",
        "unknown key",
        "the secret",
        "the public key as a secret",
        "another kind",
        "text",
        "dots",
        "crit 1",
    ],
)
async def test_a_token_that_the_provider_did_not_sign_is_refused(sign: Callable[[dict[str, Any]], str]) -> None:
    told = await refused(FakeProvider(sign=sign))
    assert "cannot be verified" in told or "none of the provider's keys" in told


async def test_a_token_that_was_changed_is_refused() -> None:
    def forged(claims: dict[str, Any]) -> str:
        head, _, mac = jwt.encode({"alg": "RS256", "kid": "one"}, claims, PUBLISHED).split(".")
        body = jwt.encode({"alg": "RS256"}, {**claims, "groups": ["admins"]}, PUBLISHED).split(".")[1]
        return f"{head}.{body}.{mac}"

    assert "none of the provider's keys" in await refused(FakeProvider(sign=forged))


async def test_keys_may_change() -> None:
    fake = FakeProvider()
    provider = provider_over(fake)
    await logged_in(provider, fake)
    for kid in ("two", "one"):  # a new name, and a new key under an old one
        fake.key = RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})
        assert (await logged_in(provider, fake))["sub"] == "7"
    assert fake.asked.count("keys") == 3


async def test_a_code_is_taken_once_and_with_its_own_verifier_only() -> None:
    fake = FakeProvider()
    provider = provider_over(fake)
    code = httpx.URL(fake.agree(await provider.login_address(ATTEMPT))).params["code"]
    await provider.claims(code, ATTEMPT)
    with pytest.raises(LoginRefused, match=r"does not take the code \(invalid_grant\)"):
        await provider.claims(code, ATTEMPT)
    other = httpx.URL(fake.agree(await provider.login_address(ATTEMPT))).params["code"]
    with pytest.raises(LoginRefused, match="invalid_grant"):
        await provider.claims(other, LoginAttempt(ATTEMPT.state, ATTEMPT.nonce, "a guess"))


@pytest.mark.parametrize(("methods", "sent"), [(None, "basic"), (["client_secret_post"], "post")])
async def test_the_secret_goes_where_the_provider_takes_it(methods: list[str] | None, sent: str) -> None:
    fake = FakeProvider(description={"token_endpoint_auth_methods_supported": methods})
    assert (await logged_in(provider_over(fake), fake))["sub"] == "7", sent


async def test_a_wrong_secret_is_a_wrong_setting() -> None:
    told = await refused(FakeProvider(), ConfigurationError, secret="another")
    assert "client id and secret (invalid_client)" in told


@pytest.mark.parametrize(
    ("description", "kind", "named"),
    [
        ({"issuer": "https://id.example/realm/"}, ConfigurationError, "calls itself 'https://id.example/realm/'"),
        ({"issuer": None}, ConfigurationError, "calls itself"),
        ({"token_endpoint": "http://id.example/token"}, ConfigurationError, "token_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, ConfigurationError, "authorization_endpoint"),
        ({"jwks_uri": None}, ConfigurationError, "jwks_uri"),
    ],
)
async def test_a_provider_that_describes_itself_wrongly_is_refused(
    description: dict[str, Any], kind: type[TrackerError], named: str
) -> None:
    assert named in await refused(FakeProvider(description=description), kind)


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("openid-configuration", httpx.Response(404)),
        ("openid-configuration", httpx.Response(302, headers={"Location": "https://evil.example"})),
        ("openid-configuration", httpx.Response(200, text="<html>")),
        ("openid-configuration", httpx.Response(200, text="[" * 100_000)),
        ("openid-configuration", httpx.Response(200, json=[])),
        ("keys", httpx.Response(200, json={})),
        ("keys", httpx.Response(200, json={"keys": ["x", {"kty": "oct", "k": "AA"}, {"kty": "RSA"}]})),
        ("keys", httpx.Response(503)),
        ("token", httpx.Response(500)),
        ("token", httpx.Response(200, text="ok")),
    ],
)
async def test_answers_that_are_none_are_told_with_the_address(name: str, response: httpx.Response) -> None:
    assert "https://id.example/realm" in await refused(FakeProvider(answers={name: response}), ProviderUnreachable)


async def test_the_words_of_an_answer_are_not_repeated() -> None:
    fake = FakeProvider(answers={"token": httpx.Response(400, json={"error": "<script>", "error_description": SECRET})})
    assert "(400)" in await refused(fake)


async def test_a_provider_that_is_away_is_named_and_not_asked_again_at_once() -> None:
    fake = FakeProvider(away=True)
    provider = provider_over(fake)
    for _ in range(5):
        with pytest.raises(ProviderUnreachable, match=re.escape(ISSUER)):
            await provider.login_address(ATTEMPT)
    assert fake.asked == ["openid-configuration"]


async def test_a_closed_port_is_a_provider_that_is_away() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{closed.getsockname()[1]}"
        client = Client(issuer, CLIENT, None, "http://127.0.0.1:8090/auth/callback", (), ())
        with pytest.raises(ProviderUnreachable, match=issuer):
            await Provider(client).login_address(ATTEMPT)
