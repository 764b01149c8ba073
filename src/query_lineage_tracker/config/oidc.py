"""Settings of logging in to the page by OpenID Connect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from query_lineage_tracker.config.declaring import Section, derived, plain, unset
from query_lineage_tracker.config.kinds import PATH, SECRET, TEXT, WORDS, Kind, duration
from query_lineage_tracker.config.secret import Secret

_LOCAL = ("127.0.0.1", "localhost", "::1")


def _issuer(text: str) -> str:
    parts = urlsplit(TEXT.parse(text))
    bare = parts.username is None and not parts.query and not parts.fragment and parts.port != 0
    if not bare or not parts.hostname or not is_private(text):
        raise ValueError(text)
    return text


def _opened(text: str) -> str:
    return _issuer(text).rstrip("/")


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent there: it is https, or does not leave this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)


ISSUER = Kind("an https:// address without user, query and fragment (http:// on this machine alone)", _issuer)
OPENED = Kind("an https:// address, with the path that a proxy serves it at (http:// on this machine alone)", _opened)


@dataclass(frozen=True, slots=True)
class OidcSettings(Section):
    """Which provider says who somebody is, what we are there, and which of its claims we read."""

    section: ClassVar[str] = "oidc"

    issuer: str | None = unset(
        "QLT_PAGE_OIDC_ISSUER", ISSUER, "The provider that people log in to the page with, exactly as it calls itself."
    )
    client_id: str | None = unset("QLT_PAGE_OIDC_CLIENT_ID", TEXT, "What the page is called there.")
    client_secret: Secret | None = unset(
        "QLT_PAGE_OIDC_CLIENT_SECRET", SECRET, "The secret that it has there.", "a public client, which PKCE protects"
    )
    origin: str = derived(
        "QLT_PAGE_OIDC_ORIGIN",
        OPENED,
        "",
        "What people open the page at; /auth/callback behind it is to be registered with the provider.",
        "http:// and QLT_PAGE_ADDRESS, where that is of this machine alone",
    )
    scopes: tuple[str, ...] = plain("QLT_PAGE_OIDC_SCOPES", WORDS, "profile,email", "What is asked for besides openid.")
    name_claim: str = plain("QLT_PAGE_OIDC_NAME_CLAIM", TEXT, "preferred_username", "The claim that names somebody.")
    role_claim: str | None = unset(
        "QLT_PAGE_OIDC_ROLE_CLAIM",
        TEXT,
        "The claim that tells the role, such as groups or realm_access.roles (a dot leads into an object).",
        "all are viewers",
    )
    operators: tuple[str, ...] = plain(
        "QLT_PAGE_OIDC_OPERATORS", WORDS, "", "Values of that claim, any of which makes an operator."
    )
    viewers: tuple[str, ...] = plain(
        "QLT_PAGE_OIDC_VIEWERS",
        WORDS,
        "",
        "Values of that claim, any of which makes a viewer; when given, nobody else gets in but operators.",
    )
    session: timedelta = plain(
        "QLT_PAGE_OIDC_SESSION",
        duration("1m", "7d"),
        "8h",
        "How long a login lasts; then the provider is asked again, and with it the role.",
    )
    ca_bundle: Path | None = unset(
        "QLT_PAGE_OIDC_CA_BUNDLE",
        PATH,
        "A file of the CA certificates that the provider's is checked against.",
        "those of the Python package certifi",
    )
