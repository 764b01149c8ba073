"""The server of the page, and who vouches for those who log in to it."""

from __future__ import annotations

from importlib.util import find_spec

from starlette.types import ASGIApp

from query_lineage_tracker.adapters.http.server import Address, AppServer
from query_lineage_tracker.config import Configuration
from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.ports.login import IdentityProvider


def page_server(configuration: Configuration, app: ASGIApp) -> AppServer:
    """A server that listens where the page is to be. Raises ConfigurationError where it cannot."""
    host, port = configuration.page.host_and_port
    return AppServer(app, Address(host, port, "QLT_PAGE_ADDRESS"))


def identity_provider(configuration: Configuration) -> IdentityProvider | None:
    """The provider that people log in with, if there is one. Raises ConfigurationError where its library is missing."""
    oidc = configuration.oidc
    if oidc.issuer is None or oidc.client_id is None:
        return None
    if find_spec("joserfc") is None:
        raise ConfigurationError(
            "QLT_PAGE_OIDC_ISSUER needs a library that is not installed",
            hint="pip install 'query-lineage-tracker[oidc]'",
        )
    from query_lineage_tracker.adapters.oidc.provider import Client, Provider

    return Provider(
        Client(
            issuer=oidc.issuer,
            client_id=oidc.client_id,
            secret=oidc.client_secret.reveal() if oidc.client_secret else None,
            redirect=f"{oidc.origin}/auth/callback",
            scopes=oidc.scopes,
            claims=(oidc.name_claim, *([oidc.role_claim] if oidc.role_claim else [])),
            verify=str(oidc.ca_bundle) if oidc.ca_bundle else True,
        )
    )
