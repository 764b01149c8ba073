from __future__ import annotations

import random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.services.pace import Pace, overloaded


def test_push_back_halves_the_pace_down_to_one() -> None:
    pace = Pace(8, 8)
    limits = []
    for _ in range(4):
        pace = pace.after([0.1], pushed_back=True)
        limits.append(pace.limit)
    assert limits == [4, 2, 1, 1]


def test_success_brings_it_back_one_at_a_time() -> None:
    pace = Pace(1, 3).after([0.1], pushed_back=False)
    assert pace.limit == 2
    assert pace.after([0.1], pushed_back=False).after([0.1], pushed_back=False).limit == 3


def test_growing_latency_slows_it_down() -> None:
    pace = Pace(4, 4).after([0.1, 0.1, 0.1], pushed_back=False)
    assert pace.after([0.9, 0.9, 0.1], pushed_back=False).limit == 3


def test_latency_that_nobody_notices_does_not() -> None:
    pace = Pace(4, 4).after([0.01], pushed_back=False)
    assert pace.after([0.05], pushed_back=False).limit == 4


def test_a_receiver_that_became_slower_for_good_gets_its_concurrency_back() -> None:
    pace = Pace(4, 4).after([0.3], pushed_back=False)
    for _ in range(100):
        pace = pace.after([0.9], pushed_back=False)
    assert pace.limit == 4


@pytest.mark.parametrize(
    ("busy", "asked", "so"),
    [
        (0, 1, False),
        (1, 1, True),
        (1, 2, False),
        (2, 2, True),
        (2, 12, False),
        (3, 12, True),
        (7, 64, False),
        (8, 64, True),
    ],
)
def test_a_receiver_is_overloaded_when_more_than_a_tenth_and_one_are_pushed_back(
    busy: int, asked: int, so: bool
) -> None:
    assert overloaded(busy, asked) is so


def test_what_is_pushed_back_at_random_leaves_it_most_of_its_concurrency() -> None:
    chance, pace, limits = random.Random(1), Pace(8, 8), []
    for _ in range(500):
        busy = sum(chance.random() < 0.06 for _ in range(48 * pace.limit))
        pace = pace.after([0.1], pushed_back=overloaded(busy, 48 * pace.limit))
        limits.append(pace.limit)
    assert median(limits) >= 6


def test_a_receiver_that_serves_so_many_requests_and_no_more_is_not_asked_for_many_more() -> None:
    serves, pace, refused, asked = 3.0, Pace(16, 16), 0.0, 0.0
    for _ in range(500):
        excess = max(0.0, pace.limit - serves) * 16
        asked, refused = asked + pace.limit * 16, refused + excess
        pace = pace.after([0.1], pushed_back=overloaded(int(excess), pace.limit * 16))
    assert refused / asked < 0.15


def test_it_halves_fast_and_grows_slowly_around_what_the_receiver_bears() -> None:
    bears, pace, limits = 6, Pace(16, 16), []
    for _ in range(60):
        pace = pace.after([0.1] * 64, pushed_back=pace.limit > bears)
        limits.append(pace.limit)
    assert set(limits[4:]) == {3, 4, 5, 6, 7}


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans())), st.integers(1, 64))
def test_it_stays_between_one_and_the_most(batches: list[tuple[float, bool]], most: int) -> None:
    pace = Pace(most, most)
    for seconds, pushed_back in batches:
        pace = pace.after([seconds], pushed_back=pushed_back)
        assert 1 <= pace.limit <= most
