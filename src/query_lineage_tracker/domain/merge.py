"""How what several tellers say of one execution becomes one: field by field, in any order, however often.

Facts are named as the columns of the history. Each one remembers who told it and in which state the execution was then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from query_lineage_tracker.domain.history import (
    Capture,
    ExecutedQuery,
    Outcome,
    ResourceUse,
    SessionOrigin,
    State,
    Teller,
)
from query_lineage_tracker.domain.outcome import outcome_of

NAMING = (
    "statement_id",
    "text_id",
    "prepared_text_id",
    "session_catalog",
    "session_schema",
    "session_origin",
)
"""What says which statement was executed. It goes together: a statement is one text in one session."""

ENDING = frozenset({"ended", "error_type", "error_code", "error_message"})
"""What tells of the end and of the failure: it belongs to the state."""

GROWING = frozenset(one.name for one in fields(ResourceUse)) | {"finished_writing", "nothing_to_do"}
"""What is another value in a later state."""

DESCRIBING = frozenset({Teller.EVENT, Teller.REST})
"""Those who tell of an end with all that was read and written."""

_STAGED = ENDING | GROWING | {"state"}
_NAMING = frozenset(NAMING)
_STATE_RANKS = {state: state.rank for state in State}
_TELLER_RANKS = {teller: -place for place, teller in enumerate(Teller)}
_SESSION_RANKS = {
    SessionOrigin.CONFIGURED.value: 1,
    SessionOrigin.RECORDED.value: 2,
    SessionOrigin.REST.value: 3,
    SessionOrigin.EVENT.value: 4,
}


_QUERY_FACTS = frozenset(one.name for one in fields(ExecutedQuery)) - {"state"}
_USE_FACTS = frozenset(one.name for one in fields(ResourceUse))


class Fact(NamedTuple):
    """A known value, who told it, and the state of the execution when it was told."""

    value: Any
    teller: Teller
    stage: State


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one execution; what is unknown is absent. `told_by`: whoever told anything of it."""

    facts: Mapping[str, Fact]
    told_by: frozenset[Teller]

    @property
    def state(self) -> State:
        return self.facts["state"].stage

    def value(self, name: str) -> Any:
        """The value of a fact; None where it is unknown."""
        fact = self.facts.get(name)
        return None if fact is None else fact.value


def merged(stored: Told, new: Told) -> Told:
    """Both as one; where they are equally good, the first one stays.

    A state only advances. Between FINISHED and FAILED, and of two known values, that of the better teller counts; of
    what grows, that of the later state. Nothing known becomes unknown, but what belongs to another end.
    """
    state = _better("state", stored.facts["state"], new.facts["state"]).stage
    facts = {name: fact for name, fact in stored.facts.items() if name not in _NAMING and _belongs(name, fact, state)}
    for name, fact in new.facts.items():
        if name in _NAMING or not _belongs(name, fact, state):
            continue
        known = facts.get(name)
        facts[name] = fact if known is None else _better(name, known, fact)
    naming = stored if _naming_rank(stored) >= _naming_rank(new) else new
    facts.update((name, naming.facts[name]) for name in NAMING if name in naming.facts)
    return Told(facts, stored.told_by | new.told_by)


def told(values: Iterable[tuple[str, Any]], told_by: Iterable[Teller], origins: Mapping[str, Sequence[str]]) -> Told:
    """What is known, from values by their names (None where unknown), and origins as `origins_of` tells them.

    `state` is one of the values, a `State` or its name.
    """
    known = {name: value for name, value in values if value is not None}
    tellers = frozenset(told_by)
    state, best = State(known["state"]), best_teller(tellers)
    facts = {name: Fact(value, best, state) for name, value in known.items()}
    for key, names in origins.items():
        teller, stage = _origin(key, state)
        for name in NAMING if NAMING[0] in names else ():
            if name in facts:
                facts[name] = facts[name]._replace(teller=teller)
        for name in names:
            facts[name] = facts[name]._replace(teller=teller, stage=stage)
    facts["state"] = facts["state"]._replace(value=state.value, stage=state)
    return Told(facts, tellers)


def origins_of(one: Told) -> dict[str, list[str]]:
    """Who told what: `POLL`, or `POLL:RUNNING` for what was told in an earlier state, with the names of the facts.

    What is not listed was told by the best teller in the present state. `statement_id` stands for what goes with it.
    """
    state, best = one.state, best_teller(one.told_by)
    listed: dict[str, list[str]] = defaultdict(list)
    for name, fact in one.facts.items():
        earlier = fact.stage is not state and name in _STAGED
        if (earlier or fact.teller is not best) and (name not in _NAMING or name == NAMING[0]):
            listed[f"{fact.teller.value}:{fact.stage.value}" if earlier else fact.teller.value].append(name)
    return {key: sorted(names) for key, names in listed.items()}


def best_teller(tellers: Collection[Teller]) -> Teller:
    """The teller that is believed before the others."""
    return max(tellers, key=_TELLER_RANKS.__getitem__)


def described_by(one: Told) -> Teller | None:
    """Who described the execution whole: the event or the details of one that has ended."""
    teller = one.facts["state"].teller
    return teller if one.state.terminal and teller in DESCRIBING else None


def capture_after(one: Told, *, lost: bool) -> Capture:
    """COMPLETE once anybody told of the end, also of an execution that had been given up as lost."""
    if one.state.terminal:
        return Capture.COMPLETE
    return Capture.LOST if lost else Capture.OPEN


def outcome_after(one: Told, *, writes: bool, lost: bool, rolled_back: bool) -> Outcome | None:
    """What happened to the data, by all that is known now; a write whose end was never seen may have committed."""
    if lost and not one.state.terminal:
        outcome = Outcome.UNCERTAIN if writes else None
    else:
        outcome = outcome_of(_executed(one), writes=writes)
    return Outcome.NOT_WRITTEN if outcome is not None and rolled_back else outcome


def _executed(one: Told) -> ExecutedQuery:
    """The facts, but for texts and session, as an executed query."""
    known = {name: fact.value for name, fact in one.facts.items()}
    return ExecutedQuery(
        query_id="",
        state=one.state,
        user=known["user_name"],
        text="",
        resources=ResourceUse(**{name: value for name, value in known.items() if name in _USE_FACTS}),
        **{name: value for name, value in known.items() if name in _QUERY_FACTS},
    )


def _better(name: str, first: Fact, second: Fact) -> Fact:
    if first.stage is not second.stage and name in _STAGED:
        ahead = _STATE_RANKS[second.stage] - _STATE_RANKS[first.stage]
        if ahead:
            return second if ahead > 0 else first
    if first.teller is second.teller:
        return first
    return second if _TELLER_RANKS[second.teller] > _TELLER_RANKS[first.teller] else first


def _belongs(name: str, fact: Fact, state: State) -> bool:
    """Whether the fact may stand beside the state: the end of one that failed is not that of one that finished."""
    return name not in ENDING or fact.stage is state or not fact.stage.terminal


def _naming_rank(one: Told) -> tuple[bool, int, int]:
    origin = _SESSION_RANKS.get(one.value("session_origin"), 0)
    return "prepared_text_id" in one.facts, origin, _TELLER_RANKS[one.facts["statement_id"].teller]


def _origin(key: str, state: State) -> tuple[Teller, State]:
    teller, _, stage = key.partition(":")
    return Teller(teller), State(stage) if stage else state
