"""The graph, hop by hop, and the evidence of its edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.names import PostgresNames
from query_lineage_tracker.adapters.postgres.insights.reading import Row, Rows, shaped
from query_lineage_tracker.domain.insights import lineage
from query_lineage_tracker.domain.insights.lineage import Direction, EdgeFilter
from query_lineage_tracker.lineage.result import Subtype
from query_lineage_tracker.ports.insights import AskedColumns, FoundEdge, FoundWitness

_DIRECT = [subtype.value for subtype in Subtype if subtype.direct]


class PostgresLineageReads(PostgresNames):
    """`ports.insights.LineageReads` over a database that is open."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._rows = Rows(database, "lineage")

    async def edges(
        self, direction: Direction, object_ids: Sequence[int], wanted: EdgeFilter, limit: int
    ) -> Sequence[FoundEdge]:
        """One round trip for a hop."""
        asked = {"object_ids": list(object_ids), "limit": limit}
        found = await self._rows.named("edges", upstream=_is_upstream(direction), **asked, **_moments(wanted))
        return [shaped(FoundEdge, {**row, "edge": _edge(row)}) for row in found]

    async def edges_between(self, object_ids: Sequence[int], wanted: EdgeFilter) -> Sequence[lineage.Edge]:
        """All of them."""
        found = await self._rows.named("edges_between", object_ids=list(object_ids), **_moments(wanted))
        return [_edge(row) for row in found]

    async def nodes(self, object_ids: Sequence[int], wanted: EdgeFilter) -> Sequence[lineage.Node]:
        """By identity."""
        found = await self._rows.named("nodes", object_ids=list(object_ids), **_moments(wanted))
        return [shaped(lineage.Node, {**row, "distance": 0}) for row in found]

    async def column_edges(
        self, direction: Direction, asked: AskedColumns, wanted: EdgeFilter, limit: int
    ) -> Sequence[lineage.ColumnEdge]:
        """One round trip for a hop."""
        columns = {"object_ids": list(asked.object_ids), "columns": list(asked.columns), "limit": limit}
        found = await self._rows.named("column_edges", upstream=_is_upstream(direction), **columns, **_days(wanted))
        return [_column_edge(row) for row in found]

    async def column_edges_between(
        self, object_ids: Sequence[int], wanted: EdgeFilter, limit: int
    ) -> Sequence[lineage.ColumnEdge]:
        """By the ends."""
        asked = {"object_ids": list(object_ids), "limit": limit}
        return [_column_edge(row) for row in await self._rows.named("column_edges_between", **asked, **_days(wanted))]

    async def evidence(
        self, ends: tuple[int, int], columns: tuple[str | None, str | None], limit: int
    ) -> Sequence[FoundWitness]:
        """The latest first, with the columns that are to be highlighted in their texts."""
        asked = {"upstream_id": ends[0], "upstream_column": columns[0], "downstream_column": columns[1]}
        found = await self._rows.named("evidence", **asked, downstream_id=ends[1], limit=limit)
        flows = await self._flows([row["statement_id"] for row in found], asked)
        await self._tell_last(found)
        return [
            FoundWitness(
                witness=shaped(lineage.Witness, {**row, "users": tuple(row["users"])}),
                namespace=row["namespace"],
                session_catalog=row["session_catalog"],
                session_schema=row["session_schema"],
                columns=tuple(flows[row["statement_id"]]),
            )
            for row in found
        ]

    async def _tell_last(self, found: Sequence[Row]) -> None:
        """Add the last executions, with the texts that they ran: those of a statement differ in literals."""
        last = await self._last.of([(row["statement_id"], None, row["last_seen"]) for row in found])
        texts = await self._last.texts([one["text_id"] for one in last.values()])
        for place, row in enumerate(found):
            one = last.get(place, {})
            row |= {name: one.get(name) for name in ("cluster", "query_id", "user", "source")}
            row["tool"] = (one.get("claimed_by") or {}).get("tool")
            row["text"] = texts.get(one["text_id"], row["text"]) if one else row["text"]

    async def _flows(self, statement_ids: Sequence[UUID], asked: Mapping[str, object]) -> Mapping[UUID, list[str]]:
        flows: dict[UUID, list[str]] = defaultdict(list)
        for row in await self._rows.named("direct_columns", statement_ids=list(statement_ids), **asked):
            flows[row["statement_id"]].append(row["downstream_column"])
        return flows


def _edge(row: Mapping[str, Any]) -> lineage.Edge:
    ends = {"upstream": row["upstream_id"], "downstream": row["downstream_id"]}
    return shaped(lineage.Edge, {**row, **ends})


def _column_edge(row: Mapping[str, Any]) -> lineage.ColumnEdge:
    ends = {"upstream": row["upstream_id"], "downstream": row["downstream_id"]}
    return shaped(lineage.ColumnEdge, {**row, **ends})


def _is_upstream(direction: Direction) -> bool:
    return direction is Direction.UPSTREAM


def _moments(wanted: EdgeFilter) -> dict[str, object]:
    bounds = {"since": wanted.since, "until": wanted.until}
    return {**bounds, "ended": wanted.ended, "into_gone": wanted.into_gone}


def _days(wanted: EdgeFilter) -> dict[str, object]:
    days = {"since": _day(wanted.since), "until": _day(wanted.until)}
    return {**days, "ended": wanted.ended, "indirect": wanted.indirect, "direct": _DIRECT}


def _day(moment: datetime | None) -> object:
    return None if moment is None else moment.astimezone(timezone.utc).date()
