"""Single executions asked of a coordinator: what it answers, what it refuses, and what stands in the way."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from tests.coordinators import FakeCoordinator
from tests.trino_events import lines

from query_lineage_tracker.adapters.trino.connection import TrinoConnection
from query_lineage_tracker.adapters.trino.enrich import DescribedQueries, TrinoDescriptions
from query_lineage_tracker.domain.capture import Undescribed
from query_lineage_tracker.domain.history import Teller
from query_lineage_tracker.errors import PermissionMissing, TrinoUnreachable
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState

Connect = Callable[..., TrinoConnection]
INFOS: list[dict[str, Any]] = [json.loads(line) for line in lines("query_info.jsonl")]
IDS = [info["queryId"] for info in INFOS]


@pytest.fixture
def descriptions(coordinator: FakeCoordinator, connected: Connect) -> TrinoDescriptions:
    coordinator.listed = list(INFOS)
    return TrinoDescriptions(connected(coordinator), rate=10_000)


def fetched(source: DescribedQueries) -> list[FetchedBatch]:
    async def collect() -> list[FetchedBatch]:
        return [batch async for batch in source.fetch(IngestState())]

    return asyncio.run(collect())


def path(query_id: str) -> str:
    return f"/v1/query/{query_id}"


def asked(coordinator: FakeCoordinator) -> list[str]:
    return [address.removeprefix("/v1/query/").removesuffix("?pruned=true") for _, address in coordinator.asked]


def test_each_query_is_asked_for_once_and_told_with_its_answer(
    coordinator: FakeCoordinator, descriptions: TrinoDescriptions
) -> None:
    (batch,) = fetched(descriptions.describe(IDS))
    assert asked(coordinator) == IDS
    assert [one.query_id for one in batch.queries] == IDS
    assert {one.told_by for one in batch.queries} == {Teller.REST}
    assert batch.answers["20261122_171402_00062_99ia3"].target == ObjectName("lake", "s", "t19")
    assert set(batch.views) == {"20261122_171401_00060_99ia3", "20261122_171402_00062_99ia3"}
    assert (batch.rejected, batch.undescribed, batch.watermark, batch.position) == ((), (), None, None)


def test_many_queries_come_in_several_batches(coordinator: FakeCoordinator, descriptions: TrinoDescriptions) -> None:
    unknown = [f"20261122_171401_{number:05}_99ia3" for number in range(1000, 1060)]
    batches = fetched(descriptions.describe(unknown))
    assert [len(batch.undescribed) for batch in batches] == [25, 25, 10]


@pytest.mark.parametrize(
    ("status", "reason"), [(403, Undescribed.FORBIDDEN), (404, Undescribed.GONE), (410, Undescribed.GONE)]
)
def test_a_refusal_is_a_fact(
    coordinator: FakeCoordinator, descriptions: TrinoDescriptions, status: int, reason: Undescribed
) -> None:
    coordinator.statuses[path(IDS[1])] = status
    (batch,) = fetched(descriptions.describe(IDS[:3]))
    assert batch.undescribed == ((IDS[1], reason),)
    assert [one.query_id for one in batch.queries] == [IDS[0], IDS[2]]


@pytest.mark.parametrize(("status", "error"), [(401, PermissionMissing), (500, TrinoUnreachable)])
def test_what_was_answered_before_a_problem_is_kept(
    coordinator: FakeCoordinator, descriptions: TrinoDescriptions, status: int, error: type[Exception]
) -> None:
    coordinator.statuses[path(IDS[2])] = status
    batches: list[FetchedBatch] = []

    async def collect() -> None:
        async for batch in descriptions.describe(IDS).fetch(IngestState()):
            batches.append(batch)  # noqa: PERF401  # what came before the failure is wanted

    with pytest.raises(error):
        asyncio.run(collect())
    assert [one.query_id for batch in batches for one in batch.queries] == IDS[:2]
    assert batches[0].undescribed == ()
    assert asked(coordinator) == IDS[:3]


def test_a_coordinator_that_does_not_answer_is_a_problem(
    coordinator: FakeCoordinator, descriptions: TrinoDescriptions
) -> None:
    coordinator.raises = requests.ConnectionError("refused")
    with pytest.raises(TrinoUnreachable):
        fetched(descriptions.describe(IDS))


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"queryId": 7}'])
def test_what_is_not_understood_is_rejected_once(
    coordinator: FakeCoordinator, descriptions: TrinoDescriptions, body: bytes
) -> None:
    coordinator.bodies[path(IDS[0])] = body
    (batch,) = fetched(descriptions.describe(IDS[:2]))
    assert [row.origin for row in batch.rejected] == [f"details of {IDS[0]}"]
    assert [one.query_id for one in batch.queries] == [IDS[1]]
    fetched(descriptions.describe(IDS[:2]))
    assert asked(coordinator) == [IDS[0], IDS[1], IDS[1]]


def test_no_more_are_asked_for_in_a_second_than_the_rate(coordinator: FakeCoordinator, connected: Connect) -> None:
    coordinator.listed = list(INFOS)
    begin = time.monotonic()
    fetched(TrinoDescriptions(connected(coordinator), rate=50).describe(IDS[:10]))
    assert time.monotonic() - begin >= 0.19


def test_closing_the_source_ends_the_questions(coordinator: FakeCoordinator, connected: Connect) -> None:
    coordinator.listed = list(INFOS)

    async def close_early() -> list[FetchedBatch]:
        source = TrinoDescriptions(connected(coordinator), rate=5).describe(IDS)
        asyncio.get_running_loop().call_later(0.3, lambda: asyncio.ensure_future(source.aclose()))
        return [batch async for batch in source.fetch(IngestState())]

    (batch,) = asyncio.run(close_early())
    assert len(batch.queries) == len(coordinator.asked) < 5
