"""The tracker's own analyzer at work: statements in the order of their executions, with the columns of their time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from query_lineage_tracker.lineage.analyze import ANALYZER_VERSION, analyze
from query_lineage_tracker.lineage.column_sets import ColumnSet
from query_lineage_tracker.lineage.kinds import leading_kind
from query_lineage_tracker.lineage.passed_text import PassThrough
from query_lineage_tracker.lineage.result import Coverage, LineageResult, ObjectName
from query_lineage_tracker.ports.analysis import DefinitionResolver, Run, SchemaResolver, StatementText
from query_lineage_tracker.services.known_columns import RunningColumns, objects_of_changes
from query_lineage_tracker.services.refreshes import created_in, refreshed, to_refresh

log = structlog.get_logger()

KnownColumns = Callable[[ObjectName], "tuple[str, ...] | None"]

_LONGEST_PROBLEM = 200


class NoColumns:
    """A resolver that knows nothing."""

    async def columns(self, objects: object) -> Mapping[ObjectName, ColumnSet]:
        return {}


class TrinoAnalyzer:
    """`ports.LineageAnalyzer` over `lineage.analyze`.

    Two passes: the first one finds out whose columns are asked for, those are resolved in one go, and what got some
    is analyzed again. What a statement that was executed does to columns holds for the executions after it.
    """

    def __init__(
        self,
        resolver: SchemaResolver | None = None,
        slow_s: float = 10.0,
        pass_through: PassThrough | None = None,
        definitions: DefinitionResolver | None = None,
    ) -> None:
        self._resolver = resolver or NoColumns()
        self._slow_s = slow_s
        self._pass_through = pass_through
        self._definitions = definitions

    def knowing(self, resolver: SchemaResolver, definitions: DefinitionResolver) -> TrinoAnalyzer:
        """The same with other resolvers."""
        return TrinoAnalyzer(resolver, self._slow_s, self._pass_through, definitions)

    @property
    def version(self) -> str:
        own = f"trino {ANALYZER_VERSION}"
        return own if self._pass_through is None else f"{own}, {self._pass_through.version}"

    async def analyze(self, statements: Sequence[StatementText]) -> Sequence[LineageResult]:
        """One result a statement, in the same order; of several executions the last one counts."""
        results = await asyncio.to_thread(self._without_columns, statements)
        definitions = await self._definitions_of(to_refresh(results), created_in(statements, results))
        for place, definition in definitions.items():
            results[place] = self._analyze_one(statements[place], _unknown, definition)
        changed = objects_of_changes(result.change for result in results)
        wanted = {name for result in results for name, _ in result.known} | changed
        stored = await self._resolver.columns(wanted) if wanted else {}
        if not stored and not changed:
            return results
        return await asyncio.to_thread(self._in_order, statements, results, RunningColumns(stored), definitions)

    async def aclose(self) -> None:
        """Nothing to release."""

    async def _definitions_of(
        self, refreshes: Mapping[int, ObjectName], created: Mapping[ObjectName, StatementText]
    ) -> dict[int, StatementText]:
        """The definitions of what is refreshed, by the places of the statements that refresh it."""
        wanted = set(refreshes.values()) - set(created)
        stored = await self._definitions.definitions(wanted) if wanted and self._definitions is not None else {}
        known = {**stored, **created}
        return {place: known[view] for place, view in refreshes.items() if view in known}

    def _without_columns(self, statements: Sequence[StatementText]) -> list[LineageResult]:
        return [self._analyze_one(statement, _unknown) for statement in statements]

    def _in_order(
        self,
        statements: Sequence[StatementText],
        results: Sequence[LineageResult],
        columns: RunningColumns,
        definitions: Mapping[int, StatementText],
    ) -> list[LineageResult]:
        """Execution after execution; a statement is analyzed again when it asked for columns that are others now."""
        found = list(results)
        for place, run in _executions(statements):
            if any(columns(name) != known for name, known in found[place].known):
                found[place] = self._analyze_one(statements[place], columns, definitions.get(place))
            change = found[place].change
            if run is not None and run.finished is not None and change is not None:
                columns.follow(change, run.finished)
        return found

    def _analyze_one(
        self, statement: StatementText, columns: KnownColumns, definition: StatementText | None = None
    ) -> LineageResult:
        """The answer about the statement; about a REFRESH it is what the definition says."""
        if definition is not None:
            return refreshed(self._analyze_one(statement, columns), self._analyze_one(definition, columns))
        started = time.perf_counter()
        try:
            return analyze(
                statement.sql,
                catalog=statement.catalog,
                schema=statement.schema,
                columns=columns,
                pass_through=self._pass_through,
            )
        except Exception as defect:
            log.exception("analysis.defect", statement_id=str(statement.statement_id))
            return _defective(statement.sql, defect)
        finally:
            seconds = time.perf_counter() - started
            if seconds > self._slow_s:
                log.warning("analysis.slow", statement_id=str(statement.statement_id), seconds=round(seconds, 1))


def _unknown(_: ObjectName) -> None:
    return None


def _executions(statements: Sequence[StatementText]) -> list[tuple[int, Run | None]]:
    """Statements by their places, in the order of their executions; those without any stand at the end."""
    runs = [(place, run) for place, statement in enumerate(statements) for run in statement.runs]
    runs.sort(key=lambda one: one[1].created)
    return [*runs, *((place, None) for place, statement in enumerate(statements) if not statement.runs)]


def _defective(sql: str, defect: Exception) -> LineageResult:
    """The answer when we are wrong: nothing is claimed about the statement but what its first words promise."""
    kind, effect = leading_kind(sql)
    told = f"analyzer defect: {type(defect).__name__}: {defect}"[:_LONGEST_PROBLEM]
    return LineageResult(kind, effect, coverage=Coverage.NONE, reasons=(told,))
