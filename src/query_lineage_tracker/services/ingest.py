"""Ingest: one pass over a source, batch by batch, each one transaction unless PostgreSQL refuses something in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Protocol
from uuid import UUID, uuid4

import structlog

from query_lineage_tracker.domain.capture import Gap
from query_lineage_tracker.domain.outcome import capture_of, outcome_of
from query_lineage_tracker.lineage.column_sets import ColumnSet
from query_lineage_tracker.lineage.engine import ViewText
from query_lineage_tracker.lineage.result import Effect, LineageResult, ObjectName, StatementKind
from query_lineage_tracker.ports.analysis import LineageAnalyzer, Run, SchemaResolver
from query_lineage_tracker.ports.sources import FetchedBatch, QuerySource
from query_lineage_tracker.ports.store import (
    AnalyzedStatement,
    Batch,
    Definition,
    Execution,
    IngestStore,
    KnownStatement,
    Lease,
    SavedBatch,
)
from query_lineage_tracker.services.answers import Answered, answers_of, change_told, rolled_back
from query_lineage_tracker.services.definitions import ToldView, defined, told_views
from query_lineage_tracker.services.known_columns import COLUMN_CHANGING, columns_told, objects_of_changes
from query_lineage_tracker.services.literal_free_texts import literal_free_texts
from query_lineage_tracker.services.prepare import (
    ClaimRules,
    PreparedExecution,
    Runs,
    prepare,
    runs_of,
    statement_text,
    texts_of,
)
from query_lineage_tracker.services.rejected import redact_rejected
from query_lineage_tracker.services.saving import save_or_divide

log = structlog.get_logger()

_REMEMBERED_STATEMENTS = 50_000
_DATA_CHANGING = frozenset({Effect.WRITES, Effect.DEFINES})


@dataclass(frozen=True, slots=True)
class IngestRules:
    """What ingest of one cluster goes by. `sinks` are the names of those that get messages."""

    cluster: str
    namespace: str
    redact_literals: bool = False
    claims: ClaimRules = field(default_factory=ClaimRules)
    sinks: tuple[str, ...] = ()


class IngestObserver(Protocol):
    """Who wants to know what ingest saved: metrics, a progress bar."""

    def batch_saved(self, batch: Batch, saved: SavedBatch, seconds: float) -> None: ...


class Ingest:
    """Takes what a source fetches, analyzes what is new, and saves it, one transaction a batch.

    While one batch is being saved the next one is fetched and prepared; batches are saved strictly in order.
    """

    def __init__(
        self,
        store: IngestStore,
        analyzer: LineageAnalyzer,
        rules: IngestRules,
        observers: Sequence[IngestObserver] = (),
        columns: SchemaResolver | None = None,
    ) -> None:
        self._store = store
        self._analyzer = analyzer
        self._rules = rules
        self._observers = observers
        self._columns = columns
        self._known: dict[UUID, KnownStatement] = {}
        self._known_views: set[tuple[ViewText, date]] = set()
        self._other_columns = False

    async def run_pass(self, source: QuerySource, lease: Lease | None = None) -> SavedBatch:
        """Fetch once and save everything; returns what changed.

        Raises what the source or the store raises. Batches saved until then stay, the one in flight is rolled back;
        watermark and position stand where the last saved batch put them.
        """
        run_id = await self._store.begin_run(self._rules.cluster, source.name)
        saved = SavedBatch()
        # Others may have told of columns meanwhile.
        self._known.clear()
        try:
            async for part in self._saved_parts(source, run_id, lease):
                saved += part
        except BaseException as problem:
            # What a batch taught us about statements was rolled back with it.
            self._known.clear()
            self._known_views.clear()
            if isinstance(problem, Exception):
                await self._end_failed_run(run_id, saved, problem)
            raise
        await self._store.end_run(run_id, saved, None)
        return saved

    async def _end_failed_run(self, run_id: UUID, saved: SavedBatch, problem: Exception) -> None:
        try:
            await self._store.end_run(run_id, saved, str(problem) or type(problem).__name__)
        except Exception as again:
            log.warning("ingest.run_not_ended", run_id=str(run_id), problem=str(again))

    async def _saved_parts(self, source: QuerySource, run_id: UUID, lease: Lease | None) -> AsyncIterator[SavedBatch]:
        saving: asyncio.Task[SavedBatch] | None = None
        try:
            async for fetched, batch in self._batches(source, run_id):
                save = await self._store.ready(batch)
                saved, saving = saving, None
                if saved is not None:
                    yield await saved
                saving = asyncio.create_task(self._save(batch, partial(save, lease), lease, fetched))
                if self._other_columns:
                    # The next batch is analyzed by the columns that this one tells.
                    await asyncio.wait([saving])
                    self._known.clear()
                    self._other_columns = False
        except Exception:
            if saving is not None:
                # It was fetched whole before the failure.
                yield await saving
            raise
        else:
            if saving is not None:
                yield await saving
        finally:
            await _settle(saving)

    async def _batches(self, source: QuerySource, run_id: UUID) -> AsyncIterator[tuple[FetchedBatch, Batch]]:
        state = await self._store.ingest_state(self._rules.cluster, source.name)
        async for fetched in source.fetch(state):
            yield fetched, await self._batch(fetched, source.name, run_id)

    async def _save(
        self, batch: Batch, save: Callable[[], Awaitable[SavedBatch]], lease: Lease | None, fetched: FetchedBatch
    ) -> SavedBatch:
        started = time.perf_counter()
        parts = await save_or_divide(self._store, batch, lease, save, fetched.refused)
        saved = parts.saved
        if parts.refused:
            # What was taken to be stored with them may not be.
            self._known.clear()
            self._known_views.clear()
        seconds = time.perf_counter() - started
        for observer in self._observers:
            observer.batch_saved(batch, saved, seconds)
        log.debug("ingest.batch_saved", batch_id=str(batch.batch_id), rows=len(batch.executions), seconds=seconds)
        for gap in batch.gaps[: saved.gaps]:
            _tell_gap(batch, gap)
        if fetched.saved is not None:
            await fetched.saved()
        return saved

    async def _batch(self, fetched: FetchedBatch, source: str, run_id: UUID) -> Batch:
        rules = self._rules
        prepared = await asyncio.to_thread(
            prepare,
            fetched.queries,
            namespace=rules.namespace,
            redact_literals=rules.redact_literals,
            claims=rules.claims,
            attributions=fetched.attributions,
        )
        statements = {one.statement_id: one for one in reversed(prepared)}
        runs = runs_of(prepared)
        answers = answers_of(prepared, fetched.answers)
        known = await self._known_statements(runs, answers)
        analyzed = await self._analyze([one for key, one in statements.items() if key not in known], runs, answers)
        may_tell = [statements[key] for key in known if known[key].kind in COLUMN_CHANGING]
        columns = await self._columns_told(analyzed, may_tell, runs, answers)
        known |= {one.statement_id: _known_now(one) for one in analyzed}
        self._remember(known)
        views = await self._views(fetched)
        executions = await asyncio.to_thread(_executions, prepared, known)
        return Batch(
            batch_id=uuid4(),
            run_id=run_id,
            cluster=rules.cluster,
            namespace=rules.namespace,
            source=source,
            executions=executions,
            texts=texts_of(prepared) | {one.text_id: one.redacted for one in views},
            statements=(*analyzed, *(statement for statement, _ in views.values())),
            columns=columns,
            rejected=tuple(redact_rejected(row, literals=rules.redact_literals) for row in fetched.rejected),
            claims=fetched.claims,
            undescribed=fetched.undescribed,
            definitions=tuple(definition for _, definition in views.values()),
            rolled_back=rolled_back(prepared),
            gaps=fetched.gaps,
            lost=fetched.lost,
            watermark=fetched.watermark,
            position=fetched.position,
            sinks=rules.sinks,
        )

    async def _known_statements(self, runs: Runs, answers: Mapping[UUID, Answered]) -> dict[UUID, KnownStatement]:
        """Those that need no analysis: what another version analyzed, or by other columns, is as good as new."""
        known = {key: self._known[key] for key in runs if key in self._known}
        others = [key for key in runs if key not in known]
        if others:
            known.update(await self._store.known_statements(others))
        return {key: one for key, one in known.items() if self._is_current(one, runs[key], answers.get(key))}

    def _is_current(self, known: KnownStatement, runs: Sequence[Run], answered: Answered | None) -> bool:
        """Whether an analysis would find nothing new; what only ran before columns changed is right as it is.

        A REFRESH says nothing itself: it is what the definition says that there is by then.
        """
        if known.analyzer != self._analyzer.version or known.kind is StatementKind.REFRESH:
            return False
        if answered is not None and answered.is_news_to(known):
            return False
        changed = known.columns_changed
        return changed is None or all(run.created <= changed for run in runs)

    async def _analyze(
        self, new: Sequence[PreparedExecution], runs: Runs, answers: Mapping[UUID, Answered]
    ) -> tuple[AnalyzedStatement, ...]:
        if not new:
            return ()
        results = await self._analyzer.analyze([statement_text(one, runs) for one in new])
        texts = await literal_free_texts([one.analyzed.redacted for one in new], results)
        return tuple(
            self._analyzed(one, result, text, answers.get(one.statement_id))
            for one, result, text in zip(new, results, texts, strict=True)
        )

    def _analyzed(
        self, execution: PreparedExecution, result: LineageResult, text: str | None, answered: Answered | None
    ) -> AnalyzedStatement:
        return AnalyzedStatement(
            statement_id=execution.statement_id,
            fingerprint=execution.analyzed.fingerprint,
            session_catalog=execution.query.session.catalog,
            session_schema=execution.query.session.schema,
            text_id=execution.analyzed.text_id,
            result=result,
            analyzer=self._analyzer.version,
            literal_free=text,
            engine=None if answered is None else answered.answer,
            engine_at=None if answered is None else answered.at,
        )

    async def _columns_told(
        self,
        analyzed: Sequence[AnalyzedStatement],
        known: Sequence[PreparedExecution],
        runs: Runs,
        answers: Mapping[UUID, Answered],
    ) -> dict[ObjectName, ColumnSet]:
        """What the executions tell of columns. Known statements are read again for it: they are few and it is quick."""
        if self._columns is None:
            return {}
        again = await self._analyzer.analyze([statement_text(one, runs) for one in known]) if known else ()
        results = {one.statement_id: one.result for one in analyzed}
        results |= {one.statement_id: result for one, result in zip(known, again, strict=True)}
        changes = {key: change_told(result, answers.get(key)) for key, result in results.items()}
        executed = [(run, change) for key, change in changes.items() if change is not None for run in runs[key]]
        if not executed:
            return {}
        stored = await self._columns.columns(objects_of_changes(changes.values()))
        told = columns_told(stored, executed)
        self._other_columns |= any(one.columns != _columns(stored.get(name)) for name, one in told.items())
        return told

    async def _views(self, fetched: FetchedBatch) -> dict[ToldView, tuple[AnalyzedStatement, Definition]]:
        """The definitions of views that are news, which they are once a day: every query that reads a view tells it."""
        created = {query.query_id: query.created for query in fetched.queries}
        views = [(view, created[key]) for key, its in fetched.views.items() if key in created for view in its]
        told = told_views(views, redact_literals=self._rules.redact_literals)
        news = [one for one in told if (one.view, one.last_seen.date()) not in self._known_views]
        if len(self._known_views) > _REMEMBERED_STATEMENTS:
            self._known_views.clear()
        self._known_views.update((one.view, one.last_seen.date()) for one in news)
        return dict(zip(news, await defined(news, self._analyzer, self._rules.namespace), strict=True)) if news else {}

    def _remember(self, known: Mapping[UUID, KnownStatement]) -> None:
        if len(self._known) + len(known) > _REMEMBERED_STATEMENTS:
            self._known.clear()
        self._known.update(known)


def _known_now(analyzed: AnalyzedStatement) -> KnownStatement:
    result, engine = analyzed.result, analyzed.engine
    return KnownStatement(
        analyzed.statement_id,
        result.effect,
        analyzed.analyzer,
        result.kind,
        engine_digest=None if engine is None else engine.digest(),
        engine_at=analyzed.engine_at,
    )


def _tell_gap(batch: Batch, gap: Gap) -> None:
    tell = log.info if gap.start is None else log.warning
    tell(
        "ingest.gap_recorded",
        cluster=batch.cluster,
        source=batch.source,
        cause=gap.cause.value,
        start=None if gap.start is None else gap.start.isoformat(),
        end=gap.end.isoformat(),
        detail=gap.detail,
    )


def _columns(known: ColumnSet | None) -> tuple[str, ...] | None:
    return None if known is None else known.columns


async def _settle(saving: asyncio.Task[SavedBatch] | None) -> None:
    """Nothing may still be saving after the pass has ended: a save in flight is rolled back."""
    if saving is not None and not saving.done():
        saving.cancel()
        await asyncio.wait([saving])


def _executions(prepared: Sequence[PreparedExecution], known: Mapping[UUID, KnownStatement]) -> tuple[Execution, ...]:
    return tuple(_execution(one, known[one.statement_id].effect) for one in prepared)


def _execution(prepared: PreparedExecution, effect: Effect) -> Execution:
    query = prepared.query
    return Execution(
        query=query,
        text_id=prepared.text.text_id,
        prepared_text_id=None if prepared.prepared_text is None else prepared.prepared_text.text_id,
        statement_id=prepared.statement_id,
        capture=capture_of(query.state),
        outcome=outcome_of(query, writes=effect in _DATA_CHANGING),
        claim=prepared.claim,
    )
