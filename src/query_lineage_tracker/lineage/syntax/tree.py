"""The syntax tree: exactly what lineage needs of a statement.

Queries and relations are kept as trees. An expression is not: it is the list of what it uses (columns, subqueries,
windows), each use with the role that its place in the expression gives it, because nothing else of an expression
matters to lineage. That makes one pass over the tokens enough, however deep the expression.

Names are in lower case, quoting removed. `at`, `start` and `end` count tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

Name: TypeAlias = tuple[str, ...]

# The roles of a use within its expression. What is used in an indirect role stays indirect however deep it stands.
VALUE: Final = 0
AGGREGATE: Final = 1
CONDITION: Final = 2
FILTER: Final = 3
WINDOW: Final = 4
CHOSEN: Final = -1
"""A column that is a whole result of CASE or IF: its value flows on unchanged if the CASE is the whole expression."""


@dataclass(slots=True, eq=False, repr=False)
class ColumnUse:
    """A dotted name: a column, or a row field of one, qualified or not."""

    parts: Name
    role: int
    at: int


@dataclass(slots=True, eq=False, repr=False)
class QueryUse:
    """A subquery; `valued` unless only its existence counts (EXISTS, UNIQUE)."""

    query: Query
    role: int
    valued: bool = True


@dataclass(slots=True, eq=False, repr=False)
class WindowUse:
    """OVER a named window, or over one with row pattern recognition."""

    window: str | Window
    role: int


@dataclass(slots=True, eq=False, repr=False)
class MeasureUse:
    """A measure of a window with row pattern recognition: `m OVER w`."""

    measure: str
    window: str | Window
    role: int


Use: TypeAlias = ColumnUse | QueryUse | WindowUse | MeasureUse


@dataclass(slots=True, eq=False, repr=False)
class Expression:
    """What an expression uses.

    `bare` when it is nothing but one column or subquery, `chooses` when it is nothing but a CASE or IF. `name` is that
    of the column or row field, `data_type` that of a CAST which is all of the expression.
    """

    uses: list[Use]
    start: int
    end: int
    bare: bool = False
    chooses: bool = False
    name: str | None = None
    data_type: str = ""


@dataclass(slots=True, eq=False, repr=False)
class Window:
    """A window: `base` is the window that it extends, `uses` are those of PARTITION BY, ORDER BY, frame and DEFINE."""

    base: str | None
    uses: list[Use]
    measures: dict[str, Expression] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False, repr=False)
class SelectItem:
    expression: Expression
    alias: str | None


@dataclass(slots=True, eq=False, repr=False)
class StarItem:
    """`*`, `t.*` (by `qualifier`) or `(row).*` (by `row`)."""

    qualifier: Name = ()
    row: Expression | None = None
    aliases: tuple[str, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class Select:
    items: list[SelectItem | StarItem]
    relations: list[Relation]
    where: Expression | None = None
    group: list[Expression] = field(default_factory=list)
    group_auto: bool = False
    having: Expression | None = None
    windows: dict[str, Window] = field(default_factory=dict)


@dataclass(slots=True, eq=False, repr=False)
class TableBody:
    name: Name
    at: int


@dataclass(slots=True, eq=False, repr=False)
class Values:
    """Rows as lists of columns; a row that is no row constructor has one column."""

    rows: list[list[Expression]]


@dataclass(slots=True, eq=False, repr=False)
class Operand:
    """A further operand of a chain of set operations, with the operator before it."""

    operator: str
    body: Body
    corresponding: bool = False
    by: tuple[str, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class SetOperation:
    first: Body
    operands: list[Operand]


@dataclass(slots=True, eq=False, repr=False)
class NamedQuery:
    """`length` is that of the query, in tokens."""

    name: str
    aliases: tuple[str, ...]
    query: Query
    length: int


@dataclass(slots=True, eq=False, repr=False)
class Query:
    """`loose` are subqueries in places where no column can flow from, such as the body of a function."""

    body: Body
    order: list[Expression] = field(default_factory=list)
    named: list[NamedQuery] = field(default_factory=list)
    recursive: bool = False
    loose: list[QueryUse] = field(default_factory=list)


Body: TypeAlias = Select | TableBody | Values | SetOperation | Query


@dataclass(slots=True, eq=False, repr=False)
class Alias:
    name: str
    columns: tuple[str, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class TableRelation:
    """A table by name.

    `version` is the text after FOR VERSION AS OF, and `branch` whether it is a name; `moment` for FOR TIMESTAMP AS OF.
    """

    name: Name
    at: int
    version: str = ""
    branch: bool = False
    moment: bool = False
    alias: Alias | None = None


@dataclass(slots=True, eq=False, repr=False)
class QueryRelation:
    query: Query
    lateral: bool = False
    alias: Alias | None = None


@dataclass(slots=True, eq=False, repr=False)
class Unnest:
    """`widths`: how many columns each argument gives, 0 where its text does not tell."""

    arguments: list[Expression]
    widths: list[int]
    ordinality: bool = False
    alias: Alias | None = None


@dataclass(slots=True, eq=False, repr=False)
class Argument:
    """An argument of a table function or procedure; at most one of `text`, `table` and `columns` is set."""

    name: str | None
    expression: Expression | None = None
    text: str | None = None
    table: Relation | None = None
    partition: list[Expression] = field(default_factory=list)
    columns: tuple[str, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class TableFunction:
    name: Name
    arguments: list[Argument]
    at: int
    alias: Alias | None = None


@dataclass(slots=True, eq=False, repr=False)
class JsonTable:
    """`columns` in their order; those in `ordinals` only count."""

    document: Expression
    columns: list[str]
    ordinals: frozenset[str]
    alias: Alias | None = None


@dataclass(slots=True, eq=False, repr=False)
class Nearest:
    relation: Relation
    where: Expression | None
    match: Expression
    alias: Alias | None = None


@dataclass(slots=True, eq=False, repr=False)
class Joined:
    """One step of a chain of joins; `natural`, `on` and `using` exclude each other."""

    relation: Relation
    on: Expression | None = None
    using: tuple[str, ...] = ()
    natural: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Join:
    first: Relation
    steps: list[Joined]
    alias: Alias | None = None


@dataclass(slots=True, eq=False, repr=False)
class MatchRecognize:
    relation: Relation
    partition: list[Expression]
    order: list[Expression]
    measures: list[tuple[str, Expression]]
    defines: list[Expression]
    variables: frozenset[str]
    all_rows: bool
    alias: Alias | None = None


@dataclass(slots=True, eq=False, repr=False)
class PivotGroup:
    """One group of values of FOR ... IN; `name` is its alias or the texts of the values."""

    name: str


@dataclass(slots=True, eq=False, repr=False)
class Pivot:
    relation: Relation
    aggregates: list[SelectItem]
    columns: list[Expression]
    groups: list[PivotGroup]
    group: list[Expression]
    alias: Alias | None = None


Relation: TypeAlias = (
    TableRelation | QueryRelation | Unnest | TableFunction | JsonTable | Nearest | Join | MatchRecognize | Pivot
)
