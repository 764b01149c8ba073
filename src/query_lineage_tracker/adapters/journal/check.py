"""How much waits in a journal, asked from outside of the process that has it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from query_lineage_tracker.adapters.journal.segments import Position, segment_numbers, segment_path, survey


def waiting(directory: Path, positions: Mapping[str, Mapping[str, object]]) -> tuple[int, int]:
    """Entries that are not in PostgreSQL yet, and the bytes of all segments; blocking, changes nothing.

    `positions` are those that are stored, by the name of the source: a journal without one has not been emptied at all.
    """
    journal_id = ""
    with suppress(FileNotFoundError):
        journal_id = (directory / "id").read_text().strip()
    committed = Position.of(positions.get(f"events:{journal_id}", {}))
    entries = size = 0
    for number in segment_numbers(directory):
        with suppress(FileNotFoundError):  # its receiver has just emptied it
            path = segment_path(directory, number)
            size += path.stat().st_size
            if number >= committed.segment:
                entries += survey(path, checked=False)[0].entry - (
                    committed.entry if number == committed.segment else 0
                )
    return entries, size
