"""What the journals of all clusters may take together, and who has their directory."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from query_lineage_tracker.errors import JournalHeld, JournalRefuses

_PATIENCE_S = 1.0


class Room:
    """Bytes that journals take, bounded; for any thread."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self.taken = 0

    def take(self, size: int) -> None:
        """Raises JournalRefuses where there is no room."""
        with self._lock:
            if self.taken + size > self._most:
                raise JournalRefuses(
                    f"the journal is full: {self.taken:,} of {self._most:,} bytes wait for PostgreSQL",
                    hint="See why they are not saved, or raise QLT_JOURNAL_MAX_BYTES.",
                )
            self.taken += size

    def hold(self, size: int) -> None:
        """Count what is there already, also where it is too much."""
        with self._lock:
            self.taken += size

    def give(self, size: int) -> None:
        with self._lock:
            self.taken -= size


@contextmanager
def held_directory(directory: Path, holder: str) -> Iterator[None]:
    """The directory, which is created, for this process alone. Raises JournalHeld, naming who has it; OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(directory / "holder", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(lock):
            other = os.pread(lock, 200, 0).decode("utf-8", "replace").strip() or "another process"
            raise JournalHeld(
                f"the journal in {directory} is held by {other}",
                hint="One receiver a journal: end the other one, or give this one its own QLT_JOURNAL_DIR.",
            )
        os.ftruncate(lock, 0)
        os.pwrite(lock, holder.encode(), 0)
        yield
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    """Whether the lock is ours; who had it may be about to end."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        else:
            return True
