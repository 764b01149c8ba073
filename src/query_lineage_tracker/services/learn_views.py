"""Asking Trino for the texts of views that statements read, a little with every pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import structlog

from query_lineage_tracker.lineage.differences import outline_of
from query_lineage_tracker.lineage.engine import FetchedViews
from query_lineage_tracker.lineage.redaction import redact_message
from query_lineage_tracker.lineage.result import LineageResult, ObjectName
from query_lineage_tracker.ports.analysis import LineageAnalyzer, ViewSource, ViewStore
from query_lineage_tracker.ports.store import Batch, Definition, IngestStore, SavedBatch
from query_lineage_tracker.services.definitions import ToldView, defined, told_views
from query_lineage_tracker.services.saving import save_or_divide

log = structlog.get_logger()

_MOST_OBJECTS = 500


@dataclass(frozen=True, slots=True)
class ViewRules:
    """Whose views, and who is told. `cluster` is any of the namespace; `refresh_s` is how long an answer holds."""

    cluster: str
    namespace: str
    refresh_s: float
    redact_literals: bool = False
    sinks: tuple[str, ...] = ()


class LearnViews:
    """One question a pass; what Trino answers is saved like definitions that events told of."""

    def __init__(
        self, store: IngestStore, views: ViewStore, source: ViewSource, analyzer: LineageAnalyzer, rules: ViewRules
    ) -> None:
        self._store = store
        self._views = views
        self._source = source
        self._analyzer = analyzer
        self._rules = rules

    async def once(self) -> SavedBatch:
        """Ask once, if anything ought to be asked; returns what it changed."""
        wanted = await self._views.wanted(self._rules.refresh_s, _MOST_OBJECTS)
        answer = await self._source.fetch(wanted) if wanted else None
        if answer is None:
            if wanted:
                log.warning("views.not_answered", objects=len(wanted))
            return SavedBatch()
        answer = replace(answer, problem=redact_message(answer.problem, literals=self._rules.redact_literals))
        saved = await self._save(answer) if answer.views else SavedBatch()
        await self._views.keep(answer)
        log.info("views.asked", objects=len(answer.asked), views=len(answer.views), edges=saved.edges)
        if answer.problem:
            log.info("views.refused", objects=len(answer.asked), problem=answer.problem)
        return saved

    async def _save(self, answer: FetchedViews) -> SavedBatch:
        rules = self._rules
        told = told_views(((view, answer.asked_at) for view in answer.views), redact_literals=rules.redact_literals)
        confirmed = await self._confirmed(told)
        news = [one for one in told if one.view.object not in confirmed]
        found = await defined(news, self._analyzer, rules.namespace) if news else ()
        batch = Batch(
            batch_id=uuid4(),
            run_id=uuid4(),
            cluster=rules.cluster,
            namespace=rules.namespace,
            source="views",
            texts={one.text_id: one.redacted for one in news},
            statements=tuple(statement for statement, _ in found),
            definitions=(*(definition for _, definition in found), *confirmed.values()),
            sinks=rules.sinks,
        )
        return (await save_or_divide(self._store, batch, None)).saved

    async def _confirmed(self, told: Sequence[ToldView]) -> Mapping[ObjectName, Definition]:
        """The views whose text says, in the session of the definition that is known, just what that one says.

        Trino tells the text but not the session: to believe the text alone would turn known tables into unresolved
        names.
        """
        known = await self._views.definitions([one.view.object for one in told])
        pairs = [(one, known[one.view.object]) for one in told if one.view.object in known]
        before = await self._analyzer.analyze([text for _, text in pairs])
        after = await self._analyzer.analyze([replace(text, sql=one.redacted) for one, text in pairs])
        found = {}
        for (one, text), old, new in zip(pairs, before, after, strict=True):
            if text.statement_id is not None and _says_the_same(old, new):
                view = one.view
                times = one.first_seen, one.last_seen
                found[view.object] = Definition(view.object, view.materialized, text.statement_id, *times)
        return found


def _says_the_same(one: LineageResult, other: LineageResult) -> bool:
    return (
        one.error is None
        and not one.unresolved
        and outline_of(one) == outline_of(other)
        and [column.name for column in one.columns] == [column.name for column in other.columns]
    )
