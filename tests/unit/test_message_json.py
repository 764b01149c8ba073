from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.messages import a_claim, a_cost, a_query, a_usage, an_edge

from query_lineage_tracker.domain.outbox import (
    ColumnFlow,
    CostFacts,
    EdgeKind,
    Facts,
    LineageFacts,
    Message,
    MessageKind,
    ObjectFacts,
    QueryFacts,
    UsageFacts,
)
from query_lineage_tracker.lineage.result import Coverage, Subtype
from query_lineage_tracker.services.message_json import as_json, idempotency_key

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SCHEMA = json.loads((REFERENCE / "message.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)

texts = st.text(st.characters(exclude_categories=["Cs"]))
moments = st.datetimes(timezones=st.just(timezone.utc))
objects = st.builds(ObjectFacts, texts, texts, texts, texts, texts)
flows = st.builds(
    ColumnFlow, texts, st.lists(texts, min_size=1).map(tuple), st.sampled_from([each.value for each in Subtype])
)
queries = st.builds(
    QueryFacts,
    statement_id=texts,
    fingerprint=texts,
    text=texts,
    kind=texts,
    session_catalog=st.none() | texts,
    session_schema=st.none() | texts,
    sources=st.lists(objects, max_size=3).map(tuple),
    targets=st.lists(objects, max_size=3).map(tuple),
    users=st.lists(texts, max_size=3, unique=True).map(tuple),
    first_seen=moments,
    last_seen=moments,
    executions=st.integers(0),
    duration_ms=st.none() | st.integers(0),
    coverage=st.sampled_from([each.value for each in Coverage]),
)
edges = st.builds(
    LineageFacts,
    upstream=objects,
    downstream=objects,
    kind=st.sampled_from(EdgeKind),
    columns=st.lists(flows, max_size=3).map(tuple),
    text=texts,
    statement_id=texts,
    first_seen=moments,
    last_seen=moments,
    certain=st.booleans(),
)


usages = st.builds(UsageFacts, objects, st.dates(), st.integers(1), st.integers(0), st.integers(0), st.integers(1))
costs = st.builds(
    CostFacts,
    text=texts,
    statement_ids=st.lists(texts, max_size=3).map(tuple),
    objects=st.lists(objects, max_size=3).map(tuple),
    day=st.dates(),
    executions=st.integers(1),
    cpu_ms=st.integers(0),
    elapsed_ms=st.integers(0),
)
KINDS = {
    QueryFacts: MessageKind.QUERY,
    LineageFacts: MessageKind.LINEAGE,
    UsageFacts: MessageKind.USAGE,
    CostFacts: MessageKind.COST,
}


def message_of(facts: Facts) -> Message:
    return Message(a_claim(KINDS[type(facts)], "e"), facts)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@given(queries | edges | usages | costs, st.booleans())
def test_every_message_obeys_the_documented_schema(facts: Facts, send_sql: bool) -> None:
    VALIDATOR.validate(as_json(message_of(facts), send_sql=send_sql))


def test_the_schema_refuses_what_is_not_documented() -> None:
    document = as_json(a_query())
    assert not VALIDATOR.is_valid(document | {"surprise": 1})
    assert not VALIDATOR.is_valid(document | {"kind": "LINEAGE"})
    assert not VALIDATOR.is_valid(document | {"lineage": as_json(an_edge())["lineage"]})
    assert not VALIDATOR.is_valid(document | {"usage": as_json(a_usage())["usage"]})
    assert not VALIDATOR.is_valid(as_json(a_usage()) | {"query": document["query"]})
    assert not VALIDATOR.is_valid(document | {"cost": as_json(a_cost())["cost"]})
    assert not VALIDATOR.is_valid(as_json(a_cost()) | {"query": document["query"]})


def test_a_text_of_a_statement_is_told_as_a_query() -> None:
    message = a_query()
    text = replace(message, claim=replace(message.claim, kind=MessageKind.TEXT, entity="s:t"))
    document = as_json(text)
    VALIDATOR.validate(document)
    assert (document["kind"], document["query"]) == ("TEXT", as_json(message)["query"])


@pytest.mark.parametrize("kind", list(MessageKind))
def test_the_documented_examples_obey_the_schema(kind: MessageKind) -> None:
    page = (REFERENCE / "messages.md").read_text()
    (example,) = re.findall(rf"<!-- example: {kind.value} -->\n```json\n(.*?)```", page, re.S)
    VALIDATOR.validate(json.loads(example))


def test_facts_stand_under_their_documented_names() -> None:
    document: dict[str, Any] = as_json(an_edge({"total": ["amount", "id"]}, subtype="AGGREGATION"))
    assert document["lineage"]["columns"] == [
        {
            "downstream_column": "total",
            "upstream_columns": ["amount", "id"],
            "subtype": "AGGREGATION",
            "direct": True,
            "method": "PARSED",
        }
    ]
    assert document["lineage"]["downstream"] == {
        "namespace": "lab",
        "catalog": "hive",
        "schema": "mart",
        "name": "daily",
        "branch": "",
    }
    assert document["lineage"]["last_seen"] == "2026-11-22T09:30:15.250Z"


def test_columns_that_influence_every_row_have_no_downstream_column() -> None:
    document: dict[str, Any] = as_json(an_edge({"": ["day"]}, subtype="FILTER"))
    (flow,) = document["lineage"]["columns"]
    assert (flow["downstream_column"], flow["direct"]) == (None, False)


def test_times_of_another_zone_are_told_in_utc() -> None:
    moment = datetime(2026, 11, 22, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    message = a_query()
    assert isinstance(message.facts, QueryFacts)
    message = replace(message, facts=replace(message.facts, first_seen=moment))
    document: dict[str, Any] = as_json(message)
    assert document["query"]["first_seen"] == "2026-11-21T23:00:00.000Z"


def test_the_idempotency_key_differs_by_generation() -> None:
    keys = [idempotency_key(a_claim(MessageKind.LINEAGE, "1:2", sink="rest", generation=each)) for each in (1, 2)]
    assert keys == ["rest/LINEAGE/1:2/1", "rest/LINEAGE/1:2/2"]


def test_an_edge_that_nothing_made_has_no_text_and_fits_the_schema() -> None:
    message = an_edge(ended=True, text="")
    assert isinstance(message.facts, LineageFacts)
    document = as_json(replace(message, facts=replace(message.facts, statement_id="", withdrawn=True)))
    assert list(VALIDATOR.iter_errors(document)) == []
    lineage = document["lineage"]
    assert isinstance(lineage, dict)
    assert (lineage["ended"], lineage["text"], lineage["columns"]) == (True, None, [])
