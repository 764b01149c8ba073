"""Questions about the tracker itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from query_lineage_tracker.domain.insights.health import KnownGap, Overview, SinkState
from query_lineage_tracker.services.insights.objects import first_day
from query_lineage_tracker.services.insights.shown import shown_overview
from query_lineage_tracker.web.parameters import LONGEST_NAME, PROBLEMS, Days, InsightsOf, Limit, SqlOf

router = APIRouter(tags=["health"], responses=PROBLEMS)

_SHOWN = 10


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


@router.get("/sync")
async def sync(insights: InsightsOf) -> list[SinkState]:
    """What waits for each catalog, since when, and why."""
    return list(await insights.health.sync())
