from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.services.pace import Pace


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


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans())), st.integers(1, 64))
def test_it_stays_between_one_and_the_most(batches: list[tuple[float, bool]], most: int) -> None:
    pace = Pace(most, most)
    for seconds, pushed_back in batches:
        pace = pace.after([seconds], pushed_back=pushed_back)
        assert 1 <= pace.limit <= most
