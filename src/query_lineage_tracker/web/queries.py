"""Questions about executed queries."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from query_lineage_tracker.domain.access import SqlShown
from query_lineage_tracker.domain.history import State
from query_lineage_tracker.domain.insights.queries import FoundQuery, OneQuery, QueryFacets, QueryPage, QuerySearch
from query_lineage_tracker.services.insights.queries import count_facets, one_query, search_queries
from query_lineage_tracker.web.exports import Form, FormOf, csv_answer
from query_lineage_tracker.web.parameters import LONGEST_NAME, PROBLEMS, Cursor, InsightsOf, Limit, Since, SqlOf, Until

router = APIRouter(prefix="/queries", tags=["queries"], responses=PROBLEMS)

_Text = Annotated[str | None, Query(max_length=LONGEST_NAME)]
_Milliseconds = Annotated[int | None, Query(ge=0, le=10**12)]


_TOLD_OF_TEXT = (
    "A part of the SQL, in any case; three characters or more. Who does not see SQL in full searches statements "
    "without literals and comments: a literal in the text then stands for any."
)


def _search(
    sql: SqlOf,
    text: Annotated[str | None, Query(description=_TOLD_OF_TEXT)] = None,
    user: _Text = None,
    source: _Text = None,
    tool: Annotated[
        str | None, Query(max_length=LONGEST_NAME, description="What the query claims to come from.")
    ] = None,
    state: State | None = None,
    error: Annotated[str | None, Query(max_length=LONGEST_NAME, description="Trino's error code or type.")] = None,
    kind: Annotated[str | None, Query(max_length=LONGEST_NAME, description="SELECT, INSERT, CTAS ...")] = None,
    table: Annotated[str | None, Query(max_length=LONGEST_NAME, description="name, schema.name or whole name.")] = None,
    cluster: _Text = None,
    since: Since = None,
    until: Until = None,
    at_least_ms: _Milliseconds = None,
    at_most_ms: _Milliseconds = None,
) -> QuerySearch:
    sees_all = sql is SqlShown.FULL
    return QuerySearch(
        text=(text or None) if sees_all else None,
        literal_free=None if sees_all else (text or None),
        user=user or None,
        source=source or None,
        tool=tool or None,
        state=state and state.value,
        error=error or None,
        kind=kind or None,
        table=table or None,
        cluster=cluster or None,
        since=since,
        until=until,
        at_least_ms=at_least_ms,
        at_most_ms=at_most_ms,
    )


_Wanted = Annotated[QuerySearch, Depends(_search)]


@router.get("", response_model=QueryPage)
async def queries(
    insights: InsightsOf, wanted: _Wanted, cursor: Cursor = None, limit: Limit = 50, form: FormOf = Form.JSON
) -> QueryPage | Response:
    """Executed queries, the newest first; of the last seven days unless `since` says otherwise."""
    page = await search_queries(insights.queries, wanted, cursor=cursor, limit=limit)
    return page if form is Form.JSON else csv_answer("queries", page.rows, FoundQuery, page.next)


@router.get("/facets")
async def query_facets(insights: InsightsOf, wanted: _Wanted) -> QueryFacets:
    """What the newest of these queries have in common, counted over at most 10,000 of them, in bounded time."""
    return await count_facets(insights.queries, wanted)


@router.get("/{query_id}")
async def query(insights: InsightsOf, query_id: str, cluster: _Text = None) -> OneQuery:
    """One query: texts, times, what it claims to come from, what it uses and makes, and how each is known."""
    return await one_query(insights.queries, query_id, cluster)
