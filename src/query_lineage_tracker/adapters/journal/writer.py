"""The writing end of a journal: all frames that wait are written at once and synced once."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from query_lineage_tracker.adapters.journal.segments import segment_path

_FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)
_sync_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


class SegmentWriter:
    """Appends to the newest segment of a directory; blocking, for one thread.

    A segment is never gone on with by another process, and never after a failure: what it then holds behind its last
    synced frame nobody reads.
    """

    def __init__(self, directory: Path, newest: int, segment_bytes: int) -> None:
        self._directory = directory
        self._segment = newest
        self._segment_bytes = segment_bytes
        self._file = -1
        self._synced = 0

    def write(self, frames: Sequence[bytes]) -> tuple[int, int]:
        """The segment that the frames are in, and its synced length. Raises OSError: then none of them counts."""
        if self._file >= 0 and self._synced >= self._segment_bytes:
            self.close()
        if self._file < 0:
            self._begin()
        try:
            end = self._synced + _write_all(self._file, b"".join(frames))
            sync(self._file)
        except OSError:
            self._give_up()
            raise
        self._synced = end
        return self._segment, end

    def close(self) -> None:
        """Close the segment; the next write begins another."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _begin(self) -> None:
        # By the clock: a number is not used again, also when somebody removed files or restored old ones.
        self._segment = max(self._segment + 1, time.time_ns() // 1000)
        path = segment_path(self._directory, self._segment)
        self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._synced = 0
        try:
            sync_directory(self._directory)
        except OSError:
            self._give_up()
            raise

    def _give_up(self) -> None:
        with suppress(OSError):  # what stands there was never told to be kept
            os.ftruncate(self._file, self._synced)
        self.close()


def sync(file: int) -> None:
    """What was written to the file is on the disk when this returns."""
    if _FULL_SYNC is None:
        _sync_data(file)
    else:
        fcntl.fcntl(file, _FULL_SYNC)


def sync_directory(directory: Path) -> None:
    """What was created in the directory is there after a power failure too."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _write_all(file: int, content: bytes) -> int:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
    return len(content)
