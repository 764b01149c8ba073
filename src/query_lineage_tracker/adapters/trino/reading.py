"""The rows of one poll: taken off the coordinator's hands at once, kept small until they are saved."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

import orjson

from query_lineage_tracker.adapters.trino.connection import Row
from query_lineage_tracker.domain.history import State, coordinator_of
from query_lineage_tracker.domain.polling import PollFacts

_CHUNK_BYTES = 8 * 1024**2
_TERMINAL = frozenset(state.value for state in State if state.terminal)


class PollRows:
    """Rows as compressed JSON lines, a batch a chunk, and what the poll arithmetic wants to know of them.

    Rows of our own queries are left out, except that they tell the time and our user. `seen` tells of each query
    whether it is terminal.
    """

    def __init__(self, own_queries: Collection[str], batch_size: int) -> None:
        self._own_queries = own_queries
        self._batch_size = batch_size
        self._chunks: list[bytes] = []
        self._lines: list[bytes] = []
        self._line_bytes = 0

        self._oldest_created: datetime | None = None
        self._oldest_end: datetime | None = None
        self._newest_end: datetime | None = None
        self.polled_at: datetime | None = None
        self.own_users: set[str] = set()
        self.users: set[str] = set()
        self.seen: dict[str, bool] = {}

    @property
    def other_users(self) -> set[str]:
        """Users of visible queries besides ours."""
        return self.users - self.own_users

    def add(self, row: Row, own_id: str) -> None:
        """Keep one row; `own_id` is the id of the SELECT that it comes from."""
        line = dict(row)
        polled_at = line.pop("polled_at", None)
        if self.polled_at is None:
            self.polled_at = _time(polled_at)
        if row["query_id"] == own_id or row["query_id"] in self._own_queries:
            self.own_users.add(str(row["user"]))
            return
        self.users.add(str(row["user"]))
        self._note(row, coordinator_of(own_id))
        self._keep(_json_line(line))

    def batches(self) -> Iterator[list[bytes]]:
        """The rows again as JSON lines, a batch at a time."""
        self._flush()
        for chunk in self._chunks:
            yield zlib.decompress(chunk).split(b"\n")

    def facts(
        self, own_id: str, polled_at: datetime, *, full: bool, uptime: timedelta | None, blind: bool
    ) -> PollFacts:
        """What the poll saw."""
        return PollFacts(
            polled_at=polled_at,
            coordinator=coordinator_of(own_id),
            seen=frozenset(self.seen),
            full=full,
            oldest_created=self._oldest_created,
            oldest_end=self._oldest_end,
            newest_end=self._newest_end,
            uptime=uptime,
            blind=blind,
        )

    def _note(self, row: Row, coordinator: str) -> None:
        query_id, terminal = str(row["query_id"]), row["state"] in _TERMINAL
        self.seen[query_id] = terminal
        created, ended = _time(row["created"]), _time(row["end"])
        if created is not None and coordinator_of(query_id) == coordinator:
            self._oldest_created = min(created, self._oldest_created or created)
        if ended is not None and terminal:
            self._oldest_end = min(ended, self._oldest_end or ended)
            self._newest_end = max(ended, self._newest_end or ended)

    def _keep(self, line: bytes) -> None:
        self._lines.append(line)
        self._line_bytes += len(line)
        if len(self._lines) >= self._batch_size or self._line_bytes >= _CHUNK_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._lines:
            self._chunks.append(zlib.compress(b"\n".join(self._lines), 1))
            self._lines, self._line_bytes = [], 0


def _json_line(row: dict[str, object]) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:
        # Lone surrogates and numbers beyond 64 bits, which the fast writer refuses.
        return json.dumps(row).encode()


def _time(text: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
