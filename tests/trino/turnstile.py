"""Lets the tracker's batches through one at a time, so that it can be stopped in the middle of one."""

from __future__ import annotations

import threading
from types import TracebackType

import psycopg

from tests.trino.history import SQL
from tests.trino.tracker import await_true

_LOCK = "LOCK TABLE omd.statement_days IN SHARE MODE"


class Turnstile:
    """Holds the lock on the counters, which a batch writes after its executions and before its watermark."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._watch = psycopg.connect(dsn, autocommit=True)
        self._holder = self._locked()

    def await_batch(self) -> None:
        """Wait until a batch stands in the middle of its transaction."""
        await_true(lambda: self._waiting() == 1, "a batch in the middle")

    def let_one_through(self) -> None:
        """The batch that waits is committed; the next one waits again."""
        behind: list[psycopg.Connection[tuple[object, ...]]] = []
        thread = threading.Thread(target=lambda: behind.append(self._locked()))
        thread.start()
        await_true(lambda: self._waiting() == 2, "our place behind the batch")
        self._holder.close()
        thread.join()
        (self._holder,) = behind

    def _locked(self) -> psycopg.Connection[tuple[object, ...]]:
        connection = psycopg.connect(self._dsn)
        connection.execute(_LOCK)
        return connection

    def _waiting(self) -> int:
        row = self._watch.execute((SQL / "waiting_to_count.sql").read_bytes()).fetchone()
        assert row is not None
        return int(row[0])

    def __enter__(self) -> Turnstile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holder.close()
        self._watch.close()
