"""What the end of a delivery means for its message."""

from __future__ import annotations

import pytest
from tests.messages import a_claim

from query_lineage_tracker.adapters.postgres.settlement import Settlement, settlement
from query_lineage_tracker.domain.outbox import Dead, Delivered, Halted, MessageKind, Parked, Retry


@pytest.mark.parametrize(
    ("attempts", "shortest", "longest"), [(1, 3.75, 6.25), (4, 30, 50), (12, 2700, 4500), (10_000, 2700, 4500)]
)
def test_retries_back_off_to_about_an_hour(attempts: int, shortest: float, longest: float) -> None:
    pause = settlement(a_claim(MessageKind.QUERY, "x", attempts=attempts), Retry("busy")).pause
    assert shortest <= pause <= longest


@pytest.mark.parametrize(("attempts", "shortest", "longest"), [(1, 450, 750), (3, 1800, 3000), (50, 16_200, 27_000)])
def test_parked_messages_are_tried_every_few_minutes_and_then_every_few_hours(
    attempts: int, shortest: float, longest: float
) -> None:
    parked = settlement(a_claim(MessageKind.QUERY, "x", attempts=attempts), Parked("no table"))
    assert (parked.state, parked.reason) == ("PARKED", "no table")
    assert shortest <= parked.pause <= longest


def test_pauses_differ_so_that_what_failed_together_does_not_come_back_together() -> None:
    claim = a_claim(MessageKind.QUERY, "x", attempts=5)
    assert len({settlement(claim, Retry("busy")).pause for _ in range(20)}) > 1


def test_the_receivers_wish_has_precedence() -> None:
    claim = a_claim(MessageKind.QUERY, "x", attempts=9)
    assert settlement(claim, Retry("busy", after_seconds=1.5)) == Settlement("PENDING", "busy", 1.5)


def test_the_other_ends() -> None:
    claim = a_claim(MessageKind.QUERY, "x", attempts=1)
    assert settlement(claim, Delivered({})) == Settlement("SETTLED")
    assert settlement(claim, Dead("refused")) == Settlement("DEAD", "refused")
    assert settlement(claim, Halted("401")) == Settlement("PENDING", tried=False)
