"""Entries as bytes: each in a frame that tells a whole entry from a torn or damaged one.

A frame is a marker, the length of what follows and its checksum, then the kind, the time of receipt and the payload.
The marker begins with a byte that no UTF-8 text holds, and payloads are such text: after damage it says where the next
entry begins.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from mmap import mmap
from typing import TypeAlias

from query_lineage_tracker.ports.sources import EventKind

MARKER = b"\xff\x1eQJ"
_HEAD = struct.Struct("<4sII")
_ABOUT = struct.Struct("<Bq")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = {1: EventKind.TRINO, 2: EventKind.OPENLINEAGE, 3: EventKind.REJECTED}
_NUMBERS = {kind: number for number, kind in _KINDS.items()}

Content: TypeAlias = "bytes | mmap"
"""A segment, or what stands for one."""

LARGEST_ENTRY = 2**31
"""No entry is longer: a longer length is damage."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was received: `payload` is reduced and redacted JSON."""

    kind: EventKind
    received: datetime
    payload: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that hold no entry that can be read; `torn` when the file ends before the entry does."""

    length: int
    torn: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at an offset, and where the next begins."""

    what: Entry | Damage
    end: int


def framed(entry: Entry) -> bytes:
    """The entry in its frame."""
    about = _ABOUT.pack(_NUMBERS[entry.kind], (entry.received - _EPOCH) // _MICROSECOND)
    checksum = zlib.crc32(entry.payload, zlib.crc32(about))
    return b"".join((_HEAD.pack(MARKER, len(about) + len(entry.payload), checksum), about, entry.payload))


def found_at(content: Content, offset: int, end: int) -> Found:
    """What stands at the offset: an entry, or damage up to the next readable one. `offset` is before `end`."""
    entry, after = _entry_at(content, offset, end)
    if entry is not None:
        return Found(entry, after)
    following = content.find(MARKER, offset + 1, end)
    while following >= 0 and _entry_at(content, following, end)[0] is None:
        following = content.find(MARKER, following + 1, end)
    if following >= 0:
        return Found(Damage(following - offset, torn=False), following)
    return Found(Damage(end - offset, torn=_is_torn(content, offset, end)), end)


def _entry_at(content: Content, offset: int, end: int) -> tuple[Entry | None, int]:
    after = end_of_frame(content, offset, end)
    if after is None or after > end:
        return None, offset
    body = content[offset + _HEAD.size : after]
    number, microseconds = _ABOUT.unpack_from(body)
    if zlib.crc32(body) != _HEAD.unpack_from(content, offset)[2] or number not in _KINDS:
        return None, offset
    return Entry(_KINDS[number], _EPOCH + microseconds * _MICROSECOND, body[_ABOUT.size :]), after


def end_of_frame(content: Content, offset: int, end: int) -> int | None:
    """Where the frame at the offset says it ends, whole or not; None where no frame begins."""
    if end - offset < _HEAD.size:
        return None
    marker, length, _ = _HEAD.unpack_from(content, offset)
    return offset + _HEAD.size + length if marker == MARKER and _ABOUT.size <= length <= LARGEST_ENTRY else None


def _is_torn(content: Content, offset: int, end: int) -> bool:
    """Whether the file just ends, as where a writer was stopped, who had told nobody that the entry is kept."""
    after = end_of_frame(content, offset, end)
    if after is None:
        return end - offset < _HEAD.size or not any(content[offset:end])
    return after > end
