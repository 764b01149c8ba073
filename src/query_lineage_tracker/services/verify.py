"""What a catalog holds of all that it was told: read back, compared with what we know now, nothing written.

The comparison is that of a delivery: where delivering a message again would change nothing, there is no difference. So
what others wrote is none, neither their edges nor their columns on ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from query_lineage_tracker.domain.outbox import Claim, Delivered, Halted, Message, MessageKind, Parked, Preview, Retry
from query_lineage_tracker.errors import SinkUnreachable
from query_lineage_tracker.ports.delivery import PreviewingSink
from query_lineage_tracker.services.preview import rows_of_preview

_PAGE = 500
_TRIES = 4
_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


class DeliveredMessages(Protocol):
    """Messages that have arrived, for somebody to compare."""

    async def delivered(self, sink: str, kind: MessageKind, after: str, limit: int) -> Sequence[Claim]: ...

    async def composed(self, claims: Sequence[Claim]) -> Sequence[Message]: ...

    async def of_gone_objects(self, claims: Sequence[Claim]) -> Sequence[Claim]: ...


@dataclass(frozen=True, slots=True)
class VerifyRules:
    """Which kinds are compared, how many messages at once, and how many differences are kept to be shown."""

    kinds: Sequence[MessageKind]
    concurrency: int = 4
    most_rows: int = 1000


@dataclass(slots=True)
class Verified:
    """Messages that were compared, those that differ, and rows of the first differences.

    `gone`: those that tell of tables which were dropped or renamed away, and which the catalog has forgotten as well.
    """

    messages: int = 0
    differing: int = 0
    gone: int = 0
    rows: list[Mapping[str, object]] = field(default_factory=list)


async def verified(outbox: DeliveredMessages, sink: PreviewingSink, rules: VerifyRules) -> Verified:
    """Compare everything that arrived, page by page. Raises SinkUnreachable when the catalog cannot be read."""
    found = Verified()
    for kind in dict.fromkeys(rules.kinds):
        after = ""
        while claims := await outbox.delivered(sink.name, kind, after, _PAGE):
            previews = await _previews(await outbox.composed(claims), sink, rules.concurrency)
            forgotten = await outbox.of_gone_objects([each.claim for each, preview in previews if _is_unknown(preview)])
            _count(previews, forgotten, rules.most_rows, found)
            after = claims[-1].entity
    return found


async def _previews(
    messages: Sequence[Message], sink: PreviewingSink, concurrency: int
) -> list[tuple[Message, Preview]]:
    gate = asyncio.Semaphore(concurrency)

    async def read(message: Message) -> Preview:
        async with gate:
            return await _read(sink, message)

    return list(zip(messages, await asyncio.gather(*map(read, messages)), strict=True))


def _count(
    previews: Sequence[tuple[Message, Preview]], forgotten: Sequence[Claim], most_rows: int, found: Verified
) -> None:
    found.messages += len(previews)
    found.gone += len(forgotten)
    for message, preview in previews:
        rows = [] if message.claim in forgotten else _differences(message, preview)
        found.differing += bool(rows)
        found.rows += rows[: most_rows - len(found.rows)]


def _is_unknown(preview: Preview) -> bool:
    return isinstance(preview.result, Parked) and not preview.changes


async def _read(sink: PreviewingSink, message: Message) -> Preview:
    """The preview, tried again as long as the catalog may only be busy."""
    for tried in range(_TRIES):
        preview = await sink.preview(message)
        result = preview.result
        if isinstance(result, Halted) or (isinstance(result, Retry) and tried == _TRIES - 1):
            raise unreachable(sink, result.reason)
        if not isinstance(result, Retry):
            break
        wished = result.after_seconds
        await asyncio.sleep(min(_PAUSE_S * 2**tried if wished is None else wished, _LONGEST_PAUSE_S))
    return preview


def unreachable(sink: PreviewingSink, reason: str) -> SinkUnreachable:
    """The catalog that cannot be read, with its address and what to look at."""
    return SinkUnreachable(
        f"{sink.name} at {sink.address or 'no address'} cannot be read: {reason}",
        hint="Check that it runs, OMD_URL, OMD_TOKEN, and the network between; `qlt doctor` asks each neighbour.",
    )


def _differences(message: Message, preview: Preview) -> list[Mapping[str, object]]:
    missing = preview.missing or isinstance(preview.result, Parked)
    changed = preview.changes or not isinstance(preview.result, Delivered)
    difference = "missing" if missing else "differs"
    return [{**row, "difference": difference} for row in rows_of_preview(message, preview)] if changed else []
