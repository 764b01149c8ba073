"""Settings of the page's server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from query_lineage_tracker.config.declaring import Section, plain, unset
from query_lineage_tracker.config.kinds import ADDRESS, SECRET
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
        "What everybody has to send: as a bearer token, or as the password of any user. Required beyond this machine.",
        "only this machine is answered",
    )

    @property
    def host_and_port(self) -> tuple[str, int]:
        """The address in its two parts."""
        host, _, port = self.address.rpartition(":")
        return host, int(port)
