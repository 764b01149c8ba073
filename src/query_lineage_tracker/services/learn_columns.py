"""Asking Trino or OpenMetadata for the columns that statements need, a little with every pass."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import structlog

from query_lineage_tracker.errors import StoreRefused
from query_lineage_tracker.lineage.column_sets import FetchedColumns
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.analysis import ColumnSource, ColumnStore
from query_lineage_tracker.services.reanalyze import Reanalysis

log = structlog.get_logger()

_MOST_OBJECTS = 500


class LearnColumns:
    """One question a pass; what went by unknown columns is then analyzed again."""

    def __init__(
        self,
        store: ColumnStore,
        source: ColumnSource,
        reanalysis: Reanalysis,
        refresh_s: float,
        *,
        pause_s: float = 0.0,
    ) -> None:
        self._store = store
        self._source = source
        self._reanalysis = reanalysis
        self._refresh_s = refresh_s
        self._pause_s = pause_s
        self._asked_at = -math.inf

    async def once(self) -> int:
        """Ask once, if anything ought to be asked and it may be; returns of how many objects the columns changed."""
        if time.monotonic() - self._asked_at < self._pause_s:
            return 0
        self._asked_at = time.monotonic()
        wanted = await self._store.wanted(self._refresh_s, _MOST_OBJECTS)
        answer = await self._source.fetch(wanted) if wanted else None
        if answer is None:
            if wanted:
                log.warning("columns.not_answered", objects=len(wanted))
            return 0
        changed = await self._keep(answer)
        missing = len(answer.asked) - len(answer.columns)
        log.info("columns.asked", objects=len(answer.asked), changed=changed, missing=missing)
        if missing:
            log.info("columns.missing", objects=missing, problem=answer.problem)
        if changed:
            saved = await self._reanalysis.learn()
            log.info("columns.learnt", statements=saved.statements, edges=saved.edges)
        return changed

    async def _keep(self, answer: FetchedColumns) -> int:
        """Keep the answer; an object whose columns PostgreSQL refuses has none, and that as the reason."""
        try:
            return await self._store.keep(answer)
        except StoreRefused as refusal:
            asked = answer.asked
            if len(asked) > 1:
                middle = len(asked) // 2
                return sum([await self._keep(_about(answer, part)) for part in (asked[:middle], asked[middle:])])
            log.error("columns.refused", problem=str(refusal))
            return await self._store.keep(replace(answer, columns={}, problem=str(refusal)))


def _about(answer: FetchedColumns, asked: Sequence[ObjectName]) -> FetchedColumns:
    columns = {name: answer.columns[name] for name in asked if name in answer.columns}
    return replace(answer, asked=tuple(asked), columns=columns)
