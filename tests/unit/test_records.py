"""Recorded queries at the edge: what is accepted, what is repaired, what is rejected and why."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow, ResourceUse, Session, SessionOrigin, State
from query_lineage_tracker.records import parse_record, storable

ROW: dict[str, object] = {
    "query_id": "20261122_171401_00060_99ia3",
    "state": "FINISHED",
    "user": "bob",
    "source": "superset",
    "query": "SELECT * FROM m",
    "resource_group_id": ["global", "adhoc"],
    "queued_time_ms": 49,
    "analysis_time_ms": 19,
    "planning_time_ms": 17,
    "created": "2026-11-22T17:14:01.717Z",
    "started": "2026-11-22T17:14:01.786000+00:00",
    "last_heartbeat": "2026-11-22T17:14:01.898Z",
    "end": "2026-11-22T18:14:01.898+01:00",
    "error_type": None,
    "error_code": None,
}


def line(**more: object) -> bytes:
    return json.dumps({**ROW, **more}).encode()


def accepted(text: bytes) -> ExecutedQuery:
    parsed = parse_record(text, "f.jsonl:1")
    assert isinstance(parsed, ExecutedQuery), parsed
    return parsed


def rejected(text: bytes) -> RejectedRow:
    parsed = parse_record(text, "f.jsonl:1")
    assert isinstance(parsed, RejectedRow), parsed
    return parsed


def test_a_row_of_the_system_table_becomes_an_executed_query_in_utc() -> None:
    assert accepted(line()) == ExecutedQuery(
        query_id="20261122_171401_00060_99ia3",
        state=State.FINISHED,
        user="bob",
        text="SELECT * FROM m",
        created=datetime(2026, 11, 22, 17, 14, 1, 717000, timezone.utc),
        source="superset",
        started=datetime(2026, 11, 22, 17, 14, 1, 786000, timezone.utc),
        ended=datetime(2026, 11, 22, 17, 14, 1, 898000, timezone.utc),
        resource_group=("global", "adhoc"),
        resources=ResourceUse(queued_ms=49, analysis_ms=19, planning_ms=17),
    )
    assert accepted(line()).ended.utcoffset() == timedelta()  # type: ignore[union-attr]  # equal above


def test_optional_keys_are_taken_over() -> None:
    query = accepted(
        line(
            catalog="lake",
            schema=None,
            prepared_query="SELECT ?",
            query_type="SELECT",
            update_type="CREATE TABLE",
            error_message="boom",
            cpu_time_ms=1,
            elapsed_time_ms=2,
            execution_time_ms=3,
            peak_memory_bytes=4,
            physical_input_bytes=5,
            raw_input_rows=6,
            physical_written_bytes=7,
            spilled_bytes=8,
        )
    )
    assert query.session == Session("lake", None, SessionOrigin.RECORDED)
    assert (query.prepared_text, query.query_type, query.update_type) == ("SELECT ?", "SELECT", "CREATE TABLE")
    assert query.error_message == "boom"
    assert query.resources == ResourceUse(1, 2, 49, 19, 17, 3, 4, 5, 6, 7, 8)


def test_null_says_that_the_session_had_no_catalog_and_absence_says_nothing() -> None:
    assert accepted(line(catalog=None, schema=None)).session == Session(None, None, SessionOrigin.RECORDED)
    assert accepted(line()).session == Session()


def test_unknown_keys_are_ignored_even_where_the_fast_parser_refuses_them() -> None:
    deep = b'{"extra":' + b"[" * 400 + b"]" * 400 + b"," + line()[1:]
    assert accepted(line(extra=float("nan"))) == accepted(deep) == accepted(line())


def test_a_running_row_needs_no_end() -> None:
    assert accepted(line(state="RUNNING", end=None)).ended is None


def test_nul_and_lone_surrogates_are_replaced_visibly() -> None:
    query = accepted(line(query="a\0b\ud800c", user="x\0", resource_group_id=["\0"], prepared_query="\udfff"))
    assert query.text == "a\u2400b\ufffdc"
    assert (query.user, query.resource_group, query.prepared_text) == ("x\u2400", ("\u2400",), "\ufffd")


def test_raw_nul_and_invalid_utf8_are_replaced_visibly() -> None:
    assert accepted(line(query="a-b-c").replace(b"a-b-c", b"a\0b\xffc")).text == "a\u2400b\ufffdc"


def test_astral_characters_and_escaped_backslashes_stay() -> None:
    text = "SELECT '\U0001f600', 'é', '\\u0000'"
    assert accepted(line(query=text)).text == text
    assert accepted(json.dumps({**ROW, "query": text}, ensure_ascii=False).encode()).text == text


def test_a_text_of_a_million_characters_is_fine() -> None:
    assert len(accepted(line(query="x" * 1_000_000)).text) == 1_000_000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line(created=None), "created: null, expected a time with its zone such as 2026-11-22T17:14:01.717Z"),
        (
            line(created="2026-11-22T17:14:01"),
            "created: a text of 19 characters, expected a time with its zone such as",
        ),
        (line(created=1_700_000_000), "created: a number, expected a time with its zone"),
        (line(end=None), "end: null, expected a time with its zone such as 2026-11-22T17:14:01.717Z, because"),
        (line(state="DONE"), "state: a text of 4 characters, expected one of QUEUED, "),
        (line(query=None), "query: null, expected text"),
        (line(user=["bob"]), "user: a list of 1, expected text"),
        (line(user=True), "user: true or false, expected text"),
        (line(query_id="20261122_171401_60_99ia3"), "query_id: a text of 24 characters, expected an id such as"),
        (line(query_id="20261322_171401_00060_99ia3"), "query_id: begins with no day of the calendar"),
        (line(cpu_time_ms=-1), "cpu_time_ms: a number, expected a whole number from 0 to 9223372036854775807"),
        (line(cpu_time_ms=float("nan")), "cpu_time_ms: a number, expected a whole number"),
        (line(cpu_time_ms=2**63), "cpu_time_ms: a number, expected a whole number"),
        (line(resource_group_id=["a", {}]), "resource_group_id: an object, expected a list of texts"),
        (line(created="0001-01-01T00:00:00+10:00"), "date value out of range"),
        (b"{}", "query_id: missing, expected an id such as 20261122_171401_00060_99ia3; state: missing, expected one"),
        (b"[1, 2]", "a list of 2, expected one JSON object"),
        (b"null", "null, expected one JSON object"),
        (b"\xff\xfe", "not JSON: Expecting value at character 1"),
        (line()[:-1], "not JSON: Expecting ',' delimiter"),
        (b'{"a":' * 200_000, "nested too deeply to be read"),
    ],
)
def test_a_bad_row_is_rejected_with_field_shape_and_what_is_expected(text: bytes, reason: str) -> None:
    assert rejected(text).reason.startswith(reason)


def test_a_rejected_row_keeps_origin_id_and_a_storable_payload() -> None:
    row = rejected(line(state="DONE", user="a\0").replace(b'"bob"', b"") + b"\n")
    assert (row.origin, row.query_id) == ("f.jsonl:1", "20261122_171401_00060_99ia3")
    assert json.loads(row.payload)["state"] == "DONE"
    assert "\0" not in rejected(b"a\0\xff\n").payload
    assert rejected(b"a\0\xff\n").payload == "a\\u0000\\xff"


def test_reasons_do_not_repeat_what_was_found() -> None:
    assert "hunter2" not in rejected(line(state="hunter2", user=["hunter2"])).reason


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_arrives_is_a_row_or_a_storable_rejection(text: bytes) -> None:
    row = rejected(text)
    assert row.reason
    row.payload.encode()
    assert "\0" not in row.payload


@given(st.text(st.characters(), max_size=40))
def test_any_text_is_kept_storable_and_otherwise_unchanged(text: str) -> None:
    kept = accepted(line(query=text)).text
    assert kept == storable(text)
    kept.encode()
    changed = [one for one in zip(text, kept, strict=True) if one[0] != one[1]]
    assert all(one == ("\0", "\u2400") or one[1] == "\ufffd" for one in changed)
