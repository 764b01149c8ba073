"""Objects, their columns, their readers, and what queries cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

from query_lineage_tracker.domain.insights.objects import (
    ColumnPage,
    Costs,
    FoundColumn,
    FoundObject,
    NamedObject,
    ObjectPage,
    ObjectSearch,
    OneObject,
    Readers,
    Usage,
)
from query_lineage_tracker.errors import UsageError
from query_lineage_tracker.ports.insights import ObjectPlace, ObjectReads, ReaderQuestion
from query_lineage_tracker.services.insights.cursors import cursor_of, place_of, texts_of
from query_lineage_tracker.services.insights.naming import Focus
from query_lineage_tracker.services.insights.searching import Chunk, search

USAGE_DAYS = 30
_LIST = "objects"
_COLUMNS = "columns"
_NO_PLACE = 2_147_483_647
_MOST_USERS = 100
_MOST_STATEMENTS = 1000
_COST_PATIENCE_S = 5.0
_ADVICE = (
    "There was not enough time to look at all objects. Narrow the search (a catalog, a part of the name), or go on."
)
_COST_ADVICE = "There was not enough time to add up so many queries. Choose a shorter time."
_LEAST_COLUMN_TEXT = 2


async def search_objects(
    reads: ObjectReads, wanted: ObjectSearch, *, cursor: str | None = None, limit: int = 50
) -> ObjectPage:
    """A page of objects by their names. Raises UsageError for a cursor that is none."""
    place = None if cursor is None else ObjectPlace(*texts_of(_LIST, cursor, 5))
    meant = replace(wanted, text=wanted.text.lower() if wanted.text else None)

    async def look(
        behind: ObjectPlace | None, scan: int, most: int
    ) -> Chunk[tuple[ObjectPlace, FoundObject], ObjectPlace]:
        found = await reads.scan(meant, behind, scan=scan, limit=most)
        return Chunk(found.rows, found.scanned, found.last)

    found = await search(look, place, limit)
    rows = found.rows[:limit]
    last = rows[-1][0] if len(found.rows) > limit else found.last
    return ObjectPage(
        rows=tuple(one for _, one in rows),
        next=None if last is None else cursor_of(_LIST, _texts(last)),
        complete=found.complete,
        advice=None if found.complete else _ADVICE,
    )


async def one_object(reads: ObjectReads, named: NamedObject, *, days: int = USAGE_DAYS) -> OneObject:
    """All about one object, with its use of so many days."""
    return replace(await reads.one(named.object_id, first_day(days)), usage_days=days)


async def columns_of(
    reads: ObjectReads, named: NamedObject, *, text: str | None = None, cursor: str | None = None, limit: int = 100
) -> ColumnPage:
    """A page of the columns of one object, in their order. Raises UsageError for a cursor that is none."""
    place = None if cursor is None else place_of(_COLUMNS, cursor, (int, str))
    behind = None if place is None else (int(place[0]), str(place[1]))
    found = await reads.columns_of(named.object_id, text, behind, limit + 1)
    rows = tuple(found[:limit])
    if len(found) <= limit:
        return ColumnPage(rows, None)
    ordinal = _NO_PLACE if rows[-1].ordinal is None else rows[-1].ordinal
    return ColumnPage(rows, cursor_of(_COLUMNS, (ordinal, rows[-1].column)))


async def search_columns(
    reads: ObjectReads, text: str, *, namespace: str | None = None, cursor: str | None = None, limit: int = 50
) -> ColumnPage:
    """A page of columns whose names hold the text, over all objects. Raises UsageError for a text of one character."""
    if len(text.strip()) < _LEAST_COLUMN_TEXT:
        raise UsageError(
            f"a search of {len(text.strip())} characters finds nearly everything",
            hint=f"Search for at least {_LEAST_COLUMN_TEXT} characters of the column's name.",
        )
    place = None if cursor is None else place_of(_LIST, cursor, (str, int))
    behind = None if place is None else (str(place[0]), int(place[1]))
    found = await reads.columns_found(text.lower(), namespace, behind, limit + 1)
    rows = tuple(found[:limit])
    return ColumnPage(rows, _after(rows) if len(found) > limit else None)


async def usage_of(reads: ObjectReads, named: NamedObject, *, days: int = USAGE_DAYS) -> Usage:
    """The use of an object in the last so many days."""
    return await reads.usage(named, first_day(days), _MOST_USERS)


async def readers_of(
    reads: ObjectReads, focus: Focus, *, since: date | None = None, until: date | None = None
) -> Readers:
    """Who read an object or column in the days from `since` to before `until`; the last thirty unless said."""
    until = until or today() + timedelta(days=1)
    since = since or until - timedelta(days=USAGE_DAYS)
    question = ReaderQuestion((focus.object.object_id,), (focus.column,), since, until, _MOST_STATEMENTS)
    found = await reads.readers(question)
    rows = tuple(reader for _, reader in found.rows)
    return Readers(focus.object, focus.column, since, until, rows, found.capped)


async def costs_by(
    reads: ObjectReads,
    by: str,
    *,
    sort: str = "cpu_ms",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
) -> Costs:
    """What queries cost by user, tool or table; of the last day unless said. `sort` is a field of `Cost`."""
    until = until or datetime.now(timezone.utc)
    since = since or until - timedelta(days=1)
    found = await reads.costs(by, since, until, sort=sort, limit=limit, patience_s=_COST_PATIENCE_S)
    return Costs(
        by=by,
        since=since,
        until=until,
        rows=tuple(found or ()),
        complete=found is not None,
        advice=_COST_ADVICE if found is None else None,
    )


def today() -> date:
    """The UTC day."""
    return datetime.now(timezone.utc).date()


def first_day(days: int) -> date:
    """The first of the last so many days, today's included."""
    return today() - timedelta(days=days - 1)


def _after(rows: tuple[FoundColumn, ...]) -> str:
    return cursor_of(_LIST, (rows[-1].column, rows[-1].object_id))


def _texts(place: ObjectPlace) -> tuple[str, ...]:
    return (place.namespace, place.catalog, place.schema, place.name, place.branch)
