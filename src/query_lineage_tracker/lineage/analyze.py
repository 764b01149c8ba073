"""The Trino SQL analyzer: a statement in its session in, its lineage out."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from query_lineage_tracker.lineage.flow.columns import Field
from query_lineage_tracker.lineage.flow.functions import argument_text
from query_lineage_tracker.lineage.flow.objects import KnownColumns, Objects
from query_lineage_tracker.lineage.flow.scopes import unclear
from query_lineage_tracker.lineage.flow.statements import Statements
from query_lineage_tracker.lineage.kinds import leading_kind
from query_lineage_tracker.lineage.result import (
    ColumnChange,
    ColumnVerb,
    Coverage,
    Effect,
    Lifecycle,
    LifecycleVerb,
    LineageResult,
    ObjectName,
    SchemaDrop,
    SchemaRename,
    SessionEffect,
    StatementKind,
    SyntaxProblem,
)
from query_lineage_tracker.lineage.syntax import statement_tree as tree
from query_lineage_tracker.lineage.syntax.cursor import DEPTH_LIMIT, TooDeep
from query_lineage_tracker.lineage.syntax.parser import parse_within
from query_lineage_tracker.lineage.tokens import Tokens, line_and_column, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from query_lineage_tracker.lineage.passed_text import PassedText, PassThrough


ANALYZER_VERSION = 1
"""Raised whenever the answer about any statement changes: stored answers are then known to be old."""
_TOO_DEEP = SyntaxProblem(0, 0, "the statement is nested too deeply to be analyzed")
_DEEP_LIMIT = 12_000 if sys.version_info >= (3, 11) else DEPTH_LIMIT
"""Frames for a statement that needs more than usual: 1,000 subqueries. Before 3.11 they would be on the C stack."""
_DEEPER = Lock()
_IMMEDIATE_LIMIT = 5
"""How many EXECUTE IMMEDIATE may stand within each other."""

__all__ = ["KnownColumns", "analyze"]


def analyze(
    sql: str,
    *,
    catalog: str | None = None,
    schema: str | None = None,
    columns: KnownColumns | None = None,
    spans: bool = False,
    pass_through: PassThrough | None = None,
) -> LineageResult:
    """The lineage of one Trino statement; never raises, whatever the text.

    `catalog` and `schema` are those of the session, None where unknown. `columns` answers with the columns of an
    object, in their order and in lower case, or with None (a mapping: no entry) where they are not known. With `spans`
    each output column tells where its expression stands in this text, for highlighting. `pass_through` reads what
    `system.query` passes on in the dialect of another database::

        analyze("INSERT INTO t (y) SELECT a FROM u", catalog="lake", schema="s").columns
        # (OutputColumn(name='y', direct=(Influence(lake.s.u.a, IDENTITY),), indirect=()),)
    """
    catalog = catalog.lower() if catalog else None
    schema = schema.lower() if schema else None
    tokens = tokenize(sql)
    try:
        return _Analysis(Objects(catalog, schema, columns), pass_through, spans=spans).statement(tokens)
    except (TooDeep, RecursionError):
        pass
    try:
        with _deeper_stack():
            objects = Objects(catalog, schema, columns)
            return _Analysis(objects, pass_through, spans=spans, limit=_DEEP_LIMIT).statement(tokens)
    except (TooDeep, RecursionError):
        return _not_understood(sql, _TOO_DEEP)


@contextmanager
def _deeper_stack() -> Iterator[None]:
    """Let the interpreter nest more calls: for the rare statement that needs them, one such statement at a time."""
    with _DEEPER:
        usual = sys.getrecursionlimit()
        sys.setrecursionlimit(max(usual, 2 * _DEEP_LIMIT))
        try:
            yield
        finally:
            sys.setrecursionlimit(usual)


def _not_understood(sql: str, problem: SyntaxProblem) -> LineageResult:
    """The answer about a text that is no statement: what its first words promise, and why not more."""
    kind, effect = leading_kind(sql)
    return LineageResult(kind, effect, coverage=Coverage.NONE, error=problem)


class _Analysis(Statements):
    """The analysis of one text."""

    __slots__ = ("dialects", "limit", "nesting", "spans", "tokens")

    def __init__(
        self, objects: Objects, dialects: PassThrough | None, *, spans: bool, limit: int = DEPTH_LIMIT
    ) -> None:
        super().__init__(objects, [])
        self.dialects = dialects
        self.limit = limit
        self.nesting = 0
        self.spans = spans
        self.tokens: Tokens | None = None

    def statement(self, tokens: Tokens) -> LineageResult:
        parsed = parse_within(tokens, self.limit)
        if isinstance(parsed, SyntaxProblem):
            return _not_understood(tokens.sql, parsed)
        self.tokens, self.words = tokens, tokens.words
        if self.spans and not self.nesting:
            self.places = [
                (start, start + len(text)) for start, text in zip(tokens.offsets(), tokens.texts, strict=True)
            ]
        return self._parsed(parsed)

    def _parsed(self, statement: tree.Statement) -> LineageResult:
        return _ANSWERS[type(statement)](self, statement)

    def _immediate(self, statement: tree.Immediate) -> LineageResult:
        self.nesting += 1
        if self.nesting > _IMMEDIATE_LIMIT:
            return _not_understood(statement.text, _TOO_DEEP)
        outer = self.tokens
        result = self.statement(tokenize(statement.text))
        if result.error is None or outer is None:
            return result
        return replace(result, error=_moved(result.error, outer, statement.at))

    def _wrapped(self, statement: tree.Wrapped) -> LineageResult:
        """EXPLAIN ANALYZE runs its statement; EXPLAIN and PREPARE do not."""
        if statement.runs:
            return self._parsed(statement.statement)
        session = None if statement.name is None else SessionEffect("PREPARE", (statement.name,))
        return LineageResult(statement.kind, Effect.NONE, coverage=Coverage.COLUMN, session=session)

    def _procedure_call(self, call: tree.ProcedureCall) -> LineageResult:
        """A procedure may name its table in its arguments."""
        table = argument_text(call.arguments, "table_name", 1)
        schema = argument_text(call.arguments, "schema_name", 0)
        catalog = self.objects.catalog_of_routine(call.name)
        target = None
        if catalog and call.name[-1] in _PROCEDURES_OF_TABLES and table and schema:
            target = self.objects.qualify((catalog, schema.lower(), table.lower()), target=True)
        return self.answer(StatementKind.CALL, Effect.NONE, target, [])

    def _utility(self, statement: tree.Utility) -> LineageResult:
        kind = statement.kind
        target = None
        if statement.target is not None:
            target = self.objects.qualify(statement.target, statement.branch, target=True)
        if kind is StatementKind.REFRESH:
            self.reasons[f"what {target} is made of stands in its definition"] = None
        if kind is StatementKind.EXECUTE:
            self.reasons[f"the text of prepared statement {statement.names[0]} is unknown"] = None
        writes = kind in (StatementKind.REFRESH, StatementKind.TRUNCATE)
        change = None if target is None else self._change(statement, target)
        answer = self.answer(kind, Effect.WRITES if writes else Effect.NONE, target, [], change)
        happens = self._schema_change(statement) if target is None else _lifecycle(statement, target, change)
        answer = replace(answer, lifecycle=happens)
        session = _session_effect(self.words, statement.names)
        return answer if session is None else replace(answer, session=session)

    def _change(self, statement: tree.Utility, target: ObjectName) -> ColumnChange | None:
        """What DDL does to the columns of an object. What is renamed stays in its schema unless told otherwise."""
        if statement.renamed is not None:
            name = statement.renamed
            catalog, schema, renamed = (*(target.catalog, target.schema)[: 3 - len(name)], *name)
            return ColumnChange(ObjectName(catalog, schema, renamed), ColumnVerb.LIKE, like=target)
        verb, columns = statement.change, statement.columns
        if verb is ColumnVerb.LIKE:
            model = self.objects.qualify(statement.like)
            return None if model is None else ColumnChange(target, verb, (), model, statement.if_absent)
        if verb is None or len(columns) < (2 if verb is ColumnVerb.RENAME else 1):
            return None
        return ColumnChange(target, verb, columns, if_absent=statement.if_absent)

    def _schema_change(self, statement: tree.Utility) -> SchemaRename | SchemaDrop | None:
        """A schema that is named without its catalog is one of the session's."""
        if not (statement.new_schema or statement.cascade) or len(statement.schema) > 2:
            return None
        *named, schema = statement.schema
        catalog = named[0] if named else self.objects.session_catalog
        if catalog is None:
            return None
        return SchemaDrop(catalog, schema) if statement.cascade else SchemaRename(catalog, schema, statement.new_schema)

    def pass_through(self, catalog: str, text: str) -> list[Field] | str:
        passed = None if self.dialects is None else self.dialects.read(catalog, text)
        if passed is None:
            fields = self._passed_query(catalog, text)
            return _STANDARD_ONLY if fields is None else fields
        fields = self._passed_query(catalog, passed.sql) if passed.sql else None
        if fields is not None:
            return fields
        problem = passed.problem or "Trino's SQL cannot say it"
        return self._passed_tables(catalog, passed, problem) if passed.tables else problem

    def _passed_tables(self, catalog: str, passed: PassedText, problem: str) -> list[Field]:
        with self.objects.within(catalog):
            owners = [self.objects.qualify(name) for name in passed.tables]
        self.objects.sources.update({owner: None for owner in owners if owner is not None})
        self.reasons[f"columns of the text that is passed through to {catalog} cannot be followed: {problem}"] = None
        if not passed.complete:
            self.passed_to(catalog)
        return [unclear((catalog,))]

    def _passed_query(self, catalog: str, text: str) -> list[Field] | None:
        tokens = tokenize(text)
        parsed = parse_within(tokens, self.limit)
        if not isinstance(parsed, tree.QueryStatement) or self.nesting > _IMMEDIATE_LIMIT:
            return None
        outer = self.words, self.named
        self.words, self.named = tokens.words, {}
        self.nesting += 1
        with self.objects.within(catalog):
            fields = self.query(parsed.query, None)
        self.nesting -= 1
        self.words, self.named = outer
        # How a column without a name is called then, each database has rules of its own.
        unnamed = unclear((catalog,))
        return [
            Field(one.name, one.direct, one.indirect, one.star) if one.name or one.star else unnamed for one in fields
        ]


def _lifecycle(statement: tree.Utility, target: ObjectName, change: ColumnChange | None) -> Lifecycle | None:
    """What DDL does to its target as a whole."""
    if statement.renamed is not None and change is not None:
        return Lifecycle(LifecycleVerb.RENAMED, target, change.object)
    if statement.kind is StatementKind.DROP:
        return Lifecycle(LifecycleVerb.ENDS, target)
    if statement.kind is StatementKind.CREATE_TABLE and not statement.if_absent:
        return Lifecycle(LifecycleVerb.BEGINS, target)
    return None


def _moved(problem: SyntaxProblem, outer: Tokens, at: int) -> SyntaxProblem:
    """A problem in the text of a string literal, at the place that Trino reports for it."""
    if not problem.line:
        return problem
    line, column = line_and_column(outer.sql, outer.offsets()[at])
    shift = column - 1 if problem.line == 1 else 0
    return SyntaxProblem(line + problem.line - 1, problem.column + shift, problem.message)


def _session_effect(words: list[str], names: tuple[str, ...]) -> SessionEffect | None:
    """What a statement with these leading words does with the state of its session."""
    for length in (3, 2, 1):
        if tuple(words[:length]) in _SESSION_VERBS:
            return SessionEffect(" ".join(words[:length]).upper(), names)
    return None


_STANDARD_ONLY = (
    "it is not standard SQL (the extra query-lineage-tracker[sqlglot] reads the dialects that"
    " QLT_PASS_THROUGH_DIALECTS gives to catalogs)"
)
_SESSION_VERBS = frozenset(
    {
        ("use",),
        ("set", "session"),
        ("set", "session", "authorization"),
        ("reset", "session"),
        ("reset", "session", "authorization"),
        ("set", "path"),
        ("set", "role"),
        ("set", "time", "zone"),
        ("execute",),
        ("deallocate", "prepare"),
        ("start", "transaction"),
        ("commit",),
        ("rollback",),
    }
)
_PROCEDURES_OF_TABLES = frozenset(
    {
        "add_files",
        "add_files_from_table",
        "create_empty_partition",
        "drop_extended_stats",
        "drop_stats",
        "migrate",
        "register_partition",
        "register_table",
        "rollback_to_snapshot",
        "sync_partition_metadata",
        "unregister_partition",
        "unregister_table",
        "vacuum",
    }
)

_ANSWERS: dict[type, Callable[[_Analysis, Any], LineageResult]] = {
    tree.QueryStatement: _Analysis.read,
    tree.Write: _Analysis.write,
    tree.Update: _Analysis.update,
    tree.Delete: _Analysis.delete,
    tree.Merge: _Analysis.merge,
    tree.Immediate: _Analysis._immediate,
    tree.Wrapped: _Analysis._wrapped,
    tree.ProcedureCall: _Analysis._procedure_call,
    tree.Utility: _Analysis._utility,
}
