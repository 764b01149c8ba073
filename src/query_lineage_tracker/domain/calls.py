"""Calls: requests to a receiver that change something there, as they were made and answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` goes on from the receiver's address; `status` is None where no answer came.

    `answer` holds the receiver's own words, shortened, or why there are none.
    """

    called_at: datetime
    method: str
    path: str
    body: bytes
    status: int | None
    answer: str
    duration_ms: int
