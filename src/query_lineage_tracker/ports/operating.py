"""What operators change; each change is recorded with who made it."""

from __future__ import annotations

from typing import Protocol

from query_lineage_tracker.domain.access import Actor
from query_lineage_tracker.domain.filters import MessageFilter


class Operations(Protocol):
    """Changes of what waits for catalogs."""

    async def requeue(self, wanted: MessageFilter, actor: Actor) -> int:
        """Make messages due at once; returns how many. `states` must be given."""
        ...

    async def drop(self, wanted: MessageFilter, actor: Actor) -> int:
        """Forget messages that never arrived; returns how many. `states` must be given."""
        ...

    async def resume(self, sink: str, actor: Actor) -> bool:
        """Allow deliveries to a sink again; True when it was halted."""
        ...
