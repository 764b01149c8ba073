"""Details of one query from REST: they tell what the completed event of the same query tells."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from tests.trino_events import lines

from query_lineage_tracker.adapters.trino.query_info import parse_query_info
from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow, SessionOrigin, State, Teller
from query_lineage_tracker.events.query_event import parse_event
from query_lineage_tracker.events.told import ToldQuery
from query_lineage_tracker.lineage.engine import EngineColumn
from query_lineage_tracker.lineage.result import ColumnName, ObjectName

INFOS: dict[str, dict[str, Any]] = {one["queryId"]: one for one in map(json.loads, lines("query_info.jsonl"))}
DURATIONS = ("cpu_ms", "elapsed_ms", "queued_ms", "analysis_ms", "planning_ms", "execution_ms")


def told(info: object) -> ToldQuery:
    parsed = parse_query_info(info, "a test")
    assert isinstance(parsed, ToldQuery), parsed
    return parsed


def comparable(query: ExecutedQuery) -> ExecutedQuery:
    """Without what only one of the two tells, and durations, which REST rounds."""
    both = dict.fromkeys((*DURATIONS, "written_bytes", "written_rows"))
    return replace(
        query,
        told_by=Teller.FILE,
        finished_writing=None,
        session=replace(query.session, origin=None),
        resources=replace(query.resources, **both),
    )


@pytest.mark.parametrize("event", lines("completed.jsonl"))
def test_rest_and_event_tell_the_same(event: bytes) -> None:
    by_event = parse_event(event, "a test")
    assert isinstance(by_event, ToldQuery)
    by_rest = told(INFOS[by_event.query.query_id])
    assert by_rest.answer == by_event.answer
    assert by_rest.views == by_event.views
    assert comparable(by_rest.query) == comparable(by_event.query)
    for name in DURATIONS:
        told_by_event = getattr(by_event.query.resources, name) or 0
        assert getattr(by_rest.query.resources, name) == pytest.approx(told_by_event, abs=1, rel=0.01)


def test_how_many_rows_were_written_is_not_told() -> None:
    """That of a pruned query is 0 also where rows were written, and nothing tells what the connector said."""
    one = told(INFOS["20261122_171402_00062_99ia3"])
    assert (one.query.resources.written_rows, one.query.finished_writing) == (None, None)
    assert (one.query.told_by, one.query.session.origin) == (Teller.REST, SessionOrigin.REST)


def test_quoted_names_of_source_tables_are_read() -> None:
    info = json.loads(json.dumps(INFOS["20261122_171402_00062_99ia3"]))
    names = ['lake.s."we.ird"', '"a""b".s.t', "lake.s", "lake.s.t.u", '"lake"."S"."T"']
    sources = [{"tableName": name, "columnName": "K"} for name in names]
    info["output"]["columns"] = [{"column": {"name": "Mixed"}, "sourceColumns": sources}]
    found = told(info).answer
    assert found is not None
    assert found.columns == (
        EngineColumn(
            "mixed",
            (
                ColumnName(ObjectName('a"b', "s", "t"), "k"),
                ColumnName(ObjectName("lake", "s", "t"), "k"),
                ColumnName(ObjectName("lake", "s", "we.ird"), "k"),
            ),
        ),
    )


def test_an_open_query_is_told_without_end_and_answer() -> None:
    info = INFOS["20261122_171402_00062_99ia3"] | {"state": "RUNNING"}
    one = told(info)
    assert (one.query.state, one.query.ended, one.answer) == (State.RUNNING, None, None)


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        ([], "a list of 0, expected one JSON object"),
        ({"queryId": "x"}, "queryId: a text of 1 characters, expected an id such as 20261122_171401_00060_99ia3"),
        (
            INFOS["20261122_171402_00062_99ia3"] | {"queryStats": {}},
            "queryStats.createTime: missing, expected a time with its zone such as 2026-11-22T17:14:01.717Z",
        ),
        (INFOS["20261122_171402_00062_99ia3"] | {"state": "GONE"}, "state: a text of 4 characters, expected one of"),
    ],
)
def test_what_is_no_query_is_rejected_by_its_shape(info: object, reason: str) -> None:
    row = parse_query_info(info, "a test")
    assert isinstance(row, RejectedRow)
    assert row.reason.startswith(reason)
    assert json.loads(row.payload) == info


def test_every_field_of_an_execution_is_told_by_one_of_the_samples() -> None:
    """A field that no sample holds would be compared as None with None."""
    queries = [comparable(told(info).query) for info in INFOS.values()]
    unset = ExecutedQuery("", State.QUEUED, "", "", queries[0].created)
    never = {
        one.name
        for one in fields(ExecutedQuery)
        if all(getattr(q, one.name) == getattr(unset, one.name) for q in queries)
    }
    assert never == {"client_info", "trace_token", "finished_writing", "nothing_to_do", "told_by"}
