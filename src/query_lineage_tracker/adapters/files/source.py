"""Recorded queries from JSON lines: files, directories of them, standard input; plain or gzip."""

from __future__ import annotations

import stat
import sys
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Literal

from query_lineage_tracker.adapters.files.lines import LinePosition, OpenedLines, Part
from query_lineage_tracker.adapters.files.position import known_positions, recorded_position, resume_position
from query_lineage_tracker.adapters.files.shift import shift_position, shifted
from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.errors import UsageError
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState

STANDARD_INPUT = "-"
_PATTERNS = ("*.jsonl", "*.jsonl.gz")
_REMEMBERED_FILES = 10_000


class RecordedQueries:
    """A source of recorded queries, in the order of `paths`; the files of a directory in the order of their names.

    Named `files` it counts as live and moves the watermark, named `backfill` it never does. Each batch carries how far
    it was read, so a pass goes on where the last saved batch ended, and a file that was read to its end is not read
    again until it grows. `shift` moves all times and ids by a constant.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        name: Literal["files", "backfill"] = "files",
        batch_size: int = 2000,
        shift: timedelta | None = None,
        standard_input: BinaryIO | None = None,
    ) -> None:
        self._paths = [str(path) for path in paths]
        self._name = name
        self._batch_size = batch_size
        self._shift = shift
        self._standard_input = standard_input

    @property
    def name(self) -> str:
        return self._name

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        """Everything that has not been read yet. Raises UsageError for a path that is not there or not readable."""
        positions = known_positions(state.position)
        for path in self._files():
            async for batch in self._file_batches(path, positions):
                yield batch

    async def aclose(self) -> None:
        """Nothing stays open between two passes."""

    def _files(self) -> list[Path | None]:
        """All files; None is standard input."""
        files: list[Path | None] = []
        for path in self._paths:
            if path == STANDARD_INPUT:
                files.append(None)
            else:
                files += _found(Path(path))
        return files

    async def _file_batches(
        self, path: Path | None, positions: dict[str, Mapping[str, object]]
    ) -> AsyncIterator[FetchedBatch]:
        if path is None:
            opened = OpenedLines(self._standard_input or sys.stdin.buffer, "standard input", LinePosition())
            begun = None
        else:
            begun = await in_thread(lambda: resume_position(path, positions))
            opened = await in_thread(lambda: _opened(path, begun.position))
        try:
            while True:
                part = await in_thread(lambda: opened.read(self._batch_size))
                if part.ended and not part.queries and not part.rejected:
                    break
                if begun is not None:
                    _remember(positions, begun.key, recorded_position(begun, part.position))
                yield self._batch(part, positions)
                if part.ended:
                    break
        finally:
            opened.close()

    def _batch(self, part: Part, positions: Mapping[str, Mapping[str, object]]) -> FetchedBatch:
        queries = part.queries
        if self._shift is not None:
            queries = [shifted(query, self._shift) for query in queries]
        ends = [query.ended for query in queries if query.state.terminal and query.ended is not None]
        watermark: datetime | None = max(ends, default=None) if self._name == "files" else None
        return FetchedBatch(
            queries=tuple(queries),
            rejected=tuple(part.rejected),
            watermark=watermark,
            position={"files": dict(positions), **shift_position(self._shift)},
        )


def _opened(path: Path, position: LinePosition) -> OpenedLines:
    try:
        return OpenedLines.of_file(path, position)
    except (OSError, EOFError, zlib.error) as problem:
        raise UsageError(f"{path} cannot be read: {problem}") from problem


def _found(path: Path) -> list[Path]:
    """The file, or the files in the directory."""
    try:
        return _files_in(path) if stat.S_ISDIR(path.stat().st_mode) else [path]
    except FileNotFoundError:
        raise UsageError(f"There is no file or directory {path}", hint="Use - for standard input.") from None
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from problem


def _files_in(directory: Path) -> list[Path]:
    files = sorted(path for pattern in _PATTERNS for path in directory.glob(pattern) if path.is_file())
    if not files:
        raise UsageError(f"There is no {' or '.join(_PATTERNS)} in {directory}")
    return files


def _remember(positions: dict[str, Mapping[str, object]], key: str, position: Mapping[str, object]) -> None:
    positions.pop(key, None)
    positions[key] = position
    while len(positions) > _REMEMBERED_FILES:
        del positions[next(iter(positions))]
