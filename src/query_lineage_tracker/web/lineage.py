"""Questions about lineage."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints
from starlette.responses import Response

from query_lineage_tracker.domain.insights.lineage import Direction, Evidence, Graph, Impact, ImpactRow, Step, Walk
from query_lineage_tracker.services.insights.dbt import impact_with_exposures
from query_lineage_tracker.services.insights.evidence import evidence_of
from query_lineage_tracker.services.insights.graph import MOST_NODES, lineage_around
from query_lineage_tracker.services.insights.impact import impact_of
from query_lineage_tracker.services.insights.naming import focus_named
from query_lineage_tracker.web.exports import Form, FormOf, GraphForm, GraphFormOf, csv_answer, graph_answer
from query_lineage_tracker.web.parameters import (
    LONGEST_NAME,
    PROBLEMS,
    Column,
    Day,
    Edges,
    Hops,
    InsightsOf,
    Name,
    Namespace,
)

router = APIRouter(tags=["lineage"], responses=PROBLEMS)

Expand = Annotated[
    list[Annotated[str, StringConstraints(pattern="^(up|down):", max_length=LONGEST_NAME)]] | None,
    Query(max_length=50, description="up:NAME or down:NAME, again and again: a hop more from an object that is shown."),
]


@router.get("/lineage", response_model=Graph)
async def lineage(
    insights: InsightsOf,
    wanted: Edges,
    name: Name,
    column: Column = None,
    namespace: Namespace = None,
    upstream: Hops = 1,
    downstream: Hops = 1,
    limit: Annotated[int, Query(ge=1, le=MOST_NODES, description="Most objects.")] = 150,
    through_views: Annotated[bool, Query(description="Edges through views instead of the views.")] = False,
    through_gone: Annotated[bool, Query(description="Edges through objects that are gone instead of them.")] = False,
    columns: Annotated[bool, Query(description="With the column edges between the objects.")] = False,
    expand: Expand = None,
    form: GraphFormOf = GraphForm.JSON,
) -> Graph | Response:
    """The lineage around an object, or the trace of one of its columns; never the whole graph."""
    focus = await focus_named(insights.lineage, name, column, namespace)
    walk = Walk(upstream, downstream, limit, through_views, through_gone)
    steps = [_step(text) for text in expand or ()]
    graph = await lineage_around(insights.lineage, focus, walk, wanted, columns=columns, steps=steps)
    return graph if form is GraphForm.JSON else graph_answer(graph, form, columns=columns)


def _step(text: str) -> Step:
    way, _, name = text.partition(":")
    return Step(Direction.UPSTREAM if way == "up" else Direction.DOWNSTREAM, name)


@router.get("/impact", response_model=Impact)
async def impact(
    insights: InsightsOf,
    wanted: Edges,
    name: Name,
    column: Column = None,
    namespace: Namespace = None,
    hops: Hops = 5,
    readers_since: Annotated[
        Day | None, Query(description="Readers from this UTC day on; thirty days if none.")
    ] = None,
    form: FormOf = Form.JSON,
) -> Impact | Response:
    """What depends on an object or column, by distance: objects, readers (plain SELECTs too), exposures of dbt."""
    focus = await focus_named(insights.lineage, name, column, namespace)
    reached = await impact_of(insights.lineage, focus, wanted, hops=hops, since=readers_since)
    found = await impact_with_exposures(insights.dbt, reached)
    return found if form is Form.JSON else csv_answer("impact", found.rows, ImpactRow)


@router.get("/evidence")
async def evidence(
    insights: InsightsOf,
    upstream: Name,
    downstream: Name,
    upstream_column: Column = None,
    downstream_column: Column = None,
    namespace: Namespace = None,
    limit: Annotated[int, Query(ge=1, le=50, description="Most statements.")] = 10,
) -> Evidence:
    """The statements that make an edge or a column edge, with the places of the expressions in their texts."""
    source = await focus_named(insights.lineage, upstream, upstream_column, namespace)
    target = await focus_named(insights.lineage, downstream, downstream_column, namespace)
    return await evidence_of(insights.evidence, insights.columns, source, target, limit=limit)
