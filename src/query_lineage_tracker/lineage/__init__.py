"""The Trino SQL analyzer as a library: pure functions, no I/O, no dependency.

docs/reference/analyze.md has shapes and examples.
"""

from __future__ import annotations

from typing import Any

from query_lineage_tracker.lineage.analyze import KnownColumns, analyze

__all__ = ["KnownColumns", "analyze", "as_json"]


def as_json(
    sql: str, *, catalog: str | None = None, schema: str | None = None, columns: KnownColumns | None = None
) -> dict[str, Any]:
    """The same answer as that of `analyze`, as the documented JSON object of `qlt analyze`; never raises."""
    from query_lineage_tracker.lineage.answer import answer
    from query_lineage_tracker.lineage.fingerprint import fingerprint

    return answer(analyze(sql, catalog=catalog, schema=schema, columns=columns), fingerprint(sql))
