"""Columns as OpenMetadata lists them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from query_lineage_tracker.adapters.openmetadata.columns import OpenMetadataColumns
from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services
from query_lineage_tracker.lineage.column_sets import ColumnSet, ColumnsOrigin, FetchedColumns
from query_lineage_tracker.lineage.result import ObjectName
from tests.openmetadata.delivering import endpoint_of
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

ORDERS, LATER = ObjectName("hive", "sales", "orders"), ObjectName("hive", "sales", "later")
DAY = datetime(2026, 11, 20, tzinfo=timezone.utc)


def fetched(fake: FakeOpenMetadata, objects: Sequence[ObjectName], **rules: Any) -> FetchedColumns | None:
    """The answer about objects of the namespace lab."""
    source = OpenMetadataColumns(endpoint_of(fake), OpenMetadataRules(Services(), **rules), "lab")
    return asyncio.run(source.fetch(objects))


def test_columns_are_as_old_as_their_table(fake: FakeOpenMetadata) -> None:
    fake.state.tables["lab.hive.sales.orders"]["updatedAt"] = int(DAY.timestamp() * 1000)
    known = ColumnSet(("id", "amount", "day"), DAY, ColumnsOrigin.OPENMETADATA)
    assert fetched(fake, [ORDERS, LATER]) == FetchedColumns(
        (ORDERS, LATER), {ORDERS: known}, "OpenMetadata lists no columns of it"
    )


def test_a_table_of_the_future_is_one_of_now(fake: FakeOpenMetadata) -> None:
    for moment in (4_000_000_000_000, 10**30, None):
        fake.state.tables["lab.hive.sales.orders"]["updatedAt"] = moment
        answer = fetched(fake, [ORDERS])
        assert answer is not None
        assert abs((answer.columns[ORDERS].known_at - datetime.now(timezone.utc)).total_seconds()) < 60


def test_names_are_told_in_lower_case(fake: FakeOpenMetadata) -> None:
    fake.state.add_table("lab", "hive", "sales", "Lines", columns=["Amount", {"name": "Place", "children": ["x"]}])
    lines = ObjectName("hive", "sales", "lines")
    exact, ignoring = fetched(fake, [lines]), fetched(fake, [lines], ignore_case=True)
    assert exact is not None and ignoring is not None
    assert exact.columns == {}
    assert ignoring.columns[lines].columns == ("amount", "place")


def test_many_tables_of_a_schema_are_few_requests(fake: FakeOpenMetadata) -> None:
    names = [f"t{number:03}" for number in range(150)]
    for name in names:
        fake.state.add_table("lab", "hive", "wide", name, columns=["a"])
    answer = fetched(fake, [ObjectName("hive", "wide", name) for name in names])
    assert answer is not None
    assert len(answer.asked) == len(answer.columns) == 100
    assert len(fake.requests) < 10


def test_what_openmetadata_cannot_name_costs_nothing(fake: FakeOpenMetadata) -> None:
    answer = fetched(fake, [ObjectName("hive", "sales", 'a"b')])
    assert answer is not None and answer.columns == {}
    assert fake.requests == []


def test_a_server_that_does_not_answer_is_none(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("GET", 503))
    assert fetched(fake, [ORDERS]) is None
