"""From entries of a journal to a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from query_lineage_tracker.adapters.journal.frames import Damage, Entry
from query_lineage_tracker.adapters.journal.segments import Part, Position
from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.events.batch import batch_of
from query_lineage_tracker.events.openlineage import parse_openlineage
from query_lineage_tracker.events.query_event import parse_event
from query_lineage_tracker.events.told import ToldQuery
from query_lineage_tracker.ports.sources import EventKind, FetchedBatch
from query_lineage_tracker.services.rejected import rejected_of


def batch_of_part(part: Part, journal_id: str, *, redact_literals: bool) -> FetchedBatch:
    """What the entries tell, what of them cannot be read, and where to go on."""
    messages = (
        one for at, what in part.found for one in _messages(at, what, journal_id, redact_literals=redact_literals)
    )
    return replace(batch_of(messages), position=part.after.stored())


def _messages(
    at: Position, what: Entry | Damage, journal_id: str, *, redact_literals: bool
) -> Sequence[ToldQuery | ClaimedRun | RejectedRow]:
    if isinstance(what, Damage):
        return (_damaged(at, what, journal_id),)
    origin = f"{what.kind.value.lower()} event of {what.received.isoformat()}"
    if what.kind is EventKind.TRINO:
        return (parse_event(what.payload, origin),)
    if what.kind is EventKind.OPENLINEAGE:
        return parse_openlineage(what.payload, origin, redact_literals=redact_literals)
    return (rejected_of(what.payload),)


def _damaged(at: Position, damage: Damage, journal_id: str) -> RejectedRow:
    return RejectedRow(
        reason=f"{damage.length} bytes of the journal are damaged: what they held is lost",
        payload="",
        origin=f"journal {journal_id}, segment {at.segment}, byte {at.offset}",
    )
