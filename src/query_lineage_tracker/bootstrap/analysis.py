"""The analyzer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from query_lineage_tracker.config import Configuration
from query_lineage_tracker.lineage.passed_text import PassThrough
from query_lineage_tracker.ports.analysis import LineageAnalyzer
from query_lineage_tracker.services.analysis import TrinoAnalyzer

log = structlog.get_logger()


@asynccontextmanager
async def opened_analyzer(configuration: Configuration) -> AsyncIterator[LineageAnalyzer]:
    """The analyzer that the configuration names."""
    analyzer = _analyzer(configuration)
    try:
        yield analyzer
    finally:
        await analyzer.aclose()


def _analyzer(configuration: Configuration) -> LineageAnalyzer:
    settings = configuration.analyzer
    if settings.name == "trino":
        pass_through = pass_through_by(settings.pass_through_dialects)
        if settings.pass_through_dialects and pass_through is None:
            log.warning("analyzer.no_dialects", hint="pip install 'query-lineage-tracker[sqlglot]'")
        return TrinoAnalyzer(slow_s=settings.timeout.total_seconds(), pass_through=pass_through)
    from query_lineage_tracker.adapters.sqllineage.analyzer import SqllineageAnalyzer, WorkerLimits

    limits = WorkerLimits(settings.timeout.total_seconds(), settings.memory_bytes, settings.workers)
    return SqllineageAnalyzer(limits)


def pass_through_by(dialects: Sequence[tuple[str, str]]) -> PassThrough | None:
    """What reads the dialects of catalogs; None where none is named or the extra is missing."""
    if not dialects:
        return None
    from query_lineage_tracker.adapters.sqlglot.pass_through import SqlglotPassThrough, installed

    return SqlglotPassThrough(dialects) if installed() else None
