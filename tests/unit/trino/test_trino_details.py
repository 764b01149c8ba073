"""The list of queries, read piece by piece, and what is taken from each."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.adapters.trino.details import NotTheList, array_elements, parse_details
from query_lineage_tracker.domain.history import ResourceUse, Session, SessionOrigin

INFO = {
    "queryId": "20261122_171401_00060_99ia3",
    "session": {"user": "bob", "catalog": "lake", "schema": "s", "path": {}},
    "preparedQuery": "SELECT\n a\0",
    "updateType": "CREATE TABLE",
    "queryType": "INSERT",
    "failureInfo": {"message": "map key cannot be null"},
    "queryStats": {
        "queuedTime": "49.20ms",
        "elapsedTime": "181.12ms",
        "executionTime": "112.07ms",
        "analysisTime": "18.74ms",
        "planningTime": "16.56ms",
        "totalCpuTime": "3.00ms",
        "peakUserMemoryReservation": "448B",
        "physicalInputDataSize": "537B",
        "rawInputPositions": 3,
        "physicalWrittenDataSize": "1.2kB",
        "spilledDataSize": "0B",
        "cumulativeUserMemory": 1.5,
    },
}


def test_session_texts_kinds_and_cost_are_taken() -> None:
    details = parse_details(INFO)
    assert details is not None
    assert details.session == Session("lake", "s", SessionOrigin.REST)
    assert (details.prepared_text, details.query_type, details.update_type) == (
        "SELECT\n a\u2400",
        "INSERT",
        "CREATE TABLE",
    )
    assert details.error_message == "map key cannot be null"
    assert details.resources == ResourceUse(3, 181, 49, 19, 17, 112, 448, 537, 3, 1229, 0)


def test_a_session_without_catalog_is_known_to_have_none() -> None:
    details = parse_details({"queryId": "x", "session": {}})
    assert details is not None
    assert details.session == Session(None, None, SessionOrigin.REST)


@pytest.mark.parametrize("info", [None, [], {}, {"queryId": 5}])
def test_what_names_no_query_has_no_details(info: object) -> None:
    assert parse_details(info) is None


def chunked(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(float("inf")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(
    elements=st.lists(st.dictionaries(st.text(max_size=6), json_values, max_size=4), max_size=6),
    size=st.integers(1, 40),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
def test_elements_are_the_same_however_the_bytes_arrive(
    elements: list[dict[str, object]], size: int, indent: int | None, ascii_only: bool
) -> None:
    data = json.dumps(elements, indent=indent, ensure_ascii=ascii_only).encode()
    assert list(array_elements(chunked(data, size))) == elements


def test_an_element_is_given_before_the_array_has_ended() -> None:
    chunks = iter([b'[{"queryId": "a"}, {"que', b'ryId": "b"}]'])
    assert next(array_elements(chunks)) == {"queryId": "a"}


def test_an_element_of_many_chunks_is_not_tried_at_each_of_them() -> None:
    big = json.dumps([{"query": "x" * 4_000_000}]).encode()
    assert len(list(array_elements(chunked(big, 1024)))) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html></html>",
        b'{"queryId": "a"}',
        b'[{"queryId": "a"}',
        b'[{"queryId": "a"',
        b"[1]",
        b"[" + b'{"a":' * 99999,
    ],
)
def test_anything_but_a_whole_array_of_objects_is_not_the_list(data: bytes) -> None:
    with pytest.raises(NotTheList):
        list(array_elements([data]))
