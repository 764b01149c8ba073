"""The results of a batch: statements that are new, or of which something else is known now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from query_lineage_tracker.adapters.postgres.batch_rows import columns_of
from query_lineage_tracker.adapters.postgres.copy_text import copy_text
from query_lineage_tracker.adapters.postgres.engine_json import answer_of
from query_lineage_tracker.adapters.postgres.objects import object_ids
from query_lineage_tracker.adapters.postgres.result_rows import (
    JoinedStatement,
    engine_rank,
    joined,
    objects_of,
    result_rows,
    same_result,
    went_by,
)
from query_lineage_tracker.adapters.postgres.steps import Steps
from query_lineage_tracker.ports.store import AnalyzedStatement


@dataclass(frozen=True, slots=True)
class SavedResults:
    """How many statements are stored for the first time or anew, and which of those have another lineage now."""

    stored: int = 0
    other_lineage: Sequence[UUID] = ()


async def save_results(steps: Steps, namespace: str, statements: Iterable[AnalyzedStatement]) -> SavedResults:
    """Store new results; edges that may change with them are marked to be rebuilt. The namespace must be locked."""
    ranked = sorted(statements, key=lambda one: engine_rank(one.engine, one.engine_at))
    analyzed = {one.statement_id: one for one in ranked}
    if not analyzed:
        return SavedResults()
    stored = {row[0]: row[1:] for row in await steps.fetch("stored_results", statement_ids=list(analyzed))}
    hashes = {key: result_hash for key, (result_hash, _, _) in stored.items()}
    both = [_joined(one, *stored.get(one.statement_id, (None, None, None))[1:]) for one in analyzed.values()]
    new = [one for one in both if hashes.get(one.statement.statement_id) != one.result_hash]
    await _confirm(steps, namespace, [one for one in both if hashes.get(one.statement.statement_id) == one.result_hash])
    replaced = [one.statement.statement_id for one in new if one.statement.statement_id in stored]
    used = await _forget(steps, replaced) if replaced else {}
    if new:
        await _copy_results(steps, namespace, new)
    if replaced:
        await steps.run("rebuild_edges_of_statements", statement_ids=replaced)
        now = dict(await steps.fetch("used_objects", statement_ids=replaced))
        others = [key for key in replaced if used.get(key) != now.get(key)]
        await steps.run("forget_sums_of_statements", statement_ids=others)
    found = {one.statement.statement_id: one.result_hash for one in new}
    return SavedResults(len(new), [key for key in replaced if not same_result(hashes[key], found[key])])


async def _forget(steps: Steps, replaced: Sequence[UUID]) -> Mapping[UUID, Sequence[int]]:
    """Forget their results; returns which objects they used."""
    used = dict(await steps.fetch("used_objects", statement_ids=replaced))
    await steps.run("rebuild_edges_of_statements", statement_ids=replaced)
    await steps.run("forget_results", statement_ids=replaced)
    return used


def _joined(
    statement: AnalyzedStatement, engine: Mapping[str, Any] | None, engine_at: datetime | None
) -> JoinedStatement:
    """The statement with what is stored of Trino's answer."""
    return joined(statement, None if engine is None else answer_of(engine), engine_at)


async def _confirm(steps: Steps, namespace: str, unchanged: Sequence[JoinedStatement]) -> None:
    """Remember who found the same as before, by which columns, and of which execution Trino said the same."""
    for analyzer in {one.statement.analyzer for one in unchanged}:
        ids = [one.statement.statement_id for one in unchanged if one.statement.analyzer == analyzer]
        await steps.run("confirmed", statement_ids=ids, analyzer=analyzer)
    texts = [(one.statement.statement_id, one.statement.literal_free) for one in unchanged]
    if texts:
        await steps.run("confirmed_literal_free", **_arrays(("statement_ids", "texts"), texts))
    told = [(one.statement.statement_id, one.statement.engine_at) for one in unchanged if one.statement.engine]
    if told:
        await steps.run("confirmed_engine", **_arrays(("statement_ids", "times"), told))
    known = [(one.statement.statement_id, *pair) for one in unchanged for pair in went_by(one.result)]
    if not known:
        return
    objects = await object_ids(steps.connection, steps.queries, namespace, {name for _, name, _ in known})
    went = [(statement, objects[name], digest) for statement, name, digest in known]
    await steps.run("went_by_columns", **_arrays(("statement_ids", "object_ids", "hashes"), went))


def _arrays(names: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, object]:
    """Rows as parameters: a list a column."""
    return dict(zip(names, columns_of(rows, len(names)), strict=True))


async def _copy_results(steps: Steps, namespace: str, new: Sequence[JoinedStatement]) -> None:
    names = {name for one in new for name in objects_of(one.result)}
    rows = result_rows(namespace, new, await object_ids(steps.connection, steps.queries, namespace, names))
    await steps.copy("copy_statements", copy_text(rows.statements))
    await steps.copy("copy_statement_objects", copy_text(rows.objects))
    await steps.copy("copy_statement_columns", copy_text(rows.columns))
    await steps.copy("copy_unresolved_names", copy_text(rows.names))
    await steps.copy("copy_statement_column_edges", copy_text(rows.column_edges))
    await steps.copy("copy_statement_lifecycles", copy_text(rows.lifecycles))
    await steps.copy("copy_statement_schema_renames", copy_text(rows.schema_renames))
    await steps.copy("copy_statement_schema_drops", copy_text(rows.schema_drops))
