"""Writes that only polls told of: who is asked about, and what the answers change. On a real PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.trino_events import lines

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.descriptions import PostgresDescriptions
from query_lineage_tracker.adapters.postgres.leases import PostgresLeases
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.adapters.trino.query_info import parse_query_info
from query_lineage_tracker.domain.capture import Undescribed
from query_lineage_tracker.domain.history import ExecutedQuery, ResourceUse, Teller
from query_lineage_tracker.errors import TrinoUnreachable
from query_lineage_tracker.events.batch import batch_of
from query_lineage_tracker.events.told import ToldQuery
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState, QuerySource
from query_lineage_tracker.ports.store import Lease, SavedBatch
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.describe import DescribeRules, DescribeWrites
from query_lineage_tracker.services.ingest import Ingest, IngestRules

pytestmark = pytest.mark.anyio

CTAS, SELECT, UPDATE = "20261122_171402_00062_99ia3", "20261122_171401_00060_99ia3", "20261122_171348_00034_99ia3"
RULES = DescribeRules("trino", timedelta(minutes=15).total_seconds(), 10)


def told() -> dict[str, ToldQuery]:
    parsed = [parse_query_info(json.loads(line), "recorded") for line in lines("query_info.jsonl")]
    return {one.query.query_id: one for one in parsed if isinstance(one, ToldQuery)}


TOLD = told()


def polled(query_id: str, **more: Any) -> ExecutedQuery:
    """The execution as a poll tells it."""
    return replace(TOLD[query_id].query, told_by=Teller.POLL, resources=ResourceUse(), **more)


@dataclass
class Given:
    """A source that gives one batch, then fails if told to."""

    batch: FetchedBatch
    name: str = "trino"
    then: Exception | None = None

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        yield self.batch
        if self.then is not None:
            raise self.then

    async def aclose(self) -> None:
        pass


@dataclass
class Coordinator:
    """`ports.Describer` that knows the recorded queries."""

    forbidden: Sequence[str] = ()
    then: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def describe(self, query_ids: Sequence[str]) -> QuerySource:
        self.asked += query_ids
        known = batch_of(TOLD[one] for one in query_ids if one not in self.forbidden)
        refused = tuple((one, Undescribed.FORBIDDEN) for one in query_ids if one in self.forbidden)
        return Given(replace(known, undescribed=refused), "details", self.then)


@dataclass
class Tracker:
    database: Database
    ingest: Ingest
    lease: Lease

    async def poll(self, *queries: ExecutedQuery, source: str = "trino") -> None:
        watermark = max(one.ended for one in queries if one.ended is not None)
        await self.ingest.run_pass(Given(FetchedBatch(queries, watermark=watermark), source), self.lease)

    async def describe(self, coordinator: Coordinator) -> SavedBatch:
        describing = DescribeWrites(PostgresDescriptions(self.database), coordinator, self.ingest, RULES)
        return await describing.once(self.lease, asyncio.Event())

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.database.transaction() as connection:
            return await (await connection.execute(sql)).fetchall()


@pytest.fixture
async def tracker(database: Database) -> Tracker:
    ingest = Ingest(PostgresStore(database), TrinoAnalyzer(), IngestRules("trino", "trino"))
    return Tracker(database, ingest, await PostgresLeases(database).acquire("trino", "a test", 60))


async def test_a_write_that_only_a_poll_told_of_is_described(tracker: Tracker) -> None:
    await tracker.poll(polled(SELECT), polled(CTAS, principal=None))
    coordinator = Coordinator()
    assert (await tracker.describe(coordinator)).advanced == 1
    assert coordinator.asked == [CTAS]
    kept = "SELECT told_by, principal, written_bytes FROM omd.trino_queries_history WHERE description = 'REST'"
    assert await tracker.rows(kept) == [(["POLL", "REST"], "alice", 370)]
    assert await tracker.rows(
        "SELECT upstream_column, downstream_column, method FROM omd.column_edges "
        "JOIN omd.trino_query_objects ON object_id = downstream_id WHERE name = 't19' ORDER BY 1"
    ) == [("k", "k", "BOTH"), ("sb", "sb", "BOTH")]


async def test_the_views_that_trino_met_are_learnt_on_the_way(tracker: Tracker) -> None:
    await tracker.poll(polled(CTAS))
    await tracker.describe(Coordinator())
    assert await tracker.rows(
        "SELECT upstream_column, downstream_column FROM omd.column_edges "
        "JOIN omd.trino_query_objects ON object_id = downstream_id WHERE name = 'm' AND downstream_column <> '' "
        "ORDER BY 1"
    ) == [("b", "sb"), ("k", "k")]


async def test_what_is_described_is_not_asked_for_again(tracker: Tracker) -> None:
    await tracker.poll(polled(CTAS))
    coordinator = Coordinator()
    await tracker.describe(coordinator)
    assert await tracker.describe(coordinator) == SavedBatch()
    assert coordinator.asked == [CTAS]
    assert await tracker.rows("SELECT source, error FROM omd.runs ORDER BY started_at") == [
        ("trino", None),
        ("details", None),
    ]


async def test_what_an_event_described_is_not_asked_for(tracker: Tracker) -> None:
    await tracker.poll(polled(CTAS))
    await tracker.poll(replace(TOLD[CTAS].query, told_by=Teller.EVENT), source="events")
    coordinator = Coordinator()
    await tracker.describe(coordinator)
    assert coordinator.asked == []


async def test_a_write_whose_completed_event_never_came_is_asked_for(tracker: Tracker) -> None:
    created = replace(TOLD[CTAS].query, told_by=Teller.EVENT, state=type(TOLD[CTAS].query.state).QUEUED, ended=None)
    await tracker.poll(created, polled(CTAS))
    coordinator = Coordinator()
    await tracker.describe(coordinator)
    assert coordinator.asked == [CTAS]


async def test_recorded_queries_and_those_that_are_forgotten_are_not_asked_for(tracker: Tracker) -> None:
    await tracker.poll(replace(polled(UPDATE), told_by=Teller.FILE), source="files")
    late = polled(CTAS).ended
    assert late is not None
    await tracker.poll(polled(CTAS), polled(SELECT, ended=late + timedelta(minutes=16)))
    coordinator = Coordinator()
    await tracker.describe(coordinator)
    assert coordinator.asked == []


async def test_a_refusal_is_kept_and_not_asked_for_again(tracker: Tracker) -> None:
    await tracker.poll(polled(UPDATE), polled(CTAS))
    coordinator = Coordinator(forbidden=[UPDATE])
    await tracker.describe(coordinator)
    await tracker.describe(coordinator)
    assert coordinator.asked == [UPDATE, CTAS]
    kept = "SELECT query_id, description FROM omd.trino_queries_history ORDER BY 1"
    assert await tracker.rows(kept) == [(UPDATE, "FORBIDDEN"), (CTAS, "REST")]


async def test_a_coordinator_that_stops_answering_fails_nothing_and_is_asked_for_the_rest_later(
    tracker: Tracker,
) -> None:
    await tracker.poll(polled(CTAS))
    silent = Coordinator(forbidden=[CTAS], then=TrinoUnreachable("gone"))
    assert await tracker.describe(silent) == SavedBatch()
    assert await tracker.rows("SELECT error FROM omd.runs WHERE source = 'details'") == [("gone",)]


async def test_at_most_so_many_are_asked_for_and_the_oldest_first(tracker: Tracker) -> None:
    await tracker.poll(*[polled(one) for one in TOLD])
    wanted = await PostgresDescriptions(tracker.database).undescribed("trino", 900, 3)
    writes = await tracker.rows(
        "SELECT query_id FROM omd.trino_queries_history WHERE outcome IS NOT NULL ORDER BY ended, query_id"
    )
    assert list(wanted) == [query_id for (query_id,) in writes[:3]]
    assert len(writes) > 3
