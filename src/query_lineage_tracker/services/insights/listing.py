"""The graph as a list: the same answer for those who do not look at pictures, and for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from query_lineage_tracker.domain.insights.lineage import Graph, Node
from query_lineage_tracker.lineage.result import quote_part

Row = Mapping[str, object]

EDGE_COLUMNS = (
    "distance",
    "upstream",
    "downstream",
    "kind",
    "first_seen",
    "last_seen",
    "certain",
    "method",
    "ended",
    "through",
)
COLUMN_EDGE_COLUMNS = (
    "distance",
    "upstream",
    "upstream_column",
    "downstream",
    "downstream_column",
    "subtype",
    "direct",
    "kind",
    "first_day",
    "last_day",
    "method",
    "ended",
)


def edge_rows(graph: Graph) -> list[Row]:
    """The edges, the nearest to the focus first, with the names of their ends. `EDGE_COLUMNS` are their columns."""
    nodes = {node.id: node for node in graph.nodes}
    return _sorted([_row(nodes[edge.upstream], nodes[edge.downstream], asdict(edge)) for edge in graph.edges])


def column_edge_rows(graph: Graph) -> list[Row]:
    """The column edges, the nearest to the focus first. `COLUMN_EDGE_COLUMNS` are their columns."""
    nodes = {node.id: node for node in graph.nodes}
    return _sorted([_row(nodes[edge.upstream], nodes[edge.downstream], asdict(edge)) for edge in graph.column_edges])


def name_pairs(graph: Graph) -> list[tuple[str, str]]:
    """From what to what: names of columns where the graph is the trace of one, of objects otherwise."""
    if graph.column is None:
        return [(str(row["upstream"]), str(row["downstream"])) for row in edge_rows(graph)]
    return [(_end(row, "upstream"), _end(row, "downstream")) for row in column_edge_rows(graph)]


def _row(upstream: Node, downstream: Node, edge: Row) -> Row:
    distance = max(abs(upstream.distance), abs(downstream.distance))
    return {"distance": distance, **edge, "upstream": upstream.object, "downstream": downstream.object}


def _sorted(rows: list[Row]) -> list[Row]:
    names = ("upstream", "upstream_column", "downstream", "downstream_column")
    return sorted(rows, key=lambda row: (row["distance"], *(str(row.get(name) or "") for name in names)))


def _end(row: Row, side: str) -> str:
    column = row[f"{side}_column"]
    return f"{row[side]}.{quote_part(str(column))}" if column else str(row[side])
