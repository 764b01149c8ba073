"""Asking the coordinator about writes that no event described, before it forgets them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from query_lineage_tracker.errors import PermissionMissing, TrinoUnreachable
from query_lineage_tracker.ports.sources import Describer
from query_lineage_tracker.ports.store import Lease, SavedBatch, UndescribedWrites
from query_lineage_tracker.services.ingest import Ingest
from query_lineage_tracker.services.live import UntilStopped

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DescribeRules:
    """The cluster, how long its coordinator remembers what has ended, and about how many is asked a pass."""

    cluster: str
    remembered_s: float
    most: int


class DescribeWrites:
    """A few questions a pass, those first that are forgotten first."""

    def __init__(self, store: UndescribedWrites, describer: Describer, ingest: Ingest, rules: DescribeRules) -> None:
        self._store = store
        self._describer = describer
        self._ingest = ingest
        self._rules = rules

    async def once(self, lease: Lease, stop: asyncio.Event) -> SavedBatch:
        """Ask about what no event and nobody else described. That the coordinator does not answer is only logged."""
        rules = self._rules
        wanted = await self._store.undescribed(rules.cluster, rules.remembered_s, rules.most)
        if not wanted:
            return SavedBatch()
        source = self._describer.describe(wanted)
        try:
            saved = await self._ingest.run_pass(UntilStopped(source, stop), lease)
        except (TrinoUnreachable, PermissionMissing) as problem:
            log.warning("describe.not_answered", asked=len(wanted), problem=str(problem), hint=problem.hint)
            return SavedBatch()
        finally:
            await source.aclose()
        log.info("describe.saved", asked=len(wanted), advanced=saved.advanced, statements=saved.statements)
        return saved
