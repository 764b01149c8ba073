"""What a provider says about itself: /.well-known/openid-configuration, checked before anything in it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from query_lineage_tracker.config.oidc import is_private
from query_lineage_tracker.errors import ConfigurationError

PATH = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the provider's parts are. `posts_secret`: it takes a secret in the body alone."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None = None
    logout: str | None = None
    posts_secret: bool = False


def places_in(told: Mapping[str, object], issuer: str) -> Places:
    """The provider's own description, read. Raises ConfigurationError where it describes another, or too little."""
    if told.get("issuer") != issuer:
        raise ConfigurationError(
            f"the provider at {issuer} calls itself {str(told.get('issuer'))[:200]!r}",
            hint="QLT_PAGE_OIDC_ISSUER has to be exactly what it calls itself.",
        )
    methods = told.get("token_endpoint_auth_methods_supported")
    methods = methods if isinstance(methods, list) else ["client_secret_basic"]
    return Places(
        authorization=_required(told, "authorization_endpoint", issuer),
        token=_required(told, "token_endpoint", issuer),
        keys=_required(told, "jwks_uri", issuer),
        userinfo=_address(told.get("userinfo_endpoint")),
        logout=_address(told.get("end_session_endpoint")),
        posts_secret="client_secret_basic" not in methods and "client_secret_post" in methods,
    )


def _required(told: Mapping[str, object], name: str, issuer: str) -> str:
    address = _address(told.get(name))
    if address is None:
        raise ConfigurationError(f"the provider at {issuer} tells no {name} that begins with https://")
    return address


def _address(told: object) -> str | None:
    return told if isinstance(told, str) and is_private(told) else None
