from __future__ import annotations

from pathlib import Path

from query_lineage_tracker.cli.reference import reference


def test_the_reference_page_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs/reference/command-line.md"
    assert page.read_text() == reference(), "run: make docs"
