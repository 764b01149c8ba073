"""Questions about the tracker itself."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from fastapi import APIRouter, Query

from query_lineage_tracker.domain.insights.health import KnownGap, Overview, SinkState, WaitingMessage
from query_lineage_tracker.services.insights.objects import first_day
from query_lineage_tracker.services.insights.shown import shown_overview, shown_sink, shown_waiting
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


@router.get("/gaps")
async def gaps(
    insights: InsightsOf, cluster: Annotated[str | None, Query(max_length=LONGEST_NAME)] = None, limit: Limit = 100
) -> list[KnownGap]:
    """Times of which queries may be missing, the newest first, and what events told of them."""
    return list(await insights.health.gaps(cluster, limit))


@router.get("/outbox")
async def outbox(
    insights: InsightsOf,
    sql: SqlOf,
    sink: Annotated[str | None, Query(max_length=LONGEST_NAME)] = None,
    state: Annotated[Waiting | None, Query(description="pending, parked or dead; all if none.")] = None,
    limit: Limit = 100,
) -> list[WaitingMessage]:
    """Messages that a catalog does not have, the last changed first: what each is about, what stood in the way."""
    found = await insights.health.waiting(sink or None, state and state.value.upper(), limit)
    return [shown_waiting(one, sql) for one in found]


@router.get("/sync")
async def sync(insights: InsightsOf, sql: SqlOf) -> list[SinkState]:
    """What waits for each catalog, since when, and why."""
    return [shown_sink(one, sql) for one in await insights.health.sync()]
