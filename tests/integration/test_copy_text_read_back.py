"""What is written as text of COPY comes back from PostgreSQL as it was."""

from __future__ import annotations

from datetime import datetime, timezone

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st

from query_lineage_tracker.adapters.postgres.copy_text import copy_text

_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_TIMES = st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1), timezones=st.just(timezone.utc))
_ROWS = st.tuples(
    _TEXTS | st.none(),
    st.lists(_TEXTS, max_size=3) | st.none(),
    st.binary() | st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    _TIMES,
    st.uuids(),
)


def test_any_row_comes_back_as_it_was(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TEMPORARY TABLE written (place serial, a text, b text[], c bytea, d bigint, e boolean,"
            " f timestamptz, g uuid)"
        )

        @settings(max_examples=50, deadline=None)
        @given(st.lists(_ROWS, min_size=1, max_size=20))
        def comes_back(rows: list[tuple[object, ...]]) -> None:
            connection.execute("DELETE FROM written")
            with connection.cursor().copy("COPY written (a, b, c, d, e, f, g) FROM STDIN") as copy:
                copy.write(copy_text(rows))
            assert connection.execute("SELECT a, b, c, d, e, f, g FROM written ORDER BY place").fetchall() == rows

        comes_back()
