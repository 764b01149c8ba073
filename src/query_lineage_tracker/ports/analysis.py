"""Who analyzes statements, and who knows the columns and the definitions that this needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from query_lineage_tracker.lineage.column_sets import ColumnSet, FetchedColumns
from query_lineage_tracker.lineage.engine import FetchedViews
from query_lineage_tracker.lineage.result import LineageResult, ObjectName


class Run(NamedTuple):
    """An execution of a statement, as far as the columns of objects are concerned; `finished` if it succeeded."""

    created: datetime
    finished: datetime | None = None


@dataclass(frozen=True, slots=True)
class StatementText:
    """A redacted statement in its session, ready to be analyzed; `runs` tell which columns there were, and are now."""

    sql: str
    catalog: str | None
    schema: str | None
    statement_id: UUID | None = None
    runs: tuple[Run, ...] = ()


class LineageAnalyzer(Protocol):
    """Statements in, lineage out. Bad SQL, time-outs and crashes of the analysis are results, never exceptions."""

    @property
    def version(self) -> str:
        """Name and version, e.g. `sqllineage 1.5.9`; stored with each result, a new one makes it stale."""
        ...

    async def analyze(self, statements: Sequence[StatementText]) -> Sequence[LineageResult]:
        """One result a statement, in the same order."""
        ...

    async def aclose(self) -> None: ...


class SchemaResolver(Protocol):
    """Columns of objects; objects whose columns are unknown are absent."""

    async def columns(self, objects: Iterable[ObjectName]) -> Mapping[ObjectName, ColumnSet]: ...


class DefinitionResolver(Protocol):
    """Definitions of views and materialized views; those that are not known are absent."""

    async def definitions(self, objects: Iterable[ObjectName]) -> Mapping[ObjectName, StatementText]:
        """The statement that last created each of the objects, or would have, in its session and with its identity."""
        ...


class ColumnSource(Protocol):
    """Where the columns of objects can be asked for: Trino's information schema, or OpenMetadata."""

    async def fetch(self, objects: Sequence[ObjectName]) -> FetchedColumns | None:
        """One bounded question about as many of the first objects, all of one catalog, as fit into it.

        What the neighbour refuses is an answer; None when it does not answer.
        """
        ...


class ColumnStore(SchemaResolver, Protocol):
    """Columns of objects that are kept, and which of them ought to be asked for."""

    async def wanted(self, refresh_s: float, limit: int) -> Sequence[ObjectName]:
        """Objects of one catalog that statements use of late: unknown ones first, then those not asked for longest."""
        ...

    async def keep(self, answer: FetchedColumns) -> int:
        """Remember the answer, and that there was none; returns of how many objects the columns changed."""
        ...


class ViewSource(Protocol):
    """Where the texts of views can be asked for: Trino's catalogs."""

    async def fetch(self, objects: Sequence[ObjectName]) -> FetchedViews | None:
        """One bounded question about as many of the first objects, all of one catalog, as fit into it.

        What the neighbour refuses is an answer; None when it does not answer.
        """
        ...


class ViewStore(DefinitionResolver, Protocol):
    """Definitions of views that are kept, and which objects ought to be asked for theirs."""

    async def wanted(self, refresh_s: float, limit: int) -> Sequence[ObjectName]:
        """Objects of one catalog that were read of late and may be views: those without a known definition first, then
        those that were not asked for longest."""
        ...

    async def keep(self, answer: FetchedViews) -> None:
        """Remember who was asked for; the definitions themselves are saved as a batch."""
        ...
