"""Answers in other forms than JSON, to be kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from enum import Enum
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import PlainTextResponse, Response

from query_lineage_tracker.domain.insights.lineage import Graph
from query_lineage_tracker.lineage.render import dot_of, mermaid_of
from query_lineage_tracker.services.insights.drawing import html_of, svg_of
from query_lineage_tracker.services.insights.listing import (
    COLUMN_EDGE_COLUMNS,
    EDGE_COLUMNS,
    column_edge_rows,
    edge_rows,
    name_pairs,
)
from query_lineage_tracker.services.insights.spreadsheets import csv_of


class Form(str, Enum):
    """The form of a list."""

    JSON = "json"
    CSV = "csv"


class GraphForm(str, Enum):
    """The form of a graph."""

    JSON = "json"
    CSV = "csv"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    HTML = "html"


FormOf = Annotated[Form, Query(alias="format", description="csv: the rows of this page, with a line of names.")]
GraphFormOf = Annotated[
    GraphForm,
    Query(alias="format", description="csv: the edges, of a column or with `columns` the column edges."),
]
_FILES = {
    GraphForm.CSV: ("text/csv", "csv"),
    GraphForm.MERMAID: ("text/plain", "mmd"),
    GraphForm.DOT: ("text/vnd.graphviz", "dot"),
    GraphForm.SVG: ("image/svg+xml", "svg"),
    GraphForm.HTML: ("text/html", "html"),
}


def csv_answer(name: str, rows: Iterable[Any], shape: type[Any], following: str | None = None) -> Response:
    """The rows, which are of that shape, as a file; the cursor of the following page is in the header X-Next-Cursor."""
    columns = [field.name for field in fields(shape)]
    return _file(csv_of(map(asdict, rows), columns), "text/csv", f"{name}.csv", following)


def graph_answer(graph: Graph, form: GraphForm, *, columns: bool) -> Response:
    """The graph as a file."""
    kind, ending = _FILES[form]
    return _file(_graph_text(graph, form, columns=columns), kind, f"lineage.{ending}")


def _graph_text(graph: Graph, form: GraphForm, *, columns: bool) -> str:
    if form is GraphForm.MERMAID:
        return mermaid_of(name_pairs(graph)) + "\n"
    if form is GraphForm.DOT:
        return dot_of(name_pairs(graph)) + "\n"
    if form in (GraphForm.SVG, GraphForm.HTML):
        return svg_of(graph) if form is GraphForm.SVG else html_of(graph)
    rows, names = _listed(graph, columns=columns or graph.column is not None)
    return csv_of(rows, names)


def _listed(graph: Graph, *, columns: bool) -> tuple[Sequence[Mapping[str, object]], Sequence[str]]:
    if columns:
        return column_edge_rows(graph), COLUMN_EDGE_COLUMNS
    return edge_rows(graph), EDGE_COLUMNS


def _file(text: str, kind: str, name: str, following: str | None = None) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if following is not None:
        headers["X-Next-Cursor"] = following
    return PlainTextResponse(text, headers=headers, media_type=kind)
