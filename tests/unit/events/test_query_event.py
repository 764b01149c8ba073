"""Events of Trino's listeners: all shapes that there are, and what a malformed one costs."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from tests.trino_events import body, completed, event, lines, row_filter, table, through

from query_lineage_tracker.domain.history import (
    ExecutedQuery,
    RejectedRow,
    ResourceUse,
    Session,
    SessionOrigin,
    State,
    Teller,
)
from query_lineage_tracker.events.query_event import parse_event
from query_lineage_tracker.events.told import ToldQuery
from query_lineage_tracker.lineage.engine import EngineAnswer, EngineColumn, EngineTable, ViewText
from query_lineage_tracker.lineage.result import ColumnName, ObjectName

A_TIME = "a time with its zone such as 2026-11-22T17:14:01.717Z"


def name(table: str) -> ObjectName:
    return ObjectName("lake", "s", table)


def at(second: int, millisecond: int) -> datetime:
    return datetime(2026, 11, 22, 17, 14, second, millisecond * 1000, timezone.utc)


def told(text: bytes) -> ToldQuery:
    parsed = parse_event(text, "a test")
    assert isinstance(parsed, ToldQuery), parsed
    return parsed


def answer(text: bytes) -> EngineAnswer:
    found = told(text).answer
    assert found is not None
    return found


def rejected(text: bytes) -> RejectedRow:
    parsed = parse_event(text, "a test")
    assert isinstance(parsed, RejectedRow), parsed
    return parsed


def tables(*elements: Any) -> bytes:
    return body({"metadata.tables": list(elements)})


# --- the execution ---


def test_a_completed_event_becomes_an_executed_query_with_all_its_facts() -> None:
    assert told(completed("00062")).query == ExecutedQuery(
        query_id="20261122_171402_00062_99ia3",
        state=State.FINISHED,
        user="alice",
        text="CREATE TABLE t19 AS SELECT k, sb FROM m",
        created=at(2, 169),
        source="airflow",
        started=at(2, 194),
        ended=at(2, 493),
        resource_group=("global",),
        session=Session("lake", "s", SessionOrigin.EVENT),
        query_type="INSERT",
        update_type="CREATE TABLE",
        client_tags=("etl", "daily"),
        resources=ResourceUse(
            cpu_ms=33,
            elapsed_ms=324,
            queued_ms=18,
            analysis_ms=10,
            planning_ms=18,
            execution_ms=298,
            peak_memory_bytes=2144,
            physical_input_bytes=537,
            raw_input_rows=3,
            spilled_bytes=0,
            written_rows=3,
        ),
        original_user="alice",
        principal="alice",
        transaction_id="5fb29dda-f755-46b0-8700-1bcd75587608",
        finished_writing=True,
        told_by=Teller.EVENT,
    )


def test_a_created_event_tells_of_an_open_query_and_of_no_lineage() -> None:
    one = told(lines("created.jsonl")[0])
    assert (one.query.state, one.query.started, one.query.ended) == (State.QUEUED, None, None)
    assert (one.query.text, one.query.session.schema) == ("INSERT INTO t9 VALUES (1,'x')", "s")
    assert (one.answer, one.views) == (None, ())


def test_a_failure_comes_with_its_code_type_and_message() -> None:
    query = told(completed("00067")).query
    assert (query.state, query.error_type, query.error_code) == (State.FAILED, "USER_ERROR", "SYNTAX_ERROR")
    assert query.error_message == "line 1:14: mismatched input 'REFRESH'. Expecting: '.', 'RENAME', 'SET'"
    assert query.started == query.ended == query.created


def test_execute_comes_with_its_prepared_text() -> None:
    query = told(completed("00093")).query
    assert query.text == "EXECUTE p2 USING 4"
    assert query.prepared_text == "SELECT\n  a\n, c\nFROM\n  u\nWHERE (b = ?)\n"


def test_a_session_without_catalog_is_known_to_have_none() -> None:
    assert told(body()).query.session == Session(None, None, SessionOrigin.EVENT)


def test_a_query_that_failed_before_it_began_has_no_start() -> None:
    """Trino puts the end there then; a parse error really has one, where the system table has it too."""
    failed = {"metadata.queryState": "FAILED", "executionStartTime": "2026-11-22T17:14:01.898Z"}
    assert told(body(failed)).query.started is None
    assert told(body({"executionStartTime": "2026-11-22T17:14:01.898Z"})).query.started == at(1, 898)
    assert told(completed("00067")).query.started is not None


def test_the_times_of_a_query_that_failed_before_it_ran_are_not_believed() -> None:
    """Trino makes them up: all zero, though it may have waited and was analyzed."""
    zeros = dict.fromkeys(("wallTime", "cpuTime", "queuedTime"), 0.0) | {"peakUserMemoryBytes": 0, "writtenRows": 0}
    failed = body({"statistics": zeros, "metadata.queryState": "FAILED", "ioMetadata.output": ...})
    assert told(failed).query.resources == ResourceUse(elapsed_ms=181, peak_memory_bytes=0, written_rows=0)
    ran = body({"statistics": {**zeros, "executionTime": 0.0}})
    assert told(ran).query.resources.elapsed_ms == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"ioMetadata.output.connectorOutputMetadata": "null"}, False),
        ({"ioMetadata.output.connectorOutputMetadata": None}, False),
        ({"ioMetadata.output.connectorOutputMetadata": ...}, False),
        (
            {
                "ioMetadata.output.connectorOutputMetadata": ...,
                "ioMetadata.output.jsonLengthLimitExceeded": True,
            },
            True,
        ),
        ({"ioMetadata.output": ...}, None),
        ({"ioMetadata.output": None}, None),
    ],
)
def test_what_the_connector_told_says_whether_writing_was_finished(
    changes: dict[str, Any], expected: bool | None
) -> None:
    assert told(body(changes)).query.finished_writing is expected


@pytest.mark.parametrize(
    ("duration", "milliseconds"),
    [(0.182, 182), (2, 2000), ("PT1.5S", 1500), ("PT2M", 120_000), ("1.23s", 1230), ("182.03ms", 182), ("soon", None)],
)
def test_durations_are_numbers_of_seconds_or_texts(duration: object, milliseconds: int | None) -> None:
    assert told(body({"statistics.wallTime": duration})).query.resources.elapsed_ms == milliseconds


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [("", 0), (".1", 100_000), (".898", 898_000), (".898123", 898_123), (".898123999", 898_123)],
)
def test_times_have_up_to_nine_digits_of_a_second(text: str, microsecond: int) -> None:
    query = told(body({"endTime": f"2026-11-22T17:14:01{text}Z"})).query
    assert query.ended == datetime(2026, 11, 22, 17, 14, 1, microsecond, timezone.utc)


def test_a_time_of_another_zone_comes_out_in_utc() -> None:
    assert told(body({"endTime": "2026-11-22T18:14:01+01:00"})).query.ended == at(1, 0)


# --- shapes ---


def test_a_kafka_message_is_unwrapped() -> None:
    wrapped = json.dumps({"eventPayload": event(), "eventMetadata": {"zone": "a"}}).encode()
    assert parse_event(wrapped, "a test") == parse_event(body(), "a test")


def test_null_is_as_good_as_missing() -> None:
    keys = ("context.source", "context.catalog", "metadata.preparedQuery", "failureInfo", "selectColumnsLineageInfo")
    assert told(body(dict.fromkeys(keys))) == told(body())


def test_what_only_other_versions_have_changes_nothing() -> None:
    """Names as inputs' columns until 474; no original user before 426; plans and payloads as JSON in texts."""
    other = {
        "ioMetadata.inputs": [{"catalogName": "lake", "schema": "s", "table": "u", "columns": ["a"]}],
        "metadata.plan": "Fragment 0",
        "metadata.payload": '{"stages": [{"nested": "\\"text\\""}]}',
        "statistics.unheardOf": {"snapshotId": 2**64 + 1, "p99": "NaN"},
    }
    assert told(body(other)) == told(body())


def test_bare_numbers_that_are_none_cost_only_themselves() -> None:
    text = body({"statistics.cumulativeMemory": "HERE", "statistics.cpuTime": "HERE"}).replace(b'"HERE"', b"NaN")
    assert told(text) == told(body())


def test_texts_that_no_database_keeps_are_replaced() -> None:
    assert told(body({"metadata.query": "SELECT '\0\ud800'"})).query.text == "SELECT '\u2400\ufffd'"


@pytest.mark.parametrize(
    "malformed",
    [
        {"context.clientTags": "etl"},
        {"context.resourceGroupId": {"a": 1}},
        {"statistics": [1]},
        {"failureInfo": "failed"},
        {"executionStartTime": "yesterday"},
        {"context.source": 7},
        {"metadata.transactionId": ["x"]},
    ],
)
def test_a_malformed_fact_costs_only_itself(malformed: dict[str, Any]) -> None:
    one = told(body(malformed))
    assert one.answer == told(body()).answer
    assert one.query.session == told(body()).query.session


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"metadata.queryId": ...}, "metadata.queryId: missing, expected an id such as 20261122_171401_00060_99ia3"),
        (
            {"metadata.queryId": "20261322_171401_00060_99ia3"},
            "metadata.queryId: a text of 27 characters, expected an id such as 20261122_171401_00060_99ia3",
        ),
        ({"metadata.query": 1}, "metadata.query: a number, expected a text"),
        ({"context": None}, "context.user: missing, expected a text"),
        (
            {"createTime": 1763831641},
            f"createTime: a number, expected {A_TIME}",
        ),
        ({"endTime": ...}, f"endTime: missing, expected {A_TIME}"),
        (
            {"metadata.queryState": "RUNNING"},
            "metadata.queryState: a text of 7 characters, expected one of FINISHED, FAILED",
        ),
        (
            {"endTime": ..., "metadata.queryState": ...},
            f"metadata.queryState: missing, expected one of FINISHED, FAILED; endTime: missing, expected {A_TIME}",
        ),
    ],
)
def test_an_event_without_an_essential_fact_is_rejected_by_its_shape(changes: dict[str, Any], reason: str) -> None:
    row = rejected(body(changes))
    assert (row.reason, row.origin) == (reason, "a test")
    assert json.loads(row.payload) == event(changes)


def test_a_rejected_event_keeps_the_id_that_can_be_read() -> None:
    assert rejected(body({"context.user": ...})).query_id == "20261122_171401_00001_99ia3"
    assert rejected(body({"metadata.queryId": "7"})).query_id is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"metadata": {"queryId": ', "not JSON: Expecting value at character 26 of 25"),
        (b"[]", "a list of 0, expected one JSON object"),
        (b'{"eventPayload": "x"}', "a text of 1 characters, expected one JSON object"),
        (b"", "not JSON: Expecting value at character 1 of 0"),
        (b"[" * 200_000, "nested too deeply to be read"),
    ],
)
def test_a_body_that_holds_no_event_is_rejected(text: bytes, reason: str) -> None:
    assert rejected(text).reason == reason


# --- what Trino says of lineage ---


def test_a_write_is_answered_with_tables_target_and_columns_in_lower_case() -> None:
    assert answer(body()) == EngineAnswer(
        (EngineTable(name("u"), True, ("a",)),),
        name("t"),
        (EngineColumn("a", (ColumnName(name("u"), "a"),), "bigint"),),
    )


def test_a_materialized_view_that_is_read_comes_with_its_base_and_its_text() -> None:
    one = told(completed("00060"))
    assert one.answer == EngineAnswer(
        (EngineTable(name("m"), True, ("c", "k", "sb")), EngineTable(name("u"), False, ("b", "k"), (name("m"),)))
    )
    text = "SELECT\n  k\n, count(*) c\n, sum(b) sb\nFROM\n  u\nGROUP BY k\n"
    assert one.views == (ViewText(name("m"), True, text, (name("u"),)),)


def test_nested_views_come_outermost_first() -> None:
    """Trino pushes each view that it enters onto a stack and tells the stack from its top: the innermost first."""
    nested = tables(
        table("outer", direct=True, viewText="SELECT a FROM inner"),
        table("inner", through("outer"), viewText="SELECT a FROM base"),
        table("base", through("inner"), through("outer")),
    )
    assert [(one.object.name, one.via) for one in answer(nested).tables] == [
        ("base", (name("outer"), name("inner"))),
        ("inner", (name("outer"),)),
        ("outer", ()),
    ]
    assert [(view.object, view.reaches) for view in told(nested).views] == [
        (name("inner"), (name("base"),)),
        (name("outer"), (name("inner"),)),
    ]


def test_a_table_that_is_read_itself_and_through_a_view_comes_twice() -> None:
    both = tables(table("u", direct=True), table("v", direct=True, viewText="TABLE u"), table("u", through("v")))
    found = [(one.object.name, one.direct, one.via) for one in answer(both).tables]
    assert found == [("u", False, (name("v"),)), ("u", True, ()), ("v", True, ())]


def test_tables_that_only_row_filters_reach_are_left_out() -> None:
    filtered = tables(
        table("u", direct=True),
        table("allowed", row_filter("u")),
        table("deep", through("v"), row_filter("u")),
        table("v", row_filter("u"), viewText="TABLE deep"),
    )
    assert [one.object.name for one in answer(filtered).tables] == ["u"]
    assert told(filtered).views == (ViewText(name("v"), False, "TABLE deep", (name("deep"),)),)


def test_without_the_flag_all_tables_are_direct_unless_there_are_chains() -> None:
    flagless = [table("u", directlyReferenced=None), table("v", directlyReferenced=None)]
    assert [one.direct for one in answer(tables(*flagless)).tables] == [True, True]
    chained = [*flagless, table("w", through("v"), directlyReferenced=None)]
    assert [one.direct for one in answer(tables(*chained)).tables] == [False, False, False]


def test_generated_names_metadata_tables_and_hidden_columns_are_no_columns_of_objects() -> None:
    odd = body(
        {
            "metadata.tables": [
                table("_generated_query", direct=True, schema="_generated"),
                table("u$snapshots", direct=True),
                table("w", direct=True, columns=[{"column": "$path"}, {"column": "B"}, {}]),
            ],
            "ioMetadata.output.columns": [
                {
                    "columnName": "x",
                    "sourceColumns": [
                        {"catalog": "pg", "schema": "_generated", "table": "_generated_query", "columnName": "x"},
                        {"catalog": "lake", "schema": "s", "table": "u$snapshots", "columnName": "snapshot_id"},
                        {"catalog": "lake", "schema": "s", "table": "w", "columnName": "$path"},
                        {"catalog": "lake", "schema": "s", "table": "m$materialized_view_storage", "columnName": "C"},
                        {"catalog": "lake", "schema": "s", "columnName": "nowhere"},
                    ],
                }
            ],
        }
    )
    assert answer(odd).tables == (EngineTable(name("u"), True), EngineTable(name("w"), True, ("b",)))
    assert answer(odd).columns == (EngineColumn("x", (ColumnName(name("m"), "c"),)),)


def test_a_storage_table_among_the_inputs_makes_its_view_a_materialized_one() -> None:
    fresh = {
        "metadata.tables": [table("m", direct=True, viewText="SELECT 1 a")],
        "ioMetadata.inputs": [{"catalogName": "lake", "schema": "s", "table": "m$materialized_view_storage"}],
    }
    assert [view.materialized for view in told(body(fresh)).views] == [True]
    assert [view.materialized for view in told(body({**fresh, "ioMetadata.inputs": []})).views] == [False]


def test_analyze_has_no_target() -> None:
    analyzed = {"metadata.updateType": "ANALYZE", "context.queryType": "ANALYZE", "metadata.tables": []}
    assert told(body(analyzed)).answer is None


@pytest.mark.parametrize("query_type", ["EXPLAIN", "DESCRIBE"])
def test_what_only_shows_something_is_not_answered(query_type: str) -> None:
    assert told(body({"context.queryType": query_type})).answer is None


@pytest.mark.parametrize("number", ["00067", "00220"])
def test_where_trino_says_nothing_there_is_no_answer(number: str) -> None:
    assert told(completed(number)).answer is None


def test_explain_analyze_of_a_write_is_answered_as_the_write() -> None:
    assert answer(completed("00100")).target == name("t2")


def test_a_failure_at_run_time_keeps_its_answer() -> None:
    one = told(completed("00265"))
    assert (one.query.finished_writing, one.query.resources.written_rows) == (False, 0)
    assert one.answer is not None
    assert one.answer.target == ObjectName("memory", "out", "q058")


def test_delete_says_nothing_about_columns_and_merge_says_what_it_sets() -> None:
    assert answer(completed("00040")).columns is None
    assert answer(completed("00045")).columns == (EngineColumn("v", (), "varchar"),)


def test_create_table_on_a_table_that_exists_does_nothing_and_replaces_no_answer() -> None:
    nothing = {
        "metadata.query": "CREATE TABLE IF NOT EXISTS lake.s.t AS SELECT a FROM lake.s.u",
        "metadata.updateType": "CREATE TABLE",
        "metadata.tables": [],
        "ioMetadata.inputs": [],
        "ioMetadata.output.columns": [],
    }
    one = told(body(nothing))
    assert (one.query.nothing_to_do, one.answer) == (True, None)
    made = told(body({**nothing, "metadata.tables": [table("u", direct=True)]}))
    assert (made.query.nothing_to_do, made.answer is None) == (None, False)
    plain = told(body({**nothing, "context.queryType": "DATA_DEFINITION"}))
    assert plain.query.nothing_to_do is None


def test_a_select_is_answered_with_the_columns_of_its_result() -> None:
    """Since Trino 479; a column without a name has an empty one."""
    columns = [
        {"name": "N", "sourceColumns": [{"catalog": "lake", "schema": "s", "table": "u", "columnName": "A"}]},
        {"name": "", "sourceColumns": []},
    ]
    selected = answer(body({"ioMetadata.output": ..., "selectColumnsLineageInfo": columns}))
    assert selected.target is None
    assert selected.columns == (EngineColumn("n", (ColumnName(name("u"), "a"),)), EngineColumn(""))


def test_equal_answers_have_equal_digests_in_whatever_order_they_came() -> None:
    first = tables(table("u", direct=True, columns=[{"column": "a"}, {"column": "b"}]), table("w", direct=True))
    second = tables(table("w", direct=True), table("u", direct=True, columns=[{"column": "b"}, {"column": "a"}]))
    assert answer(first).digest() == answer(second).digest()
