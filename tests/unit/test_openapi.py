"""The description of the API in the documentation is that of the code."""

from __future__ import annotations

from pathlib import Path

from query_lineage_tracker.web.openapi import description


def test_the_documented_api_is_that_of_the_code() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
    assert page.read_text(encoding="utf-8") == description(), "run `make docs`"
