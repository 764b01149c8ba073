"""Lines of recorded queries, a bounded part at a time, each line with its number."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, cast

from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow
from query_lineage_tracker.records import parse_record, rejected_row

_LONGEST_LINE = 64 * 1024**2
_PART_BYTES = 8 * 1024**2
_BUFFER_BYTES = 1024**2
_KEPT_OF_LONG_LINE = 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class LinePosition:
    """How far a file was read: bytes (of the unpacked text) and whole lines.

    `torn` is the digest of what follows if that was an incomplete line, rejected once and not again until it changes.
    """

    offset: int = 0
    line: int = 0
    torn: str = ""


@dataclass(slots=True)
class Part:
    """Consecutive lines. `position` is behind the last one that is settled; `ended` says that no more follow now."""

    position: LinePosition
    queries: list[ExecutedQuery] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    ended: bool = False


class OpenedLines:
    """A file of lines that is being read. `label` is what origins of rows begin with."""

    def __init__(self, stream: BinaryIO, label: str, position: LinePosition) -> None:
        self._stream = stream
        self._label = label
        self._position = position
        self._ours = False

    @classmethod
    def of_file(cls, path: Path, position: LinePosition) -> OpenedLines:
        """The file from the position on; raises OSError."""
        # No larger buffer around the unpacking: what it holds would be lost where the file is damaged.
        stream = cast("BinaryIO", gzip.GzipFile(path)) if path.suffix == ".gz" else path.open("rb", _BUFFER_BYTES)
        opened = cls(stream, str(path), position)
        opened._ours = True
        if position.offset and stream.seekable():
            stream.seek(position.offset)
        return opened

    def read(self, most_lines: int) -> Part:
        """At most so many lines, fewer when they are long; a bad one becomes a rejected row and the rest goes on."""
        part = Part(self._position)
        limit = self._position.offset + _PART_BYTES
        try:
            while not part.ended and self._position.line - part.position.line < most_lines:
                self._read_line(part)
                if self._position.offset > limit:
                    break
        except _DAMAGED as problem:
            part.ended = True
            reason = f"the compressed file is damaged or incomplete from here on: {problem}"
            self._reject_torn(part, rejected_row(b"", self._origin(), reason))
        part.position = self._position
        return part

    def close(self) -> None:
        """Close what was opened here; standard input stays open."""
        if self._ours:
            self._stream.close()

    def _read_line(self, part: Part) -> None:
        line = self._stream.readline(_LONGEST_LINE)
        if not line:
            part.ended = True
        elif line.endswith(b"\n"):
            self._add(part, line)
        elif len(line) >= _LONGEST_LINE:
            self._add_long(part, line)
        else:
            self._add_last(part, line)

    def _add(self, part: Part, line: bytes) -> None:
        row = line if self._position.line else line.removeprefix(_BYTE_ORDER_MARK)
        if not row.isspace():
            parsed = parse_record(row, self._origin())
            if isinstance(parsed, ExecutedQuery):
                part.queries.append(parsed)
            else:
                part.rejected.append(parsed)
        self._advance(len(line))

    def _add_last(self, part: Part, line: bytes) -> None:
        """A last line without its end may still be growing: bad now, it is read again by the next pass."""
        parsed = parse_record(line.removeprefix(_BYTE_ORDER_MARK), self._origin())
        part.ended = True
        if isinstance(parsed, ExecutedQuery):
            part.queries.append(parsed)
            self._advance(len(line))
        elif not line.isspace():
            self._reject_torn(part, parsed)

    def _reject_torn(self, part: Part, row: RejectedRow) -> None:
        digest = hashlib.sha256(f"{row.reason}\n{row.payload}".encode("utf-8", "replace")).hexdigest()
        if digest != self._position.torn:
            part.rejected.append(row)
            self._position = replace(self._position, torn=digest)

    def _add_long(self, part: Part, head: bytes) -> None:
        reason = f"longer than {_LONGEST_LINE} bytes, of which the first {_KEPT_OF_LONG_LINE} are kept"
        part.rejected.append(rejected_row(head[:_KEPT_OF_LONG_LINE], self._origin(), reason))
        length, rest = len(head), head
        while rest and not rest.endswith(b"\n"):
            rest = self._stream.readline(_LONGEST_LINE)
            length += len(rest)
        self._advance(length)

    def _advance(self, length: int) -> None:
        self._position = LinePosition(self._position.offset + length, self._position.line + 1)

    def _origin(self) -> str:
        return f"{self._label}:{self._position.line + 1}"
