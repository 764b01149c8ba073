"""Which of many tables OpenMetadata knows by now, in few calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Set

import pytest

from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services
from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink
from query_lineage_tracker.domain.outbox import ObjectFacts
from tests.messages import an_object
from tests.openmetadata.delivering import endpoint_of
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

HANDFUL = 9


def missing(
    fake: FakeOpenMetadata, objects: Sequence[ObjectFacts], *, ignore_case: bool = False
) -> Set[ObjectFacts] | None:
    async def asked() -> Set[ObjectFacts] | None:
        sink = OpenMetadataSink(endpoint_of(fake), OpenMetadataRules(Services("lab"), ignore_case=ignore_case))
        try:
            return await sink.missing(objects)
        finally:
            await sink.aclose()

    return asyncio.run(asked())


def tables(names: Sequence[str]) -> list[ObjectFacts]:
    return [an_object(f"hive.sales.{name}") for name in names]


def fill(fake: FakeOpenMetadata, count: int) -> None:
    for number in range(count):
        fake.state.add_table("lab", "hive", "sales", f"t{number}", columns=["a"])


@pytest.mark.parametrize("awaited", [1, 4, 5, 1000])
@pytest.mark.parametrize("there", [0, 500, 3000])
def test_a_handful_of_calls_is_enough_for_a_schema(awaited: int, there: int) -> None:
    with FakeOpenMetadata() as fake:
        fill(fake, there)
        wanted = tables([f"later{number}" for number in range(awaited)])
        assert missing(fake, wanted) == set(wanted)
        assert len(fake.requests) <= HANDFUL


def test_tables_that_appeared_are_told_from_those_that_did_not(fake: FakeOpenMetadata) -> None:
    wanted = tables([f"t{number}" for number in range(600)])
    fill(fake, 500)
    assert missing(fake, wanted) == set(wanted[500:])
    assert len(fake.requests) <= HANDFUL


def test_a_large_schema_is_listed_once_one_of_its_awaited_tables_is_there(fake: FakeOpenMetadata) -> None:
    fill(fake, 1000)
    assert missing(fake, tables([f"t{number}" for number in range(100)])) == set()


def test_what_openmetadata_can_never_hold_is_not_waited_for(fake: FakeOpenMetadata) -> None:
    objects = [an_object('hive.sales.a"b'), an_object("system.runtime.queries")]
    assert missing(fake, objects) == set()
    assert fake.requests == []


def test_a_branch_waits_for_its_table(fake: FakeOpenMetadata) -> None:
    branches = [an_object("hive.sales.orders", "dev"), an_object("hive.sales.later", "dev")]
    assert missing(fake, branches) == {branches[1]}


def test_names_are_found_in_whatever_case(fake: FakeOpenMetadata) -> None:
    fake.state.add_table("lab", "Hive", "Sales", "Later", columns=["a"])
    assert missing(fake, tables(["later"]), ignore_case=True) == set(tables(["later"]))
    fake.state.add_table("lab", "Crm", "Sales", "Later", columns=["a"])
    assert missing(fake, [an_object("crm.sales.later")], ignore_case=True) == set()


def test_a_server_in_trouble_says_nothing(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("GET", 503, times=20))
    assert missing(fake, tables(["orders"])) is None
