"""What a poll commits besides the watermark, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from query_lineage_tracker.domain.polling import PollPosition


@dataclass(frozen=True, slots=True)
class TrinoPosition:
    """`others_seen` says that queries of other users were visible once, so that the rights to see them were there."""

    poll: PollPosition
    others_seen: bool = False


def parse_position(position: Mapping[str, object], reader: str) -> TrinoPosition:
    """The committed position. `reader` names this process: the first poll of another one reads everything."""
    last_poll_at, polls = position.get("last_poll_at"), position.get("polls")
    past, coordinator = position.get("past_coordinators"), position.get("coordinator")
    poll = PollPosition(
        last_poll_at=datetime.fromisoformat(last_poll_at) if isinstance(last_poll_at, str) else None,
        coordinator=coordinator if isinstance(coordinator, str) else None,
        past_coordinators=tuple(str(one) for one in past) if isinstance(past, (list, tuple)) else (),
        polls=polls if isinstance(polls, int) else 0,
        full_next=position.get("full_next") is not False,
    )
    if position.get("reader") != reader:
        poll = replace(poll, full_next=True)
    return TrinoPosition(poll, position.get("others_seen") is True)


def position_json(position: TrinoPosition, reader: str) -> dict[str, object]:
    """What `parse_position` reads."""
    poll = position.poll
    return {
        "last_poll_at": None if poll.last_poll_at is None else poll.last_poll_at.isoformat(),
        "coordinator": poll.coordinator,
        "past_coordinators": list(poll.past_coordinators),
        "polls": poll.polls,
        "full_next": poll.full_next,
        "others_seen": position.others_seen,
        "reader": reader,
    }
