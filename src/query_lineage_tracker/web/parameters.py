"""Parameters that several questions share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import AfterValidator

from query_lineage_tracker.bootstrap import Insights
from query_lineage_tracker.domain.access import Identity, Role, SqlShown
from query_lineage_tracker.domain.insights.lineage import EdgeFilter
from query_lineage_tracker.services.insights.shown import ShownEvidence, ShownQueries
from query_lineage_tracker.web.problems import Problem

LONGEST_NAME = 2000

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": told}
    for status, told in {
        400: "The question makes no sense as it is; `detail` says why, `hint` what would.",
        401: "The page asks who you are.",
        403: "The role does not allow it.",
        404: "What is asked for was never seen.",
        422: "A parameter is wrong; `detail` names it.",
        429: "Too many questions at once; `Retry-After` says when to go on.",
        503: "PostgreSQL does not answer.",
    }.items()
}


def _identity(request: Request) -> Identity:
    found = request.state.identity
    assert isinstance(found, Identity)  # noqa: S101 - the guard put it there
    return found


IdentityOf = Annotated[Identity, Depends(_identity)]


def _sql(request: Request, identity: IdentityOf) -> SqlShown:
    return SqlShown.FULL if identity.role is Role.OPERATOR else SqlShown(request.app.state.viewers_see)


SqlOf = Annotated[SqlShown, Depends(_sql)]


def _insights(request: Request, sql: SqlOf) -> Insights:
    """The reads as whoever asks may see them."""
    found = request.app.state.insights
    assert isinstance(found, Insights)  # noqa: S101 - the application is made with them
    if sql is SqlShown.FULL:
        return found
    return replace(found, queries=ShownQueries(found.queries, sql), evidence=ShownEvidence(found.evidence, sql))


def _in_utc(moment: datetime) -> datetime:
    """Times without a zone are UTC."""
    _within_reason(moment.date())
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _within_reason(day: date) -> date:
    """Far enough from where calendars end to add and take away days and zones."""
    if not 1900 <= day.year <= 9900:
        raise ValueError("the year has to be from 1900 to 9900")
    return day


InsightsOf = Annotated[Insights, Depends(_insights)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]
Day = Annotated[date, AfterValidator(_within_reason)]
Since = Annotated[Moment | None, Query(description="From this time on; UTC where it has no zone.")]
Until = Annotated[Moment | None, Query(description="Before this time.")]
Cursor = Annotated[str | None, Query(description="`next` of the page before.", max_length=8000)]
Limit = Annotated[int, Query(ge=1, le=500, description="Most rows.")]
Days = Annotated[int, Query(ge=1, le=400, description="How many UTC days, today's included.")]
Namespace = Annotated[str | None, Query(max_length=LONGEST_NAME, description="Where several have such an object.")]
Name = Annotated[
    str,
    Query(
        max_length=LONGEST_NAME,
        description="catalog.schema.name or its end; parts with dots in double quotes, @branch behind it.",
    ),
]
Column = Annotated[str | None, Query(max_length=LONGEST_NAME, description="A column of it.")]
Hops = Annotated[int, Query(ge=0, le=30)]


def _edge_filter(
    since: Annotated[Moment | None, Query(description="Only edges that were seen then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Only edges that were there before.")] = None,
    indirect: Annotated[bool, Query(description="With columns that only filter, join, group or sort.")] = False,
    ended: Annotated[bool, Query(description="With edges that no longer hold.")] = False,
) -> EdgeFilter:
    return EdgeFilter(since, until, indirect, ended)


Edges = Annotated[EdgeFilter, Depends(_edge_filter)]
