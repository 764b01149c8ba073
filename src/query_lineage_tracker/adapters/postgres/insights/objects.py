"""Objects, columns and their use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, astuple
from datetime import date, datetime

from query_lineage_tracker.adapters.postgres.bounds import LARGEST
from query_lineage_tracker.adapters.postgres.insights.names import PostgresNames
from query_lineage_tracker.adapters.postgres.insights.reading import Row, highest, like, lowest, shaped
from query_lineage_tracker.domain.insights import objects
from query_lineage_tracker.domain.insights.objects import ObjectSearch
from query_lineage_tracker.ports.insights import ObjectPlace, ScannedObjects


class PostgresObjectReads(PostgresNames):
    """`ports.insights.ObjectReads` over a database that is open."""

    async def scan(self, wanted: ObjectSearch, place: ObjectPlace | None, *, scan: int, limit: int) -> ScannedObjects:
        """Look at the next objects by their names."""
        parameters = {**asdict(wanted), "pattern": like(wanted.text), "scan": scan, "limit": limit}
        last = None if place is None else list(astuple(place))
        found = await self._objects.named("found", **parameters, last=last)
        if not found:
            return ScannedObjects((), 0, None)
        rows = [(_place(row), shaped(objects.FoundObject, row)) for row in found if row["object_id"] is not None]
        return ScannedObjects(rows, found[0]["scanned"], ObjectPlace(*found[0]["last"]))

    async def one(self, object_id: int, since: date) -> objects.OneObject:
        """The object, which is there."""
        (row,) = await self._objects.named("one", object_id=object_id, since=since)
        renames = await self._objects.named("renames", object_id=object_id)
        row["usage_days"] = 0
        for side in ("renamed_to", "renamed_from"):
            row[side] = tuple(other["object"] for other in renames if other["side"] == side)
        return shaped(objects.OneObject, row)

    async def columns_of(
        self, object_id: int, text: str | None, place: tuple[int, str] | None, limit: int
    ) -> Sequence[objects.FoundColumn]:
        """In the order of the object; what has no place in it at the end."""
        ordinal, column = place or (None, None)
        found = await self._objects.named(
            "columns_of_object",
            object_id=object_id,
            pattern=like(text),
            last_ordinal=ordinal,
            last_column=column,
            limit=limit,
        )
        return [shaped(objects.FoundColumn, row) for row in found]

    async def columns_found(
        self, text: str, namespace: str | None, place: tuple[str, int] | None, limit: int
    ) -> Sequence[objects.FoundColumn]:
        """By name and object."""
        column, last_object = place or (None, None)
        found = await self._objects.named(
            "columns_found",
            pattern=like(text),
            namespace=namespace,
            last_column=column,
            last_object=last_object,
            limit=limit,
        )
        return [shaped(objects.FoundColumn, row) for row in found]

    async def usage(self, named: objects.NamedObject, since: date, users: int) -> objects.Usage:
        """From the totals of days."""
        asked = {"object_id": named.object_id, "since": since}
        days = await self._objects.named("usage_days", **asked)
        people = await self._objects.named("users_of_object", **asked, limit=users)
        return objects.Usage(
            object=named,
            since=since,
            days=tuple(shaped(objects.UsageDay, row) for row in days),
            users=tuple(shaped(objects.ObjectUser, row) for row in people),
        )

    async def costs(
        self, by: str, since: datetime, until: datetime, *, sort: str, limit: int, patience_s: float
    ) -> Sequence[objects.Cost] | None:
        """Added up over the executions of the time."""
        bounds = {"lowest": lowest(since), "highest": highest(until), "since": since, "until": until}
        asked = {"by": by, "sort": sort, "limit": limit, "most": LARGEST}
        found = await self._objects.within("costs", patience_s, {}, **asked, **bounds)
        return None if found is None else [_cost(row) for row in found]


def _cost(row: Row) -> objects.Cost:
    return shaped(objects.Cost, {**row, "value": row["object"] or row["value"]})


def _place(row: Row) -> ObjectPlace:
    return ObjectPlace(*row["place"])
