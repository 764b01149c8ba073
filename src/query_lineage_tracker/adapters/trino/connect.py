"""Logging in to a Trino coordinator, by any of the client's authentications."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
import trino.auth
import trino.exceptions
from trino.dbapi import Connection

from query_lineage_tracker.adapters.trino.connection import TrinoConnection
from query_lineage_tracker.adapters.trino.problems import Login
from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.errors import ConfigurationError

OnRedirect = Callable[[str], None]
"""Told the address that a person has to open to log in."""

_LONGEST_CONNECT_SECONDS = 10.0
# The rows come from the coordinator itself, not by way of a store that we may not reach.
_NO_DATA_ENCODING: Any = None


class TrinoSession(requests.Session):
    """A session whose own `verify` counts: otherwise REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE silently replace it."""

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        return super().merge_environment_settings(url, proxies, stream, self.verify if verify is None else verify, cert)


def connect(cluster: ClusterSettings, on_redirect: OnRedirect | None = None) -> TrinoConnection:
    """A connection that has not sent anything yet. Raises ConfigurationError for settings that cannot work."""
    session = TrinoSession()
    session.verify = str(cluster.verify) if isinstance(cluster.verify, Path) else cluster.verify
    timeout = cluster.request_timeout.total_seconds()
    login = Login(f"{cluster.host}:{cluster.port}", cluster.user, cluster.auth)
    auth = authentication(cluster, on_redirect)
    if auth is not None:
        auth.set_http_session(session)
    try:
        connection = Connection(
            host=cluster.host,
            port=cluster.port,
            user=cluster.user,
            source=cluster.source,
            http_scheme=cluster.http_scheme,
            auth=auth,
            roles=dict(cluster.roles) or None,
            http_session=session,
            request_timeout=(min(timeout, _LONGEST_CONNECT_SECONDS), timeout),
            timezone="UTC",
            encoding=_NO_DATA_ENCODING,
            # Values as in the JSON: a value that the client cannot convert would cost the whole poll.
            legacy_primitive_types=True,
        )
    except trino.exceptions.TrinoAuthError as problem:
        raise ConfigurationError(
            f"TRINO_AUTH={cluster.auth} needs https, and {login.address} is set to {cluster.http_scheme}",
            hint="Set TRINO_HTTP_SCHEME=https and the port that speaks TLS.",
        ) from problem
    return TrinoConnection(connection, session, login)


def authentication(cluster: ClusterSettings, on_redirect: OnRedirect | None = None) -> trino.auth.Authentication | None:
    """The client's authentication for the settings; None to only name the user."""
    build = _AUTHENTICATIONS.get(cluster.auth)
    if build is None:
        known = ", ".join(("none", *_AUTHENTICATIONS))
        raise ConfigurationError(f"TRINO_AUTH={cluster.auth} is not known", hint=f"Use one of {known}.")
    return build(cluster, on_redirect or _show_address)


def _none(_cluster: ClusterSettings, _on_redirect: OnRedirect) -> None:
    return None


def _basic(cluster: ClusterSettings, _on_redirect: OnRedirect) -> trino.auth.Authentication:
    if cluster.password is None:
        raise _missing(cluster, "TRINO_PASSWORD")
    return trino.auth.BasicAuthentication(cluster.user, cluster.password.reveal())


def _jwt(cluster: ClusterSettings, _on_redirect: OnRedirect) -> trino.auth.Authentication:
    if cluster.jwt is None:
        raise _missing(cluster, "TRINO_JWT")
    return trino.auth.JWTAuthentication(cluster.jwt.reveal())


def _oauth2(_cluster: ClusterSettings, on_redirect: OnRedirect) -> trino.auth.Authentication:
    handlers: list[Callable[[str], None]] = [trino.auth.WebBrowserRedirectHandler(), on_redirect]
    return trino.auth.OAuth2Authentication(trino.auth.CompositeRedirectHandler(handlers))


def _kerberos(cluster: ClusterSettings, _on_redirect: OnRedirect) -> trino.auth.Authentication:
    if importlib.util.find_spec("requests_kerberos") is None:
        raise ConfigurationError(
            "TRINO_AUTH=kerberos needs the package requests-kerberos",
            hint="Install it: pip install 'query-lineage-tracker[kerberos]'.",
        )
    kerberos = trino.auth.KerberosAuthentication
    mutual = {
        "required": kerberos.MUTUAL_REQUIRED,
        "optional": kerberos.MUTUAL_OPTIONAL,
        "disabled": kerberos.MUTUAL_DISABLED,
    }
    return kerberos(
        config=_text(cluster.kerberos_config),
        service_name=cluster.kerberos_service_name or "HTTP",
        mutual_authentication=mutual[cluster.kerberos_mutual_authentication],
        force_preemptive=cluster.kerberos_force_preemptive,
        hostname_override=cluster.kerberos_hostname_override,
        sanitize_mutual_error_response=cluster.kerberos_sanitize_mutual_error_response,
        principal=cluster.kerberos_principal,
        delegate=cluster.kerberos_delegate,
        ca_bundle=_text(cluster.kerberos_ca_bundle),
    )


def _certificate(cluster: ClusterSettings, _on_redirect: OnRedirect) -> trino.auth.Authentication:
    if cluster.certificate is None or cluster.certificate_key is None:
        raise _missing(cluster, "TRINO_CERTIFICATE and TRINO_CERTIFICATE_KEY")
    return trino.auth.CertificateAuthentication(str(cluster.certificate), str(cluster.certificate_key))


_AUTHENTICATIONS: dict[str, Callable[[ClusterSettings, OnRedirect], trino.auth.Authentication | None]] = {
    "none": _none,
    "basic": _basic,
    "jwt": _jwt,
    "oauth2": _oauth2,
    "kerberos": _kerberos,
    "certificate": _certificate,
}


def _missing(cluster: ClusterSettings, names: str) -> ConfigurationError:
    return ConfigurationError(f"TRINO_AUTH={cluster.auth} needs {names}", hint=f"Set {names}.")


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _show_address(address: str) -> None:
    """Standard error, because standard output belongs to the command's data."""
    sys.stderr.write(f"Open this address to log in to Trino:\n{address}\n")
    sys.stderr.flush()
