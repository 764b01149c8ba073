"""Reading only the keys that are read gives what reading all of an event gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.trino_events import body, event, lines

from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.events import reduced
from query_lineage_tracker.events.light import read_light
from query_lineage_tracker.events.query_event import parse_event
from query_lineage_tracker.events.reduced import reduced_event

BALLAST: dict[str, Any] = {
    "metadata.plan": "Fragment 0 [SINGLE]",
    "metadata.payload": json.dumps({"stages": [{"text": 'a "quoted" one'}]}),
    "metadata.routines": [],
    "statistics.operatorSummaries": ["{}", "{}"],
    "statistics.planNodeStatsAndCosts": {"stats": {"1": {"outputRowCount": "NaN"}}},
    "failureInfo": {
        "failureMessage": "no such table",
        "errorCode": {"name": "X", "type": "USER_ERROR"},
        "failuresJson": "{}",
    },
    "warnings": [{"message": "w"}],
}


def told(content: bytes | RejectedRow) -> object:
    """What is read of a reduced event."""
    return parse_event(content, "") if isinstance(content, bytes) else content


def leniently(content: bytes, monkeypatch: pytest.MonkeyPatch) -> bytes | RejectedRow:
    with monkeypatch.context() as patched:
        patched.setattr(reduced, "read_light", lambda _: None)
        return reduced_event(content, redact_literals=False)


@pytest.mark.parametrize("content", [*lines("completed.jsonl"), *lines("created.jsonl"), body(BALLAST)])
def test_it_reads_the_same_of_events(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_light(content) is not None
    assert told(reduced_event(content, redact_literals=False)) == told(leniently(content, monkeypatch))


@pytest.mark.parametrize(
    "content",
    [
        body({"metadata.query": "SELECT '\0'"}),
        body({"metadata.query": "SELECT '\ud800'"}),
        body({"statistics.cpuTime": float("nan")}),
        body({"statistics": 7}),
        body({"failureInfo": "lost"}),
        body({"metadata.queryId": ...}),
        body({"metadata": None}),
        body({"statistics": {"writtenRows": 2**70}}),
        json.dumps({"eventPayload": event(), "eventMetadata": {}}).encode(),
        b"[" * 100_000,
        b'{"metadata": {"queryId": ',
        b"\xff",
        b"",
        b"7",
    ],
)
def test_what_is_not_plain_is_left_to_the_lenient_parser(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(reduced_event(content, redact_literals=False)) == told(leniently(content, monkeypatch))
