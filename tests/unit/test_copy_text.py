"""The text format of COPY; that PostgreSQL reads it so is shown by every test that saves."""

from __future__ import annotations

from datetime import datetime, timezone
from uuid import UUID

import pytest

from query_lineage_tracker.adapters.postgres.copy_text import copy_text


def test_every_kind_of_value_is_written_as_postgresql_reads_it() -> None:
    at = datetime(2026, 1, 31, 23, 59, 59, 5, tzinfo=timezone.utc)
    row = ("a", 7, True, False, None, at, UUID(int=255), b"\x00\xff", ["x", 'y "z" \\'])
    assert copy_text([row]).decode() == (
        "a\t7\tt\tf\t\\N\t2026-01-31T23:59:59.000005+00:00\t000000000000000000000000000000ff\t\\\\x00ff\t"
        '{"x","y \\\\"z\\\\" \\\\\\\\"}\n'
    )


def test_texts_never_end_a_field_or_a_row_and_are_never_taken_for_null() -> None:
    assert copy_text([("a\tb\nc\rd\\.", "\\N")]) == b"a\\tb\\nc\\rd\\\\.\t\\\\N\n"


def test_an_empty_text_and_an_empty_array_are_not_null() -> None:
    assert copy_text([("", [], None)]) == b"\t{}\t\\N\n"


def test_nothing_is_no_row() -> None:
    assert copy_text([]) == b""


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        copy_text([("\ud800",)])
