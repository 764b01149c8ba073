from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.services.pace import Pace


def test_push_back_halves_the_pace_down_to_one() -> None:
    pace = Pace(8, 8)
    limits = []
    for _ in range(4):
        pace = pace.after([0.1], busy=1)
        limits.append(pace.limit)
    assert limits == [4, 2, 1, 1]


def test_success_brings_it_back_one_at_a_time() -> None:
    pace = Pace(1, 3).after([0.1], busy=0)
    assert pace.limit == 2
    assert pace.after([0.1], busy=0).after([0.1], busy=0).limit == 3


def test_growing_latency_slows_it_down() -> None:
    pace = Pace(4, 4).after([0.1, 0.1, 0.1], busy=0)
    assert pace.after([0.9, 0.9, 0.1], busy=0).limit == 3


def test_latency_that_nobody_notices_does_not() -> None:
    pace = Pace(4, 4).after([0.01], busy=0)
    assert pace.after([0.05], busy=0).limit == 4


def test_a_receiver_that_became_slower_for_good_gets_its_concurrency_back() -> None:
    pace = Pace(4, 4).after([0.3], busy=0)
    for _ in range(100):
        pace = pace.after([0.9], busy=0)
    assert pace.limit == 4


@pytest.mark.parametrize(("busy", "limit"), [(0, 5), (1, 4), (2, 4), (3, 2), (20, 2)])
def test_a_few_that_are_pushed_back_keep_it_from_growing_and_more_halve_it(busy: int, limit: int) -> None:
    assert Pace(4, 8).after([0.1] * 20, busy).limit == limit


def test_it_halves_fast_and_grows_slowly_around_what_the_receiver_bears() -> None:
    bears, pace, limits = 6, Pace(16, 16), []
    for _ in range(60):
        pace = pace.after([0.1] * 64, busy=64 if pace.limit > bears else 0)
        limits.append(pace.limit)
    assert set(limits[4:]) == {3, 4, 5, 6, 7}


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 1))), st.integers(1, 64))
def test_it_stays_between_one_and_the_most(batches: list[tuple[float, int]], most: int) -> None:
    pace = Pace(most, most)
    for seconds, busy in batches:
        pace = pace.after([seconds], busy)
        assert 1 <= pace.limit <= most
