"""Questions about the tracker itself."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from query_lineage_tracker.domain.insights.health import KnownGap, Overview, SinkState, WaitingMessage
from query_lineage_tracker.services.insights.objects import first_day
from query_lineage_tracker.services.insights.shown import shown_overview, shown_sink, shown_waiting
from query_lineage_tracker.web.exports import Form, FormOf, csv_answer
from query_lineage_tracker.web.parameters import LONGEST_NAME, PROBLEMS, Days, InsightsOf, Limit, SqlOf

router = APIRouter(tags=["health"], responses=PROBLEMS)

_SHOWN = 10


class Waiting(str, Enum):
    """How a message waits."""

    PENDING = "pending"
    PARKED = "parked"
    DEAD = "dead"


@router.get("/overview")
async def overview(insights: InsightsOf, sql: SqlOf, days: Days = 7) -> Overview:
    """What came in, what is used most, what failed, and how the tracker is."""
    return shown_overview(await insights.health.overview(first_day(days), _SHOWN), sql)


@router.get("/gaps", response_model=list[KnownGap])
async def gaps(
    insights: InsightsOf,
    cluster: Annotated[str | None, Query(max_length=LONGEST_NAME)] = None,
    limit: Limit = 100,
    form: FormOf = Form.JSON,
) -> list[KnownGap] | Response:
    """Times of which queries may be missing, the newest first, and what events told of them."""
    found = list(await insights.health.gaps(cluster, limit))
    return found if form is Form.JSON else csv_answer("gaps", found, KnownGap)


@router.get("/outbox", response_model=list[WaitingMessage])
async def outbox(
    insights: InsightsOf,
    sql: SqlOf,
    sink: Annotated[str | None, Query(max_length=LONGEST_NAME)] = None,
    state: Annotated[Waiting | None, Query(description="pending, parked or dead; all if none.")] = None,
    limit: Limit = 100,
    form: FormOf = Form.JSON,
) -> list[WaitingMessage] | Response:
    """Messages that a catalog does not have, the last changed first: what each is about, what stood in the way."""
    found = await insights.health.waiting(sink or None, state and state.value.upper(), limit)
    rows = [shown_waiting(one, sql) for one in found]
    return rows if form is Form.JSON else csv_answer("outbox", rows, WaitingMessage)


@router.get("/sync", response_model=list[SinkState])
async def sync(insights: InsightsOf, sql: SqlOf, form: FormOf = Form.JSON) -> list[SinkState] | Response:
    """What waits for each catalog, since when, and why."""
    rows = [shown_sink(one, sql) for one in await insights.health.sync()]
    return rows if form is Form.JSON else csv_answer("sync", rows, SinkState)
