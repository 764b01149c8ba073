"""Bodies of requests, as they come in: bounded each and all together, unpacked on the way."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

_DRAINED = 4
_GZIP = 16 + zlib.MAX_WBITS


class TooLarge(Exception):
    """The body exceeds the bound; `head` is how it begins."""

    def __init__(self, head: bytes) -> None:
        super().__init__("too large")
        self.head = head


class TooMuchInFlight(Exception):
    """All requests together exceed the bound."""


class NotGzip(Exception):
    """The body is not what its encoding says; `body` is what arrived."""

    def __init__(self, body: bytes) -> None:
        super().__init__("not gzip")
        self.body = body


class Flight:
    """Bytes of bodies that are held at this moment, bounded."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0

    def hold(self, size: int) -> None:
        """Raises TooMuchInFlight, and holds nothing more then."""
        if self._held + size > self._most:
            raise TooMuchInFlight
        self._held += size

    def release(self, size: int) -> None:
        self._held -= size


class Body:
    """One body; what it holds of the flight is given back at the end of the context."""

    def __init__(self, flight: Flight, most_bytes: int, *, packed: bool) -> None:
        self._flight = flight
        self._most = most_bytes
        self._unpacking = zlib.decompressobj(_GZIP) if packed else None
        self._parts: list[bytes] = []
        self._size = 0

    async def read(self, chunks: AsyncIterator[bytes]) -> bytes:
        """All of it, unpacked. Raises TooLarge, TooMuchInFlight, NotGzip."""
        async for chunk in chunks:
            try:
                self._take(chunk)
            except TooLarge:
                await _drain(chunks, self._most * _DRAINED)
                raise
        if self._unpacking is not None and not self._unpacking.eof:
            raise NotGzip(b"".join(self._parts))
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_: object) -> None:
        self._flight.release(self._size)
        self._parts.clear()
        self._size = 0

    def _take(self, chunk: bytes) -> None:
        if self._unpacking is None:
            self._keep(chunk)
            return
        while chunk and not self._unpacking.eof:
            try:
                part = self._unpacking.decompress(chunk, self._most - self._size + 1)
            except zlib.error as problem:
                raise NotGzip(b"".join(self._parts) or chunk) from problem
            self._keep(part)
            chunk = self._unpacking.unconsumed_tail

    def _keep(self, part: bytes) -> None:
        if self._size + len(part) > self._most:
            raise TooLarge(b"".join(self._parts) or part)
        if part:
            self._flight.hold(len(part))
            self._size += len(part)
            self._parts.append(part)


async def _drain(chunks: AsyncIterator[bytes], most_bytes: int) -> None:
    """Let a sender end who reads the answer only then; who goes on for too long is cut off."""
    left = most_bytes
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            return
