"""What must stay the same when a statement only looks different."""

from __future__ import annotations

from collections.abc import Iterable

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.result import Influence, LineageResult, ObjectName
from tests.oracle import queries

KNOWN = {
    ObjectName(catalog, schema, table): {pair[0]: pair[1] for pair in columns}
    for catalog, schemas in queries.TABLES.items()
    for schema, tables in schemas.items()
    for table, columns in tables.items()
}

Outline = tuple[object, ...]


def answer(sql: str) -> LineageResult:
    return analyze(sql, catalog="lake", schema="s", columns=KNOWN)


def outline(result: LineageResult) -> Outline:
    """The lineage without what depends on the layout of the text: places and messages of errors."""
    columns = tuple((column.name, _pairs(column.direct), _pairs(column.indirect)) for column in result.columns)
    return (
        result.kind,
        result.effect,
        frozenset(result.sources),
        result.target,
        frozenset((name.parts, name.target) for name in result.unresolved),
        columns,
        _pairs(result.indirect),
        frozenset(result.columns_read),
        result.coverage,
        result.error is None,
    )


def _pairs(influences: Iterable[Influence]) -> frozenset[Influence]:
    return frozenset(influences)
