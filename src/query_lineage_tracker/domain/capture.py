"""What a source could not serve: gaps and lost queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class GapCause(str, Enum):
    """Why a range of time may hold queries that we never saw."""

    FIRST_POLL = "FIRST_POLL"
    """Everything before the oldest row of the first poll is unknown."""
    OUTAGE = "OUTAGE"
    """We did not poll for longer than Trino remembers."""
    RESTART = "RESTART"
    """The coordinator restarted and forgot."""
    EXPIRED = "EXPIRED"
    """Events were deleted from a Kafka topic before we read them."""


class LostReason(str, Enum):
    """Why an open query was never seen to its end."""

    RESTART = "RESTART"
    EVICTED = "EVICTED"


@dataclass(frozen=True, slots=True)
class Gap:
    """A range of the coordinator's time that the source can no longer serve; `start` is None for "ever before"."""

    cause: GapCause
    start: datetime | None
    end: datetime
    detail: str = ""

    @property
    def length(self) -> timedelta | None:
        """None for "ever before"."""
        return None if self.start is None else self.end - self.start


@dataclass(frozen=True, slots=True)
class LostQuery:
    """An open query that the source no longer knows."""

    query_id: str
    reason: LostReason


class Undescribed(str, Enum):
    """Why the coordinator does not describe an execution when it is asked for it."""

    FORBIDDEN = "FORBIDDEN"
    """We may not see it."""
    GONE = "GONE"
    """It was evicted, or was never known."""
