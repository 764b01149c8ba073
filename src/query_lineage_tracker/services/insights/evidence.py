"""Why an edge is there: the statements that make it, with the expression in their texts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from query_lineage_tracker.domain.insights.lineage import Evidence, Span, Witness
from query_lineage_tracker.errors import UsageError
from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.column_sets import ColumnSet
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.insights import EvidenceReads, FoundWitness
from query_lineage_tracker.services.insights.naming import Focus

_LONGEST_TEXT = 100_000


class ColumnsOfNamespaces(Protocol):
    """Columns of objects of a namespace; objects whose columns are unknown are absent."""

    async def columns(self, namespace: str, objects: Sequence[ObjectName]) -> Mapping[ObjectName, ColumnSet]: ...


async def evidence_of(
    reads: EvidenceReads, known: ColumnsOfNamespaces, upstream: Focus, downstream: Focus, *, limit: int = 20
) -> Evidence:
    """The statements that make the edge, the latest first.

    With an upstream column: the column edge, into the downstream column or, without one, into all rows. Raises
    UsageError for a downstream column alone.
    """
    if downstream.column is not None and upstream.column is None:
        raise UsageError("a column edge has a column on both sides", hint="Name the upstream column, too.")
    ends = (upstream.object.object_id, downstream.object.object_id)
    found = await reads.evidence(ends, (upstream.column, downstream.column), limit + 1)
    return Evidence(
        upstream=upstream.object.object,
        upstream_column=upstream.column,
        downstream=downstream.object.object,
        downstream_column=downstream.column,
        rows=tuple([await _highlighted(known, one) for one in found[:limit]]),
        capped=len(found) > limit,
    )


async def _highlighted(known: ColumnsOfNamespaces, found: FoundWitness) -> Witness:
    """The witness with where the expressions of its columns stand: found by analyzing the text that is shown."""
    text = found.witness.text
    if not found.columns or text is None or len(text) > _LONGEST_TEXT:
        return found.witness
    read = partial(analyze, text, catalog=found.session_catalog, schema=found.session_schema, spans=True)
    asked = (await asyncio.to_thread(read)).known
    sets = await known.columns(found.namespace, [name for name, _ in asked])
    columns = {name: one.columns for name, one in sets.items()}
    result = await asyncio.to_thread(partial(read, columns=columns))
    spans = [
        Span(column.name, *column.span)
        for column in result.columns
        if column.span is not None and column.name in found.columns
    ]
    return replace(found.witness, spans=tuple(spans))
