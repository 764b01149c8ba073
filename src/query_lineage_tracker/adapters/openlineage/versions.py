"""Versions of the engines behind our namespaces, asked for seldom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

_KNOWN_FOR_S = 3600.0
_UNKNOWN_FOR_S = 300.0


class EngineVersions:
    """`ask` tells the version of a namespace's coordinator, or None when it does not tell; never raises."""

    def __init__(
        self, ask: Callable[[str], Awaitable[str | None]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._told: dict[str, tuple[float, str | None]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def of(self, namespace: str) -> str | None:
        """The version as it was at most an hour ago; who did not tell is asked again after five minutes."""
        async with self._one_at_a_time:
            asked_at, version = self._told.get(namespace, (-_KNOWN_FOR_S, None))
            if self._clock() - asked_at >= (_UNKNOWN_FOR_S if version is None else _KNOWN_FOR_S):
                version = await self._ask(namespace)
                self._told[namespace] = (self._clock(), version)
            return version
