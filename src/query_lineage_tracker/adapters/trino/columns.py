"""Columns of objects, asked of a coordinator: one bounded SELECT on one catalog's information_schema."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime, timezone
from threading import Event

import trino.exceptions

from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.adapters.trino.connection import Row, TrinoConnection
from query_lineage_tracker.adapters.trino.statements import columns_statement
from query_lineage_tracker.errors import PermissionMissing, TrackerError
from query_lineage_tracker.lineage.column_sets import ColumnSet, ColumnsOrigin, FetchedColumns
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports import OwnQueries

_MOST_LOOK_UPS = 100
"""Of schemas times names; above, Trino reads the metadata of the whole catalog."""
_MOST_ROWS = 50_000
_SECONDS = 60.0


class TrinoColumns:
    """`ports.ColumnSource` over a connection that nobody else uses at the same time."""

    def __init__(self, connection: TrinoConnection, own: OwnQueries, cluster: str) -> None:
        self._connection = connection
        self._own = own
        self._cluster = cluster

    async def fetch(self, objects: Sequence[ObjectName]) -> FetchedColumns | None:
        """The columns of the first objects that fit into one question; None when the coordinator does not answer."""
        asked = one_question(objects)
        if not asked:
            return FetchedColumns((), {})
        loop, stop = asyncio.get_running_loop(), Event()
        recording: list[Future[None]] = []

        def on_query_id(query_id: str) -> None:
            record = self._own.record_own_query(self._cluster, query_id)
            recording.append(asyncio.run_coroutine_threadsafe(record, loop))

        asked_at = datetime.now(timezone.utc)
        try:
            rows = await in_thread(lambda: self._read(asked, on_query_id, stop), stop)
        except TrackerError as problem:
            return _refused(asked, problem)
        finally:
            await asyncio.gather(*map(asyncio.wrap_future, recording))
        return answer_of(asked, rows, asked_at)

    def _read(self, asked: Sequence[ObjectName], on_query_id: Callable[[str], None], stop: Event) -> list[Row]:
        statement = columns_statement(
            asked[0].catalog, {one.schema for one in asked}, {one.name for one in asked}, _MOST_ROWS
        )
        return list(self._connection.select(statement, on_query_id, stop=stop, seconds=_SECONDS))


def one_question(objects: Sequence[ObjectName]) -> tuple[ObjectName, ...]:
    """The first of the objects, all of one catalog, of which Trino looks up no more than a few."""
    chosen: list[ObjectName] = []
    schemas: set[str] = set()
    names: set[str] = set()
    for one in objects:
        fits = len(schemas | {one.schema}) * len(names | {one.name}) <= _MOST_LOOK_UPS
        if one.catalog == objects[0].catalog and fits:
            chosen.append(one)
            schemas.add(one.schema)
            names.add(one.name)
    return tuple(chosen)


def answer_of(asked: Sequence[ObjectName], rows: Sequence[Row], asked_at: datetime) -> FetchedColumns:
    """The answer that the rows are; rows that reach the bound leave the object of the last one, and those behind it,
    without one."""
    told: dict[ObjectName, list[Row]] = defaultdict(list)
    for row in rows:
        told[ObjectName(asked[0].catalog, str(row["table_schema"]), str(row["table_name"]))].append(row)
    if len(rows) >= _MOST_ROWS and told:
        told.popitem()
        problem = f"more than {_MOST_ROWS} columns in one answer"
    else:
        problem = "Trino shows no columns of it"
    columns = {one: _column_set(told[one], asked_at) for one in asked if one in told}
    return FetchedColumns(tuple(asked), columns, problem)


def _column_set(rows: Sequence[Row], known_at: datetime) -> ColumnSet:
    names = tuple(str(row["column_name"]).lower() for row in rows)
    return ColumnSet(names, known_at, ColumnsOrigin.TRINO, tuple(str(row["data_type"]) for row in rows))


def _refused(asked: Sequence[ObjectName], problem: TrackerError) -> FetchedColumns | None:
    """What Trino says about our question is an answer; that it cannot be reached is none."""
    if isinstance(problem, PermissionMissing):
        return FetchedColumns(tuple(asked), {}, f"no right to read {asked[0].catalog}.information_schema")
    if isinstance(problem.__cause__, trino.exceptions.TrinoQueryError):
        return FetchedColumns(tuple(asked), {}, str(problem))
    return None
