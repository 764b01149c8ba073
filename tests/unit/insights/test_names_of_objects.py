"""Names as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.errors import UsageError
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.services.insights.naming import parts_of

PARTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("orders", ["orders"]),
        ("Lake.Sales.Orders", ["lake", "sales", "orders"]),
        ('lake."2026.sales"."say ""hi"""', ["lake", "2026.sales", 'say "hi"']),
        ("lake.sales.orders@fix", ["lake", "sales", "orders@fix"]),
        ("a/b.<script>.😀", ["a/b", "<script>", "😀"]),
    ],
)
def test_parts_are_separated_by_dots_outside_quotes(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


@given(st.tuples(PARTS, PARTS, PARTS))
def test_what_we_show_as_a_name_is_understood_as_one(parts: tuple[str, str, str]) -> None:
    name = ObjectName(*(part.lower() for part in parts))
    assert parts_of(str(name)) == [name.catalog.lower(), name.schema.lower(), name.name.lower()]


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", '"a', 'a"b', '"a"b', "a\0b", "x" * 3000])
def test_what_is_no_name_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError, match="is no name of a table") as caught:
        parts_of(text)
    assert "catalog.schema.table" in caught.value.hint and len(str(caught.value)) < 500
