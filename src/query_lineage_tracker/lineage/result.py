"""What the analysis of one statement answers.

Plain immutable values, free of I/O and of every other module of ours, so that any analyzer can produce them and
anybody can use them as a library.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class StatementKind(str, Enum):
    """What a statement is; the first line of every answer about it."""

    SELECT = "SELECT"
    INSERT = "INSERT"
    CTAS = "CTAS"
    MERGE = "MERGE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CREATE_VIEW = "CREATE_VIEW"
    CREATE_MATERIALIZED_VIEW = "CREATE_MATERIALIZED_VIEW"
    REFRESH = "REFRESH"
    CREATE_TABLE = "CREATE_TABLE"
    ALTER_TABLE_EXECUTE = "ALTER_TABLE_EXECUTE"
    DROP = "DROP"
    RENAME = "RENAME"
    TRUNCATE = "TRUNCATE"
    DDL = "DDL"
    CALL = "CALL"
    ANALYZE = "ANALYZE"
    EXPLAIN = "EXPLAIN"
    PREPARE = "PREPARE"
    EXECUTE = "EXECUTE"
    TRANSACTION = "TRANSACTION"
    UTILITY = "UTILITY"
    UNKNOWN = "UNKNOWN"


class Effect(str, Enum):
    """What the execution of a statement does to data."""

    READS = "READS"
    """Reads data, or nothing at all."""
    WRITES = "WRITES"
    """Puts data into, changes or removes data of its target."""
    DEFINES = "DEFINES"
    """Defines a view or a materialized view; no data moves."""
    NONE = "NONE"
    """Neither reads nor writes table data: DDL, SHOW, EXPLAIN, SET, transaction verbs."""


class Coverage(str, Enum):
    """How far the lineage of a statement goes."""

    COLUMN = "COLUMN"
    TABLE = "TABLE"
    NONE = "NONE"


class Method(str, Enum):
    """How a fact of lineage is known."""

    ENGINE = "ENGINE"
    """Trino said so."""
    PARSED = "PARSED"
    """Our analyzer found it in the text."""
    BOTH = "BOTH"

    def __or__(self, other: Method) -> Method:
        return self if self is other else Method.BOTH


class Subtype(str, Enum):
    """How an upstream column takes part, in OpenLineage's words.

    The first three are direct (the value flows), the others indirect (they only filter, join, group, sort, choose).
    UNKNOWN is what only Trino told of: it flows or it chooses.
    """

    IDENTITY = "IDENTITY"
    TRANSFORMATION = "TRANSFORMATION"
    AGGREGATION = "AGGREGATION"
    FILTER = "FILTER"
    JOIN = "JOIN"
    GROUP_BY = "GROUP_BY"
    SORT = "SORT"
    WINDOW = "WINDOW"
    CONDITIONAL = "CONDITIONAL"
    UNKNOWN = "UNKNOWN"

    @property
    def direct(self) -> bool:
        return self in _DIRECT


_DIRECT = frozenset({Subtype.IDENTITY, Subtype.TRANSFORMATION, Subtype.AGGREGATION, Subtype.UNKNOWN})


def quote_part(part: str) -> str:
    """A part of a dotted name, quoted where it holds a dot or a quote."""
    return '"' + part.replace('"', '""') + '"' if "." in part or '"' in part else part


@dataclass(frozen=True, slots=True, order=True)
class ObjectName:
    """A fully qualified table, view or materialized view: lower case, quoting removed.

    `branch` is empty for the main branch.
    """

    catalog: str
    schema: str
    name: str
    branch: str = ""

    def __str__(self) -> str:
        dotted = ".".join(quote_part(part) for part in (self.catalog, self.schema, self.name))
        return f"{dotted}@{self.branch}" if self.branch else dotted


@dataclass(frozen=True, slots=True)
class UnresolvedName:
    """A name that could not be qualified; kept with its parts and the reason, never guessed."""

    parts: tuple[str, ...]
    reason: str
    target: bool = False

    def __str__(self) -> str:
        return ".".join(quote_part(part) for part in self.parts)


@dataclass(frozen=True, slots=True, order=True)
class ColumnName:
    """A column of an object; `column` may name a field of a row type no deeper than the column itself."""

    object: ObjectName
    column: str

    def __str__(self) -> str:
        return f"{self.object}.{quote_part(self.column)}"


@dataclass(frozen=True, slots=True, order=True)
class Influence:
    """An upstream column and how it takes part."""

    column: ColumnName
    subtype: Subtype


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column of the target (for a write or a view) or of the result (for a SELECT), with what flows into it."""

    name: str
    direct: tuple[Influence, ...] = ()
    indirect: tuple[Influence, ...] = ()
    span: tuple[int, int] | None = None
    """On request: where its expression stands in the text, the offsets of its first character and behind its last."""


class ColumnVerb(str, Enum):
    """What happens to the columns of an object."""

    ALL = "ALL"
    """`columns` are all that it has now, in their order."""
    ADD = "ADD"
    """The first of `columns` is added: behind the second one if there is one (first of all if that is empty)."""
    DROP = "DROP"
    """The first of `columns` is gone."""
    RENAME = "RENAME"
    """The first of `columns` is called like the second now."""
    LIKE = "LIKE"
    """It has the columns of `like` now, which was renamed to it or is its model."""


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """What a statement, once it has been executed, tells of the columns of an object.

    `if_absent`: it tells nothing where the object (or column) was there before.
    """

    object: ObjectName
    verb: ColumnVerb
    columns: tuple[str, ...] = ()
    like: ObjectName | None = None
    if_absent: bool = False


class LifecycleVerb(str, Enum):
    """What becomes of an object as a whole."""

    BEGINS = "BEGINS"
    """It is made, or made anew: what it was made of before is no part of it any more."""
    ENDS = "ENDS"
    RENAMED = "RENAMED"
    """It ends, and goes on under another name."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a statement, once it has been executed, means for its target; `name` is the new one of what is RENAMED."""

    verb: LifecycleVerb
    object: ObjectName
    name: ObjectName | None = None


@dataclass(frozen=True, slots=True)
class SchemaRename:
    """A statement, once it has been executed, renamed a schema with all that is in it."""

    catalog: str
    schema: str
    new_schema: str


@dataclass(frozen=True, slots=True)
class SchemaDrop:
    """A statement, once it has been executed, dropped a schema with all that was in it."""

    catalog: str
    schema: str


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """How a source is read other than as it is now: a version or moment of it, or one of its metadata tables."""

    object: ObjectName
    version: str = ""
    """What stands behind FOR VERSION AS OF, as it is written."""
    moment: bool = False
    """It is read as of a moment; which one is of no account to lineage."""
    metadata: str = ""
    """The suffix of the metadata table: `snapshots` of `"t$snapshots"`."""


@dataclass(frozen=True, slots=True)
class SessionEffect:
    """What a statement does with the state of its session: `USE` with `pg`, `public`; `PREPARE` and `EXECUTE` with a
    name; `COMMIT` ..."""

    verb: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Where and why a statement could not be understood. `line` and `column` count from 1; 0 where unknown."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class LineageResult:
    """The answer about one statement in its session.

    `sources` and `target` are qualified names; whatever could not be qualified is in `unresolved`. `columns` belong to
    the target (or the result of a SELECT); `indirect` influences every row. `columns_read` lists every column that the
    statement uses, also in a plain SELECT. `coverage` says how far this goes and `reasons` why not further; `error` is
    set exactly when the text could not be parsed. `known` are the objects whose columns were asked for, with the
    columns that the analysis went by, None where it had none: other columns may mean another answer. `change` is what
    its execution does to the columns of an object, `lifecycle` what it does to the object, or a schema, as a whole.
    """

    kind: StatementKind
    effect: Effect
    sources: tuple[ObjectName, ...] = ()
    target: ObjectName | None = None
    unresolved: tuple[UnresolvedName, ...] = ()
    columns: tuple[OutputColumn, ...] = ()
    indirect: tuple[Influence, ...] = ()
    columns_read: tuple[ColumnName, ...] = ()
    coverage: Coverage = Coverage.TABLE
    reasons: tuple[str, ...] = ()
    error: SyntaxProblem | None = None
    versions: tuple[SourceVersion, ...] = ()
    session: SessionEffect | None = None
    known: tuple[tuple[ObjectName, tuple[str, ...] | None], ...] = ()
    change: ColumnChange | None = None
    lifecycle: Lifecycle | SchemaRename | SchemaDrop | None = None
