"""Definitions of views that Trino told of: read like the statements that would have created them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from query_lineage_tracker.lineage.engine import EngineAnswer, EngineTable, ViewText
from query_lineage_tracker.lineage.fingerprint import normalize
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.analysis import LineageAnalyzer, StatementText
from query_lineage_tracker.ports.store import AnalyzedStatement, Definition
from query_lineage_tracker.services.identity import statement_id, text_id
from query_lineage_tracker.services.literal_free_texts import literal_free_texts


@dataclass(frozen=True, slots=True)
class ToldView:
    """A view as Trino told it, as the redacted statement that would create it, and when it was so."""

    view: ViewText
    redacted: str
    fingerprint: str
    first_seen: datetime
    last_seen: datetime

    @property
    def text_id(self) -> UUID:
        return text_id(self.redacted)


def told_views(views: Iterable[tuple[ViewText, datetime]], *, redact_literals: bool) -> tuple[ToldView, ...]:
    """Each view once, from views with the moments at which they were told."""
    times: dict[ViewText, list[datetime]] = {}
    for view, seen_at in views:
        times.setdefault(view, []).append(seen_at)
    return tuple(_told(view, seen, redact_literals) for view, seen in times.items())


def _told(view: ViewText, seen: Sequence[datetime], redact_literals: bool) -> ToldView:
    normalized = normalize(_create_statement(view), literals=redact_literals)
    return ToldView(view, normalized.redacted, normalized.fingerprint, min(seen), max(seen))


async def defined(
    told: Sequence[ToldView], analyzer: LineageAnalyzer, namespace: str
) -> tuple[tuple[AnalyzedStatement, Definition], ...]:
    """The definitions with their lineage.

    The session in which a view was created is not told. Mostly it was the view's own catalog and schema: that is
    believed only if every table that the text then names is one that Trino reached through the view, so never where
    Trino did not tell what it reached.
    """
    views = [one.view.object for one in told]
    own = await analyzer.analyze(
        [StatementText(one.redacted, one.view.object.catalog, one.view.object.schema) for one in told]
    )
    bare = await analyzer.analyze([StatementText(one.redacted, None, None) for one in told])
    texts = await literal_free_texts([one.redacted for one in told], bare)
    found = []
    for one, view, in_own, in_none, text in zip(told, views, own, bare, texts, strict=True):
        reaches = one.view.reaches
        confirmed = reaches is not None and not in_own.unresolved and set(in_own.sources) <= set(reaches)
        session = (view.catalog, view.schema) if confirmed else (None, None)
        key = statement_id(namespace, one.fingerprint, *session)
        statement = AnalyzedStatement(
            statement_id=key,
            fingerprint=one.fingerprint,
            session_catalog=session[0],
            session_schema=session[1],
            text_id=one.text_id,
            result=in_own if confirmed else in_none,
            analyzer=analyzer.version,
            literal_free=text,
            engine=None if reaches is None else _answer(one.view.object, reaches),
            engine_at=None if reaches is None else one.last_seen,
        )
        found.append((statement, Definition(view, one.view.materialized, key, one.first_seen, one.last_seen)))
    return tuple(found)


def _answer(view: ObjectName, reaches: Sequence[ObjectName]) -> EngineAnswer:
    return EngineAnswer(tuple(EngineTable(one, direct=True) for one in sorted(reaches)), view)


def _create_statement(view: ViewText) -> str:
    kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
    name = ".".join(_quoted(part) for part in (view.object.catalog, view.object.schema, view.object.name))
    return f"CREATE {kind} {name} AS {view.text}"


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'
