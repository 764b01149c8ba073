"""Reduced events: nothing that is read is missing, nothing that must not be written down is there."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.trino_events import EVENT, body, completed, event, lines, row_filter, table, through

from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.events.query_event import parse_event
from query_lineage_tracker.events.reduced import reduced_event
from query_lineage_tracker.events.told import ToldQuery
from query_lineage_tracker.lineage.attribution import Attribution, Rule
from query_lineage_tracker.lineage.fingerprint import normalize
from query_lineage_tracker.services.prepare import ClaimRules, prepare

SAMPLES = [*lines("completed.jsonl"), *lines("created.jsonl")]
NOT_READ = ("plan", "jsonPlan", "payload", "sessionProperties", "failuresJson", "operatorSummaries", "uri", "warnings")


def reduced(text: bytes, *, redact_literals: bool = False, claims: ClaimRules | None = None) -> bytes:
    found = reduced_event(text, redact_literals=redact_literals, claims=claims or ClaimRules())
    assert isinstance(found, bytes), found
    return found


def redacted(one: ToldQuery | RejectedRow, redact_literals: bool) -> ToldQuery:
    """What is told, redacted as ingest would redact it."""
    assert isinstance(one, ToldQuery)
    (prepared,) = prepare((one.query,), namespace="", redact_literals=redact_literals)
    views = [replace(view, text=normalize(view.text, literals=redact_literals).redacted) for view in one.views]
    return ToldQuery(prepared.query, one.answer, tuple(views), prepared.claim if redact_literals else None)


def assert_tells_the_same(text: bytes, redact_literals: bool) -> None:
    short = reduced(text, redact_literals=redact_literals)
    assert parse_event(short, "o") == redacted(parse_event(text, "o"), redact_literals)
    assert reduced(short, redact_literals=redact_literals) == short


@pytest.mark.parametrize("redact_literals", [False, True])
@pytest.mark.parametrize("sample", SAMPLES, ids=range(len(SAMPLES)))
def test_a_reduced_event_tells_what_the_event_tells(sample: bytes, redact_literals: bool) -> None:
    assert_tells_the_same(sample, redact_literals)


@pytest.mark.parametrize("sample", lines("completed.jsonl"))
def test_nothing_that_is_not_read_is_kept(sample: bytes) -> None:
    heavy = json.loads(sample)
    heavy["metadata"] |= dict.fromkeys(("plan", "jsonPlan", "payload"), "SENTINEL")
    heavy["statistics"]["operatorSummaries"] = ["SENTINEL"]
    heavy["context"]["sessionProperties"] = {"password": "SENTINEL"}
    heavy["ioMetadata"].setdefault("output", {})["connectorOutputMetadata"] = '["s3://bucket/SENTINEL"]'
    heavy.setdefault("failureInfo", {})["failuresJson"] = "SENTINEL"
    short = reduced(json.dumps(heavy).encode())
    assert b"SENTINEL" not in short
    assert not [key for key in NOT_READ if f'"{key}"'.encode() in short]


def test_a_kafka_message_is_reduced_to_its_event() -> None:
    assert reduced(json.dumps({"eventPayload": event(), "eventMetadata": {}}).encode()) == reduced(body())


def test_secrets_go_from_every_text() -> None:
    secret = "hunter2hunter2"
    text = reduced(
        body(
            {
                "metadata.query": f"CREATE CATALOG c USING postgresql WITH (\"connection-password\" = '{secret}')",
                "metadata.preparedQuery": f"SELECT 'https://alice:{secret}@example.org/'",
                "metadata.tables": [table("v", direct=True, viewText=f"SELECT 'password={secret}' a")],
                "context.clientInfo": f"password={secret}",
                "context.source": f"password={secret}",
                "context.traceToken": f"password={secret}",
                "context.clientTags": ["etl", f"password={secret}"],
                "metadata.queryState": "FAILED",
                "failureInfo": {"failureMessage": f"cannot connect with {secret}", "errorCode": {"name": "E"}},
            }
        )
    )
    assert secret.encode() not in text
    assert text.count(b"***") == 8


def test_literals_go_from_every_text_if_wanted() -> None:
    failed = {
        "metadata.query": "EXECUTE p USING 'Smith'",
        "metadata.preparedQuery": "SELECT * FROM t WHERE surname = ? AND first = 'Smith'",
        "metadata.tables": [table("v", direct=True, viewText="SELECT * FROM t WHERE surname = 'Smith'")],
        "metadata.queryState": "FAILED",
        "failureInfo": {"failureMessage": "cannot cast 'Smith' to bigint"},
    }
    assert b"Smith" in reduced(body(failed))
    assert b"Smith" not in reduced(body(failed), redact_literals=True)


DBT = '/* {"app": "dbt", "node_id": "model.jaffle.orders"} */ SELECT 1'


def test_the_claim_of_a_tool_outlives_the_comment_that_made_it() -> None:
    text = body({"metadata.query": DBT})
    one = parse_event(reduced(text, redact_literals=True), "o")
    assert isinstance(one, ToldQuery)
    assert "dbt" not in one.query.text
    assert one.claim == Attribution("dbt", model="model.jaffle.orders")


def test_a_claim_is_not_kept_where_the_text_still_makes_it() -> None:
    assert b"qlt_claim" not in reduced(body({"metadata.query": DBT}))


def test_without_anything_personal_client_info_goes_and_its_claim_stays() -> None:
    rule = Rule("loads", client_info=re.compile("by (?P<user>.*)"))
    text = body({"context.clientInfo": "by alice@example.org", "context.clientTags": ["x"]})
    short = reduced(text, claims=ClaimRules((rule,), personal=False))
    assert b"alice@example.org" not in short
    one = parse_event(short, "o")
    assert isinstance(one, ToldQuery)
    assert one.claim == Attribution("loads")
    assert reduced(short, claims=ClaimRules((rule,), personal=False)) == short


def test_secrets_in_a_claim_that_came_with_the_event_are_hidden() -> None:
    assert b"hunter2" not in reduced(body({"qlt_claim": {"tool": "x", "url": "http://a:hunter2@b/"}}))


def test_an_event_that_is_not_understood_is_rejected_as_parsing_rejects_it() -> None:
    for text in (b"{", body({"endTime": None}), b"[]"):
        assert reduced_event(text, redact_literals=True, origin="o") == parse_event(text, "o")


def test_a_rejected_event_comes_without_plans_in_which_literals_cannot_be_told() -> None:
    heavy = {"metadata.plan": "Filter[age = 42]", "context.sessionProperties": {"a": "b"}, "metadata.queryState": "ODD"}
    row = reduced_event(body(heavy), redact_literals=True)
    assert isinstance(row, RejectedRow)
    assert json.loads(row.payload) == event({"context.sessionProperties": ..., "metadata.queryState": "ODD"})
    assert row.query_id == EVENT["metadata"]["queryId"]


VIEWS = [
    table("v", direct=True, viewText="SELECT 'x' a FROM inner"),
    table("inner", through("v", "materializedView"), row_filter("v")),
    table("u", through("inner"), through("v")),
]
FULL = event(
    {
        "metadata.tables": VIEWS,
        "metadata.preparedQuery": "SELECT 1",
        "context.clientTags": ["a"],
        "context.resourceGroupId": ["global"],
        "failureInfo": {"errorCode": {"name": "E", "type": "USER_ERROR"}, "failureMessage": "no 'x'"},
        "selectColumnsLineageInfo": [{"name": "n", "sourceColumns": []}],
    }
)
ODD: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["null", "INSERT", "CREATE TABLE", "FAILED", "PT1S", "1.2s", "2026-11-22T17:14:01.1Z", "$x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["catalog", "schema", "table", "column", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, one in items for found in ((*way, key), *paths(one, (*way, key)))]


def put(holder: Any, way: tuple[Any, ...], value: Any) -> None:
    """Put the value at the end of the way, if an earlier change left one."""
    key, *rest = way
    there = range(len(holder)) if isinstance(holder, list) else holder if isinstance(holder, dict) else ()
    if key not in there:
        return
    if rest:
        put(holder[key], tuple(rest), value)
    else:
        holder[key] = value


WAYS = paths(FULL)


@settings(max_examples=400, deadline=None)
@example([(("ioMetadata", "output"), {"catalog": None})], False)
@example([(("metadata", "tables", 0, "columns", 0, "column"), float("nan"))], False)
@given(st.lists(st.tuples(st.sampled_from(WAYS), ODD), max_size=4), st.booleans())
def test_whatever_is_malformed_is_malformed_alike_in_the_reduced_event(
    changes: list[tuple[tuple[Any, ...], Any]], redact_literals: bool
) -> None:
    changed = deepcopy(FULL)
    for way, value in changes:
        put(changed, way, value)
    text = json.dumps(changed).encode()
    if isinstance(parse_event(text, "o"), RejectedRow):
        assert reduced_event(text, redact_literals=redact_literals, origin="o") == parse_event(text, "o")
    else:
        assert_tells_the_same(text, redact_literals)


def test_what_is_read_is_a_small_part_of_an_event() -> None:
    heavy = json.loads(completed("00062"))
    heavy["metadata"]["payload"] = "x" * 1_500_000
    assert len(reduced(json.dumps(heavy).encode())) < 2_000
    assert EVENT["metadata"]["queryId"].encode() in reduced(body())
