"""Which objects have a name, and who reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.executions import LastExecutions
from query_lineage_tracker.adapters.postgres.insights.reading import Row, Rows, escaped, like, shaped
from query_lineage_tracker.domain.insights.objects import NamedObject, Reader
from query_lineage_tracker.ports.insights import NameParts, ReaderQuestion, ToldReaders


class PostgresNames:
    """`ports.insights.NameReads` and `ReaderReads` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._objects = Rows(database, "objects")
        self._last = LastExecutions(database)

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
        """The latest first; what their last executions claim tells them apart, not the statements."""
        found = await self._objects.named(
            "readers",
            object_ids=list(question.object_ids),
            columns=list(question.columns),
            since=question.since,
            until=question.until,
            effect=question.effect,
            limit=question.limit,
        )
        last = await self._last.of([(row["statement_id"], row["user"], row["last_seen"]) for row in found])
        objects = await self._objects.named("names", object_ids=list(question.object_ids))
        names = {row["object_id"]: row["object"] for row in objects}
        readers: dict[tuple[object, ...], tuple[int, Reader]] = {}
        for place, row in enumerate(found):
            reader = _reader({**row, "object": names[row["object_id"]]}, last.get(place, {}))
            same = (row["object_id"], *(getattr(reader, name) for name in _TELLING))
            known = readers.get(same)
            readers[same] = (row["object_id"], reader if known is None else _joined(known[1], reader))
        return ToldReaders(list(readers.values()), capped=len(found) >= question.limit)


_CLAIMS = ("tool", "job", "model", "dashboard", "url")
_TELLING = ("user", "source", *_CLAIMS, "effect")


def _reader(row: Row, last: Row) -> Reader:
    claims = last.get("claimed_by") or {}
    told = {name: last.get(name) for name in ("source", "cluster", "query_id")}
    told["columns"] = tuple(row["columns"])
    return shaped(Reader, {**row, **told, **{name: claims.get(name) for name in _CLAIMS}, "statements": 1})


def _joined(later: Reader, earlier: Reader) -> Reader:
    return replace(
        later,
        columns=tuple(sorted({*later.columns, *earlier.columns})),
        executions=later.executions + earlier.executions,
        statements=later.statements + 1,
        first_seen=min(later.first_seen, earlier.first_seen),
    )
