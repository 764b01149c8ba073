"""Columns while statements that change them run, whatever the order in which we learn of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.lineage.column_sets import ColumnSet
from query_lineage_tracker.lineage.result import ColumnChange, ColumnVerb, ObjectName
from query_lineage_tracker.ports.analysis import Run
from query_lineage_tracker.services.known_columns import columns_told, objects_of_changes

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
T, U = ObjectName("lake", "s", "t"), ObjectName("lake", "s", "u")
NAMES = st.sampled_from("abc")
CHANGES = st.one_of(
    st.builds(ColumnChange, st.sampled_from([T, U]), st.just(ColumnVerb.ALL), st.just(("a", "b"))),
    st.builds(ColumnChange, st.sampled_from([T, U]), st.just(ColumnVerb.ADD), st.tuples(NAMES)),
    st.builds(ColumnChange, st.sampled_from([T, U]), st.just(ColumnVerb.DROP), st.tuples(NAMES)),
    st.builds(ColumnChange, st.just(T), st.just(ColumnVerb.LIKE), st.just(()), st.just(U)),
)


def run(second: int) -> Run:
    at = NOON + timedelta(seconds=second)
    return Run(at, at)


@given(st.lists(CHANGES, max_size=8), st.integers(0, 8), st.randoms(use_true_random=False))
def test_executions_may_come_in_any_order_and_twice(changes: list[ColumnChange], cut: int, random: object) -> None:
    executed = list(enumerate(changes))
    in_order = columns_told({}, [(run(second), change) for second, change in executed])
    shuffled = [*executed, *executed[:3]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert columns_told({}, [(run(second), change) for second, change in shuffled]) == in_order
    first = columns_told({}, [(run(second), change) for second, change in executed[:cut]])
    second_part = columns_told(first, [(run(second), change) for second, change in executed])
    assert {**first, **second_part} == in_order


def test_what_did_not_succeed_or_is_older_tells_nothing() -> None:
    created = ColumnChange(T, ColumnVerb.ALL, ("new",))
    assert columns_told({}, [(Run(NOON), created)]) == {}
    known = {T: ColumnSet(("a",), NOON + timedelta(seconds=5))}
    assert columns_told(known, [(run(4), created)]) == {}
    assert columns_told(known, [(run(6), created)])[T].columns == ("new",)


def test_a_model_that_became_known_later_tells_nothing() -> None:
    renamed = ColumnChange(T, ColumnVerb.LIKE, like=U)
    assert columns_told({U: ColumnSet(("a",), NOON + timedelta(seconds=5))}, [(run(4), renamed)]) == {}
    assert columns_told({U: ColumnSet(("a",), NOON)}, [(run(4), renamed)])[T].columns == ("a",)


def test_if_not_exists_tells_nothing_about_what_is_known() -> None:
    perhaps = ColumnChange(T, ColumnVerb.ALL, ("new",), if_absent=True)
    assert columns_told({T: ColumnSet(("a",), NOON)}, [(run(1), perhaps)]) == {}
    assert columns_told({}, [(run(1), perhaps)])[T].columns == ("new",)


def test_the_objects_of_changes_are_theirs_and_their_models() -> None:
    renamed = ColumnChange(T, ColumnVerb.LIKE, like=U)
    assert objects_of_changes([None, renamed]) == {T, U}
