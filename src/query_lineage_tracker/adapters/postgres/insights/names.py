"""Which objects have a name, and who reads them."""

from __future__ import annotations

from collections.abc import Sequence

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.reading import Rows, escaped, like, shaped
from query_lineage_tracker.domain.insights.objects import NamedObject, Reader
from query_lineage_tracker.ports.insights import NameParts, ReaderQuestion, ToldReaders


class PostgresNames:
    """`ports.insights.NameReads` and `ReaderReads` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._objects = Rows(database, "objects")

    async def named(self, parts: NameParts, namespace: str | None) -> Sequence[NamedObject]:
        """By namespace and name; at most twenty where only a part of the name is told."""
        given = {"namespace": namespace, "schema": parts.schema, "name": parts.name, "branch": parts.branch}
        if parts.catalog is not None:
            found = await self._objects.named("named", **given, catalog=parts.catalog)
        else:
            told = [part for part in (parts.schema, parts.name) if part is not None]
            ending = "%." + ".".join(map(escaped, told))
            found = await self._objects.named("named_in_part", **given, ending=ending)
        return [shaped(NamedObject, row) for row in found]

    async def similar(self, text: str) -> Sequence[str]:
        """Three at most."""
        return [row["object"] for row in await self._objects.named("similar", pattern=like(text))]

    async def with_column(self, object_ids: Sequence[int], column: str) -> frozenset[int]:
        """Of which a statement or Trino told such a column."""
        found = await self._objects.named("with_column", object_ids=list(object_ids), column=column)
        return frozenset(row["object_id"] for row in found)

    async def readers(self, question: ReaderQuestion) -> ToldReaders:
        """The latest first."""
        found = await self._objects.named(
            "readers",
            object_ids=list(question.object_ids),
            columns=list(question.columns),
            since=question.since,
            until=question.until,
            effect=question.effect,
            limit=question.limit,
        )
        capped = bool(found) and found[0]["counted"] >= question.limit
        return ToldReaders([(row["object_id"], shaped(Reader, row)) for row in found], capped)
