"""Rows from the quarantine, read once more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from query_lineage_tracker.domain.history import ExecutedQuery
from query_lineage_tracker.ports import FetchedBatch, IngestState
from query_lineage_tracker.records import parse_record


class QuarantinedRows:
    """A source of what can be understood by now; `understood` and `refused` tell of each row when the pass is over.

    It neither moves a watermark nor puts anything into quarantine a second time.
    """

    name = "replay"

    def __init__(self, rows: Iterable[Mapping[str, Any]], batch_size: int) -> None:
        self._batch_size = batch_size
        self._queries: list[ExecutedQuery] = []
        self.understood: list[int] = []
        self.refused: dict[int, str] = {}
        for row in rows:
            self._read(row)

    def _read(self, row: Mapping[str, Any]) -> None:
        parsed = parse_record(row["payload"].encode("utf-8", "replace"), row["origin"])
        if isinstance(parsed, ExecutedQuery):
            self._queries.append(parsed)
            self.understood.append(row["id"])
        else:
            self.refused[row["id"]] = parsed.reason

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        for first in range(0, len(self._queries), self._batch_size):
            yield FetchedBatch(tuple(self._queries[first : first + self._batch_size]))

    async def aclose(self) -> None:
        """Nothing is open."""
