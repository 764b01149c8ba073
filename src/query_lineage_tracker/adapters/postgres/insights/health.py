"""How the tracker is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeVar

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.reading import Row, Rows, shaped
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.domain.insights import health

T = TypeVar("T")

_RECENTLY = timedelta(days=1)


class PostgresHealthReads:
    """`ports.insights.HealthReads` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._rows = Rows(database, "health")
        self._reads = PostgresReads(database)

    async def overview(self, since: date, most: int) -> health.Overview:
        """Totals from the days of statements; the rest as `qlt status` has it."""
        tables = [{**row, "value": row["object"]} for row in await self._counted("top_tables", since, most)]
        status = await self._reads.status(datetime.now(timezone.utc) - _RECENTLY)
        return health.Overview(
            since=since,
            totals=_all(health.DayTotal, await self._counted("totals", since, most)),
            tables=_all(health.Count, tables),
            users=_all(health.Count, await self._counted("top_users", since, most)),
            failures=_all(health.Reason, status["failures"][:most]),
            clusters=_all(health.ClusterState, status["clusters"]),
            sources=_all(health.SourceState, status["sources"]),
            gaps=_all(health.RecordedGap, await self._rows.named("last_gaps", limit=most)),
            sync=tuple(await self.sync()),
            quarantine=_all(health.RejectedRows, status["quarantine"]),
            not_parsed=_all(health.Reason, status["not_parsed"][:most]),
        )

    async def _counted(self, query: str, since: date, most: int) -> list[Row]:
        parts = self._rows.queries
        return await self._rows(parts["counted"] + parts[query], {"since": since, "limit": most})

    async def gaps(self, cluster: str | None, limit: int) -> Sequence[health.KnownGap]:
        """The newest first."""
        found = await self._reads.accounts.gaps(cluster, limit)
        return _all(health.KnownGap, ({**row, "since": row["from"], "until": row["to"]} for row in found))

    async def sync(self) -> Sequence[health.SinkState]:
        """By sink and kind of message."""
        return _all(health.SinkState, await self._reads.outbox.status())

    async def waiting(self, sink: str | None, state: str | None, limit: int) -> Sequence[health.WaitingMessage]:
        """The last changed first."""
        return _all(
            health.WaitingMessage,
            await self._rows.named("waiting_messages", sink=sink, state=state, limit=limit),
        )


def _all(shape: type[T], rows: Iterable[Mapping[str, Any]]) -> tuple[T, ...]:
    return tuple(shaped(shape, row) for row in rows)
