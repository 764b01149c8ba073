"""The source of recorded queries: files, directories, standard input; going on where the last batch ended."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.adapters.files.shift import shifted
from query_lineage_tracker.adapters.files.source import RecordedQueries
from query_lineage_tracker.domain.history import ExecutedQuery, State
from query_lineage_tracker.errors import UsageError
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState


def line(number: int, **more: object) -> str:
    row: dict[str, object] = {
        "query_id": f"20261122_171401_{number:05}_99ia3",
        "state": "FINISHED",
        "user": "alice",
        "query": f"SELECT {number}",
        "created": "2026-11-22T17:14:01.717Z",
        "end": f"2026-11-22T17:15:{number % 60:02}.000Z",
    }
    return json.dumps({**row, **more}) + "\n"


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(lines))
    return path


def fetch(
    *paths: str | Path,
    position: FetchedBatch | None = None,
    name: Literal["files", "backfill"] = "files",
    batch_size: int = 2000,
    shift: timedelta | None = None,
    standard_input: bytes = b"",
) -> list[FetchedBatch]:
    source = RecordedQueries(
        paths, name=name, batch_size=batch_size, shift=shift, standard_input=io.BytesIO(standard_input)
    )
    state = IngestState(position=json.loads(json.dumps(position.position)) if position else {})

    async def collect() -> list[FetchedBatch]:
        return [batch async for batch in source.fetch(state)]

    return asyncio.run(collect())


def texts(batches: list[FetchedBatch]) -> list[str]:
    return [query.text for batch in batches for query in batch.queries]


def test_a_file_is_read_in_batches_that_each_move_position_and_watermark(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", *(line(number) for number in range(5)))
    batches = fetch(path, batch_size=2)
    assert [len(batch.queries) for batch in batches] == [2, 2, 1]
    assert [batch.watermark and batch.watermark.second for batch in batches] == [1, 3, 4]


def test_a_pass_goes_on_behind_the_last_saved_batch(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", *(line(number) for number in range(5)))
    first = fetch(path, batch_size=2)[0]
    assert texts(fetch(path, position=first)) == ["SELECT 2", "SELECT 3", "SELECT 4"]


def test_a_file_read_to_its_end_gives_nothing_until_it_grows(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", line(1))
    last = fetch(path)[-1]
    assert fetch(path, position=last) == []
    with path.open("a") as file:
        file.write(line(2) + "broken\n")
    batches = fetch(path, position=last)
    assert texts(batches) == ["SELECT 2"]
    assert batches[0].rejected[0].origin == f"{path}:3"


def test_another_file_of_the_same_name_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", line(1))
    last = fetch(path)[-1]
    write(path, line(2), line(3))
    assert texts(fetch(path, position=last)) == ["SELECT 2", "SELECT 3"]


def test_a_bad_line_is_rejected_with_its_place_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", line(1), "\n", "{oops}\n", line(2, state="NEVER"), line(3))
    (batch,) = fetch(path)
    assert [query.text for query in batch.queries] == ["SELECT 1", "SELECT 3"]
    assert [(row.origin, row.query_id) for row in batch.rejected] == [
        (f"{path}:3", None),
        (f"{path}:4", "20261122_171401_00002_99ia3"),
    ]


def test_a_last_line_without_end_counts_when_it_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", line(1), line(2).rstrip())
    batches = fetch(path)
    assert texts(batches) == ["SELECT 1", "SELECT 2"]
    with path.open("a") as file:
        file.write("\n" + line(3))
    assert texts(fetch(path, position=batches[-1])) == ["SELECT 3"]


def test_a_torn_last_line_is_rejected_once_and_read_again_when_it_has_grown(tmp_path: Path) -> None:
    torn = line(2)[:40]
    path = write(tmp_path / "q.jsonl", line(1), torn)
    first = fetch(path)
    assert [row.payload for row in first[-1].rejected] == [torn]
    assert fetch(path, position=first[-1]) == []
    write(path, line(1), line(2))
    again = fetch(path, position=first[-1])
    assert (texts(again), again[-1].rejected) == (["SELECT 2"], ())


def test_a_directory_is_read_in_the_order_of_names_packed_or_not(tmp_path: Path) -> None:
    write(tmp_path / "b.jsonl", line(3))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress((line(1) + line(2)).encode()))
    write(tmp_path / "c.txt", line(4))
    batches = fetch(tmp_path)
    assert texts(batches) == ["SELECT 1", "SELECT 2", "SELECT 3"]
    assert fetch(tmp_path, position=batches[-1]) == []


def test_a_packed_file_goes_on_in_its_middle(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl.gz"
    path.write_bytes(gzip.compress("".join(line(number) for number in range(5)).encode()))
    first = fetch(path, batch_size=2)[0]
    assert texts(fetch(path, position=first)) == ["SELECT 2", "SELECT 3", "SELECT 4"]


def test_a_damaged_packed_file_costs_what_is_behind_the_damage_and_says_so_once(tmp_path: Path) -> None:
    whole = gzip.compress("".join(line(number, user=f"{number:040x}") for number in range(3000)).encode())
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    write(tmp_path / "b.jsonl", line(7))
    batches = fetch(tmp_path)
    assert texts(batches)[:2] == ["SELECT 0", "SELECT 1"]
    assert texts(batches)[-1] == "SELECT 7"
    assert [row.reason.split(":")[0] for batch in batches for row in batch.rejected] == [
        "the compressed file is damaged or incomplete from here on"
    ]
    assert fetch(tmp_path, position=batches[-1]) == []


def test_what_is_no_gzip_at_all_is_rejected(tmp_path: Path) -> None:
    (batch,) = fetch(write(tmp_path / "a.jsonl.gz", line(1)))
    assert "damaged" in batch.rejected[0].reason


def test_standard_input_is_read_from_where_it_stands() -> None:
    (batch,) = fetch("-", standard_input=(line(1) + "no\n" + line(2)).encode())
    assert [query.text for query in batch.queries] == ["SELECT 1", "SELECT 2"]
    assert batch.rejected[0].origin == "standard input:2"
    assert batch.position == {"files": {}}


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + line(1).encode())
    assert texts(fetch(path)) == ["SELECT 1"]


def test_backfill_never_moves_the_watermark(tmp_path: Path) -> None:
    (batch,) = fetch(write(tmp_path / "q.jsonl", line(1)), name="backfill")
    assert batch.watermark is None
    assert RecordedQueries([tmp_path], name="backfill").name == "backfill"


def test_open_rows_do_not_move_the_watermark(tmp_path: Path) -> None:
    (batch,) = fetch(write(tmp_path / "q.jsonl", line(1, state="RUNNING")))
    assert batch.watermark is None


def test_long_texts_make_batches_of_fewer_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", *(line(number, query="x" * 1_000_000) for number in range(20)))
    assert [len(batch.queries) for batch in fetch(path)] == [9, 9, 2]


def test_a_line_too_long_to_be_a_query_is_rejected_by_its_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("query_lineage_tracker.adapters.files.lines._LONGEST_LINE", 1000)
    path = write(tmp_path / "q.jsonl", line(1), line(2, query="x" * 5000), line(3))
    (batch,) = fetch(path)
    assert [query.text for query in batch.queries] == ["SELECT 1", "SELECT 3"]
    assert (batch.rejected[0].origin, len(batch.rejected[0].payload)) == (f"{path}:2", 1000)


@pytest.mark.parametrize("name", ["missing.jsonl", "empty", "x" * 300])
def test_a_path_that_gives_no_files_is_an_error_with_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=name):
        fetch(tmp_path / name)


def test_a_shift_moves_times_and_ids_by_whole_seconds(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", line(1))
    (batch,) = fetch(path, shift=timedelta(hours=7, milliseconds=300))
    (query,) = batch.queries
    assert query.query_id == "20261123_001401_00001_99ia3"
    assert query.created == datetime(2026, 11, 23, 0, 14, 1, 717000, timezone.utc)
    assert query.ended == batch.watermark == datetime(2026, 11, 23, 0, 15, 1, tzinfo=timezone.utc)


@given(
    issued=st.sets(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), min_size=2, max_size=5),
    days=st.floats(-1000, 1000),
)
def test_a_shift_keeps_ids_apart_and_times_at_their_distance_from_the_id(issued: set[datetime], days: float) -> None:
    queries = [
        ExecutedQuery(
            query_id=f"{time:%Y%m%d_%H%M%S}_{number:05}_abcde",
            state=State.FAILED,
            user="alice",
            text="",
            created=time.replace(tzinfo=timezone.utc),
        )
        for number, time in enumerate(sorted(issued))
    ]
    moved = [shifted(query, timedelta(days=days)) for query in queries]
    assert len({query.query_id for query in moved}) == len(queries)
    for query in moved:
        issued_at = datetime.strptime(query.query_id[:15], "%Y%m%d_%H%M%S").replace(tzinfo=timezone.utc)
        assert timedelta() <= query.created - issued_at < timedelta(seconds=1)
