"""Saving what PostgreSQL takes of a batch, and keeping the rest in the quarantine: one bad thing stops nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from query_lineage_tracker.errors import StoreRefused
from query_lineage_tracker.ports.store import Batch, IngestStore, Lease, SavedBatch
from query_lineage_tracker.services.division import halves, single, without_lineage, without_thing

log = structlog.get_logger()

Keeps = Callable[[object, str], bool]
"""Hears of a thing that is refused, and why; whether it is kept somewhere else than in the quarantine."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One thing of a batch that was refused: an execution or whatever else. `stored`: it was, without its lineage."""

    thing: Any
    reason: str
    stored: bool


@dataclass(frozen=True, slots=True)
class SavedParts:
    """What the parts of a batch changed, and what was refused."""

    saved: SavedBatch
    refused: tuple[Refused, ...] = ()

    def __add__(self, other: SavedParts) -> SavedParts:
        return SavedParts(self.saved + other.saved, self.refused + other.refused)


async def save_or_divide(
    store: IngestStore,
    batch: Batch,
    lease: Lease | None,
    save: Callable[[], Awaitable[SavedBatch]] | None = None,
    keeps: Keeps | None = None,
) -> SavedParts:
    """Save the batch, in one transaction if that is possible, else in parts.

    `save` saves it when it is ready already. `keeps` hears of what is refused and why, and tells whether somebody keeps
    it: the quarantine gets the rest. Raises as `IngestStore.save` does; StoreRefused only when there is nothing left to
    divide, or not even the quarantine takes what is refused.
    """
    try:
        return SavedParts(await (store.save(batch, lease) if save is None else save()))
    except StoreRefused as refusal:
        parts = await _in_parts(store, batch, lease, refusal, keeps)
    _tell(batch, parts)
    return parts


async def _in_parts(
    store: IngestStore, batch: Batch, lease: Lease | None, refusal: StoreRefused, keeps: Keeps | None
) -> SavedParts:
    divided = halves(batch)
    if divided is None:
        return await _without(store, batch, lease, refusal, keeps)
    parts = SavedParts(SavedBatch())
    for part in divided:
        try:
            parts += SavedParts(await store.save(part, lease))
        except StoreRefused as again:
            parts += await _in_parts(store, part, lease, again, keeps)
    return parts


async def _without(
    store: IngestStore, batch: Batch, lease: Lease | None, refusal: StoreRefused, keeps: Keeps | None
) -> SavedParts:
    """Save what can be saved of a batch of one thing."""
    thing, reason = single(batch), str(refusal)
    if thing is None:
        raise refusal
    if batch.statements:
        with suppress(StoreRefused):
            saved = await store.save(without_lineage(batch, reason), lease)
            return SavedParts(saved, (Refused(thing, reason, stored=True),))
    quarantined = keeps is None or not keeps(thing, reason)
    for rest in without_thing(batch, reason, quarantined=quarantined):
        with suppress(StoreRefused):
            saved = await store.save(rest, lease)
            return SavedParts(saved, (Refused(thing, reason, stored=False),))
    raise refusal


def _tell(batch: Batch, parts: SavedParts) -> None:
    """An error once: whoever fetches the same again, as polls do for a while, finds it in the quarantine already."""
    refused = parts.refused
    news = parts.saved.rejected > 0 or any(one.stored for one in refused)
    tell = log.error if news else log.debug
    tell(
        "ingest.refused",
        cluster=batch.cluster,
        source=batch.source,
        refused=len(refused),
        stored_without_lineage=sum(one.stored for one in refused),
        reason=refused[0].reason if refused else "",
        hint="`qlt quarantine list` shows what is not stored; `qlt quarantine replay` tries it again.",
    )
