"""What sync would change in a catalog, message by message; nothing is claimed, sent or settled."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from query_lineage_tracker.domain.outbox import (
    Claim,
    CostFacts,
    Delivered,
    LineageFacts,
    Message,
    Preview,
    QueryFacts,
)
from query_lineage_tracker.ports.delivery import MetadataSink, PreviewingSink

_TOLD = Preview(("is told",), Delivered({}))


class WaitingMessages(Protocol):
    """Messages that wait, for somebody to look at."""

    async def waiting(self, sink: str, limit: int) -> Sequence[Claim]: ...

    async def composed(self, claims: Sequence[Claim]) -> Sequence[Message]: ...


async def previewed(
    outbox: WaitingMessages, sink: MetadataSink, limit: int, concurrency: int = 4
) -> list[Mapping[str, object]]:
    """What delivering the first messages would change, a row a change, by table; `problem` says why it could not be.

    A message that changes nothing has no row. A sink that cannot tell is told everything.
    """
    messages = await outbox.composed(await outbox.waiting(sink.name, limit))
    gate = asyncio.Semaphore(concurrency)

    async def rows_of(message: Message) -> list[Mapping[str, object]]:
        async with gate:
            return rows_of_preview(message, await sink.preview(message) if isinstance(sink, PreviewingSink) else _TOLD)

    found = await asyncio.gather(*map(rows_of, messages))
    return sorted((row for rows in found for row in rows), key=lambda row: (str(row["table"]), str(row["kind"])))


def rows_of_preview(message: Message, preview: Preview) -> list[Mapping[str, object]]:
    """A row a change, with the table that the message is about, and one for why it cannot be delivered."""

    def row(change: str | None, problem: str | None) -> Mapping[str, object]:
        claim = message.claim
        told = {"sink": claim.sink, "table": _table(message), "kind": claim.kind.value, "entity": claim.entity}
        return {**told, "change": change, "problem": problem}

    rows = [row(f"{_origin(message)}{change}", None) for change in preview.changes]
    return rows if isinstance(preview.result, Delivered) else [*rows, row(None, preview.result.reason)]


def _table(message: Message) -> str:
    """What the message is about: the downstream table, the tables that are written or else read."""
    facts = message.facts
    if isinstance(facts, LineageFacts):
        return str(facts.downstream)
    if isinstance(facts, QueryFacts):
        return ", ".join(map(str, facts.targets or facts.sources))
    if isinstance(facts, CostFacts):
        return ", ".join(map(str, facts.objects))
    return str(facts.object)


def _origin(message: Message) -> str:
    return f"from {message.facts.upstream}: " if isinstance(message.facts, LineageFacts) else ""
