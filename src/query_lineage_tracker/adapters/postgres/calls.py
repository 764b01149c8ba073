"""Calls that changed something at receivers: kept with the settlement of their messages, the latest ones only."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from query_lineage_tracker.adapters.postgres.batch_rows import columns_of, storable
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.domain.calls import Call
from query_lineage_tracker.domain.outbox import Claim

_MOST_WAITING = 20_000
"""While PostgreSQL is away calls go on for the length of a claim; the oldest of so many give way."""

_STORED_BETWEEN_FORGETTING = 1000


@dataclass(frozen=True, slots=True)
class CallRules:
    """How long and how many calls are kept, and how many characters of their bodies; none at all with 0 days."""

    days: int = 30
    rows: int = 100_000
    body: int = 2000


class CallRow(NamedTuple):
    """A call as it is stored, but for its id."""

    sink: str
    kind: str
    entity: str
    generation: int
    attempt: int
    called_at: datetime
    method: str
    path: str
    digest: bytes
    size: int
    body: str
    status: int | None
    answer: str
    duration_ms: int


class PostgresCalls:
    """Calls wait in memory until the messages that they were made for are settled."""

    def __init__(self, database: Database, rules: CallRules) -> None:
        self._database = database
        self._queries = database.queries("calls")
        self._rules = rules
        self._waiting: deque[CallRow] = deque(maxlen=_MOST_WAITING)
        self._stored = 0

    @property
    def kept(self) -> bool:
        """Whether calls are kept at all."""
        return self._rules.days > 0

    def record(self, claim: Claim, call: Call) -> None:
        """Keep the call until `store`; never waits."""
        if self.kept:
            self._waiting.append(_row(claim, call, self._rules.body))

    @contextmanager
    def taken(self) -> Iterator[Sequence[CallRow]]:
        """What waits, the caller's to store; it waits again when that fails."""
        rows = list(self._waiting)
        self._waiting.clear()
        try:
            yield rows
        except BaseException:
            self._waiting.extendleft(reversed(rows))
            raise

    async def store(self, connection: AsyncConnection[Any], rows: Sequence[CallRow]) -> None:
        """Store the calls in the caller's transaction; forget those beyond the most rows now and then."""
        if not rows:
            return
        columns = columns_of(rows, len(CallRow._fields))
        await connection.execute(self._queries["insert"], dict(zip(CallRow._fields, columns, strict=True)))
        self._stored += len(rows)
        if self._stored >= _STORED_BETWEEN_FORGETTING:
            self._stored = 0
            await connection.execute(self._queries["forget_beyond"], {"rows": self._rules.rows})

    async def forget(self) -> int:
        """Forget calls that are too old or too many; how many these were."""
        async with self._database.transaction() as connection:
            beyond = await connection.execute(self._queries["forget_beyond"], {"rows": self._rules.rows})
            older = await connection.execute(self._queries["forget_older"], {"days": self._rules.days})
            return beyond.rowcount + older.rowcount


def _row(claim: Claim, call: Call, most: int) -> CallRow:
    # A character takes at most four bytes.
    shown = call.body[: 4 * most].decode("utf-8", "replace")[:most]
    return CallRow(
        sink=claim.sink,
        kind=claim.kind.value,
        entity=claim.entity,
        generation=claim.generation,
        attempt=claim.attempts,
        called_at=call.called_at,
        method=call.method,
        path=call.path,
        digest=hashlib.sha256(call.body).digest(),
        size=len(call.body),
        body=storable(shown) or "",
        status=call.status,
        answer=storable(call.answer) or "",
        duration_ms=call.duration_ms,
    )
