"""Durations and sizes as Trino writes them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from query_lineage_tracker.events.units import milliseconds, size_in_bytes, time_span, whole_number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.00ns", 0),
        ("117.13us", 0),
        ("182.03ms", 182),
        ("1.23s", 1230),
        ("2.00m", 120_000),
        ("3.00h", 10_800_000),
        ("1.00d", 86_400_000),
        ("1.0E3s", 1_000_000),
        ("1.00w", None),
        ("fast", None),
        ("", None),
        ("1e400s", 2**63 - 1),
        ("PT0S", 0),
        ("PT1M2.5S", 62_500),
        ("PT8H", 28_800_000),
        ("PT0.000999S", 1),
        ("PT", None),
        ("P1D", None),
        ("PT-6H", None),
        (0.182, 182),
        (12, 12_000),
        (1e300, None),
        (-1.0, None),
        (float("nan"), None),
        (True, None),
        ("NaN", None),
        (None, None),
    ],
)
def test_durations_are_whole_milliseconds(text: object, expected: int | None) -> None:
    assert milliseconds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0B", 0),
        ("537B", 537),
        ("1.2kB", 1229),
        ("1MB", 1024**2),
        ("2.50GB", 5 * 1024**3 // 2),
        ("1TB", 1024**4),
        ("1PB", 1024**5),
        ("99999EB", 2**63 - 1),
        ("1KB", None),
        ([], None),
    ],
)
def test_sizes_are_bytes(text: object, expected: int | None) -> None:
    assert size_in_bytes(text) == expected


def test_time_spans_and_numbers() -> None:
    assert time_span("1.50m") == timedelta(seconds=90)
    assert time_span("long") is None
    assert (whole_number(3), whole_number(True), whole_number(-1), whole_number(2**63), whole_number("3")) == (
        3,
        None,
        None,
        None,
        None,
    )
