"""What the receiving process and the tracker tell each other, over a pair of connected sockets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from query_lineage_tracker.adapters.journal.segments import Position
from query_lineage_tracker.config import ObservabilitySettings, ReceiverSettings
from query_lineage_tracker.services.prepare import ClaimRules


@dataclass(frozen=True, slots=True)
class ReceptionSettings:
    """All that receiving needs; the first message to the process. `tokens` by cluster, None for a token of nobody."""

    receiver: ReceiverSettings
    observability: ObservabilitySettings
    claims: ClaimRules
    redact_literals: bool
    holder: str
    tokens: Mapping[str, bytes | None] = field(repr=False)
    secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listening:
    """The port in use, and the journals by cluster; the first answer, unless that is a TrackerError."""

    port: int
    journals: Mapping[str, JournalFound]
    journal_bytes: int


@dataclass(frozen=True, slots=True)
class JournalFound:
    """A journal as it was opened."""

    journal_id: str
    ends: Sequence[Position]


@dataclass(frozen=True, slots=True)
class Report:
    """What changed since the last one: synced ends by cluster; how many events were received by cluster and result,
    and dropped by reason. `journal_bytes` is a total."""

    synced: Mapping[str, Sequence[Position]]
    received: Mapping[tuple[str, str], int]
    dropped: Mapping[str, int]
    journal_bytes: int


@dataclass(frozen=True, slots=True)
class Released:
    """To the process: all of a cluster's entries before there are committed."""

    cluster: str
    position: Position


@dataclass(frozen=True, slots=True)
class Stop:
    """To the process: accept nothing more, answer what has been sent, end."""
