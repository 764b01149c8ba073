"""Stored statements, to be analyzed again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.engine_json import answer_of
from query_lineage_tracker.lineage.differences import Outline
from query_lineage_tracker.lineage.result import ColumnName, ObjectName
from query_lineage_tracker.ports.analysis import Run
from query_lineage_tracker.ports.store import StoredStatement, Which


class PostgresStatements:
    """`ports.StatementStore` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("reanalyze")

    async def ids(self, namespace: str, which: Which, analyzer: str, limit: int) -> Sequence[UUID]:
        """Statements of the namespace, in the order of their last execution."""
        named = {"namespace": namespace, "which": which.value, "analyzer": analyzer, "limit": limit}
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(self._queries["ids"], named)).fetchall()
        return [statement_id for (statement_id,) in rows]

    async def statements(self, statement_ids: Sequence[UUID]) -> Sequence[StoredStatement]:
        """The statements with their texts and what is stored of their lineage, in the given order."""
        async with self._database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(self._queries["statements"], {"statement_ids": list(statement_ids)})
            return [_statement(row) for row in await cursor.fetchall()]


def _statement(row: dict[str, Any]) -> StoredStatement:
    last_seen = row["last_seen"]
    return StoredStatement(
        statement_id=row["statement_id"],
        fingerprint=row["fingerprint"],
        session_catalog=row["session_catalog"],
        session_schema=row["session_schema"],
        text_id=row["text_id"],
        sql=row["text"],
        runs=() if last_seen is None else (Run(last_seen, last_seen),),
        outline=_outline(row),
        engine=None if row["engine"] is None else answer_of(row["engine"]),
    )


def _outline(row: dict[str, Any]) -> Outline:
    objects = [(role, str(ObjectName(*name))) for role, *name in row["objects"] or ()]
    return Outline(
        kind=row["kind"],
        coverage=row["coverage"],
        error=row["error_message"],
        target=next((name for role, name in objects if role == "TARGET"), None),
        sources=frozenset(name for role, name in objects if role == "SOURCE"),
        columns_read=frozenset(_column(*column) for column in row["columns"] or ()),
        column_edges=frozenset((_column(*edge[:5]), edge[5], edge[6]) for edge in row["column_edges"] or ()),
    )


def _column(catalog: str, schema: str, name: str, branch: str, column: str) -> str:
    return str(ColumnName(ObjectName(catalog, schema, name, branch), column))
