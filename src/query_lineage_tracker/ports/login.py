"""Who vouches for people that log in to the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from query_lineage_tracker.domain.access import LoginAttempt

Claims = Mapping[str, object]
"""What the provider says about somebody."""


class IdentityProvider(Protocol):
    """An OpenID Connect provider. Every question raises ProviderUnreachable, which names it, where it is silent."""

    async def login_address(self, attempt: LoginAttempt) -> str:
        """Where to send the browser."""
        ...

    async def claims(self, code: str, attempt: LoginAttempt) -> Claims:
        """What the code stands for, proven to come from the provider, to be meant for us, and for this attempt.

        Raises LoginRefused.
        """
        ...

    async def logout_address(self) -> str | None:
        """Where people log out of the provider itself, if it has such a place."""
        ...
