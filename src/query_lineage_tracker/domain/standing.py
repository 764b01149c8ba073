"""How the tracker stands: what waits for the catalogs, when each source was last read, what is in quarantine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SinkStanding:
    """What waits for a sink. `waiting_s` is how long the oldest pending message has waited; 0 when none does."""

    pending: int
    parked: int
    dead: int
    waiting_s: float
    halted: bool


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """A source of a cluster: its watermark, and when the last pass ended that did not fail, if any did."""

    cluster: str
    source: str
    watermark: datetime | None
    last_pass: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is measured in the store. `sinks` by their names; rows that are `quarantined` and wait, by cluster."""

    sinks: Mapping[str, SinkStanding]
    sources: tuple[SourceStanding, ...]
    quarantined: Mapping[str, int]
