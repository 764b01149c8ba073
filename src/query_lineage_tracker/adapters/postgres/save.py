"""One batch in one transaction. The SQL, in the order of its steps, is in sql/save.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from query_lineage_tracker.adapters.postgres import batch_rows
from query_lineage_tracker.adapters.postgres.claim_rows import claim_columns
from query_lineage_tracker.adapters.postgres.columns import tell_columns
from query_lineage_tracker.adapters.postgres.executions import ReadyExecutions, save_executions
from query_lineage_tracker.adapters.postgres.objects import object_ids
from query_lineage_tracker.adapters.postgres.renames import follow_names
from query_lineage_tracker.adapters.postgres.results import save_results
from query_lineage_tracker.adapters.postgres.steps import Steps, bounds
from query_lineage_tracker.errors import LeaseLost, StatementsPurged
from query_lineage_tracker.ports.store import Batch, Lease, SavedBatch

if TYPE_CHECKING:
    from typing_extensions import LiteralString


class BatchTransaction:
    """Saves a batch in the transaction that the connection is in."""

    def __init__(
        self,
        connection: AsyncConnection[tuple[Any, ...]],
        queries: Mapping[str, LiteralString],
        batch: Batch,
        executions: ReadyExecutions,
    ) -> None:
        self._batch = batch
        self._executions = executions
        named = {"cluster": batch.cluster, "namespace": batch.namespace, "source": batch.source}
        self._steps = Steps(connection, queries, named)

    async def save(self, lease: Lease | None) -> SavedBatch:
        """All steps; returns what they changed."""
        steps, batch = self._steps, self._batch
        await steps.run("lock_cluster")
        await self._check(lease)
        await steps.run("lock_namespace")
        await steps.script("create_batch_tables")
        await self._save_texts()
        results = await save_results(steps, batch.namespace, batch.statements)
        await self._check_statements()
        await self._tell_columns()
        inserted, changed = await save_executions(steps, batch, self._executions)
        await self._tell_undescribed()
        lost = await self._lose()
        ended = inserted + changed + lost > 0 or bool(batch.rolled_back)
        edges = await self._count(results.other_lineage, ended=ended)
        enqueued = await steps.run("enqueue", sinks=list(batch.sinks))
        rejected = await self._quarantine()
        await self._save_claims()
        gaps = await self._record_gaps()
        await self._move()
        return SavedBatch(
            inserted=inserted,
            advanced=changed,
            rejected=rejected,
            lost=lost,
            gaps=gaps,
            statements=results.stored,
            edges=edges,
            enqueued=enqueued,
        )

    async def _check(self, lease: Lease | None) -> None:
        """The lease stays locked until the end: nobody takes it over in the middle of a batch."""
        if lease is None:
            return
        current = await self._steps.fetch("lease_epoch")
        if not current or current[0][0] != lease.epoch:
            holder = f"; {current[0][1]} holds it now" if current else ""
            raise LeaseLost(f"the lease on cluster {lease.cluster} is not ours any more{holder}")

    async def _save_texts(self) -> None:
        """Those that are new: the same ones come again and again, and they are most of what a batch weighs."""
        texts = self._batch.texts
        if texts:
            # Before they are looked for: what is being forgotten at this moment is gone then.
            await self._steps.run("believe_texts", text_ids=list(texts))
            stored = {text_id for (text_id,) in await self._steps.fetch("stored_texts", text_ids=list(texts))}
            new = sorted(texts.keys() - stored)
            await self._steps.run("texts", text_ids=new, texts=[texts[text_id] for text_id in new])

    async def _check_statements(self) -> None:
        """Nobody forgets statements from here on: the namespace is locked."""
        batch = self._batch
        used = {one.statement_id for one in batch.executions} | {one.statement_id for one in batch.definitions}
        stored = list(used - {one.statement_id for one in batch.statements})
        if stored and (await self._steps.fetch("statements_purged", statement_ids=stored))[0][0]:
            raise StatementsPurged(
                f"statements that queries of cluster {batch.cluster} executed were purged while these were analyzed",
                hint="Nothing of this batch is saved. Trying again analyzes them anew.",
            )

    async def _tell_columns(self) -> None:
        told = self._batch.columns
        if told:
            connection, queries = self._steps.connection, self._steps.queries
            ids = await object_ids(connection, queries, self._batch.namespace, set(told))
            await tell_columns(connection, queries, ids, told)

    async def _tell_undescribed(self) -> None:
        told = dict(self._batch.undescribed)
        if told:
            ids, reasons = list(told), [reason.value for reason in told.values()]
            await self._steps.run("undescribed", query_ids=ids, reasons=reasons, **bounds(ids))

    async def _lose(self) -> int:
        lost = self._batch.lost
        if not lost:
            return 0
        query_ids = [one.query_id for one in lost]
        reasons = [one.reason.value for one in lost]
        rows = await self._steps.fetch("lose", query_ids=query_ids, reasons=reasons, **bounds(query_ids))
        return int(rows[0][0])

    async def _count(self, replaced: Sequence[UUID], *, ended: bool) -> int:
        """Derive counters and edges from what changed; returns how many edges are new."""
        edges: int = 0
        counted = await self._steps.run("count_days") if ended else 0
        if counted + await self._define_views():
            await self._see()
            await self._steps.run("find_made_edges")
            edges += (await self._steps.fetch("make_edges"))[0][0]
            await self._steps.run("make_column_edges")
        if ended:
            await self._recount()
            await self._steps.run("forget_sums")
        if (await self._steps.fetch("edges_to_rebuild"))[0][0]:
            edges += (await self._steps.fetch("rebuild_edges"))[0][0]
            await self._steps.run("rebuild_column_edges")
        await self._steps.run("tell_ended", sinks=list(self._batch.sinks))
        await self._steps.run("forget_untold_ends", sinks=list(self._batch.sinks))
        await self._steps.run("tell_statements", replaced=list(replaced))
        return edges

    async def _define_views(self) -> int:
        """Count the definitions that Trino told of; returns how many are news. Their statements are stored by now."""
        told = self._batch.definitions
        if not told:
            return 0
        steps = self._steps
        ids = await object_ids(steps.connection, steps.queries, self._batch.namespace, {one.view for one in told})
        rows = [(ids[one.view], one.statement_id, one.materialized, one.first_seen, one.last_seen) for one in told]
        names = ("view_ids", "statement_ids", "materialized", "first", "last")
        return await steps.run("define_views", **dict(zip(names, batch_rows.columns_of(rows, 5), strict=True)))

    async def _see(self) -> None:
        """Remember which objects and columns were seen in what was counted, and what became of objects."""
        # What edges were before the batch is noted here, so before anything that was seen revives their objects.
        await self._steps.run("see_schema_drops")
        renamed = await self._steps.run("end_objects_of_dropped")
        renamed += await self._steps.run("see_lifecycles")
        await self._steps.run("see_objects")
        await self._steps.run("tell_object_kinds")
        await self._steps.run("see_columns")
        await self._steps.run("see_schema_renames")
        if renamed:
            await follow_names(self._steps)
        await self._steps.run("reopen_schemas")

    async def _recount(self) -> None:
        """Count from the history again where an execution that had been counted turned out to be something else."""
        if not (await self._steps.fetch("days_to_recount"))[0][0]:
            return
        await self._steps.script("clear_days")
        await self._steps.run("recount_days")
        await self._steps.run("store_recounted_days")
        await self._see()
        await self._steps.run("rebuild_edges_of_recounted")

    async def _save_claims(self) -> None:
        if self._batch.claims:
            await self._steps.run("claims", **claim_columns(self._batch.cluster, self._batch.claims))

    async def _record_gaps(self) -> int:
        gaps = self._batch.gaps
        if not gaps:
            return 0
        columns = batch_rows.columns_of([(gap.cause.value, gap.start, gap.end, gap.detail) for gap in gaps], 4)
        return await self._steps.run("gaps", **dict(zip(("causes", "starts", "ends", "details"), columns, strict=True)))

    async def _quarantine(self) -> int:
        rejected = self._batch.rejected
        if not rejected:
            return 0
        digests = [batch_rows.quarantine_digest(self._batch.cluster, self._batch.source, row) for row in rejected]
        return await self._steps.run(
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
            told = None if position is None else Jsonb(dict(position))
            await self._steps.run("move", watermark=watermark, position=told)
