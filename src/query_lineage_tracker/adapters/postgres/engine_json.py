"""Trino's answer about an execution as JSON, and back: equal answers, equal digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from query_lineage_tracker.lineage.engine import EngineAnswer, EngineColumn, EngineTable
from query_lineage_tracker.lineage.result import ColumnName, ObjectName


def answer_text(answer: EngineAnswer) -> str:
    """The answer as JSON."""
    document = {
        "tables": [
            {
                "object": _name(table.object),
                "direct": table.direct,
                "columns": table.columns,
                "via": [_name(one) for one in table.via],
            }
            for table in answer.tables
        ],
        "target": None if answer.target is None else _name(answer.target),
        "columns": None if answer.columns is None else [_column(one) for one in answer.columns],
    }
    return orjson.dumps(document).decode()


def answer_of(document: Mapping[str, Any]) -> EngineAnswer:
    """The answer that `answer_text` made the JSON value of."""
    target, columns = document["target"], document["columns"]
    return EngineAnswer(
        tables=tuple(
            EngineTable(
                object=ObjectName(*table["object"]),
                direct=table["direct"],
                columns=tuple(table["columns"]),
                via=tuple(ObjectName(*one) for one in table["via"]),
            )
            for table in document["tables"]
        ),
        target=None if target is None else ObjectName(*target),
        columns=None if columns is None else tuple(_column_of(one) for one in columns),
    )


def _column(column: EngineColumn) -> dict[str, object]:
    sources = [[*_name(source.object), source.column] for source in column.sources]
    return {"name": column.name, "sources": sources, "type": column.type}


def _column_of(document: Mapping[str, Any]) -> EngineColumn:
    sources = (ColumnName(ObjectName(*source[:4]), source[4]) for source in document["sources"])
    return EngineColumn(document["name"], tuple(sources), document["type"])


def _name(name: ObjectName) -> Sequence[str]:
    return (name.catalog, name.schema, name.name, name.branch)
