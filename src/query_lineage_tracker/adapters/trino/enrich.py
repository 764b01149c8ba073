"""Executions that the coordinator is asked about one by one, at a bounded rate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event

from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.adapters.trino.connection import TrinoConnection
from query_lineage_tracker.adapters.trino.query_info import parse_query_info
from query_lineage_tracker.adapters.trino.single import query_info
from query_lineage_tracker.domain.capture import Undescribed
from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.errors import PermissionMissing, TrinoUnreachable
from query_lineage_tracker.events.batch import batch_of
from query_lineage_tracker.events.told import ToldQuery
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState

_QUERIES_A_BATCH = 25


@dataclass(slots=True)
class _Answers:
    told: list[ToldQuery | RejectedRow] = field(default_factory=list)
    undescribed: list[tuple[str, Undescribed]] = field(default_factory=list)
    problem: TrinoUnreachable | PermissionMissing | None = None

    def batch(self) -> FetchedBatch:
        return replace(batch_of(self.told), undescribed=tuple(self.undescribed))


class TrinoDescriptions:
    """`ports.Describer` over a connection that nobody else uses at the same time; at most `rate` questions a second.

    An answer that is not understood is quarantined, once: its query is not asked about again.
    """

    def __init__(self, connection: TrinoConnection, rate: float) -> None:
        self._connection = connection
        self._rate = rate
        self._not_understood: set[str] = set()

    def describe(self, query_ids: Sequence[str]) -> DescribedQueries:
        """The source that asks about each of the queries."""
        return DescribedQueries(self, [one for one in query_ids if one not in self._not_understood])

    def ask(self, query_ids: Sequence[str], stop: Event) -> _Answers:
        """Ask about the queries, until something stands in the way. Blocks."""
        answers = _Answers()
        for query_id in query_ids:
            if stop.wait(1 / self._rate):
                break
            try:
                self._ask(query_id, answers)
            except (TrinoUnreachable, PermissionMissing) as problem:
                answers.problem = problem
                break
        return answers

    def _ask(self, query_id: str, answers: _Answers) -> None:
        found = query_info(self._connection, query_id)
        if isinstance(found, Undescribed):
            answers.undescribed.append((query_id, found))
            return
        told = parse_query_info(found, f"details of {query_id}")
        if isinstance(told, RejectedRow):
            self._not_understood.add(query_id)
        answers.told.append(told)


class DescribedQueries:
    """The source of what the coordinator answers about some queries; each query is asked about once."""

    def __init__(self, descriptions: TrinoDescriptions, query_ids: Sequence[str]) -> None:
        self._descriptions = descriptions
        self._query_ids = query_ids
        self._stop = Event()

    @property
    def name(self) -> str:
        return "details"

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        """Batch after batch. Raises TrinoUnreachable or PermissionMissing after what was answered before."""
        for start in range(0, len(self._query_ids), _QUERIES_A_BATCH):
            asked = self._query_ids[start : start + _QUERIES_A_BATCH]
            answers = await in_thread(partial(self._descriptions.ask, asked, self._stop), self._stop)
            yield answers.batch()
            if answers.problem is not None:
                raise answers.problem

    async def aclose(self) -> None:
        """Stop asking; the connection is another's."""
        self._stop.set()
