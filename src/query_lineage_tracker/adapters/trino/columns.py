"""Columns of objects, asked of a coordinator: one bounded SELECT on one catalog's information_schema."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timezone

from query_lineage_tracker.adapters.trino.connection import Row, TrinoConnection
from query_lineage_tracker.adapters.trino.question import Asking, one_question, refusal
from query_lineage_tracker.adapters.trino.statements import columns_statement
from query_lineage_tracker.errors import TrackerError
from query_lineage_tracker.lineage.column_sets import ColumnSet, ColumnsOrigin, FetchedColumns
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.sources import OwnQueries

_MOST_ROWS = 50_000


class TrinoColumns:
    """`ports.ColumnSource` over a connection that nobody else uses at the same time."""

    def __init__(self, connection: TrinoConnection, own: OwnQueries, cluster: str) -> None:
        self._asking = Asking(connection, own, cluster)

    async def fetch(self, objects: Sequence[ObjectName]) -> FetchedColumns | None:
        """The columns of the first objects that fit into one question; None when the coordinator does not answer."""
        asked = one_question(objects)
        if not asked:
            return FetchedColumns((), {})
        schemas, names = {one.schema for one in asked}, {one.name for one in asked}
        asked_at = datetime.now(timezone.utc)
        try:
            rows = await self._asking.rows(columns_statement(asked[0].catalog, schemas, names, _MOST_ROWS))
        except TrackerError as problem:
            why = refusal(asked[0].catalog, problem)
            return None if why is None else FetchedColumns(asked, {}, why)
        return answer_of(asked, rows, asked_at)


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
