"""Settings of the page's server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from query_lineage_tracker.config.declaring import Section, plain, unset
from query_lineage_tracker.config.kinds import ADDRESS, HEADER, NETWORKS, PATH, RATE, SECRET, TEXT, Network, choice
from query_lineage_tracker.config.secret import Secret


@dataclass(frozen=True, slots=True)
class PageSettings(Section):
    """Where `qlt serve --page` answers questions, and to whom."""

    section: ClassVar[str] = "page"

    address: str = plain(
        "QLT_PAGE_ADDRESS", ADDRESS, "127.0.0.1:8090", "The address that the page and its API are served on."
    )
    token: Secret | None = unset(
        "QLT_PAGE_TOKEN",
        SECRET,
        "A token that lets in whoever sends it: as a bearer token, or as the password of any user.",
        "only this machine is answered, unless users, a provider or a proxy are named",
    )
    token_role: str = plain(
        "QLT_PAGE_TOKEN_ROLE", choice("viewer", "operator"), "viewer", "What who sends the token may."
    )
    users_file: Path | None = unset(
        "QLT_PAGE_USERS_FILE", PATH, "A file of users and their roles, a line each as `qlt page user` prints it."
    )
    proxy_header: str | None = unset(
        "QLT_PAGE_PROXY_HEADER", HEADER, "The header in which a trusted proxy tells who asks, such as X-Forwarded-User."
    )
    proxy_addresses: tuple[Network, ...] = plain(
        "QLT_PAGE_PROXY_ADDRESSES",
        NETWORKS,
        "",
        "Where the page's proxies are, whose headers are believed, X-Forwarded-For too, by which requests are limited.",
    )
    proxy_role_header: str | None = unset(
        "QLT_PAGE_PROXY_ROLE_HEADER",
        HEADER,
        "The header in which the proxy tells the role: viewer or operator, among other words separated by commas.",
    )
    proxy_role: str = plain(
        "QLT_PAGE_PROXY_ROLE",
        choice("viewer", "operator"),
        "viewer",
        "The role of those for whom the proxy tells none.",
    )
    sql: str = plain(
        "QLT_PAGE_SQL",
        choice("full", "redacted", "hidden"),
        "full",
        "What viewers see of SQL and error messages: all, without literals, or nothing; unless all, they search SQL "
        "without its literals. Operators see all.",
    )
    dbt_manifest: Path | None = unset(
        "QLT_DBT_MANIFEST",
        PATH,
        "A manifest.json of dbt: what makes an object, who owns it, which exposures depend on it.",
    )
    dbt_namespace: str | None = unset(
        "QLT_DBT_NAMESPACE", TEXT, "The only namespace whose objects the manifest tells of.", "any"
    )
    rate: float = plain(
        "QLT_PAGE_RATE", RATE, "20/s", "Requests of one user at one address, on average; five seconds' worth at once."
    )

    @property
    def asks_who(self) -> bool:
        """Whether anybody has to prove who they are."""
        return bool(self.token or self.users_file or self.proxy_header)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the address."""
        return self.host_and_port[0] in ("127.0.0.1", "localhost", "[::1]")

    @property
    def host_and_port(self) -> tuple[str, int]:
        """The address in its two parts."""
        host, _, port = self.address.rpartition(":")
        return host, int(port)
