"""Events by the official schemas, and what consumers rely on: names that stay, runs that repeat as themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest

from query_lineage_tracker.adapters.openlineage.event import run_event
from query_lineage_tracker.adapters.openlineage.naming import Naming, events_url
from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.domain.outbox import MessageKind, QueryFacts
from query_lineage_tracker.domain.statement_run import KnownColumn, StatementFlow, StatementRun
from query_lineage_tracker.events.openlineage import parse_openlineage
from query_lineage_tracker.lineage.result import Subtype
from tests.messages import LAST, a_claim, a_query, an_object
from tests.openlineage.validation import problems

ORDERS, LINES, DAILY = an_object("hive.sales.orders"), an_object("hive.sales.lines"), an_object("hive.mart.daily")
NAMING = Naming({"lab": "trino://trino.example:443"})
TEXT = "INSERT INTO daily SELECT o.day, sum(l.amount) FROM orders o JOIN lines l ON o.id = l.order_id GROUP BY o.day"
RUN = StatementRun(
    query_id="20261122_093015_00042_abcde",
    flows=(
        StatementFlow(ORDERS, "day", DAILY, "day", "IDENTITY"),
        StatementFlow(LINES, "amount", DAILY, "total", "AGGREGATION"),
        StatementFlow(ORDERS, "day", DAILY, "", "GROUP_BY"),
        StatementFlow(ORDERS, "id", DAILY, "", "JOIN"),
        StatementFlow(LINES, "order_id", DAILY, "", "JOIN"),
    ),
    columns={DAILY: (KnownColumn("day", "date"), KnownColumn("total"))},
)


def facts_of(sources: Sequence[str] = ("hive.sales.orders", "hive.sales.lines"), **changes: Any) -> QueryFacts:
    facts = a_query(TEXT, sources=sources, targets=["hive.mart.daily"]).facts
    assert isinstance(facts, QueryFacts)
    return replace(facts, fingerprint="5f0c9a3e6d1b47c2a8e0f4b7d6c5a391", **changes)


def event_of(
    facts: QueryFacts | None = None, run: StatementRun = RUN, *, generation: int = 1, send_sql: bool = True
) -> dict[str, Any]:
    facts = facts or facts_of()
    claim = a_claim(MessageKind.QUERY, facts.statement_id, sink="openlineage", generation=generation)
    return run_event(claim, facts, run, NAMING, send_sql=send_sql)


def test_an_event_is_well_formed_by_the_official_schemas() -> None:
    event = event_of()
    assert problems(event) == []
    assert (event["eventType"], event["eventTime"]) == ("COMPLETE", "2026-11-22T09:30:15.250Z")
    assert event["run"]["facets"]["externalQuery"]["externalQueryId"] == RUN.query_id
    assert event["job"]["facets"]["sql"] | {"query": TEXT, "dialect": "trino"} == event["job"]["facets"]["sql"]
    assert event["job"]["facets"]["jobType"]["integration"] == "TRINO"
    assert event["run"]["facets"]["processing_engine"]["name"] == "trino"


def test_the_schemas_would_tell() -> None:
    event = event_of()
    event["run"]["runId"] = "not a uuid"
    event["outputs"][0]["facets"]["columnLineage"]["fields"]["day"] = {"inputFields": [{"name": "no namespace"}]}
    del event["producer"]
    event["eventTime"] = "yesterday"
    assert len(problems(event)) >= 4


def test_datasets_are_named_as_the_naming_rules_say() -> None:
    event = event_of()
    names = [(each["namespace"], each["name"]) for each in (*event["inputs"], *event["outputs"])]
    address = "trino://trino.example:443"
    assert names == [(address, "hive.sales.orders"), (address, "hive.sales.lines"), (address, "hive.mart.daily")]


def test_a_cluster_that_is_no_longer_configured_keeps_its_name() -> None:
    claim = a_claim(MessageKind.QUERY, "1")
    event: dict[str, Any] = run_event(claim, facts_of(), RUN, Naming())
    assert event["outputs"][0]["namespace"] == "trino://lab"
    assert problems(event) == []


def test_columns_have_their_inputs_and_what_influences_all_rows_stands_apart() -> None:
    lineage = event_of()["outputs"][0]["facets"]["columnLineage"]
    (day,) = lineage["fields"]["day"]["inputFields"]
    assert (day["name"], day["field"]) == ("hive.sales.orders", "day")
    assert day["transformations"] == [{"type": "DIRECT", "subtype": "IDENTITY"}]
    assert lineage["fields"].keys() == {"day", "total"}
    influences = {(each["name"], each["field"]): each["transformations"] for each in lineage["dataset"]}
    assert influences == {
        ("hive.sales.orders", "day"): [{"type": "INDIRECT", "subtype": "GROUP_BY"}],
        ("hive.sales.orders", "id"): [{"type": "INDIRECT", "subtype": "JOIN"}],
        ("hive.sales.lines", "order_id"): [{"type": "INDIRECT", "subtype": "JOIN"}],
    }


def test_one_input_that_takes_part_in_two_ways_is_one_field_with_two_transformations() -> None:
    ways = [StatementFlow(ORDERS, "a", DAILY, "x", subtype) for subtype in ("CONDITIONAL", "TRANSFORMATION")]
    lineage = event_of(run=StatementRun(flows=tuple(ways)))["outputs"][0]["facets"]["columnLineage"]
    (only,) = lineage["fields"]["x"]["inputFields"]
    assert [each["subtype"] for each in only["transformations"]] == ["CONDITIONAL", "TRANSFORMATION"]


@pytest.mark.parametrize("subtype", list(Subtype))
def test_every_subtype_has_its_type_and_the_unknown_one_no_subtype(subtype: Subtype) -> None:
    run = StatementRun(flows=(StatementFlow(ORDERS, "a", DAILY, "x", subtype.value),))
    event = event_of(run=run)
    (told,) = event["outputs"][0]["facets"]["columnLineage"]["fields"]["x"]["inputFields"][0]["transformations"]
    assert told["type"] == ("DIRECT" if subtype.direct else "INDIRECT")
    assert told.get("subtype") == (None if subtype is Subtype.UNKNOWN else subtype.value)
    assert problems(event) == []


def test_a_schema_is_told_where_it_is_known() -> None:
    event = event_of()
    fields = event["outputs"][0]["facets"]["schema"]["fields"]
    assert fields == [
        {"name": "day", "ordinal_position": 1, "type": "date"},
        {"name": "total", "ordinal_position": 2},
    ]
    assert event["inputs"][0]["facets"] == {}


def test_the_job_keeps_its_name_over_runs_and_the_query_id_is_not_in_it() -> None:
    first = event_of()
    later = event_of(facts_of(executions=9), replace(RUN, query_id="20261201_000000_00001_zzzzz"), generation=2)
    assert first["job"]["name"] == later["job"]["name"] == "lab.hive.mart.daily.5f0c9a3e6d1b"
    assert first["run"]["runId"] != later["run"]["runId"]


def test_the_job_is_what_its_tool_calls_it_with_the_table_that_it_writes() -> None:
    event = event_of(run=replace(RUN, tool="dbt", job="model.shop.daily"))
    assert event["job"]["name"] == "dbt.model.shop.daily.hive.mart.daily"


def test_a_repeated_delivery_is_the_same_event() -> None:
    assert event_of() == event_of()


def test_without_the_right_to_send_sql_there_is_none() -> None:
    event = event_of(send_sql=False)
    assert TEXT not in str(event)
    assert problems(event) == []


def test_an_execution_that_is_no_longer_stored_leaves_no_external_query() -> None:
    event = event_of(run=StatementRun())
    assert problems(event) == []
    assert event["run"]["facets"].keys() == {"processing_engine"}


def test_a_statement_that_only_reads_has_no_outputs() -> None:
    event = event_of(facts_of(targets=()))
    assert (problems(event), event["outputs"]) == ([], [])
    assert event["job"]["name"] == "lab.hive.sales.orders.5f0c9a3e6d1b"


def test_our_own_receiver_reads_in_it_what_was_written() -> None:
    (claimed,) = parse_openlineage(orjson.dumps(event_of()), "test")
    assert isinstance(claimed, ClaimedRun)
    assert (claimed.query_id, claimed.event_time, claimed.sql) == (RUN.query_id, LAST, TEXT)
    columns = {(each.field, each.input.name, each.input_field, each.transformation) for each in claimed.columns}
    assert columns == {
        ("day", "hive.sales.orders", "day", "DIRECT/IDENTITY"),
        ("total", "hive.sales.lines", "amount", "DIRECT/AGGREGATION"),
        ("", "hive.sales.orders", "day", "INDIRECT/GROUP_BY"),
        ("", "hive.sales.orders", "id", "INDIRECT/JOIN"),
        ("", "hive.sales.lines", "order_id", "INDIRECT/JOIN"),
    }


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("http://marquez:5000", "http://marquez:5000/api/v1/lineage"),
        ("http://marquez:5000/", "http://marquez:5000/api/v1/lineage"),
        ("https://omd/api/v1/openlineage/lineage", "https://omd/api/v1/openlineage/lineage"),
    ],
)
def test_an_address_without_a_path_gets_the_usual_one(url: str, endpoint: str) -> None:
    assert events_url(url) == endpoint
