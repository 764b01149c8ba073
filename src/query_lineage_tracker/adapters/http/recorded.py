"""An exchange whose calls are kept: what was sent, when, and what came back. Headers, and so tokens, are not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from query_lineage_tracker.adapters.http.classify import Asked, Reply, excerpt
from query_lineage_tracker.adapters.http.exchange import Exchange, NotDelivered
from query_lineage_tracker.domain.calls import Call


class RecordedExchange:
    """Passes everything on; tells `record` of each request that is more than a question."""

    def __init__(self, exchange: Exchange, record: Callable[[Call], None]) -> None:
        self._exchange = exchange
        self._record = record

    async def send(
        self,
        method: str,
        path: str,
        asked: Asked,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The reply, whatever its status. Raises NotDelivered when there is none."""
        if method == "GET":
            return await self._exchange.send(method, path, asked, content=content, headers=headers)
        called_at, began = datetime.now(timezone.utc), time.monotonic()

        def ended(status: int | None, answer: str) -> None:
            duration_ms = round((time.monotonic() - began) * 1000)
            self._record(Call(called_at, method, path, content or b"", status, answer, duration_ms))

        try:
            reply = await self._exchange.send(method, path, asked, content=content, headers=headers)
        except NotDelivered as problem:
            ended(None, problem.result.reason)
            raise
        except asyncio.CancelledError:
            ended(None, "given up before an answer came; it may have arrived")
            raise
        ended(reply.status, excerpt(reply))
        return reply

    async def aclose(self) -> None:
        """The exchange underneath is not ours."""
