from __future__ import annotations

import asyncio

import pytest

from query_lineage_tracker.adapters.http.exchange import NotDelivered
from query_lineage_tracker.adapters.http.probing import why_closed
from query_lineage_tracker.domain.outbox import Halted, Retry


class Asked:
    """Refuses with these, then lets in."""

    def __init__(self, *refusals: Retry | Halted) -> None:
        self.refusals = list(refusals)
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1
        if self.refusals:
            raise NotDelivered(self.refusals.pop(0))


@pytest.mark.parametrize(
    ("refusals", "reason", "times"),
    [
        ([], None, 1),
        ([Retry("HTTP 500")], None, 2),
        ([Retry("HTTP 500"), Retry("HTTP 429")], None, 3),
        ([Retry("HTTP 500"), Retry("HTTP 429"), Retry("no connection")], "no connection", 3),
        ([Halted("HTTP 401")], "HTTP 401", 1),
        ([Retry("HTTP 500"), Halted("HTTP 401")], "HTTP 401", 2),
    ],
)
def test_what_may_be_chance_is_asked_again(refusals: list[Retry | Halted], reason: str | None, times: int) -> None:
    asked = Asked(*refusals)
    assert asyncio.run(why_closed(asked)) == reason
    assert asked.times == times
