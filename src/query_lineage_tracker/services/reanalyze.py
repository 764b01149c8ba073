"""Analyze stored statements again: when the analyzer or the columns that they went by have changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog

from query_lineage_tracker.lineage.differences import difference, outline_of
from query_lineage_tracker.lineage.engine import merged
from query_lineage_tracker.ports.analysis import LineageAnalyzer, SchemaResolver, StatementText
from query_lineage_tracker.ports.store import (
    AnalyzedStatement,
    Batch,
    IngestStore,
    SavedBatch,
    StatementStore,
    StoredStatement,
    Which,
)
from query_lineage_tracker.services.known_columns import columns_told, objects_of_changes
from query_lineage_tracker.services.literal_free_texts import literal_free_texts
from query_lineage_tracker.services.saving import save_or_divide

log = structlog.get_logger()

_PAGE = 500
_MOST_STATEMENTS = 10_000_000
_MOST_ROUNDS = 5
_LEARNT_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class ReanalysisRules:
    """Whose statements, and who is told. `cluster` is any of the namespace: what is saved needs its lock."""

    cluster: str
    namespace: str
    sinks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What was analyzed again: how many statements of how many, those that differ, and what was saved of it."""

    analyzed: int
    waiting: int
    differences: Sequence[tuple[UUID, Mapping[str, object]]]
    saved: SavedBatch


class Reanalysis:
    """Analyzes stored statements again, page by page; a page is one transaction, so it may be stopped and run again."""

    def __init__(
        self,
        store: IngestStore,
        statements: StatementStore,
        analyzer: LineageAnalyzer,
        columns: SchemaResolver,
        rules: ReanalysisRules,
    ) -> None:
        self._store = store
        self._statements = statements
        self._analyzer = analyzer
        self._columns = columns
        self._rules = rules

    async def pages(
        self, which: Which, *, dry_run: bool = False, stop: asyncio.Event | None = None
    ) -> AsyncIterator[Page]:
        """Page after page, in the order of executions. What tells of columns late makes more statements stale: they
        follow in a further round."""
        for round_number in range(_MOST_ROUNDS):
            ids = await self._ids(which if round_number == 0 else Which.STALE, _MOST_STATEMENTS)
            for start in range(0, len(ids), _PAGE):
                if stop is not None and stop.is_set():
                    return
                yield await self._page(ids[start : start + _PAGE], len(ids) - start, dry_run=dry_run)
            if dry_run or not ids:
                return

    async def learn(self) -> SavedBatch:
        """Only those that went by unknown columns which are known now, a bounded number of them."""
        ids = await self._ids(Which.LEARNT, _LEARNT_AT_ONCE)
        saved = SavedBatch()
        for start in range(0, len(ids), _PAGE):
            saved += (await self._page(ids[start : start + _PAGE], len(ids) - start, dry_run=False)).saved
        return saved

    async def _ids(self, which: Which, limit: int) -> Sequence[UUID]:
        return await self._statements.ids(self._rules.namespace, which, self._analyzer.version, limit)

    async def _page(self, ids: Sequence[UUID], waiting: int, *, dry_run: bool) -> Page:
        stored = await self._statements.statements(ids)
        results = await self._analyzer.analyze([_text(one) for one in stored])
        texts = await literal_free_texts([one.sql for one in stored], results)
        found = [
            AnalyzedStatement(
                statement_id=one.statement_id,
                fingerprint=one.fingerprint,
                session_catalog=one.session_catalog,
                session_schema=one.session_schema,
                text_id=one.text_id,
                result=result,
                analyzer=self._analyzer.version,
                literal_free=text,
            )
            for one, result, text in zip(stored, results, texts, strict=True)
        ]
        differences = [
            (one.statement_id, differs)
            for one, result in zip(stored, results, strict=True)
            if (differs := difference(one.outline, outline_of(merged(result, one.engine).result)))
        ]
        saved = SavedBatch() if dry_run else await self._save(stored, found)
        return Page(len(stored), waiting, differences, saved)

    async def _save(self, stored: Sequence[StoredStatement], found: Sequence[AnalyzedStatement]) -> SavedBatch:
        changes = [one.result.change for one in found]
        known = await self._columns.columns(objects_of_changes(changes))
        executed = [(run, change) for one, change in zip(stored, changes, strict=True) for run in one.runs]
        rules = self._rules
        batch = Batch(
            batch_id=uuid4(),
            run_id=uuid4(),
            cluster=rules.cluster,
            namespace=rules.namespace,
            source="reanalyze",
            statements=tuple(found),
            columns=columns_told(known, executed),
            sinks=rules.sinks,
        )
        return (await save_or_divide(self._store, batch, None)).saved


def _text(one: StoredStatement) -> StatementText:
    return StatementText(one.sql, one.session_catalog, one.session_schema, one.statement_id, one.runs)
