"""From a body to what the journal keeps of it: reduced and redacted, or rejected with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone

from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.ports.sources import EventKind
from query_lineage_tracker.records import rejected_row
from query_lineage_tracker.services.rejected import redact_rejected, rejected_json, without_excess

Reduce = Callable[[bytes], "bytes | RejectedRow"]
"""A body as compact, redacted JSON with only what is read of it; or the rejected row."""

Accepted = tuple[EventKind, bytes]
"""What to append to the journal."""


class Accepting:
    """What is accepted of bodies; pure work."""

    def __init__(self, reducers: Mapping[EventKind, Reduce], *, redact_literals: bool) -> None:
        self._reducers = reducers
        self._redact_literals = redact_literals

    def accepted(self, kind: EventKind, body: bytes) -> Accepted:
        """The reduced body, or the rejected row."""
        reduced = self._reducers[kind](body)
        return (kind, reduced) if isinstance(reduced, bytes) else self._rejected(kind, reduced)

    def refused(self, kind: EventKind, body: bytes, reason: str) -> Accepted:
        """The rejected row for a body that was not looked into."""
        return self._rejected(kind, rejected_row(body, "", reason))

    def _rejected(self, kind: EventKind, row: RejectedRow) -> Accepted:
        now = datetime.now(timezone.utc).isoformat()
        told = replace(without_excess(row), origin=f"{kind.value.lower()} event of {now}")
        return EventKind.REJECTED, rejected_json(redact_rejected(told, literals=self._redact_literals))
