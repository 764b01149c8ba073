"""Rows from the quarantine, read once more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from typing import Any

from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.events.batch import Told, batch_of
from query_lineage_tracker.events.message import parse_message
from query_lineage_tracker.events.told import ToldQuery
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState
from query_lineage_tracker.ports.store import Execution


class QuarantinedRows:
    """A source of what can be understood by now; `understood` and `refused` tell of each row when the pass is over.

    What PostgreSQL refuses, once more, is among the `refused`.

    It neither moves a watermark nor puts anything into quarantine a second time.
    """

    name = "replay"

    def __init__(self, rows: Iterable[Mapping[str, Any]], batch_size: int) -> None:
        self._batch_size = batch_size
        self._told: list[Told] = []
        self._rows: dict[object, list[int]] = {}
        self.understood: list[int] = []
        self.refused: dict[int, str] = {}
        for row in rows:
            self._read(row)

    def _read(self, row: Mapping[str, Any]) -> None:
        told = parse_message(row["payload"].encode("utf-8", "replace"), row["origin"])
        reasons = [one.reason for one in told if isinstance(one, RejectedRow)]
        if reasons:
            self.refused[row["id"]] = "; ".join(reasons)
        else:
            self._told += told
            for one in told:
                self._rows.setdefault(_identity(one), []).append(row["id"])
            self.understood.append(row["id"])

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        for first in range(0, len(self._told), self._batch_size):
            yield replace(batch_of(self._told[first : first + self._batch_size]), refused=self._refuse)

    def _refuse(self, thing: object, reason: str) -> bool:
        rows = self._rows.get(_identity(thing), ())
        for row_id in rows:
            self.refused[row_id] = reason
        self.understood = [row_id for row_id in self.understood if row_id not in self.refused]
        return bool(rows)

    async def aclose(self) -> None:
        """Nothing is open."""


def _identity(told: object) -> object:
    """What is known by its query id, before and after it was prepared; a claim by what it says."""
    if isinstance(told, (ToldQuery, Execution)):
        return told.query.query_id
    return told
