"""What the tracker has stored, read by the queries in `sql`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from tests.trino.agreement import Edge, Use

SQL = Path(__file__).with_name("sql")


@dataclass(frozen=True)
class Stored:
    """What the history holds of a query."""

    user: str
    source: str | None
    catalog: str | None
    schema: str | None
    state: str
    capture: str
    lost_reason: str | None
    outcome: str | None


@dataclass(frozen=True)
class RecordedGap:
    """A range that the tracker says it could not see; without `start`: ever before."""

    cause: str
    start: datetime | None
    end: datetime

    @property
    def length(self) -> timedelta:
        """Nothing for what was before the tracker's first poll."""
        return timedelta() if self.start is None else self.end - self.start

    def holds(self, begin: datetime, end: datetime) -> bool:
        return (self.start is None or self.start <= begin) and end <= self.end


@dataclass(frozen=True)
class Poll:
    """One pass, by the clock of the database."""

    started: datetime
    ended: datetime | None
    error: str | None

    @property
    def length(self) -> timedelta | None:
        return None if self.ended is None else self.ended - self.started


class History:
    """Reads the tracker's database, each answer by a connection of its own."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def executions(self) -> dict[str, Stored]:
        """Every execution by its query id. Raises AssertionError where an id is there twice."""
        rows = self._rows("executions")
        twice = [query_id for query_id, count in Counter(row[0] for row in rows).items() if count > 1]
        assert twice == [], f"stored twice: {twice}"
        return {row[0]: Stored(*row[1:]) for row in rows}

    def complete(self) -> set[str]:
        """Executions that were seen to their end."""
        return {query_id for query_id, stored in self.executions().items() if stored.capture == "COMPLETE"}

    def own_queries(self) -> set[str]:
        return {query_id for (query_id,) in self._rows("own_queries")}

    def told_by(self) -> dict[str, frozenset[str]]:
        """Who told of each execution: EVENT, REST, POLL."""
        return {query_id: frozenset(tellers) for query_id, tellers in self._rows("told_by")}

    def gaps(self) -> list[RecordedGap]:
        return [RecordedGap(*row) for row in self._rows("gaps")]

    def polls(self) -> list[Poll]:
        """All polls, the oldest first; one that is under way or was killed has no end."""
        return [Poll(*row) for row in self._rows("polls")]

    def saved_polls(self) -> list[Poll]:
        """Polls that succeeded."""
        return [poll for poll in self.polls() if poll.length is not None and poll.error is None]

    def last_poll_at(self) -> datetime:
        """When the last committed poll was, by the clock of the coordinator."""
        ((moment,),) = self._rows("last_poll")
        assert isinstance(moment, datetime)
        return moment

    def counters_off(self) -> list[str]:
        """Counters that differ from the facts."""
        return [f"counted {counted}, stored {days}" for counted, days in self._rows("counters_off")]

    def compared_rows(self) -> dict[str, dict[str, Any]]:
        """All facts of every execution but the trackers' own and the harness's, by query id."""
        return {row["query_id"]: row for (row,) in self._rows("compared_rows")}

    def compared_edges(self) -> list[Edge]:
        return [Edge(*row) for row in self._rows("compared_edges")]

    def compared_uses(self) -> list[Use]:
        return [Use(*row) for row in self._rows("compared_objects")]

    def _rows(self, name: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, connect_timeout=10) as connection:
            return connection.execute((SQL / f"{name}.sql").read_bytes()).fetchall()
