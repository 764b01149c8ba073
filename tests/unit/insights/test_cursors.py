"""Cursors go round, and nothing else is taken for one."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.errors import UsageError
from query_lineage_tracker.services.insights.cursors import cursor_of, place_of, texts_of


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50), max_size=5))
def test_a_cursor_tells_the_place_it_was_made_of(place: list[str]) -> None:
    assert texts_of("rows", cursor_of("rows", place), len(place)) == place


def test_a_cursor_may_hold_numbers() -> None:
    assert place_of("rows", cursor_of("rows", (7, "a")), (int, str)) == [7, "a"]


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "%%%",
        "W" * 5000,
        encoded("rows"),
        encoded(["other", "a"]),
        encoded(["rows"]),
        encoded(["rows", 1]),
        encoded(["rows", True]),
        encoded(["rows", "a", "b"]),
        encoded(["rows", "a\0"]),
        encoded({"rows": "a"}),
    ],
)
def test_what_is_no_cursor_of_the_list_is_refused_in_words(cursor: str) -> None:
    with pytest.raises(UsageError, match="the cursor is none of the list of rows"):
        texts_of("rows", cursor, 1)
