"""How what several tellers say of one execution becomes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.domain.history import Capture, Outcome, SessionOrigin, State, Teller
from query_lineage_tracker.domain.merge import (
    ENDING,
    GROWING,
    NAMING,
    Told,
    capture_after,
    described_by,
    merged,
    origins_of,
    outcome_after,
    told,
)

PLAIN = ("user_name", "created", "started", "source", "query_type", "client_tags", "transaction_id", "claimed_by")
ERRORS = tuple(sorted(ENDING - {"ended"}))
OPEN_STATES = [state for state in State if not state.terminal]
Row = tuple[dict[str, Any], list[str], dict[str, list[str]]]


def telling(teller: Teller, state: State, **facts: Any) -> Told:
    """One telling, with the facts that each one has."""
    always = {"user_name": "alice", "created": 0, "statement_id": "s", "text_id": "t", "state": state}
    return told({**always, **facts}.items(), [teller], {})


def row_of(one: Told) -> Row:
    """What is stored of it."""
    return {name: one.value(name) for name in one.facts}, sorted(one.told_by), origins_of(one)


def values_of(one: Told) -> Mapping[str, Any]:
    return row_of(one)[0]


def read_back(row: Row) -> Told:
    values, told_by, origins = row
    return told(values.items(), map(Teller, told_by), origins)


@st.composite
def tellings_of_one_query(draw: st.DrawFn) -> list[Told]:
    """Tellings of a query that happened: each teller is in accord with itself, and may differ from the others."""
    end = draw(st.sampled_from([State.FINISHED, State.FAILED]))
    tellers = draw(st.lists(st.sampled_from(list(Teller)), min_size=1, max_size=4, unique=True))
    disagreement = draw(st.booleans())
    tellings = []
    for teller in tellers:
        seen_end = draw(st.sampled_from([State.FINISHED, State.FAILED])) if disagreement else end
        states = draw(st.lists(st.sampled_from([*OPEN_STATES, seen_end]), min_size=1, max_size=3, unique=True))
        naming = {
            "statement_id": f"statement of {teller.value}",
            "text_id": f"text of {teller.value}",
            "prepared_text_id": draw(st.sampled_from([None, f"prepared of {teller.value}"])),
            "session_catalog": draw(st.sampled_from([None, "lake"])),
            "session_origin": draw(st.sampled_from([None, *(one.value for one in SessionOrigin)])),
        }
        opinion = draw(st.sampled_from(["", f" of {teller.value}"]))
        for state in states:
            known = draw(st.sets(st.sampled_from([*PLAIN, *GROWING])))
            facts = {name: f"{name}{opinion}" for name in PLAIN if name in {*known, "user_name", "created"}}
            facts |= {name: f"{name}{opinion} in {state.rank}" for name in known if name in GROWING}
            if state.terminal:
                facts["ended"] = f"ended{opinion}"
            if state is State.FAILED:
                facts |= {name: f"{name}{opinion}" for name in ERRORS}
            tellings.append(telling(teller, state, **{**naming, **facts}))
    return tellings


def joined(choose: Callable[[st.SearchStrategy[Any]], Any], parts: Sequence[Told]) -> Told:
    """The parts as one, in whatever batches: what is in the middle goes through the store."""
    if len(parts) == 1:
        return read_back(row_of(parts[0])) if choose(st.booleans()) else parts[0]
    cut = choose(st.integers(1, len(parts) - 1))
    return merged(joined(choose, parts[:cut]), joined(choose, parts[cut:]))


@given(st.data())
def test_any_order_any_repetition_and_any_split_into_batches_give_the_same_row(data: st.DataObject) -> None:
    tellings = data.draw(tellings_of_one_query())
    once = tellings[0]
    for one in tellings[1:]:
        once = merged(once, one)
    repeated = data.draw(st.lists(st.sampled_from(tellings), max_size=4))
    shuffled = data.draw(st.permutations([*tellings, *repeated]))
    assert row_of(joined(data.draw, shuffled)) == row_of(once)


@given(tellings_of_one_query())
def test_nothing_known_becomes_unknown_but_what_belongs_to_another_end(tellings: list[Told]) -> None:
    once = tellings[0]
    for one in tellings[1:]:
        after = merged(once, one)
        gone = once.facts.keys() - after.facts.keys() - ENDING - set(NAMING)
        assert not gone
        assert after.state.rank >= once.state.rank
        assert after.told_by == once.told_by | one.told_by
        once = after


@given(tellings_of_one_query())
def test_what_is_stored_tells_who_told_each_fact(tellings: list[Told]) -> None:
    once = tellings[0]
    for one in tellings[1:]:
        once = merged(once, one)
    again = read_back(row_of(once))
    assert row_of(again) == row_of(once)
    assert {name: fact.teller for name, fact in again.facts.items()} == {
        name: fact.teller for name, fact in once.facts.items()
    }


def test_one_teller_leaves_no_origins_and_a_second_one_only_those_of_what_it_alone_knows() -> None:
    polled = telling(Teller.POLL, State.FINISHED, source="dbt", resource_group=["global"])
    assert origins_of(polled) == {}
    event = telling(Teller.EVENT, State.FINISHED, source="dbt", written_rows=3)
    assert origins_of(merged(polled, event)) == {"POLL": ["resource_group"]}


def test_what_was_told_before_the_end_is_marked_so_and_replaced_by_the_end_of_a_lesser_teller() -> None:
    running = telling(Teller.REST, State.RUNNING, cpu_ms=5, spilled_bytes=1)
    ended = merged(running, telling(Teller.POLL, State.FINISHED, cpu_ms=9))
    assert (ended.value("cpu_ms"), ended.value("spilled_bytes")) == (9, 1)
    assert origins_of(ended)["REST:RUNNING"] == ["spilled_bytes"]


@pytest.mark.parametrize(("better", "state"), [(Teller.EVENT, State.FAILED), (Teller.EVENT, State.FINISHED)])
def test_the_better_teller_decides_between_finished_and_failed(better: Teller, state: State) -> None:
    other = State.FAILED if state is State.FINISHED else State.FINISHED
    first = telling(better, state, ended=1, **({"error_code": "OOM"} if state is State.FAILED else {}))
    second = telling(Teller.POLL, other, ended=2, **({"error_code": "KILLED"} if other is State.FAILED else {}))
    for both in (merged(first, second), merged(second, first)):
        assert (both.state, both.value("ended")) == (state, 1)
        assert both.value("error_code") == ("OOM" if state is State.FAILED else None)


def test_at_equal_tellers_what_is_stored_stays() -> None:
    first = telling(Teller.FILE, State.FINISHED, source="a", cpu_ms=1)
    second = telling(Teller.FILE, State.FAILED, source="b", cpu_ms=2, error_code="X", client_info="c")
    assert values_of(merged(first, second)) == {**values_of(first), "client_info": "c"}


def test_a_known_prepared_text_brings_its_session_and_statement() -> None:
    session = {"session_origin": "EVENT", "session_catalog": "lake", "statement_id": "execute"}
    event = telling(Teller.EVENT, State.FINISHED, **session)
    polled = telling(Teller.POLL, State.FINISHED, prepared_text_id="p", statement_id="prepared")
    for both in (merged(event, polled), merged(polled, event)):
        assert {name: both.value(name) for name in NAMING if name in both.facts} == {
            "statement_id": "prepared",
            "text_id": "t",
            "prepared_text_id": "p",
        }


def test_only_an_end_that_trino_told_in_full_describes_an_execution() -> None:
    created = telling(Teller.EVENT, State.QUEUED)
    polled = telling(Teller.POLL, State.FINISHED)
    assert described_by(merged(created, polled)) is None
    assert described_by(merged(polled, telling(Teller.REST, State.FINISHED))) is Teller.REST
    assert described_by(merged(polled, telling(Teller.EVENT, State.FINISHED))) is Teller.EVENT


def test_lost_stays_until_somebody_tells_of_the_end() -> None:
    running = telling(Teller.POLL, State.RUNNING)
    assert capture_after(running, lost=True) is Capture.LOST
    assert capture_after(merged(running, telling(Teller.POLL, State.FINISHING)), lost=True) is Capture.LOST
    assert capture_after(merged(running, telling(Teller.EVENT, State.FAILED)), lost=True) is Capture.COMPLETE
    assert outcome_after(running, writes=True, lost=True, rolled_back=False) is Outcome.UNCERTAIN
    assert outcome_after(running, writes=False, lost=True, rolled_back=False) is None


def test_a_write_of_a_transaction_that_was_rolled_back_wrote_nothing() -> None:
    finished = telling(Teller.EVENT, State.FINISHED)
    assert outcome_after(finished, writes=True, lost=False, rolled_back=True) is Outcome.NOT_WRITTEN
    assert outcome_after(finished, writes=False, lost=False, rolled_back=True) is None
    running = telling(Teller.EVENT, State.RUNNING)
    assert outcome_after(running, writes=True, lost=False, rolled_back=True) is None
