from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from query_lineage_tracker.domain.outbox import Dead, Delivered, DeliveryResult, EdgeKind, LineageFacts, Message, Parked
from tests.messages import an_edge
from tests.openmetadata.delivering import deliver
from tests.openmetadata.fake_lines import KEPT_DETAILS
from tests.openmetadata.fake_server import FakeOpenMetadata

ORDERS = "lab.hive.sales.orders"
DAILY = "lab.hive.mart.daily"


def edge(fake: FakeOpenMetadata) -> dict[str, Any]:
    """The details of the one edge that there is."""
    (details,) = fake.state.edges.values()
    assert details is not None
    return details


def told(fake: FakeOpenMetadata) -> dict[str, Any]:
    """The same without what the server itself keeps."""
    return {name: value for name, value in edge(fake).items() if name not in KEPT_DETAILS}


def put_by_hand(fake: FakeOpenMetadata, **details: Any) -> None:
    ends = [{"id": fake.state.tables[name]["id"], "type": "table"} for name in (ORDERS, DAILY)]
    fake.state.put_edge({"edge": {"fromEntity": ends[0], "toEntity": ends[1], "lineageDetails": details}})


def pairs(details: dict[str, Any]) -> set[tuple[str, str]]:
    return {(up, entry["toColumn"]) for entry in details["columnsLineage"] for up in entry["fromColumns"]}


def after(message: Message, result: DeliveryResult) -> Message:
    """The next message of the same entity, which knows what was sent."""
    assert isinstance(result, Delivered)
    return replace(message, sent=result.sent)


def test_an_edge_arrives_with_columns_sql_and_source(fake: FakeOpenMetadata) -> None:
    (result,) = deliver(fake, an_edge({"total": ["amount", "id"], "day": ["day"]}))
    assert isinstance(result, Delivered)
    assert told(fake) == {
        "source": "QueryLineage",
        "description": "qlt",
        "sqlQuery": "INSERT INTO daily SELECT * FROM orders",
        "columnsLineage": [
            {"fromColumns": [f"{ORDERS}.day"], "toColumn": f"{DAILY}.day"},
            {"fromColumns": [f"{ORDERS}.amount", f"{ORDERS}.id"], "toColumn": f"{DAILY}.total"},
        ],
    }


def test_a_view_is_view_lineage(fake: FakeOpenMetadata) -> None:
    deliver(fake, an_edge(kind=EdgeKind.DEFINITION))
    assert edge(fake)["source"] == "ViewLineage"


def test_an_uncertain_edge_says_so(fake: FakeOpenMetadata) -> None:
    deliver(fake, an_edge(certain=False))
    assert edge(fake)["description"].startswith("qlt: seen only in queries that failed")
    deliver(fake, an_edge(certain=True))
    assert edge(fake)["description"] == "qlt"


def test_what_happens_to_a_value_on_its_way_is_told(fake: FakeOpenMetadata) -> None:
    deliver(fake, an_edge({"total": ["amount"]}, subtype="AGGREGATION"))
    told = {"fromColumns": [f"{ORDERS}.amount"], "toColumn": f"{DAILY}.total"}
    assert edge(fake)["columnsLineage"] == [{**told, "function": "AGGREGATION"}]
    deliver(fake, an_edge({"total": ["amount"]}, subtype="AGGREGATION"))
    assert len(fake.writes) == 1


def test_an_edge_leads_to_our_page(fake: FakeOpenMetadata) -> None:
    page = "https://qlt.example/object?name={object}"
    deliver(fake, an_edge(), page_url=page)
    assert edge(fake)["description"] == "qlt: https://qlt.example/object?name=hive.mart.daily"
    deliver(fake, an_edge(certain=False), page_url=page)
    said = (
        "seen only in queries that failed after they may have written, https://qlt.example/object?name=hive.mart.daily"
    )
    assert edge(fake)["description"] == f"qlt: {said}"
    deliver(fake, an_edge())
    assert edge(fake)["description"] == "qlt"


@pytest.mark.parametrize("remembered", [True, False])
def test_a_second_delivery_writes_nothing(fake: FakeOpenMetadata, remembered: bool) -> None:
    message = an_edge({"total": ["amount"]})
    (result,) = deliver(fake, message)
    written = len(fake.writes)
    (again,) = deliver(fake, after(message, result) if remembered else message)
    assert again == result
    assert len(fake.writes) == written == 1


def test_an_edge_drawn_by_hand_keeps_its_source_text_and_columns(fake: FakeOpenMetadata) -> None:
    theirs = {"fromColumns": [f"{ORDERS}.id"], "toColumn": f"{DAILY}.total", "function": "count(id)"}
    put_by_hand(fake, source="Manual", description="by us", sqlQuery="-- ours", columnsLineage=[theirs])
    deliver(fake, an_edge({"total": ["amount"]}))
    ours = {"fromColumns": [f"{ORDERS}.amount"], "toColumn": f"{DAILY}.total"}
    assert told(fake) == {
        "source": "Manual",
        "description": "by us",
        "sqlQuery": "-- ours",
        "columnsLineage": [theirs, ours],
    }
    written = len(fake.writes)
    deliver(fake, an_edge({"total": ["amount"]}))
    assert len(fake.writes) == written


def test_an_edge_of_another_tool_with_our_source_keeps_its_text(fake: FakeOpenMetadata) -> None:
    put_by_hand(fake, source="QueryLineage", sqlQuery="SELECT theirs")
    deliver(fake, an_edge({"day": ["day"]}))
    assert edge(fake)["sqlQuery"] == "SELECT theirs"
    assert edge(fake)["columnsLineage"] == [{"fromColumns": [f"{ORDERS}.day"], "toColumn": f"{DAILY}.day"}]


def test_the_pipeline_of_an_edge_stays(fake: FakeOpenMetadata) -> None:
    pipeline = {"id": "7b2e6a0e-0000-4000-8000-000000000000", "type": "pipeline"}
    put_by_hand(fake, source="PipelineLineage", pipeline=pipeline)
    deliver(fake, an_edge({"day": ["day"]}))
    assert (edge(fake)["pipeline"], edge(fake)["source"]) == (pipeline, "PipelineLineage")


def test_columns_that_we_withdraw_leave_and_those_of_others_stay(fake: FakeOpenMetadata) -> None:
    first = an_edge({"total": ["amount", "id"]})
    (result,) = deliver(fake, first)
    standing = edge(fake)
    added = {"fromColumns": [f"{ORDERS}.day"], "toColumn": f"{DAILY}.day"}
    put_by_hand(fake, **{**standing, "columnsLineage": [*standing["columnsLineage"], added]})
    deliver(fake, after(an_edge({"total": ["amount"]}), result))
    assert pairs(edge(fake)) == {(f"{ORDERS}.amount", f"{DAILY}.total"), (f"{ORDERS}.day", f"{DAILY}.day")}


def test_a_newer_text_replaces_ours(fake: FakeOpenMetadata) -> None:
    message = an_edge(text="INSERT INTO daily SELECT 1 FROM orders")
    (result,) = deliver(fake, message)
    deliver(fake, after(an_edge(text="INSERT INTO daily SELECT 2 FROM orders"), result))
    assert edge(fake)["sqlQuery"] == "INSERT INTO daily SELECT 2 FROM orders"


def test_no_sql_leaves_when_none_may_and_what_we_sent_before_goes(fake: FakeOpenMetadata) -> None:
    message = an_edge({"day": ["day"]})
    (result,) = deliver(fake, message)
    deliver(fake, after(message, result), send_sql=False)
    assert "sqlQuery" not in edge(fake)
    assert pairs(edge(fake)) == {(f"{ORDERS}.day", f"{DAILY}.day")}


def test_columns_that_the_catalog_does_not_list_are_left_out_and_named(fake: FakeOpenMetadata) -> None:
    (result,) = deliver(fake, an_edge({"total": ["amount", "hidden"], "nowhere": ["id"]}))
    assert isinstance(result, Delivered)
    assert pairs(edge(fake)) == {(f"{ORDERS}.amount", f"{DAILY}.total")}
    assert result.sent["unlisted_columns"] == [f"{DAILY}.nowhere", f"{ORDERS}.hidden"]


def test_a_standing_column_that_a_table_lost_does_not_spoil_the_edge(fake: FakeOpenMetadata) -> None:
    put_by_hand(fake, source="Manual", columnsLineage=[{"fromColumns": [f"{ORDERS}.id"], "toColumn": f"{DAILY}.day"}])
    orders = fake.state.tables[ORDERS]
    orders["columns"] = [column for column in orders["columns"] if column["name"] != "id"]
    (result,) = deliver(fake, an_edge({"total": ["amount"]}))
    assert isinstance(result, Delivered)
    assert pairs(edge(fake)) == {(f"{ORDERS}.amount", f"{DAILY}.total")}


def test_nested_columns_of_others_stay(fake: FakeOpenMetadata) -> None:
    nested = {"name": "place", "children": ["city"]}
    fake.state.add_table("lab", "hive", "sales", "orders", columns=["id", nested, "city"])
    theirs = {"fromColumns": [f"{ORDERS}.place.city"], "toColumn": f"{DAILY}.day"}
    put_by_hand(fake, source="Manual", columnsLineage=[theirs])
    deliver(fake, an_edge({"total": ["city"]}))
    assert pairs(edge(fake)) == {
        (f"{ORDERS}.place.city", f"{DAILY}.day"),
        (f"{ORDERS}.city", f"{DAILY}.total"),
    }


def test_columns_are_found_in_another_case(fake: FakeOpenMetadata) -> None:
    fake.state.add_table("lab", "hive", "sales", "orders", columns=["OrderDay"])
    deliver(fake, an_edge({"day": ["orderday"]}))
    assert pairs(edge(fake)) == {(f"{ORDERS}.OrderDay", f"{DAILY}.day")}


def test_columns_that_only_filter_are_no_column_lineage(fake: FakeOpenMetadata) -> None:
    deliver(fake, an_edge({"total": ["day"]}, subtype="FILTER"))
    assert edge(fake)["columnsLineage"] == []


def test_names_with_dots_are_quoted(fake: FakeOpenMetadata) -> None:
    fake.state.add_table("my.lab", "hive", "sales", "orders.v2/x", columns=["a.b"])
    fake.state.add_table("my.lab", "hive", "mart", "daily", columns=["total"])
    (result,) = deliver(fake, an_edge({"total": ["a.b"]}, upstream="hive.sales.orders.v2/x"), service="my.lab")
    assert isinstance(result, Delivered)
    assert pairs(edge(fake)) == {('"my.lab".hive.sales."orders.v2/x"."a.b"', '"my.lab".hive.mart.daily.total')}


@pytest.mark.parametrize("pattern", ["pg_*", "lab/pg_*"])
def test_each_catalog_can_have_a_service_of_its_own(fake: FakeOpenMetadata, pattern: str) -> None:
    fake.state.add_table("lab_pg", "pg_eu", "sales", "orders", columns=["amount"])
    message = an_edge({"total": ["amount"]}, upstream="pg_eu.sales.orders")
    deliver(fake, message, services=(("pg_us", "nobody"), (pattern, "lab_pg"), ("*", "lab")))
    assert pairs(edge(fake)) == {("lab_pg.pg_eu.sales.orders.amount", f"{DAILY}.total")}


def test_without_a_service_the_namespace_is_it(fake: FakeOpenMetadata) -> None:
    deliver(fake, an_edge({"total": ["amount"]}), service=None)
    assert pairs(edge(fake)) == {(f"{ORDERS}.amount", f"{DAILY}.total")}


def test_a_table_is_found_in_another_case_when_case_is_ignored(fake: FakeOpenMetadata) -> None:
    fake.state.add_table("lab", "PG", "Sales", "Order.Lines", columns=["Amount"])
    message = an_edge({"total": ["amount"]}, upstream="pg.sales.order.lines")
    (exact,) = deliver(fake, message)
    assert isinstance(exact, Parked)
    deliver(fake, message, ignore_case=True)
    assert pairs(edge(fake)) == {('lab.PG.Sales."Order.Lines".Amount', f"{DAILY}.total")}


def test_names_that_differ_in_case_alone_are_named_and_never_guessed(fake: FakeOpenMetadata) -> None:
    for name in ("Lines", "LINES"):
        fake.state.add_table("lab", "hive", "sales", name, columns=["amount"])
    (result,) = deliver(fake, an_edge(upstream="hive.sales.lines"), ignore_case=True)
    assert result == Parked("lab.hive.sales.lines can be any of LINES, Lines in lab.hive.sales")
    fake.state.add_table("lab", "hive", "sales", "lines", columns=["amount"])
    (result,) = deliver(fake, an_edge(upstream="hive.sales.lines"), ignore_case=True)
    assert isinstance(result, Delivered)


def test_listings_are_read_once_whole_and_only_when_needed(fake: FakeOpenMetadata) -> None:
    for number in range(450):
        fake.state.add_table("lab", "hive", "wide", f"T{number:03}", columns=["a"])
    deliver(fake, an_edge(), ignore_case=True)
    assert not [each for each in fake.requests if "limit=" in each.path]
    messages = [an_edge(upstream=f"hive.wide.{name}") for name in ("t001", "t449", "t777")]
    *found, missing = deliver(fake, *messages, ignore_case=True)
    assert [type(result) for result in found] == [Delivered, Delivered]
    assert isinstance(missing, Parked)
    assert "lab.hive.wide.t777" in missing.reason
    assert len([each for each in fake.requests if "databaseSchema=lab.hive.wide&limit" in each.path]) == 3


def test_a_schema_that_holds_too_much_is_not_compared(fake: FakeOpenMetadata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("query_lineage_tracker.adapters.openmetadata.api.MAX_LISTED", 400)
    for number in range(450):
        fake.state.add_table("lab", "hive", "wide", f"T{number:03}")
    (result,) = deliver(fake, an_edge(upstream="hive.wide.t001"), ignore_case=True)
    assert isinstance(result, Parked)
    assert "too many tables" in result.reason


@pytest.mark.parametrize("missing", [ORDERS, DAILY])
def test_an_edge_of_a_table_that_is_not_there_is_parked_naming_it(fake: FakeOpenMetadata, missing: str) -> None:
    fake.state.tables[missing]["deleted"] = True
    (result,) = deliver(fake, an_edge())
    assert isinstance(result, Parked)
    assert missing in result.reason
    assert fake.writes == []


def test_an_edge_that_stands_without_details_gets_them(fake: FakeOpenMetadata) -> None:
    ends = (fake.state.tables[ORDERS]["id"], fake.state.tables[DAILY]["id"])
    fake.state.edges[ends] = None
    deliver(fake, an_edge())
    assert edge(fake)["source"] == "QueryLineage"


def test_an_edge_stored_although_search_was_down_is_not_put_again(fake: FakeOpenMetadata) -> None:
    fake.state.search_down = True
    deliver(fake, an_edge())
    fake.state.search_down = False
    (result,) = deliver(fake, an_edge(attempts=2))
    assert isinstance(result, Delivered)
    assert len(fake.writes) == 1


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (an_edge(branch="audit"), "branch"),
        (an_edge(upstream='hive.sales.or"ders'), "double quote"),
        (an_edge(upstream="hive.information_schema.tables"), "system table"),
    ],
)
def test_what_the_catalog_cannot_hold_is_dead_with_the_reason(
    fake: FakeOpenMetadata, message: Message, why: str
) -> None:
    (result,) = deliver(fake, message)
    assert isinstance(result, Dead)
    assert why in result.reason
    assert fake.requests == []


def test_an_edge_to_which_we_have_nothing_to_add_is_left_alone(fake: FakeOpenMetadata) -> None:
    gone = {"fromColumns": [f"{ORDERS}.id"], "toColumn": f"{DAILY}.day"}
    put_by_hand(fake, source="Manual", columnsLineage=[gone])
    fake.state.tables[ORDERS]["columns"] = []
    (result,) = deliver(fake, an_edge())
    assert isinstance(result, Delivered)
    assert fake.writes == []


def test_an_edge_without_a_source_is_somebody_elses(fake: FakeOpenMetadata) -> None:
    put_by_hand(fake, description="theirs")
    del edge(fake)["source"]
    deliver(fake, an_edge({"day": ["day"]}))
    assert (edge(fake)["source"], edge(fake)["description"]) == ("Manual", "theirs")


def test_an_ended_edge_of_ours_is_removed_when_it_may_be(fake: FakeOpenMetadata) -> None:
    (result,) = deliver(fake, an_edge({"total": ["amount"]}))
    ended = after(an_edge({"total": ["amount"]}, ended=True), result)
    (left,) = deliver(fake, ended)
    assert pairs(edge(fake)) == {(f"{ORDERS}.amount", f"{DAILY}.total")}
    (removed,) = deliver(fake, after(ended, left), remove_ended=True)
    assert fake.state.edges == {}
    written = len(fake.writes)
    (again,) = deliver(fake, after(ended, removed), remove_ended=True)
    assert isinstance(again, Delivered)
    assert len(fake.writes) == written


def test_an_edge_that_holds_again_is_told_again(fake: FakeOpenMetadata) -> None:
    message = an_edge({"total": ["amount"]})
    (first,) = deliver(fake, message)
    (removed,) = deliver(fake, after(an_edge(ended=True), first), remove_ended=True)
    deliver(fake, after(message, removed), remove_ended=True)
    assert pairs(edge(fake)) == {(f"{ORDERS}.amount", f"{DAILY}.total")}


@pytest.mark.parametrize(
    "theirs",
    [
        {"description": "by us"},
        {"source": "Manual"},
        {"sqlQuery": "SELECT theirs"},
        {"pipeline": {"id": "7b2e6a0e-0000-4000-8000-000000000000", "type": "pipeline"}},
        {"columnsLineage": [{"fromColumns": [f"{ORDERS}.id"], "toColumn": f"{DAILY}.day"}]},
        {"columnsLineage": [{"fromColumns": [f"{ORDERS}.amount"], "toColumn": f"{DAILY}.total", "function": "sum"}]},
    ],
)
def test_what_others_put_on_an_ended_edge_stays_and_ours_leaves(fake: FakeOpenMetadata, theirs: dict[str, Any]) -> None:
    (result,) = deliver(fake, an_edge({"total": ["amount"]}))
    put_by_hand(fake, **(edge(fake) | theirs))
    ended = an_edge({"total": ["amount"]}, ended=True)
    (left,) = deliver(fake, after(ended, result), remove_ended=True)
    audited = {"createdAt", "createdBy", "updatedAt", "updatedBy"}
    standing = {name: value for name, value in edge(fake).items() if name not in audited}
    assert standing == {"source": "QueryLineage", "columnsLineage": []} | theirs
    written = len(fake.writes)
    deliver(fake, after(ended, left), remove_ended=True)
    assert len(fake.writes) == written


def test_a_withdrawn_edge_leaves_whatever_the_rules_say_of_ended_ones(fake: FakeOpenMetadata) -> None:
    message = an_edge({"total": ["amount"]})
    (result,) = deliver(fake, message)
    assert isinstance(message.facts, LineageFacts)
    withdrawn = replace(message, facts=replace(message.facts, withdrawn=True))
    deliver(fake, after(withdrawn, result))
    assert fake.state.edges == {}


def test_an_edge_that_nothing_is_known_to_have_made_leaves_by_what_was_sent(fake: FakeOpenMetadata) -> None:
    message = an_edge({"total": ["amount"]})
    (result,) = deliver(fake, message)
    assert isinstance(message.facts, LineageFacts)
    unknown = replace(message.facts, columns=(), text="", statement_id="", ended=True, withdrawn=True)
    deliver(fake, after(replace(message, facts=unknown), result))
    assert fake.state.edges == {}


def test_what_others_told_first_keeps_an_ended_edge(fake: FakeOpenMetadata) -> None:
    theirs = {"fromColumns": [f"{ORDERS}.amount"], "toColumn": f"{DAILY}.total"}
    put_by_hand(fake, source="QueryLineage", columnsLineage=[theirs])
    (result,) = deliver(fake, an_edge({"total": ["amount"]}))
    deliver(fake, after(an_edge({"total": ["amount"]}, ended=True), result), remove_ended=True)
    assert pairs(edge(fake)) == {(f"{ORDERS}.amount", f"{DAILY}.total")}


@pytest.mark.parametrize("remove_ended", [True, False])
def test_the_end_of_an_edge_whose_table_is_gone_is_delivered(fake: FakeOpenMetadata, remove_ended: bool) -> None:
    fake.state.tables[DAILY]["deleted"] = True
    (result,) = deliver(fake, an_edge(ended=True), remove_ended=remove_ended)
    assert result == Delivered({"ended": True})
    assert fake.writes == []


COMPUTED = "INSERT INTO hive.mart.daily (total, day) SELECT sum(amount * 0.9), day FROM hive.sales.orders GROUP BY day"


def functions(fake: FakeOpenMetadata) -> dict[tuple[str, str], str]:
    entries = edge(fake)["columnsLineage"]
    return {(up, each["toColumn"]): each.get("function", "") for each in entries for up in each["fromColumns"]}


def test_what_is_computed_is_told_as_the_newest_statement_has_it(fake: FakeOpenMetadata) -> None:
    message = an_edge({"total": ["amount", "id"]}, text=COMPUTED, subtype="AGGREGATION")
    (result,) = deliver(fake, message)
    # Some other statement makes the total from the ids: what it computes is not known here.
    told = {
        (f"{ORDERS}.amount", f"{DAILY}.total"): "sum(amount * 0.9)",
        (f"{ORDERS}.id", f"{DAILY}.total"): "AGGREGATION",
    }
    assert functions(fake) == told
    deliver(fake, after(message, result))
    assert len(fake.writes) == 1


def test_another_expression_replaces_ours(fake: FakeOpenMetadata) -> None:
    message = an_edge({"total": ["amount"]}, text=COMPUTED, subtype="AGGREGATION")
    (result,) = deliver(fake, message)
    other = an_edge({"total": ["amount"]}, text=COMPUTED.replace("0.9", "0.8"), subtype="AGGREGATION")
    deliver(fake, after(other, result))
    assert functions(fake) == {(f"{ORDERS}.amount", f"{DAILY}.total"): "sum(amount * 0.8)"}


def test_a_plain_copy_has_no_expression(fake: FakeOpenMetadata) -> None:
    deliver(fake, an_edge({"day": ["day"]}, text=COMPUTED))
    assert functions(fake) == {(f"{ORDERS}.day", f"{DAILY}.day"): ""}


def test_no_expression_is_sent_where_no_sql_may_be(fake: FakeOpenMetadata) -> None:
    deliver(fake, an_edge({"total": ["amount"]}, text=COMPUTED, subtype="AGGREGATION"), send_sql=False)
    assert functions(fake) == {(f"{ORDERS}.amount", f"{DAILY}.total"): "AGGREGATION"}


def test_an_expression_of_great_length_is_left_out(fake: FakeOpenMetadata) -> None:
    text = COMPUTED.replace("amount * 0.9", "amount" + " + 1" * 200)
    deliver(fake, an_edge({"total": ["amount"]}, text=text, subtype="AGGREGATION"))
    assert functions(fake) == {(f"{ORDERS}.amount", f"{DAILY}.total"): "AGGREGATION"}


def test_a_statement_of_great_length_is_not_read_for_its_expressions(fake: FakeOpenMetadata) -> None:
    text = COMPUTED + " /* " + "x" * 50_000 + " */"
    deliver(fake, an_edge({"total": ["amount"]}, text=text, subtype="AGGREGATION"))
    assert functions(fake) == {(f"{ORDERS}.amount", f"{DAILY}.total"): "AGGREGATION"}
