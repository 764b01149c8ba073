"""The Trino SQL analyzer as a library: pure functions, no I/O, no dependency.

docs/reference/analyze.md has shapes and examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from query_lineage_tracker.lineage.analyze import KnownColumns, analyze

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.passed_text import PassThrough

__all__ = ["KnownColumns", "analyze", "as_json"]


def as_json(
    sql: str,
    *,
    catalog: str | None = None,
    schema: str | None = None,
    columns: KnownColumns | None = None,
    pass_through: PassThrough | None = None,
) -> dict[str, Any]:
    """The same answer as that of `analyze`, as the documented JSON object of `qlt analyze`; never raises."""
    from query_lineage_tracker.lineage.answer import answer
    from query_lineage_tracker.lineage.fingerprint import fingerprint

    result = analyze(sql, catalog=catalog, schema=schema, columns=columns, pass_through=pass_through)
    return answer(result, fingerprint(sql))
