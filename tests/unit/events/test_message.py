from __future__ import annotations

import json

import pytest
from tests.commands import recorded
from tests.trino_events import completed, lines

from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.events.message import parse_message
from query_lineage_tracker.events.told import ToldQuery

RECORDED = json.dumps(recorded(1)).encode()


@pytest.mark.parametrize("body", [completed("00060"), b'{"eventPayload": %s}' % completed("00060"), RECORDED])
def test_an_event_and_a_recorded_query_are_told_apart(body: bytes) -> None:
    (told,) = parse_message(body, "test")
    assert isinstance(told, ToldQuery)


def test_openlineage_is_known_by_its_keys_and_so_is_a_batch_of_it() -> None:
    one = lines("trino_openlineage.jsonl")[0]
    told = (*parse_message(one, "test"), *parse_message(b"[%s, %s]" % (one, one), "test"))
    assert [type(each) for each in told] == [ClaimedRun] * 3


@pytest.mark.parametrize("body", [b"{", b"7", b"{}", b'{"metadata": {}}', b'{"run": 7}'])
def test_what_has_no_known_shape_or_misses_something_is_rejected(body: bytes) -> None:
    (row,) = parse_message(body, "test")
    assert isinstance(row, RejectedRow) and row.origin == "test"
