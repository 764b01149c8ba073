"""A sink that is a file: one JSON line a message, append-only.

A line counts as delivered once it is on disk. A crash between that and the settlement of the message makes the line
appear twice, with the same kind, entity and generation: readers keep the highest generation of each entity.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from query_lineage_tracker.domain.outbox import Delivered, DeliveryResult, Halted, Message, Retry
from query_lineage_tracker.services.message_json import as_json

_LOCK_SECONDS = 10.0
_LOCK_PAUSE_S = 0.02
_TAIL_BYTES = 65_536
_TEMPORARY = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EINTR, errno.EAGAIN})


@dataclass(slots=True)
class _Line:
    """A line that waits for the next append."""

    data: bytes
    result: DeliveryResult | None = None


class JsonLinesSink:
    """Appends to the file at `path`; lines that arrive together share one fsync."""

    def __init__(self, path: Path, *, send_sql: bool = True, name: str = "file") -> None:
        self._path = path
        self._send_sql = send_sql
        self._name = name
        self._waiting: list[_Line] = []
        self._turn = asyncio.Lock()

    @property
    def name(self) -> str:
        return self._name

    async def deliver(self, message: Message) -> DeliveryResult:
        return await self.carry(as_json(message, send_sql=self._send_sql), message)

    async def carry(self, document: Mapping[str, object], message: Message) -> DeliveryResult:
        """Append what the message became elsewhere."""
        line = _Line(orjson.dumps(document) + b"\n")
        self._waiting.append(line)
        async with self._turn:
            if line.result is None:
                await self._append_waiting()
        return line.result or Retry(f"{self._path}: the append was interrupted")

    async def _append_waiting(self) -> None:
        lines, self._waiting = self._waiting, []
        problem = await asyncio.to_thread(self._append, b"".join(line.data for line in lines))
        for line in lines:
            line.result = problem or Delivered({"digest": hashlib.sha256(line.data).hexdigest()})

    def _append(self, data: bytes) -> DeliveryResult | None:
        try:
            append_durably(self._path, data)
        except OSError as error:
            return _result_of(error, self._path)
        return None

    async def probe(self) -> str | None:
        problem = await asyncio.to_thread(self._append, b"")
        return problem.reason if isinstance(problem, Retry | Halted) else None

    async def aclose(self) -> None:
        """Nothing stays open between appends."""


def append_durably(path: Path, data: bytes) -> None:
    """Append whole lines under an exclusive lock and wait until they are on disk; on failure the file is as before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    created = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        _lock(descriptor)
        end = _cut_torn_line(descriptor)
        _write_all(descriptor, data, end)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if created:
        _sync_directory(path.parent)


def _lock(descriptor: int) -> None:
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_LOCK_PAUSE_S)
        else:
            return


def _cut_torn_line(descriptor: int) -> int:
    """Remove what a crash left of an unfinished line; it was never settled and comes again. Returns the file's end."""
    end = size = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - _TAIL_BYTES)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        os.ftruncate(descriptor, end)
    return end


def _write_all(descriptor: int, data: bytes, end: int) -> None:
    written = 0
    try:
        while written < len(data):
            written += os.pwrite(descriptor, data[written:], end + written)
    except OSError:
        os.ftruncate(descriptor, end)
        raise


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _result_of(error: OSError, path: Path) -> DeliveryResult:
    reason = f"{path}: {error.strerror or error}"
    return Retry(reason) if error.errno in _TEMPORARY else Halted(reason)
