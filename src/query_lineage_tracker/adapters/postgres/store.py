"""The write side of the history in PostgreSQL."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from query_lineage_tracker.adapters.postgres.batch_rows import storable
from query_lineage_tracker.adapters.postgres.bounds import bounded
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.executions import ReadyExecutions, ready_executions
from query_lineage_tracker.adapters.postgres.partitions import Partitions
from query_lineage_tracker.adapters.postgres.refusals import unencodable
from query_lineage_tracker.adapters.postgres.save import BatchTransaction
from query_lineage_tracker.errors import StoreBusy, StoreRefused, TrackerError
from query_lineage_tracker.lineage.result import Effect, StatementKind
from query_lineage_tracker.ports.sources import IngestState
from query_lineage_tracker.ports.store import Batch, KnownStatement, Lease, Save, SavedBatch

_ATTEMPTS = 4


class PostgresStore:
    """`ports.IngestStore` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("ingest")
        self._save_queries = {**database.queries("save"), **database.queries("columns")}
        self._partitions = Partitions(database)

    async def ingest_state(self, cluster: str, source: str) -> IngestState:
        """Where the source stands; of the cluster, whoever fetched them: its open queries, and our own queries."""
        named = {"cluster": cluster, "source": source}
        async with self._database.transaction() as connection:
            stored = await (await connection.execute(self._queries["state"], named)).fetchone()
            opened = await (await connection.execute(self._queries["open_queries"], named)).fetchall()
            own = await (await connection.execute(self._queries["own_queries"], named)).fetchall()
        watermark, position = stored or (None, {})
        return IngestState(
            watermark=watermark,
            position=position,
            open_queries=frozenset(query_id for (query_id,) in opened),
            own_queries=frozenset(query_id for (query_id,) in own),
        )

    async def record_own_query(self, cluster: str, query_id: str) -> None:
        """Remember a query that we issue, before anybody can mistake it for one of theirs."""
        async with self._database.transaction() as connection:
            await connection.execute(self._queries["record_own_query"], {"cluster": cluster, "query_id": query_id})

    async def known_statements(self, statement_ids: Sequence[UUID]) -> Mapping[UUID, KnownStatement]:
        """Those of the statements that are stored."""
        async with self._database.transaction() as connection:
            rows = await connection.execute(self._queries["known_statements"], {"statement_ids": list(statement_ids)})
            return {
                key: KnownStatement(key, Effect(effect), by, StatementKind(kind), changed, digest, at)
                async for key, effect, by, kind, changed, digest, at in rows
            }

    async def save(self, batch: Batch, lease: Lease | None) -> SavedBatch:
        """Save the whole batch or nothing. Tried again, whole, when another transaction stood in the way."""
        return await (await self.ready(batch))(lease)

    async def ready(self, batch: Batch) -> Save:
        """Encode the batch; the answer saves it as `save` does."""
        batch = await asyncio.to_thread(bounded, batch)
        try:
            executions = await asyncio.to_thread(ready_executions, batch.executions)
        except UnicodeEncodeError:
            batch = storable(batch)
            executions = await asyncio.to_thread(ready_executions, batch.executions)

        async def save(lease: Lease | None) -> SavedBatch:
            return await self._saved(batch, executions, lease)

        return save

    async def _saved(self, batch: Batch, executions: ReadyExecutions, lease: Lease | None) -> SavedBatch:
        mended = False
        for _ in range(_ATTEMPTS):
            try:
                return await self._save(batch, executions, lease)
            except StoreBusy as error:
                problem: TrackerError = error
            except (StoreRefused, UnicodeEncodeError) as error:
                problem = error if isinstance(error, StoreRefused) else unencodable()
                if mended:
                    break
                # A text holds what no text may, or retention dropped a partition of the batch's days a moment ago.
                self._partitions.forget()
                batch, mended = storable(batch), True
                executions = ready_executions(batch.executions)
        raise problem

    async def begin_run(self, cluster: str, source: str) -> UUID:
        """Record that a pass begins."""
        async with self._database.transaction() as connection:
            rows = await connection.execute(self._queries["begin_run"], {"cluster": cluster, "source": source})
            (run_id,) = await rows.fetchone() or (None,)
        assert isinstance(run_id, UUID)  # noqa: S101 - RETURNING
        return run_id

    async def end_run(self, run_id: UUID, saved: SavedBatch, error: str | None) -> None:
        """Record how the pass ended."""
        counts: dict[str, Any] = dataclasses.asdict(saved)
        async with self._database.transaction() as connection:
            await connection.execute(self._queries["end_run"], {**counts, "run_id": run_id, "error": storable(error)})

    async def _save(self, batch: Batch, executions: ReadyExecutions, lease: Lease | None) -> SavedBatch:
        await self._partitions.ensure({execution.query.query_id[:8] for execution in batch.executions})
        async with self._database.transaction() as connection:
            return await BatchTransaction(connection, self._save_queries, batch, executions).save(lease)
