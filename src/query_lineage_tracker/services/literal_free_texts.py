"""What of statements may be searched by everybody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from query_lineage_tracker.lineage.literal_free import literal_free
from query_lineage_tracker.lineage.result import LineageResult


async def literal_free_texts(texts: Sequence[str], results: Sequence[LineageResult]) -> Sequence[str | None]:
    """The texts without literals; None for those that could not be parsed, where a literal may look like a name.

    In a thread: a megabyte of SQL takes a second.
    """

    def made() -> list[str | None]:
        both = zip(texts, results, strict=True)
        return [literal_free(text) if result.error is None else None for text, result in both]

    return await asyncio.to_thread(made)
