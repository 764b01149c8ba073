from __future__ import annotations

import asyncio
import fcntl
import json
import os
from pathlib import Path

import pytest
from tests.messages import a_query, an_edge

from query_lineage_tracker.adapters.files import sink as files_sink
from query_lineage_tracker.adapters.files.sink import JsonLinesSink, append_durably
from query_lineage_tracker.domain.outbox import Delivered, DeliveryResult, Halted, Message, Retry


def deliver(path: Path, *messages: Message, send_sql: bool = True) -> list[DeliveryResult]:
    """Deliver all messages at the same time."""

    async def delivered() -> list[DeliveryResult]:
        sink = JsonLinesSink(path, send_sql=send_sql)
        return await asyncio.gather(*(sink.deliver(message) for message in messages))

    return asyncio.run(delivered())


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_message_is_a_line_in_a_file_that_is_made_for_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lineage.jsonl"
    results = deliver(path, a_query(), an_edge())
    assert all(isinstance(result, Delivered) for result in results)
    assert [line["kind"] for line in lines(path)] == ["QUERY", "LINEAGE"]


def test_messages_that_arrive_together_share_an_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    path = tmp_path / "lineage.jsonl"
    path.touch()
    deliver(path, *[a_query(f"SELECT {number} FROM orders") for number in range(50)])
    assert len(lines(path)) == 50
    assert len(synced) <= 2


def test_the_next_delivery_appends(tmp_path: Path) -> None:
    path = tmp_path / "lineage.jsonl"
    deliver(path, a_query())
    before = path.read_bytes()
    deliver(path, a_query())
    assert path.read_bytes() == before * 2


@pytest.mark.parametrize("torn", [b'{"schema_version":1,"ki', b"x" * 200_000])
@pytest.mark.parametrize("whole", [b"", b'{"whole":1}\n'])
def test_a_line_that_a_crash_tore_is_cut_off_before_appending(tmp_path: Path, whole: bytes, torn: bytes) -> None:
    path = tmp_path / "lineage.jsonl"
    path.write_bytes(whole + torn)
    append_durably(path, b'{"next":2}\n')
    assert path.read_bytes() == whole + b'{"next":2}\n'


def test_a_write_that_fails_half_way_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lineage.jsonl"
    deliver(path, a_query())
    before = path.read_bytes()
    real = os.pwrite
    calls = iter([10])

    def pwrite(descriptor: int, data: bytes, offset: int) -> int:
        for room in calls:
            return real(descriptor, data[:room], offset)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", pwrite)
    (result,) = deliver(path, a_query())
    assert result == Retry(f"{path}: No space left on device")
    assert path.read_bytes() == before


def test_a_file_that_somebody_else_has_locked_is_a_retry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lineage.jsonl"
    monkeypatch.setattr(files_sink, "_LOCK_SECONDS", 0.05)
    with path.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        (result,) = deliver(path, a_query())
    assert isinstance(result, Retry)


def test_a_path_that_can_be_no_file_halts_and_the_probe_says_so(tmp_path: Path) -> None:
    (result,) = deliver(tmp_path, a_query())
    assert isinstance(result, Halted)
    assert asyncio.run(JsonLinesSink(tmp_path).probe()) == result.reason


def test_the_probe_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lineage.jsonl"
    deliver(path, a_query())
    before = path.read_bytes()
    assert asyncio.run(JsonLinesSink(path).probe()) is None
    assert path.read_bytes() == before


def test_no_text_is_written_when_none_may_be_sent(tmp_path: Path) -> None:
    path = tmp_path / "lineage.jsonl"
    deliver(path, a_query("SELECT secret FROM orders"), an_edge(text="INSERT secret"), send_sql=False)
    assert "secret" not in path.read_text()


def test_two_sinks_of_one_file_never_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "lineage.jsonl"

    async def both() -> None:
        sinks = [JsonLinesSink(path), JsonLinesSink(path)]
        messages = [a_query("SELECT " + "x" * 20_000 + f" {number}") for number in range(40)]
        await asyncio.gather(*(sinks[place % 2].deliver(message) for place, message in enumerate(messages)))

    asyncio.run(both())
    assert len(lines(path)) == 40
