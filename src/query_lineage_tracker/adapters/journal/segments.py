"""The files of a journal: numbered segments, read from where a reader stands."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

from query_lineage_tracker.adapters.journal.frames import Content, Damage, Entry, end_of_frame, found_at

_SUFFIX = ".segment"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a reader stands: a segment, an offset in it, and how many of its entries are before that offset."""

    segment: int = 0
    offset: int = 0
    entry: int = 0

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> Position:
        """The position that was stored as JSON; the beginning where there is none."""
        numbers = (stored.get(name) for name in cls.__slots__)
        return cls(*(number if isinstance(number, int) else 0 for number in numbers))

    def stored(self) -> dict[str, object]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Part:
    """What was read: each with where it stood, and where to go on."""

    found: tuple[tuple[Position, Entry | Damage], ...]
    after: Position


def segment_path(directory: Path, number: int) -> Path:
    """The file of a segment."""
    return directory / f"{number:020}{_SUFFIX}"


def segment_numbers(directory: Path) -> list[int]:
    """The segments that are there, in order."""
    names = (path.name.removesuffix(_SUFFIX) for path in directory.glob(f"*{_SUFFIX}"))
    return sorted(int(name) for name in names if name.isdecimal())


def read_part(path: Path, begin: Position, end: int, most_entries: int, most_bytes: int) -> Part:
    """Entries from `begin` on, at least one, as long as they fit into the bounds; the file counts up to `end`."""
    found: list[tuple[Position, Entry | Damage]] = []
    at = begin
    with _content(path) as content:
        while at.offset < end and len(found) < most_entries and (not found or at.offset - begin.offset < most_bytes):
            one = found_at(content, at.offset, end)
            found.append((at, one.what))
            at = _after(at, one.end)
    return Part(tuple(found), at)


def survey(path: Path, *, checked: bool) -> tuple[Position, int]:
    """The end of a segment, with how many entries it has, and how many torn bytes follow.

    Unless `checked`, frames are believed to be whole where each is followed by another.
    """
    size = path.stat().st_size
    at = Position(int(path.name.removesuffix(_SUFFIX)))
    with _content(path) as content:
        while at.offset < size:
            end = None if checked else end_of_frame(content, at.offset, size)
            if end is None or end > size:
                one = found_at(content, at.offset, size)
                if isinstance(one.what, Damage) and one.what.torn:
                    return at, size - at.offset
                end = one.end
            at = _after(at, end)
    return at, 0


def cut(path: Path, end: int) -> None:
    """Shorten the file, durably."""
    with path.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())


def _after(at: Position, end: int) -> Position:
    return Position(at.segment, end, at.entry + 1)


@contextmanager
def _content(path: Path) -> Iterator[Content]:
    """The file without reading all of it; an empty one cannot be mapped."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            yield b""
            return
        with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            yield content
