"""Searches of executed queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.reading import Rows, escaped, highest, like, lowest, shaped
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.domain.insights import queries
from query_lineage_tracker.ports.insights import QueryPlace, QueryScan, ScannedFacets, ScannedQueries

_SHOWN_TEXT = {"text_length": 300, "text_before": 60, "text_most": 100_000}


class PostgresQueryReads:
    """`ports.insights.QueryReads` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._rows = Rows(database, "queries")
        self._reads = PostgresReads(database)

    async def scan(self, wanted: QueryScan) -> ScannedQueries:
        """Look at the next executions; one round trip."""
        parts = self._rows.queries
        found = await self._rows(parts["scanned"] + parts["page"], {**_parameters(wanted), **_SHOWN_TEXT})
        if not found:
            return ScannedQueries((), 0, None, None)
        rows = [shaped(queries.FoundQuery, row) for row in found if row["query_id"] is not None]
        told = found[0]
        last = QueryPlace(told["last_id"], told["last_cluster"])
        return ScannedQueries(rows, told["scanned"], last, told["last_created"])

    async def facets(self, wanted: QueryScan) -> ScannedFacets:
        """Count the values of the next executions; one round trip."""
        parts = self._rows.queries
        found = await self._rows(parts["scanned"] + parts["facets"], _parameters(wanted))
        if not found:
            return ScannedFacets({}, 0, None)
        counts = {(row["facet"], row["value"]): row["queries"] for row in found if row["facet"] is not None}
        return ScannedFacets(counts, found[0]["scanned"], QueryPlace(found[0]["last_id"], found[0]["last_cluster"]))

    async def texts(self, text: str, limit: int, patience_s: float) -> tuple[UUID, ...] | None:
        """By the index of trigrams, never by reading all texts."""
        settings = {"enable_seqscan": "off"}
        found = await self._rows.within("texts", patience_s, settings, pattern=like(text), limit=limit)
        return None if found is None else tuple(row["text_id"] for row in found)

    async def statements_like(self, literal_free: str, limit: int, patience_s: float) -> tuple[UUID, ...] | None:
        """By the index of trigrams, as texts."""
        settings = {"enable_seqscan": "off"}
        found = await self._rows.within(
            "statements_like", patience_s, settings, pattern=like(literal_free), limit=limit
        )
        return None if found is None else tuple(row["statement_id"] for row in found)

    async def objects_named(self, table: str) -> tuple[int, ...]:
        """In any case: names are stored in lower case."""
        name = table.lower()
        found = await self._rows.named("objects_named", table=name, ending=f"%{escaped(name)}")
        return tuple(row["object_id"] for row in found)

    async def statements_of(self, object_ids: Sequence[int], limit: int) -> tuple[UUID, ...]:
        """In no order."""
        found = await self._rows.named("statements_of_objects", object_ids=list(object_ids), limit=limit)
        return tuple(row["statement_id"] for row in found)

    async def executions_of(self, statement_ids: Sequence[UUID], first: date, last: date) -> int:
        """By the days of the statements."""
        found = await self._rows.named("executions_of", statement_ids=list(statement_ids), first=first, last=last)
        return int(found[0]["executions"])

    async def clusters_of(self, query_id: str, cluster: str | None) -> Sequence[str]:
        """By name."""
        found = await self._rows.named("clusters_of_query", query_id=query_id, cluster=cluster)
        return [row["cluster"] for row in found]

    async def query(self, query_id: str, cluster: str) -> queries.OneQuery:
        """The query, which is there."""
        (facts,) = await self._reads.query(query_id, cluster)
        made = await self._reads.lineage_of_statement(facts["statement_id"])
        return queries.OneQuery(
            query=shaped(queries.QueryFacts, facts),
            objects=tuple(shaped(queries.UsedObject, row) for row in made["objects"]),
            edges=tuple(shaped(queries.MadeEdge, row) for row in made["edges"]),
            column_edges=tuple(shaped(queries.MadeColumnEdge, row) for row in made["column_edges"]),
            unresolved_names=tuple(shaped(queries.UnqualifiedName, row) for row in made["unresolved_names"]),
        )


def _parameters(wanted: QueryScan) -> dict[str, Any]:
    search, lead, place = wanted.wanted, wanted.lead, wanted.place
    last_id = None if place is None else place.query_id
    return {
        **asdict(search),
        "pattern": like(search.text),
        "literal_free": like(search.literal_free),
        "lowest": lowest(search.since),
        "highest": highest(search.until) if last_id is None else min(highest(search.until), last_id),
        "leading_user": lead.user,
        "leading_source": lead.source,
        "leading_state": "FAILED" if lead.failed else None,
        "text_ids": None if lead.text_ids is None else list(lead.text_ids),
        "statement_ids": None if lead.statement_ids is None else list(lead.statement_ids),
        "object_ids": None if wanted.object_ids is None else list(wanted.object_ids),
        "last_id": last_id,
        "last_cluster": None if place is None else place.cluster,
        "scan": wanted.scan,
        "limit": wanted.limit,
    }
