"""How far files were read, as JSON that is committed with each batch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from query_lineage_tracker.adapters.files.lines import LinePosition
from query_lineage_tracker.errors import UsageError

_HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class ResumedFile:
    """A file that is about to be read; its first `head_bytes` and their digest tell it from another of that name."""

    key: str
    position: LinePosition
    head_bytes: int
    head: str


def known_positions(position: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """The committed position of each file by its path."""
    files = position.get("files")
    return dict(files) if isinstance(files, Mapping) else {}


def resume_position(path: Path, known: Mapping[str, Mapping[str, object]]) -> ResumedFile:
    """Where to go on: where the committed position says if it is still the same file, else at its beginning.

    A file that has grown is the same file. What is no regular file is always read from where it stands.
    """
    key = str(path.resolve())
    try:
        if not path.is_file():
            return ResumedFile(key, LinePosition(), 0, "")
        entry = known.get(key, {})
        head_bytes, offset, line = _number(entry, "head_bytes"), _number(entry, "offset"), _number(entry, "line")
        if head_bytes and _digest(path, head_bytes) == entry.get("head") and _may_reach(path, offset):
            position = LinePosition(offset, line, str(entry.get("torn", "")))
            return ResumedFile(key, position, head_bytes, str(entry["head"]))
        head_bytes = min(_HEAD_BYTES, path.stat().st_size)
        return ResumedFile(key, LinePosition(), head_bytes, _digest(path, head_bytes))
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror or problem}") from problem


def recorded_position(file: ResumedFile, position: LinePosition) -> dict[str, object]:
    """What to commit for a file that was read up to `position`."""
    return {"head": file.head, "head_bytes": file.head_bytes, **asdict(position)}


def _may_reach(path: Path, offset: int) -> bool:
    """Offsets in compressed files count unpacked bytes, which their size does not bound."""
    return path.suffix == ".gz" or path.stat().st_size >= offset


def _digest(path: Path, head_bytes: int) -> str:
    with path.open("rb") as file:
        return hashlib.sha256(file.read(head_bytes)).hexdigest()


def _number(entry: Mapping[str, object], key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) else 0
