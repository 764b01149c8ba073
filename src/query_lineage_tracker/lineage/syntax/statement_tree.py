"""The syntax tree of statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.result import ColumnVerb, StatementKind
    from query_lineage_tracker.lineage.syntax.tree import Argument, Expression, Name, Query, QueryUse, Relation


@dataclass(slots=True, eq=False, repr=False)
class QueryStatement:
    query: Query


@dataclass(slots=True, eq=False, repr=False)
class Write:
    """INSERT, CTAS and the definition of a view: a query and where its rows go."""

    kind: StatementKind
    target: Name
    query: Query
    branch: str = ""
    columns: tuple[str, ...] = ()
    moves_data: bool = True
    if_absent: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Update:
    target: Name
    branch: str
    assignments: list[tuple[str, Expression]]
    where: Expression | None


@dataclass(slots=True, eq=False, repr=False)
class Delete:
    target: Name
    branch: str
    where: Expression | None


@dataclass(slots=True, eq=False, repr=False)
class MergeArm:
    """What one WHEN does: `columns` and `values` of its UPDATE or INSERT; an INSERT may leave the columns out."""

    condition: Expression | None
    columns: tuple[str, ...] = ()
    values: list[Expression] = field(default_factory=list)


@dataclass(slots=True, eq=False, repr=False)
class Merge:
    target: Name
    branch: str
    alias: str | None
    source: Relation
    on: Expression
    arms: list[MergeArm]
    loose: list[QueryUse]


@dataclass(slots=True, eq=False, repr=False)
class Wrapped:
    """EXPLAIN, EXPLAIN ANALYZE (`runs`) or PREPARE (`name`) of another statement."""

    kind: StatementKind
    statement: Statement
    runs: bool = False
    name: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class Immediate:
    """EXECUTE IMMEDIATE: `text` is a statement of its own."""

    text: str
    at: int


@dataclass(slots=True, eq=False, repr=False)
class ProcedureCall:
    name: Name
    arguments: list[Argument]


@dataclass(slots=True, eq=False, repr=False)
class Utility:
    """A statement that is known by its kind and the objects and words that it names.

    `columns` are those of its target that `change` tells of (a row field is none); `like` is a model of its columns.
    A `schema` that is renamed is called `new_schema` then; one that is dropped with all that is in it has `cascade`.
    """

    kind: StatementKind
    verb: str
    target: Name | None = None
    renamed: Name | None = None
    schema: Name = ()
    new_schema: str = ""
    cascade: bool = False
    branch: str = ""
    names: Name = ()
    columns: Name = ()
    like: Name = ()
    change: ColumnVerb | None = None
    if_absent: bool = False


Statement: TypeAlias = QueryStatement | Write | Update | Delete | Merge | Wrapped | Immediate | ProcedureCall | Utility
