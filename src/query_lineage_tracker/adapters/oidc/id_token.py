"""ID tokens: signed by a key of the provider, from it, for us, for this attempt, and not too old."""

from __future__ import annotations

import time
from collections.abc import Mapping
from math import isfinite

from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from joserfc.jws import JWSRegistry

from query_lineage_tracker.errors import LoginRefused

SKEW_S = 60
"""How far clocks may be apart."""
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures by keys that the provider alone has: `none` and the shared secrets of HS256 are not among them."""
_REGISTRY = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)


class UnknownKey(Exception):
    """The token is signed by a key that is not among these: the provider may have changed its keys."""


def keys_in(told: Mapping[str, object]) -> KeySet:
    """The keys that signatures are checked by; raises ValueError where there is none."""
    listed = told.get("keys")
    signing = [one for one in listed if _signs(one)] if isinstance(listed, list) else []
    try:
        keys: KeySet = KeySet.import_key_set(KeySetSerialization(keys=signing))
    except (JoseError, ValueError, TypeError, KeyError) as problem:
        raise ValueError("there is no usable key") from problem
    return keys


def _signs(key: object) -> bool:
    return isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") in ("RSA", "EC", "OKP")


def verified(token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str) -> dict[str, object]:
    """The claims of the token. Raises UnknownKey, and LoginRefused that says what is wrong, never what it holds."""
    try:
        claims = jwt.decode(token, keys, registry=_REGISTRY).claims
    except (InvalidKeyIdError, BadSignatureError) as problem:
        raise UnknownKey from problem
    except (JoseError, ValueError, TypeError) as problem:  # TypeError: of a header that is of another kind
        raise LoginRefused(f"the ID token cannot be verified ({_named(problem)})") from problem
    expected = jwt.JWTClaimsRegistry(
        now=int(time.time()),
        leeway=SKEW_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        expected.validate(claims)
    except JoseError as problem:
        raise LoginRefused(
            f"the ID token is not for this login ({_named(problem)})",
            hint="Begin the login again. The clocks of the provider and the tracker have to agree.",
        ) from problem
    _check_kinds(claims)
    _check_party(claims, client_id)
    return claims


def _check_kinds(claims: Mapping[str, object]) -> None:
    """Not every release of the library looks: a NaN never expires."""
    times = (claims["exp"], claims["iat"])
    sound = all(isinstance(one, int) or (isinstance(one, float) and isfinite(one)) for one in times)
    if not sound or not isinstance(claims["sub"], str):
        raise LoginRefused("the ID token is not for this login (sub is no text, or exp or iat no number)")


def _check_party(claims: Mapping[str, object], client_id: str) -> None:
    """With several audiences somebody else may have asked for it; `azp` says who did."""
    audiences, party = claims["aud"], claims.get("azp")
    alone = audiences in (client_id, [client_id])
    if party != client_id and not (alone and party is None):
        raise LoginRefused("the ID token is not for this login (azp: another client asked for it)")


def _named(problem: Exception) -> str:
    """What the library calls it; its texts name claims and algorithms, never their values."""
    return str(problem)[:120] if isinstance(problem, JoseError) else type(problem).__name__
