"""One batch in one transaction. The SQL, in the order of its steps, is in sql/save.sql."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from query_lineage_tracker.adapters.postgres import batch_rows
from query_lineage_tracker.adapters.postgres.batch_rows import Row
from query_lineage_tracker.adapters.postgres.columns import tell_columns
from query_lineage_tracker.adapters.postgres.objects import object_ids
from query_lineage_tracker.errors import LeaseLost
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports import AnalyzedStatement, Batch, Execution, Lease, SavedBatch

if TYPE_CHECKING:
    from typing_extensions import LiteralString


class BatchTransaction:
    """Saves a batch in the transaction that the connection is in."""

    def __init__(
        self, connection: AsyncConnection[tuple[Any, ...]], queries: Mapping[str, LiteralString], batch: Batch
    ) -> None:
        self._connection = connection
        self._queries = queries
        self._batch = batch
        self._named = {"cluster": batch.cluster, "namespace": batch.namespace, "source": batch.source}

    async def lock(self, lease: Lease | None) -> None:
        """Keep everybody else out who saves for this cluster; raises LeaseLost. Comes first."""
        await self._run("lock_cluster")
        await self._check(lease)

    async def save(self) -> SavedBatch:
        """All other steps; returns what they changed."""
        await self._run("lock_namespace")
        await self._connection.execute(self._queries["create_batch_tables"])
        replaced, statements = await self._save_statements()
        await self._tell_columns()
        inserted, changed = await self._save_executions()
        lost = await self._lose()
        edges = await self._count(replaced, ended=inserted + changed + lost > 0)
        enqueued = await self._run("enqueue", sinks=list(self._batch.sinks))
        rejected = await self._quarantine()
        gaps = await self._record_gaps()
        await self._move()
        return SavedBatch(
            inserted=inserted,
            advanced=changed,
            rejected=rejected,
            lost=lost,
            gaps=gaps,
            statements=statements,
            edges=edges,
            enqueued=enqueued,
        )

    async def _check(self, lease: Lease | None) -> None:
        """The lease stays locked until the end: nobody takes it over in the middle of a batch."""
        if lease is None:
            return
        current = await self._fetch("lease_epoch")
        if not current or current[0][0] != lease.epoch:
            holder = f"; {current[0][1]} holds it now" if current else ""
            raise LeaseLost(f"the lease on cluster {lease.cluster} is not ours any more{holder}")

    async def _save_statements(self) -> tuple[list[UUID], int]:
        """Store new results; returns the statements that had another result before, and how many are new."""
        hashed = {one.statement_id: (one, batch_rows.result_hash(one)) for one in self._batch.statements}
        stored = dict(await self._fetch("result_hashes", statement_ids=list(hashed)) if hashed else [])
        new = [(one, digest) for key, (one, digest) in hashed.items() if stored.get(key) != digest]
        await self._confirm([one for key, (one, digest) in hashed.items() if stored.get(key) == digest])
        replaced = [one.statement_id for one, _ in new if one.statement_id in stored]
        if replaced:
            await self._run("rebuild_edges_of_statements", statement_ids=replaced)
            await self._run("forget_results", statement_ids=replaced)
        if new:
            await self._copy_results(new)
        if replaced:
            await self._run("rebuild_edges_of_statements", statement_ids=replaced)
        return replaced, len(new)

    async def _confirm(self, unchanged: Sequence[AnalyzedStatement]) -> None:
        """Remember who found the same as before, and which columns that went by."""
        for analyzer in {one.analyzer for one in unchanged}:
            ids = [one.statement_id for one in unchanged if one.analyzer == analyzer]
            await self._run("confirmed", statement_ids=ids, analyzer=analyzer)
        known = [(one.statement_id, *pair) for one in unchanged for pair in batch_rows.went_by(one.result)]
        if not known:
            return
        objects = await self._object_ids({name for _, name, _ in known})
        columns = batch_rows.columns_of([(statement, objects[name], digest) for statement, name, digest in known], 3)
        named = dict(zip(("statement_ids", "object_ids", "hashes"), columns, strict=True))
        await self._run("went_by_columns", **named)

    async def _tell_columns(self) -> None:
        told = self._batch.columns
        if told:
            await tell_columns(self._connection, self._queries, await self._object_ids(set(told)), told)

    async def _copy_results(self, new: Sequence[tuple[AnalyzedStatement, bytes]]) -> None:
        ids = await self._object_ids({name for one, _ in new for name in batch_rows.objects_of(one.result)})
        rows = batch_rows.result_rows(self._batch.namespace, new, ids)
        await self._copy("copy_statements", rows.statements)
        await self._copy("copy_statement_objects", rows.objects)
        await self._copy("copy_statement_columns", rows.columns)
        await self._copy("copy_unresolved_names", rows.names)
        await self._copy("copy_statement_column_edges", rows.column_edges)

    async def _object_ids(self, names: set[ObjectName]) -> dict[ObjectName, int]:
        return await object_ids(self._connection, self._queries, self._batch.namespace, names)

    async def _save_executions(self) -> tuple[int, int]:
        """Insert or advance the executions; returns how many of each."""
        inserted = changed = 0
        for number, executions in enumerate(batch_rows.rounds(self._batch.executions)):
            if number:
                await self._connection.execute(self._queries["clear_batch"])
            await self._copy("copy_batch", map(batch_rows.execution_row, executions))
            own = await self._run("drop_own_queries")
            new = (await self._fetch("insert_new"))[0][0]
            inserted += new
            if new + own < len(executions):
                changed += await self._learn(executions)
        return inserted, changed

    async def _learn(self, executions: Sequence[Execution]) -> int:
        """Apply what is new about executions that are stored already."""
        bounds = _bounds([execution.query.query_id for execution in executions])
        changed = await self._run("find_changed", **bounds)
        if changed:
            await self._run("update_changed", **bounds)
            await self._run("count_changed")
        return changed

    async def _lose(self) -> int:
        lost = self._batch.lost
        if not lost:
            return 0
        query_ids = [one.query_id for one in lost]
        reasons = [one.reason.value for one in lost]
        rows = await self._fetch("lose", query_ids=query_ids, reasons=reasons, **_bounds(query_ids))
        return int(rows[0][0])

    async def _count(self, replaced: list[UUID], *, ended: bool) -> int:
        """Derive counters and edges from what changed; returns how many edges are new."""
        edges: int = 0
        if ended and await self._run("count_days"):
            await self._run("see_objects")
            await self._run("tell_object_kinds")
            await self._run("see_columns")
            await self._run("find_made_edges")
            edges += (await self._fetch("make_edges"))[0][0]
            await self._run("make_column_edges")
        if ended:
            await self._recount()
        if (await self._fetch("edges_to_rebuild"))[0][0]:
            edges += (await self._fetch("rebuild_edges"))[0][0]
            await self._run("rebuild_column_edges")
        await self._run("tell_statements", replaced=replaced)
        return edges

    async def _recount(self) -> None:
        """Count from the history again where an execution that had been counted turned out to be something else."""
        if not (await self._fetch("days_to_recount"))[0][0]:
            return
        await self._connection.execute("TRUNCATE qlt_days")
        await self._run("recount_days")
        await self._run("store_recounted_days")
        await self._run("rebuild_edges_of_recounted")

    async def _record_gaps(self) -> int:
        gaps = self._batch.gaps
        if not gaps:
            return 0
        columns = batch_rows.columns_of([(gap.cause.value, gap.start, gap.end, gap.detail) for gap in gaps], 4)
        return await self._run("gaps", **dict(zip(("causes", "starts", "ends", "details"), columns, strict=True)))

    async def _quarantine(self) -> int:
        rejected = self._batch.rejected
        if not rejected:
            return 0
        digests = [batch_rows.quarantine_digest(self._batch.cluster, self._batch.source, row) for row in rejected]
        return await self._run(
            "quarantine",
            digests=digests,
            origins=[row.origin for row in rejected],
            query_ids=[row.query_id for row in rejected],
            reasons=[row.reason for row in rejected],
            payloads=[row.payload for row in rejected],
        )

    async def _move(self) -> None:
        watermark, position = self._batch.watermark, self._batch.position
        if watermark is not None or position is not None:
            await self._run("move", watermark=watermark, position=None if position is None else Jsonb(dict(position)))

    async def _run(self, query: str, **parameters: object) -> int:
        """Execute; returns the number of rows."""
        return (await self._connection.execute(self._queries[query], {**self._named, **parameters})).rowcount

    async def _fetch(self, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        return await (await self._connection.execute(self._queries[query], {**self._named, **parameters})).fetchall()

    async def _copy(self, query: str, rows: Iterable[Row]) -> None:
        first = next(iter(rows := iter(rows)), None)
        if first is None:
            return
        async with self._connection.cursor().copy(self._queries[query]) as copy:
            for row in chain([first], rows):
                await copy.write_row(row)


def _bounds(query_ids: Sequence[str]) -> dict[str, object]:
    """So that only the partitions of these ids are looked at."""
    return {"lowest": min(query_ids), "highest": max(query_ids)}
