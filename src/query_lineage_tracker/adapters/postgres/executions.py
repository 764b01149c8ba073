"""The executions of a batch: new ones are copied, what is known already is merged with what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any
from uuid import UUID

from query_lineage_tracker.adapters.postgres.batch_rows import (
    FACTS,
    batch_row,
    execution_facts,
    execution_row,
)
from query_lineage_tracker.adapters.postgres.copy_text import Row, copy_text
from query_lineage_tracker.adapters.postgres.steps import Steps, bounds
from query_lineage_tracker.domain.history import Capture, Outcome, Teller
from query_lineage_tracker.domain.merge import (
    Told,
    capture_after,
    described_by,
    merged,
    origins_of,
    outcome_after,
    told,
)
from query_lineage_tracker.lineage.result import Effect
from query_lineage_tracker.ports.store import Batch, Execution

_CHANGING = frozenset({Effect.WRITES.value, Effect.DEFINES.value})
_OLD = tuple(FACTS.index(name) for name in ("statement_id", "user_name", "created", "state"))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an execution, and what is concluded from it apart from capture and outcome."""

    told: Told
    lost_reason: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides over outcomes beside the executions: effects of statements, and transactions rolled back."""

    effects: Mapping[UUID, str]
    rolled_back: Collection[str]


@dataclass(frozen=True, slots=True)
class ReadyExecutions:
    """The executions of a batch: `rows`, encoded, are those whose rows nothing stored can change; then the others.

    `tellings` are all by query id: nearly all are told of once in a batch.
    """

    tellings: Mapping[str, Sequence[Execution]]
    rows: bytes
    in_transactions: Sequence[Execution]


def ready_executions(executions: Iterable[Execution]) -> ReadyExecutions:
    """What can be done of saving them without a database. Raises UnicodeEncodeError for a lone surrogate."""
    tellings: dict[str, list[Execution]] = defaultdict(list)
    for execution in executions:
        tellings[execution.query.query_id].append(execution)
    once = [several[0] for several in tellings.values() if len(several) == 1]
    in_transactions = [one for one in once if _may_be_void(one)]
    others = [one for one in once if not _may_be_void(one)]
    return ReadyExecutions(tellings, copy_text(map(execution_row, others)), in_transactions)


def _may_be_void(execution: Execution) -> bool:
    return execution.outcome is not None and execution.query.transaction_id is not None


async def save_executions(steps: Steps, batch: Batch, ready: ReadyExecutions) -> tuple[int, int]:
    """Insert the executions, or merge them with what is stored; returns how many of each."""
    if batch.rolled_back:
        await steps.run("record_rolled_back", transaction_ids=sorted(set(batch.rolled_back)))
    inserted = changed = 0
    if ready.tellings:
        await steps.copy("copy_batch", ready.rows + copy_text(await _rows(steps, ready)))
        await steps.run("drop_own_queries")
        inserted, known = (await steps.fetch("insert_new"))[0]
        if known:
            changed = await _learn(steps, known, ready.tellings)
    if batch.rolled_back:
        await steps.run("void_rolled_back", transaction_ids=sorted(set(batch.rolled_back)))
    return inserted, changed


async def _rows(steps: Steps, ready: ReadyExecutions) -> list[Row]:
    """Rows of the queries in transactions, and of those that are told of several times."""
    rolled_back = await _rolled_back(steps, {one.query.transaction_id for one in ready.in_transactions})
    rows = [
        execution_row(_voided(one) if one.query.transaction_id in rolled_back else one) for one in ready.in_transactions
    ]
    repeated = {query_id: Known(_joined(several)) for query_id, several in ready.tellings.items() if len(several) > 1}
    if repeated:
        given = await _circumstances(steps, repeated.values())
        rows += [batch_row(query_id, _facts(one.told), _rest(one, given)) for query_id, one in repeated.items()]
    return rows


async def _learn(steps: Steps, known: Sequence[str], tellings: Mapping[str, Sequence[Execution]]) -> int:
    """Apply what is new about executions that are stored already."""
    bounded = bounds(known)
    rows = {row[0]: row[1:] for row in await steps.fetch("stored_executions", query_ids=list(known), **bounded)}
    if not rows:
        return 0
    after = {query_id: _merged(_stored(row), _joined(tellings[query_id])) for query_id, row in rows.items()}
    given = await _circumstances(steps, after.values())
    changed = [row for query_id, one in after.items() if (row := _changed_row(query_id, one, given, rows[query_id]))]
    if changed:
        await steps.copy("copy_changed", copy_text(changed))
        await steps.run("update_changed", **bounded)
        await steps.run("count_changed")
    return len(changed)


async def _circumstances(steps: Steps, known: Iterable[Known]) -> Circumstances:
    told_of = [one.told for one in known]
    statements = {one.value("statement_id") for one in told_of}
    effects = dict(await steps.fetch("effects", statement_ids=list(statements)))
    return Circumstances(effects, await _rolled_back(steps, {one.value("transaction_id") for one in told_of}))


async def _rolled_back(steps: Steps, transaction_ids: Collection[str | None]) -> frozenset[str]:
    """Those of the transactions that were rolled back."""
    asked = [one for one in transaction_ids if one is not None]
    if not asked:
        return frozenset()
    return frozenset(one for (one,) in await steps.fetch("rolled_back", transaction_ids=asked))


def _joined(several: Sequence[Execution]) -> Told:
    """What the executions, which are one, tell together."""
    return reduce(merged, map(_told, several))


def _told(execution: Execution) -> Told:
    return told(zip(FACTS, execution_facts(execution), strict=True), [execution.query.told_by], {})


def _merged(stored: Known, new: Told) -> Known:
    return replace(stored, told=merged(stored.told, new))


def _voided(execution: Execution) -> Execution:
    return replace(execution, outcome=Outcome.NOT_WRITTEN)


def _stored(row: Sequence[Any]) -> Known:
    _, _, told_by, origins, description, lost_reason = row[len(FACTS) :]
    known = told(zip(FACTS, row[: len(FACTS)], strict=True), map(Teller, told_by), origins or {})
    return Known(known, lost_reason, description)


def _facts(one: Told) -> Row:
    return tuple(one.value(name) for name in FACTS)


def _rest(known: Known, given: Circumstances) -> Row:
    """What stands behind the facts in a row: capture, outcome, who told, origins, description."""
    one, lost = known.told, known.lost_reason is not None
    outcome = outcome_after(
        one,
        writes=given.effects.get(one.value("statement_id")) in _CHANGING,
        lost=lost,
        rolled_back=one.value("transaction_id") in given.rolled_back,
    )
    described = described_by(one)
    return (
        capture_after(one, lost=lost).value,
        outcome and outcome.value,
        sorted(teller.value for teller in one.told_by),
        origins_of(one) or None,
        known.description if described is None else described.value,
    )


def _changed_row(query_id: str, known: Known, given: Circumstances, stored: Sequence[Any]) -> Row | None:
    """The row as it will be with what it was; None when nothing changes."""
    facts, rest = _facts(known.told), _rest(known, given)
    if (*facts, *rest) == tuple(stored[:-1]):
        return None
    capture, outcome = stored[len(FACTS) : len(FACTS) + 2]
    lost_reason = None if rest[0] == Capture.COMPLETE.value else known.lost_reason
    old = (*(stored[place] for place in _OLD), capture, outcome)
    return (*batch_row(query_id, facts, rest), lost_reason, *old)
