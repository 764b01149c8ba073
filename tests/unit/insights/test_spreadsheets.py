"""CSV that spreadsheets read as it is meant."""

from __future__ import annotations

from datetime import date, datetime, timezone

from query_lineage_tracker.domain.insights.lineage import Affected
from query_lineage_tracker.services.insights.spreadsheets import csv_of


def test_values_are_written_so_that_they_can_be_read() -> None:
    moment = datetime(2026, 11, 22, tzinfo=timezone.utc)
    values = [None, True, 1.5, moment, date(2026, 11, 22), Affected.READER, ("a", "b"), (), 'say "hi", then\ngo']
    columns = [str(number) for number in range(len(values))]
    written = csv_of([dict(zip(columns, values, strict=True))], columns)
    assert written.splitlines()[0] == "0,1,2,3,4,5,6,7,8"
    assert written.split("\n", 1)[1] == (
        ',true,1.5,2026-11-22T00:00:00+00:00,2026-11-22,READER,"[""a"", ""b""]",,"say ""hi"", then\ngo"\n'
    )


def test_no_text_is_a_formula() -> None:
    rows = [{"name": text} for text in ("=1+1", "+x", "-x", "@x", "\tx", "x=1", "-", "\uff1d1")]
    assert csv_of([{"name": -1}], ["name"]) == "name\n-1\n"
    assert [line[:2] for line in csv_of(rows, ["name"]).splitlines()[1:]] == [
        "'=",
        "'+",
        "'-",
        "'@",
        "'\t",
        "x=",
        "'-",
        "'\uff1d",
    ]
