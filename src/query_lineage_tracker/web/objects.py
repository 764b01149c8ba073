"""Questions about objects, columns, readers and cost."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from query_lineage_tracker.domain.insights.objects import (
    ColumnPage,
    Cost,
    Costs,
    FoundColumn,
    FoundObject,
    ObjectPage,
    ObjectSearch,
    OneObject,
    Reader,
    Readers,
    Usage,
    UsageDay,
)
from query_lineage_tracker.services.insights.dbt import object_with_dbt
from query_lineage_tracker.services.insights.naming import focus_named, object_named
from query_lineage_tracker.services.insights.objects import (
    USAGE_DAYS,
    columns_of,
    costs_by,
    first_day,
    one_object,
    readers_of,
    search_columns,
    search_objects,
    usage_of,
)
from query_lineage_tracker.web.exports import Form, FormOf, csv_answer
from query_lineage_tracker.web.parameters import (
    LONGEST_NAME,
    PROBLEMS,
    Column,
    Cursor,
    Day,
    Days,
    InsightsOf,
    Limit,
    Name,
    Namespace,
    Since,
    Until,
)

router = APIRouter(tags=["objects"], responses=PROBLEMS)

_Text = Annotated[str | None, Query(max_length=LONGEST_NAME)]


class ObjectKind(str, Enum):
    """What an object is in Trino."""

    TABLE = "TABLE"
    VIEW = "VIEW"
    MATERIALIZED_VIEW = "MATERIALIZED_VIEW"


class CostBy(str, Enum):
    """What cost is added up by."""

    USER = "user"
    TOOL = "tool"
    TABLE = "table"


class CostSort(str, Enum):
    """What is largest in the first row."""

    QUERIES = "executions"
    FAILED = "failed"
    PROCESSOR_TIME = "cpu_ms"
    TIME = "elapsed_ms"
    PEAK_MEMORY = "peak_memory_bytes"
    READ = "input_bytes"
    ROWS_READ = "input_rows"
    WRITTEN = "written_bytes"
    ROWS_WRITTEN = "written_rows"
    SPILLED = "spilled_bytes"


def _search(
    text: Annotated[str | None, Query(max_length=LONGEST_NAME, description="A part of the name.")] = None,
    kind: ObjectKind | None = None,
    namespace: _Text = None,
    catalog: _Text = None,
    schema: _Text = None,
    gone: Annotated[bool | None, Query(description="Only what was dropped, or only what was not.")] = None,
    unread_days: Annotated[int | None, Query(ge=1, le=400, description="Not read for so many days.")] = None,
) -> ObjectSearch:
    return ObjectSearch(
        text=text or None,
        kind=kind and kind.value,
        namespace=namespace or None,
        catalog=catalog or None,
        schema=schema or None,
        gone=gone,
        unread_since=None if unread_days is None else first_day(unread_days),
    )


@router.get("/objects", response_model=ObjectPage)
async def objects(
    insights: InsightsOf,
    wanted: Annotated[ObjectSearch, Depends(_search)],
    cursor: Cursor = None,
    limit: Limit = 50,
    form: FormOf = Form.JSON,
) -> ObjectPage | Response:
    """Tables and views by their names."""
    page = await search_objects(insights.objects, wanted, cursor=cursor, limit=limit)
    return page if form is Form.JSON else csv_answer("objects", page.rows, FoundObject, page.next)


@router.get("/object")
async def object_(insights: InsightsOf, name: Name, namespace: Namespace = None, days: Days = USAGE_DAYS) -> OneObject:
    """One object, and its use in the last days."""
    named = await object_named(insights.objects, name, namespace)
    return await object_with_dbt(insights.dbt, await one_object(insights.objects, named, days=days))


@router.get("/object/columns", response_model=ColumnPage)
async def object_columns(
    insights: InsightsOf,
    name: Name,
    namespace: Namespace = None,
    text: _Text = None,
    cursor: Cursor = None,
    limit: Limit = 100,
    form: FormOf = Form.JSON,
) -> ColumnPage | Response:
    """The columns of an object in their order, each with how many column edges lead into and out of it."""
    named = await object_named(insights.objects, name, namespace)
    page = await columns_of(insights.objects, named, text=text or None, cursor=cursor, limit=limit)
    return page if form is Form.JSON else csv_answer("columns", page.rows, FoundColumn, page.next)


@router.get("/object/usage", response_model=Usage)
async def object_usage(
    insights: InsightsOf, name: Name, namespace: Namespace = None, days: Days = USAGE_DAYS, form: FormOf = Form.JSON
) -> Usage | Response:
    """How often an object was read and written, day by day and by user; as csv, day by day."""
    named = await object_named(insights.objects, name, namespace)
    usage = await usage_of(insights.objects, named, days=days)
    return usage if form is Form.JSON else csv_answer("usage", usage.days, UsageDay)


@router.get("/object/readers", response_model=Readers)
async def object_readers(
    insights: InsightsOf,
    name: Name,
    column: Column = None,
    namespace: Namespace = None,
    since: Annotated[Day | None, Query(description="The first UTC day; thirty days before the end if none.")] = None,
    until: Annotated[Day | None, Query(description="The UTC day behind the last one.")] = None,
    form: FormOf = Form.JSON,
) -> Readers | Response:
    """Who read an object or column between two days, and through which tool, job, model or dashboard."""
    focus = await focus_named(insights.objects, name, column, namespace)
    found = await readers_of(insights.objects, focus, since=since, until=until)
    return found if form is Form.JSON else csv_answer("readers", found.rows, Reader)


@router.get("/columns", response_model=ColumnPage)
async def columns(
    insights: InsightsOf,
    text: Annotated[str, Query(max_length=LONGEST_NAME, description="A part of the column's name.")],
    namespace: Namespace = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    form: FormOf = Form.JSON,
) -> ColumnPage | Response:
    """Columns over all objects by a part of their names."""
    page = await search_columns(insights.objects, text, namespace=namespace, cursor=cursor, limit=limit)
    return page if form is Form.JSON else csv_answer("columns", page.rows, FoundColumn, page.next)


@router.get("/costs", response_model=Costs)
async def costs(
    insights: InsightsOf,
    by: CostBy = CostBy.USER,
    sort: CostSort = CostSort.PROCESSOR_TIME,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    form: FormOf = Form.JSON,
) -> Costs | Response:
    """What queries took together, by user, tool or table; of the last day unless `since` says otherwise."""
    found = await costs_by(insights.objects, by.value, sort=sort.value, since=since, until=until, limit=limit)
    return found if form is Form.JSON else csv_answer("costs", found.rows, Cost)
