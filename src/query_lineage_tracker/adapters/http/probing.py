"""Whether a receiver can be told anything now: one request that fails may be chance, several are not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from query_lineage_tracker.adapters.http.exchange import NotDelivered
from query_lineage_tracker.domain.outbox import Retry

_PAUSES_S = (0.2, 0.5)
_LONGEST_S = 3.0
"""Who is slow to refuse is not asked again."""


async def why_closed(ask: Callable[[], Awaitable[None]]) -> str | None:
    """The reason of the last refusal, or None as soon as `ask` raises no NotDelivered.

    It is tried again while the receiver refuses quickly, and for a reason that may be gone at once.
    """
    begun = time.monotonic()
    for pause in (*_PAUSES_S, None):
        try:
            await ask()
        except NotDelivered as ended:
            if pause is None or not isinstance(ended.result, Retry) or time.monotonic() - begun > _LONGEST_S:
                return ended.result.reason
            await asyncio.sleep(pause)
        else:
            break
    return None
