"""Moving recorded queries in time, for a demo whose recording ends now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from query_lineage_tracker.domain.history import ExecutedQuery

_POSITION_KEY = "shift_seconds"
_ID_TIME = "%Y%m%d_%H%M%S"
_ID_TIME_LENGTH = 15


def kept_shift(position: Mapping[str, object]) -> timedelta | None:
    """The shift that the position was committed with."""
    seconds = position.get(_POSITION_KEY)
    return timedelta(seconds=seconds) if isinstance(seconds, int) else None


def shift_position(shift: timedelta | None) -> Mapping[str, int]:
    """What a position keeps of a shift."""
    return {} if shift is None else {_POSITION_KEY: shift // timedelta(seconds=1)}


def shift_to(recording: Path, end: datetime) -> timedelta:
    """The whole seconds that move the last end in the recording to `end`."""
    with recording.open(encoding="utf-8") as lines:
        ends = [json.loads(line)["end"] for line in lines]
    last = max(datetime.fromisoformat(text.replace("Z", "+00:00")) for text in ends if text)
    return timedelta(seconds=(end - last) // timedelta(seconds=1))


def shifted(query: ExecutedQuery, shift: timedelta) -> ExecutedQuery:
    """The execution, moved by the whole seconds of the shift.

    Its id moves along, because the id begins with the UTC day that the history is partitioned by; equal shifts give
    equal ids, and different ids stay different.
    """
    whole = timedelta(seconds=shift // timedelta(seconds=1))
    return replace(
        query,
        query_id=_shifted_id(query.query_id, whole),
        created=query.created + whole,
        started=None if query.started is None else query.started + whole,
        ended=None if query.ended is None else query.ended + whole,
    )


def _shifted_id(query_id: str, shift: timedelta) -> str:
    issued = datetime.strptime(query_id[:_ID_TIME_LENGTH], _ID_TIME).replace(tzinfo=timezone.utc)
    return (issued + shift).strftime(_ID_TIME) + query_id[_ID_TIME_LENGTH:]
