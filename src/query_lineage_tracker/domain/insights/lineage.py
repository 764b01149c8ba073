"""Lineage as people are shown it: a part of the graph, what an object has impact on, and the evidence of an edge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from uuid import UUID

_VIEW = "VIEW"


class Direction(str, Enum):
    """Which way to go from the focus."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


@dataclass(frozen=True, slots=True)
class EdgeFilter:
    """Which edges; what is None does not matter. Seen last at `since` or later, first before `until`.

    `indirect`: with columns that only filter, join, group or sort. `ended`: with edges that no longer hold;
    `into_gone`: with those of them that end in objects that are gone.
    """

    since: datetime | None = None
    until: datetime | None = None
    indirect: bool = False
    ended: bool = False
    into_gone: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """How far to go: hops each way, and the most nodes.

    `through_views` replaces views by what they stand on, `through_gone` objects that are gone by what they were made
    of.
    """

    upstream: int = 1
    downstream: int = 1
    limit: int = 150
    through_views: bool = False
    through_gone: bool = False

    def passes(self, kind: str | None, *, gone: bool) -> bool:
        """Whether such an object is gone through, where it connects others: it is no hop then."""
        return (self.through_views and kind == _VIEW) or (self.through_gone and gone)


@dataclass(frozen=True, slots=True)
class Step:
    """One hop more, from an object of that name that the graph shows already."""

    direction: Direction
    object: str


@dataclass(frozen=True, slots=True)
class Node:
    """An object of the graph; `distance` from the focus, negative upstream.

    `more_upstream` and `more_downstream` count its neighbours that are not part of this graph.
    """

    id: int
    namespace: str
    object: str
    kind: str | None
    gone: bool
    distance: int
    more_upstream: int
    more_downstream: int


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge between the nodes `upstream` and `downstream`; `through` is what lies between them, left out here."""

    upstream: int
    downstream: int
    kind: str
    first_seen: datetime
    last_seen: datetime
    certain: bool
    method: str
    ended: bool
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnEdge:
    """A column edge between columns of nodes; without `downstream_column` it influences all rows of the node."""

    upstream: int
    upstream_column: str
    downstream: int
    downstream_column: str | None
    subtype: str
    direct: bool
    kind: str
    first_day: date
    last_day: date
    method: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """The part of the lineage around the node `focus` or its `column`; never all of it.

    With a column the edges are those of its trace. `capped`: the limit of nodes (or column edges) was reached; `advice`
    says so in words.
    """

    focus: int
    column: str | None
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    column_edges: tuple[ColumnEdge, ...]
    capped: bool
    advice: str | None


class Affected(str, Enum):
    """What is affected."""

    OBJECT = "OBJECT"
    READER = "READER"
    EXPOSURE = "EXPOSURE"


@dataclass(frozen=True, slots=True)
class ImpactRow:
    """What a change of the focus reaches: an object (with the column, where columns were asked for), or who reads one.

    `distance` 0 is the focus itself: its readers. `subtypes` say how the columns before take part. What follows is told
    of readers only: `reads` are the affected columns that they read, none where it is all rows that are affected; the
    rest is what their queries claim. Of an exposure that a dbt project declares, `kind` is its type, `dashboard` its
    name and `user` its owner.
    """

    affected: Affected
    distance: int
    namespace: str
    object: str
    column: str | None
    kind: str | None
    subtypes: tuple[str, ...]
    reads: tuple[str, ...] = ()
    user: str | None = None
    source: str | None = None
    tool: str | None = None
    job: str | None = None
    model: str | None = None
    dashboard: str | None = None
    url: str | None = None
    executions: int | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    cluster: str | None = None
    query_id: str | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """What depends on an object or column, by distance; readers are those since `since`. `capped`: there is more."""

    object: str
    namespace: str
    column: str | None
    since: date
    rows: tuple[ImpactRow, ...]
    capped: bool
    advice: str | None
    dbt_problem: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Where the expression of a column stands in a text: offsets of its first character and behind its last."""

    column: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Witness:
    """A statement that makes an edge, with its last execution; `spans` are in `text`.

    `query_id` is None where retention dropped the executions or where Trino told of a view's definition.
    """

    statement_id: UUID
    kind: str
    coverage: str
    method: str
    executions: int
    users: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    cluster: str | None
    query_id: str | None
    user: str | None
    source: str | None
    tool: str | None
    text: str | None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The statements that make an edge or column edge, the latest first; `capped`: there are more."""

    upstream: str
    upstream_column: str | None
    downstream: str
    downstream_column: str | None
    rows: tuple[Witness, ...]
    capped: bool
