"""Frames: what was written whole is found whole, whatever happened to its neighbours."""

from __future__ import annotations

from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.adapters.journal.frames import MARKER, Damage, Entry, Found, found_at, framed
from query_lineage_tracker.ports.sources import EventKind

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))
entries = st.builds(Entry, st.sampled_from(EventKind), moments, st.text(max_size=40).map(str.encode))
written = st.lists(entries, min_size=1, max_size=6)


def all_found(content: bytes) -> list[Entry | Damage]:
    offset, found = 0, []
    while offset < len(content):
        one: Found = found_at(content, offset, len(content))
        assert one.end > offset
        found.append(one.what)
        offset = one.end
    return found


@given(written)
def test_entries_are_read_as_they_were_written(told: list[Entry]) -> None:
    assert all_found(b"".join(map(framed, told))) == told


@given(written, st.data())
def test_a_cut_at_any_byte_costs_only_the_entry_that_it_cuts(told: list[Entry], data: st.DataObject) -> None:
    frames = [framed(entry) for entry in told]
    length = data.draw(st.integers(0, sum(map(len, frames))))
    whole, end = 0, 0
    while whole < len(frames) and end + len(frames[whole]) <= length:
        end += len(frames[whole])
        whole += 1
    found = all_found(b"".join(frames)[:length])
    assert found[:whole] == told[:whole]
    assert found[whole:] == ([Damage(length - end, torn=True)] if length > end else [])


@given(written, st.data(), st.integers(1, 255))
def test_a_damaged_byte_costs_only_the_entry_that_it_is_in(told: list[Entry], data: st.DataObject, flip: int) -> None:
    frames = [framed(entry) for entry in told]
    content = bytearray(b"".join(frames))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= flip
    hit = next(n for n in range(len(frames)) if at < sum(map(len, frames[: n + 1])))
    found = all_found(bytes(content))
    assert [one for one in found if isinstance(one, Entry)] == told[:hit] + told[hit + 1 :]
    assert any(isinstance(one, Damage) for one in found)


@given(written, written, st.integers(0, 200))
def test_a_hole_of_zeros_is_skipped_to_the_next_entry(before: list[Entry], after: list[Entry], hole: int) -> None:
    content = b"".join(map(framed, before)) + bytes(hole) + b"".join(map(framed, after))
    found = all_found(content)
    assert found == before + ([Damage(hole, torn=False)] if hole else []) + after


def test_zeros_at_the_end_are_what_a_power_failure_leaves() -> None:
    entry = Entry(EventKind.TRINO, datetime(2026, 11, 22, tzinfo=timezone.utc), b"{}")
    assert all_found(framed(entry) + bytes(100)) == [entry, Damage(100, torn=True)]


def test_a_whole_last_entry_with_a_wrong_checksum_is_damaged_and_not_torn() -> None:
    entry = Entry(EventKind.TRINO, datetime(2026, 11, 22, tzinfo=timezone.utc), b'{"a": 1}')
    content = framed(entry)[:-1] + b"]"
    assert all_found(content) == [Damage(len(content), torn=False)]


def test_a_marker_inside_a_damaged_entry_begins_no_entry() -> None:
    entry = Entry(EventKind.TRINO, datetime(2026, 11, 22, tzinfo=timezone.utc), b"{}")
    content = b"??" + MARKER + b"\0\0\0\1????" + framed(entry)
    assert all_found(content) == [Damage(14, torn=False), entry]
