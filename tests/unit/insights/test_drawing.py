"""Pictures of graphs: everything is there, nothing overlaps, and names are only names."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from html.parser import HTMLParser
from itertools import combinations
from xml.etree import ElementTree

import pytest

from query_lineage_tracker.domain.insights.lineage import ColumnEdge, Edge, Graph, Node
from query_lineage_tracker.services.insights.drawing import html_of, svg_of

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
SVG = "{http://www.w3.org/2000/svg}"
ODD = 'lake.mart."<script>alert(1)</script>&\x01😀"'


def node(number: int, distance: int, name: str = "") -> Node:
    return Node(number, "trino", name or f"lake.mart.t{number}", "TABLE", False, distance, 0, 2)


def edge(upstream: int, downstream: int, kind: str = "DATA", *, ended: bool = False) -> Edge:
    return Edge(upstream, downstream, kind, NOON, NOON, True, "BOTH", ended)


GRAPH = Graph(
    focus=1,
    column=None,
    nodes=(node(1, 0), node(2, -1, ODD), node(3, -1), node(4, 1), node(5, 2), node(6, 2), node(7, 1, "x" * 500)),
    edges=(
        edge(2, 1),
        edge(3, 1, "DEFINITION"),
        edge(1, 4),
        edge(4, 5),
        edge(4, 6, ended=True),
        edge(7, 1),
        edge(5, 6),
    ),
    column_edges=(),
    capped=True,
    advice="There is <more>.",
)


def boxes(picture: str) -> list[tuple[float, float, float, float]]:
    names = ("x", "y", "width", "height")
    found = ElementTree.fromstring(picture).iter(f"{SVG}rect")
    return [tuple(float(rect.attrib[name]) for name in names) for rect in found]  # type: ignore[misc]


def test_each_node_has_a_box_of_its_own_by_distance_and_each_edge_a_line() -> None:
    picture = svg_of(GRAPH)
    found = boxes(picture)
    assert len(found) == len(GRAPH.nodes)
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in combinations(found, 2):
        assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
    lefts = {one.id: box[0] for one, box in zip(GRAPH.nodes, found, strict=True)}
    assert lefts[2] == lefts[3] < lefts[1] < lefts[4] == lefts[7] < lefts[5] == lefts[6]
    lines = [path for path in ElementTree.fromstring(picture).iter(f"{SVG}path") if "class" in path.attrib]
    assert [path.attrib["class"] for path in lines] == [
        *("data", "definition", "data", "data", "data ended", "data", "data"),
    ]
    assert svg_of(GRAPH) == picture


def test_neighbours_stand_at_like_heights_so_that_lines_do_not_cross() -> None:
    pairs = [(0, 9), (1, 8), (2, 7)]
    nodes = [node(0, -1), node(1, -1), node(2, -1), node(7, 0), node(8, 0), node(9, 0)]
    found = boxes(svg_of(replace(GRAPH, focus=7, nodes=tuple(nodes), edges=tuple(edge(*pair) for pair in pairs))))
    heights = {one.id: box[1] for one, box in zip(nodes, found, strict=True)}
    assert all(heights[upstream] == heights[downstream] for upstream, downstream in pairs)


def test_one_node_alone_is_a_picture() -> None:
    assert len(boxes(svg_of(replace(GRAPH, nodes=(node(1, 0),), edges=())))) == 1


class _Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        names = {name for name, _ in attrs}
        assert not names & {"src", "href", "onclick", "onload"}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("column", [None, "total"])
def test_the_page_stands_alone_runs_nothing_and_lists_what_it_shows(column: str | None) -> None:
    flow = ColumnEdge(2, "a<b", 1, "total", "IDENTITY", True, "DATA", NOON.date(), NOON.date(), "BOTH", False)
    content = html_of(replace(GRAPH, column=column, column_edges=(flow,)))
    page = _Page()
    page.feed(content)
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object"}) and {"svg", "table"} <= page.tags
    assert "default-src 'none'" in content and "\x01" not in content
    told = "".join(page.texts)
    assert 'lake.mart."<script>alert(1)</script>&\ufffd😀"' in told and "There is <more>." in told
    assert ("a<b" in told) == (column is not None)
    last_seen = "2026-11-22 12:00:00+00:00" if column is None else "2026-11-22"
    assert {last_seen, "yes", "no"} <= set(page.texts)
