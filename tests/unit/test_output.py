from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timezone

import pytest

from query_lineage_tracker.cli.output import Output, print_object, print_rows
from query_lineage_tracker.domain.history import State

ROWS: list[dict[str, object]] = [
    {"name": "a,b", "count": 12, "state": State.FINISHED, "at": datetime(2026, 1, 2, tzinfo=timezone.utc)},
    {"name": "ü\x1b[31m\nx", "count": None, "flag": True, "at": ["t", 1]},
]
COLUMNS = ("name", "count", "state", "at")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(output: Output, stream: io.StringIO | None = None) -> str:
    out = stream or io.StringIO()
    print_rows(ROWS, COLUMNS, output, out)
    return out.getvalue()


def test_json_is_one_object_with_its_schema_version() -> None:
    told = json.loads(printed(Output.JSON))
    assert told["schema_version"] == 1
    assert told["rows"] == [
        {"name": "a,b", "count": 12, "state": "FINISHED", "at": "2026-01-02T00:00:00+00:00"},
        {"name": "ü\x1b[31m\nx", "count": None, "state": None, "at": ["t", 1]},
    ]


def test_jsonl_is_one_row_a_line() -> None:
    lines = printed(Output.JSONL).splitlines()
    assert [json.loads(line)["count"] for line in lines] == [12, None]


def test_csv_has_a_heading_and_quotes() -> None:
    rows = list(csv.reader(io.StringIO(printed(Output.CSV))))
    assert rows[0] == list(COLUMNS)
    assert rows[1] == ["a,b", "12", "FINISHED", "2026-01-02T00:00:00+00:00"]
    assert rows[2] == ["ü\x1b[31m\nx", "", "", '["t", 1]']


def test_a_table_in_a_pipe_is_aligned_plain_text() -> None:
    assert printed(Output.TABLE).splitlines() == [
        "name          count  state     at",
        "a,b           12     FINISHED  2026-01-02 00:00:00Z",
        'ü\\x1b[31m\\nx                   ["t", 1]',
    ]


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_a_table_cannot_steer_the_terminal(stream: io.StringIO) -> None:
    told = printed(Output.TABLE, stream)
    assert "\x1b[31m" not in told and "[31m" in told


def test_no_rows_are_a_heading_alone() -> None:
    out = io.StringIO()
    print_rows([], COLUMNS, Output.TABLE, out)
    assert out.getvalue() == "name  count  state  at\n"


def test_an_object_is_printed_with_its_schema_version() -> None:
    out = io.StringIO()
    print_object({"state": State.FAILED}, out)
    assert json.loads(out.getvalue()) == {"schema_version": 1, "state": "FAILED"}
