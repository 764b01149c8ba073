"""A batch as smaller ones, for what PostgreSQL refuses: pure, no I/O.

A part is a batch as good as any other: it brings the statements and texts that its executions and definitions refer to.
Only the last part moves the watermark and the position.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from typing import Any, TypeAlias
from uuid import UUID

from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.lineage.result import Coverage, LineageResult
from query_lineage_tracker.ports.store import AnalyzedStatement, Batch, Execution
from query_lineage_tracker.services.recorded import record_of
from query_lineage_tracker.services.rejected import redact_rejected

ORIGIN = "refused by PostgreSQL"

# In this order one transaction after the other leaves what a single one does: what is told of executions follows them.
_FIELDS = (
    "executions",
    "statements",
    "definitions",
    "columns",
    "undescribed",
    "lost",
    "rolled_back",
    "claims",
    "rejected",
    "gaps",
)

Item: TypeAlias = "tuple[str, Any]"
"""A field of the batch and one thing in it."""


def halves(batch: Batch) -> tuple[Batch, Batch] | None:
    """The batch in two, to be saved in this order; None when there is nothing left to divide."""
    items = _items(batch)
    if len(items) < 2:
        return None
    middle = len(items) // 2
    first = replace(_with(batch, items[:middle]), watermark=None, position=None)
    return first, _with(batch, items[middle:])


def single(batch: Batch) -> Any:
    """The one thing in a batch that cannot be divided any more; None when there is none."""
    items = _items(batch)
    return items[0][1] if items else None


def without_lineage(batch: Batch, reason: str) -> Batch:
    """The batch with statements of which nothing is known but that, and why: it may be only their lineage."""
    return replace(batch, statements=tuple(_bare(one, reason) for one in batch.statements))


def without_thing(batch: Batch, reason: str, *, quarantined: bool) -> Iterator[Batch]:
    """A batch of one thing without it, the best first; it is in the quarantine then, unless somebody else keeps it.

    Its statement is stored if it can be: others are about to refer to it.
    """
    ((name, thing),) = _items(batch)
    statements = () if name == "statements" else batch.statements
    nothing = _with(batch, ())
    without = replace(nothing, statements=statements, texts=_texts(batch, statements))
    row = _row(name, thing, reason)
    bare = replace(row, payload="", reason=f"{row.reason} (what arrived is refused as well, and not kept)")
    for rest, kept in ((without, row), (without_lineage(without, reason), row), (nothing, row), (nothing, bare)):
        yield replace(rest, rejected=(kept,) if quarantined else ())


def _items(batch: Batch) -> list[Item]:
    """Everything that can be saved without the others; statements that something refers to go with that."""
    used = _used(batch.executions) | _used(batch.definitions)
    things: dict[str, Sequence[Any]] = {name: getattr(batch, name) for name in _FIELDS}
    things["statements"] = [one for one in batch.statements if one.statement_id not in used]
    things["columns"] = list(batch.columns.items())
    return [(name, one) for name in _FIELDS for one in things[name]]


def _with(batch: Batch, items: Sequence[Item]) -> Batch:
    """The batch with only these things, and what they refer to."""
    chosen: dict[str, Any] = {name: tuple(one for kind, one in items if kind == name) for name in _FIELDS}
    used = _used(chosen["executions"]) | _used(chosen["definitions"]) | _used(chosen["statements"])
    statements = tuple(one for one in batch.statements if one.statement_id in used)
    chosen |= {"columns": dict(chosen["columns"]), "statements": statements}
    return replace(batch, **chosen, texts=_texts(batch, statements, chosen["executions"]))


def _texts(
    batch: Batch, statements: Sequence[AnalyzedStatement], executions: Sequence[Execution] = ()
) -> Mapping[UUID, str]:
    """Those of the batch that these refer to."""
    used = {one.text_id for one in statements}
    used |= {key for one in executions for key in (one.text_id, one.prepared_text_id) if key is not None}
    return {key: text for key, text in batch.texts.items() if key in used}


def _used(things: Sequence[Any]) -> set[UUID]:
    return {one.statement_id for one in things}


def _bare(statement: AnalyzedStatement, reason: str) -> AnalyzedStatement:
    told = statement.result
    result = LineageResult(
        told.kind, told.effect, coverage=Coverage.NONE, reasons=(*told.reasons, reason), error=told.error
    )
    return replace(statement, result=result, literal_free=None, engine=None, engine_at=None)


def _row(name: str, item: Any, reason: str) -> RejectedRow:
    """The thing for the quarantine: an execution as a recorded query, which can be replayed; others with their name."""
    if isinstance(item, RejectedRow):
        return replace(item, reason=f"{item.reason}; {reason}")
    if isinstance(item, Execution):
        return _redacted(record_of(item.query), reason, item.query.query_id)
    fields = asdict(item) if is_dataclass(item) and not isinstance(item, type) else item
    return _redacted({name: fields}, reason, item.query_id if isinstance(item, ClaimedRun) else None)


def _redacted(payload: object, reason: str, query_id: str | None) -> RejectedRow:
    told = json.dumps(payload, default=str, ensure_ascii=False)
    return redact_rejected(RejectedRow(reason, told, ORIGIN, query_id))
