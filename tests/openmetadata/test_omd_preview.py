"""What a delivery would change: said in words, and never done."""

from __future__ import annotations

import asyncio

from query_lineage_tracker.adapters.openmetadata.preview import edge_change
from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services
from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink
from query_lineage_tracker.domain.outbox import Delivered, Halted, Message, Parked, Preview
from tests.messages import a_cost, a_query, a_usage, an_edge
from tests.openmetadata.delivering import deliver, endpoint_of
from tests.openmetadata.fake_server import FakeOpenMetadata

EVERYTHING = (
    an_edge({"day": ["day"], "total": ["amount"]}),
    a_query(users=["alice", "etl"], targets=["hive.mart.daily"]),
    a_usage(executions=7),
)
AMOUNT, ID, TOTAL = "lab.hive.sales.orders.amount", "lab.hive.sales.orders.id", "lab.hive.mart.daily.total"


def preview(fake: FakeOpenMetadata, *messages: Message) -> list[Preview]:
    async def previews() -> list[Preview]:
        sink = OpenMetadataSink(endpoint_of(fake), OpenMetadataRules(Services("lab")))
        try:
            return [await sink.preview(message) for message in messages]
        finally:
            await sink.aclose()

    return asyncio.run(previews())


def test_what_is_new_is_said_and_nothing_is_written(fake: FakeOpenMetadata) -> None:
    previews = preview(fake, *EVERYTHING)
    assert fake.writes == []
    assert all(isinstance(each.result, Delivered) for each in previews)
    edge, query, usage = (each.changes for each in previews)
    assert edge == ("new edge, QueryLineage, 2 column pairs",)
    assert query[0].startswith("new query lab.")
    assert query[0].endswith(" of 2 tables")
    assert query[1:] == ("query: 1 more in usedBy", "query: its lineage is told")
    assert usage == ("usage of 2026-11-21: 7",)


def test_a_new_query_that_is_told_at_once_is_one_change(fake: FakeOpenMetadata) -> None:
    (query,) = preview(fake, a_query(users=["alice"]))
    assert len(query.changes) == 1


def test_what_stands_there_is_no_change(fake: FakeOpenMetadata) -> None:
    delivered = deliver(fake, *EVERYTHING)
    assert all(isinstance(each, Delivered) for each in delivered)
    written = len(fake.writes)
    assert [each.changes for each in preview(fake, *EVERYTHING)] == [(), (), ()]
    assert len(fake.writes) == written


def test_an_edge_that_changes_is_told_by_its_columns(fake: FakeOpenMetadata) -> None:
    (result,) = deliver(fake, an_edge({"total": ["amount"]}))
    assert isinstance(result, Delivered)
    (later,) = preview(fake, an_edge({"total": ["id"]}, sent=result.sent, text="INSERT INTO daily SELECT id"))
    assert later.changes == (f"edge: + {ID} -> {TOTAL}, - {AMOUNT} -> {TOTAL}, other sqlQuery",)


def test_tables_that_a_query_is_newly_used_in_are_counted(fake: FakeOpenMetadata) -> None:
    deliver(fake, a_query())
    (later,) = preview(fake, a_query(targets=["hive.mart.daily"], users=["alice", "etl"]))
    assert later.changes == ("query: 1 more in usage", "query: 1 more in usedBy")


def test_a_cost_is_told_in_cpu_seconds_and_nothing_is_announced() -> None:
    with FakeOpenMetadata("1.12") as fake:
        fake.state.add_table("lab", "hive", "sales", "orders", columns=["id"])
        deliver(fake, a_query())
        (change,) = preview(fake, a_cost())
        assert (change.changes, change.missing) == (("cost: 4.5 CPU seconds of 3 executions",), False)
        assert isinstance(change.result, Delivered)
        assert fake.state.costs == []


def test_what_could_not_be_delivered_says_why(fake: FakeOpenMetadata) -> None:
    (parked,) = preview(fake, an_edge({"a": ["a"]}, downstream="hive.mart.later"))
    assert isinstance(parked.result, Parked)
    fake.token = "another"
    (halted,) = preview(fake, a_usage())
    assert isinstance(halted.result, Halted)
    assert parked.changes == halted.changes == ()


def test_a_function_that_changes_is_a_change_of_its_columns() -> None:
    entry = {"fromColumns": ["a"], "toColumn": "b"}
    standing, wanted = {"columnsLineage": [entry]}, {"columnsLineage": [{**entry, "function": "SUM"}]}
    assert edge_change(standing, wanted) == "edge: ~ a -> b"
