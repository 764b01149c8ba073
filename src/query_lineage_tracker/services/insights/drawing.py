"""The graph as a picture that stands alone: SVG, and an HTML page with the picture and its list, without scripts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from query_lineage_tracker.domain.insights.lineage import Edge, Graph, Node
from query_lineage_tracker.services.insights.listing import (
    COLUMN_EDGE_COLUMNS,
    EDGE_COLUMNS,
    Row,
    column_edge_rows,
    edge_rows,
)

_HEIGHT, _ROW, _GAP, _MARGIN = 30, 46, 90, 20
_CHARACTER = 7.3
_LONGEST = 60
_SWEEPS = 4
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLE = """\
.qlt text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #1a1a1a; }
.qlt rect { fill: #f5f7fa; stroke: #5b6b7f; rx: 4px; }
.qlt .focus rect { fill: #dbeafe; stroke: #1d4ed8; stroke-width: 2px; }
.qlt .gone rect { fill: #eeeeee; stroke: #999999; stroke-dasharray: 4 3; }
.qlt path { fill: none; stroke: #5b6b7f; stroke-width: 1.4px; }
.qlt .definition { stroke-dasharray: 6 3; }
.qlt .ended { stroke: #b5b5b5; }
.qlt marker path { fill: #5b6b7f; stroke: none; }
"""
_ARROW = """\
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">\
<path d="M0 0L8 4L0 8z"/></marker></defs>"""
_PAGE_STYLE = """\
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1a1a1a; background: #ffffff; }
.picture { overflow: auto; border: 1px solid #d4d9e0; }
table { border-collapse: collapse; margin-top: 1.5rem; font-size: 13px; }
th, td { border: 1px solid #d4d9e0; padding: .2rem .5rem; text-align: left; }
td { max-width: 50ch; overflow-wrap: break-word; }
th { white-space: nowrap; }
"""


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a node stands: its left upper corner and its width."""

    x: float
    y: float
    width: float


def svg_of(graph: Graph) -> str:
    """The picture: upstream on the left, downstream on the right, by hops from the focus."""
    nodes = {node.id: node for node in graph.nodes}
    boxes = _boxes(graph)
    width = max(box.x + box.width for box in boxes.values()) + _MARGIN
    height = max(box.y for box in boxes.values()) + _HEIGHT + _MARGIN
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qlt" role="img" {size}>',
        f"<title>{_text(_title(graph))}</title>",
        f"<style>{_STYLE}</style>",
        _ARROW,
        *(_drawn_edge(edge, nodes, boxes) for edge in graph.edges),
        *(_drawn_node(node, boxes[node.id], focus=node.id == graph.focus) for node in graph.nodes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def html_of(graph: Graph) -> str:
    """A page with the picture and the list of edges (of column edges, for a column), which may be mailed and opened."""
    rows, columns = (edge_rows(graph), EDGE_COLUMNS) if graph.column is None else _column_rows(graph)
    advice = f"<p>{_text(graph.advice)}</p>\n" if graph.advice else ""
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{_text(_title(graph))}</title>
<style>{_PAGE_STYLE}</style>
</head>
<body>
<h1>{_text(_title(graph))}</h1>
{advice}<div class="picture">
{svg_of(graph)}</div>
{_table(rows, columns)}
</body>
</html>
"""


def _column_rows(graph: Graph) -> tuple[list[Row], Sequence[str]]:
    return column_edge_rows(graph), COLUMN_EDGE_COLUMNS


def _title(graph: Graph) -> str:
    (focus,) = (node.object for node in graph.nodes if node.id == graph.focus)
    return f"Lineage of {focus}" if graph.column is None else f"Lineage of {focus}, column {graph.column}"


def _boxes(graph: Graph) -> dict[int, _Box]:
    """A column of boxes a distance, each as wide as its longest name; the columns are centred."""
    layers = _layers(graph)
    names = {node.id: _shown(node.object) for node in graph.nodes}
    tallest = max(map(len, layers))
    boxes: dict[int, _Box] = {}
    x = float(_MARGIN)
    for layer in layers:
        width = max(len(names[one]) for one in layer) * _CHARACTER + 20
        top = _MARGIN + (tallest - len(layer)) * _ROW / 2
        boxes.update((one, _Box(x, top + place * _ROW, width)) for place, one in enumerate(layer))
        x += width + _GAP
    return boxes


def _layers(graph: Graph) -> list[list[int]]:
    """Nodes by distance, in each near the height of their neighbours, so that few edges cross."""
    by_distance: defaultdict[int, list[int]] = defaultdict(list)
    for node in sorted(graph.nodes, key=lambda one: one.object):
        by_distance[node.distance].append(node.id)
    layers = [by_distance[distance] for distance in sorted(by_distance)]
    neighbours: defaultdict[int, list[int]] = defaultdict(list)
    for edge in graph.edges:
        neighbours[edge.upstream].append(edge.downstream)
        neighbours[edge.downstream].append(edge.upstream)
    for sweep in range(_SWEEPS):
        heights = {one: place / len(layer) for layer in layers for place, one in enumerate(layer)}
        for layer in layers[:: 1 if sweep % 2 == 0 else -1]:
            means = {one: _mean([heights[other] for other in neighbours[one]], heights[one]) for one in layer}
            layer.sort(key=means.__getitem__)
            heights.update((one, place / len(layer)) for place, one in enumerate(layer))
    return layers


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _drawn_edge(edge: Edge, nodes: Mapping[int, Node], boxes: Mapping[int, _Box]) -> str:
    begin, end = boxes[edge.upstream], boxes[edge.downstream]
    x1, y1 = begin.x + begin.width, begin.y + _HEIGHT / 2
    x2, y2 = end.x, end.y + _HEIGHT / 2
    bend = max(40.0, abs(x2 - x1) / 2)
    classes = " ".join(filter(None, [edge.kind.lower(), "ended" if edge.ended else ""]))
    told = f"{nodes[edge.upstream].object} to {nodes[edge.downstream].object}: {edge.kind}, last seen {edge.last_seen}"
    return (
        f'<path class="{escape(classes)}" marker-end="url(#arrow)"'
        f' d="M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}">'
        f"<title>{_text(told)}</title></path>"
    )


def _drawn_node(node: Node, box: _Box, *, focus: bool) -> str:
    classes = " ".join(filter(None, ["focus" if focus else "", "gone" if node.gone else ""]))
    hidden = node.more_upstream + node.more_downstream
    told = f"{node.object} ({node.namespace})" + (f", {hidden} more neighbours" if hidden else "")
    return (
        f'<g class="{classes}"><title>{_text(told)}</title>'
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{_HEIGHT}"/>'
        f'<text x="{box.x + 10:.1f}" y="{box.y + 19:.1f}">{_text(_shown(node.object))}</text></g>'
    )


def _table(rows: Iterable[Row], columns: Sequence[str]) -> str:
    head = "".join(f"<th>{_text(column.replace('_', ' '))}</th>" for column in columns)
    body = ["<tr>" + "".join(f"<td>{_text(_cell(row[column]))}</td>" for column in columns) + "</tr>" for row in rows]
    return "\n".join([f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>", *body, "</tbody>\n</table>"])


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _shown(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _text(text: str) -> str:
    """The text as markup shows it; characters that XML does not know are replaced."""
    return escape(_FORBIDDEN.sub("\ufffd", text))
