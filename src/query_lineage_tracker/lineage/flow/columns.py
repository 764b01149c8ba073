"""Columns of stored objects, and fields: columns of any relation with what flows into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from query_lineage_tracker.lineage.flow.data_types import type_of_field
from query_lineage_tracker.lineage.result import ColumnName, Influence, ObjectName, Subtype

if TYPE_CHECKING:
    from collections.abc import Sequence

    from query_lineage_tracker.lineage.flow.data_types import Part
    from query_lineage_tracker.lineage.flow.scopes import Rows

# How a column takes part, as small numbers because they are compared and hashed a thousand times a statement.
IDENTITY: Final = 0
TRANSFORMATION: Final = 1
AGGREGATION: Final = 2
FILTER: Final = 3
JOIN: Final = 4
GROUP_BY: Final = 5
SORT: Final = 6
WINDOW: Final = 7
CONDITIONAL: Final = 8
_SUBTYPES: Final = (
    Subtype.IDENTITY,
    Subtype.TRANSFORMATION,
    Subtype.AGGREGATION,
    Subtype.FILTER,
    Subtype.JOIN,
    Subtype.GROUP_BY,
    Subtype.SORT,
    Subtype.WINDOW,
    Subtype.CONDITIONAL,
)


class BaseColumn:
    """A column of a stored object; there is one instance a statement, so it compares and hashes by identity."""

    __slots__ = ("_influences", "_named", "column", "object")

    def __init__(self, owner: ObjectName, column: str) -> None:
        self.object = owner
        self.column = column
        self._named: ColumnName | None = None
        self._influences: dict[int, Influence] = {}

    def named(self) -> ColumnName:
        if self._named is None:
            self._named = ColumnName(self.object, self.column)
        return self._named

    def influence(self, subtype: int) -> Influence:
        """This column taking part in the given way."""
        found = self._influences.get(subtype)
        if found is None:
            found = self._influences[subtype] = Influence(self.named(), _SUBTYPES[subtype])
        return found


class Flow:
    """What flows into a value: `direct` columns with the strongest way, `indirect` pairs of column and way."""

    __slots__ = ("direct", "indirect")

    def __init__(self) -> None:
        self.direct: dict[BaseColumn, int] = {}
        self.indirect: dict[tuple[BaseColumn, int], None] = {}

    def add_direct(self, field: Field, level: int) -> None:
        """A field whose value flows on, at least in the given way."""
        direct = self.direct
        for column, own in field.direct.items():
            new = own if own > level else level
            if direct.get(column, -1) < new:
                direct[column] = new
        if field.indirect:
            self.indirect.update(field.indirect)

    def add_indirect(self, field: Field, way: int) -> None:
        """A field that only takes part in the given way."""
        add_influences(self.indirect, field, way)

    def field(self, name: str | None) -> Field:
        """The field of this name that all this flows into."""
        return Field(name, self.direct, self.indirect)


class Field:
    """A column of a relation; never changed once made. `star` stands for all columns of rows that are not known.

    `span` are the first token of its expression and the one after the last, 0 and 0 where it has none; `data_type` is
    empty where it is not known.
    """

    __slots__ = ("data_type", "direct", "indirect", "name", "span", "star")

    def __init__(
        self,
        name: str | None,
        direct: dict[BaseColumn, int],
        indirect: dict[tuple[BaseColumn, int], None],
        star: Rows | None = None,
        span: tuple[int, int] = (0, 0),
        data_type: str = "",
    ) -> None:
        self.data_type = data_type
        self.name = name
        self.direct = direct
        self.indirect = indirect
        self.star = star
        self.span = span

    @property
    def width(self) -> int:
        """How many columns take part."""
        return len(self.direct) + len(self.indirect)

    def renamed(self, name: str | None) -> Field:
        return Field(name, self.direct, self.indirect, self.star, self.span, self.data_type)

    def part(self, path: Sequence[str] = ()) -> Field:
        """The row field within this one that `path` leads to; without one, something else taken out of it."""
        direct = {column: max(level, TRANSFORMATION) for column, level in self.direct.items()}
        data_type = type_of_field(self.data_type, path) if path and self.data_type else ""
        return Field(self.name, direct, self.indirect, data_type=data_type)

    def spread(self, parts: Sequence[Part]) -> list[Field]:
        """This field taken apart into as many."""
        one = self.part()
        return [Field(part.name, one.direct, one.indirect, data_type=part.data_type) for part in parts]


def add_influences(found: dict[tuple[BaseColumn, int], None], field: Field, way: int) -> None:
    """All that stands behind a field, as taking part in the given way."""
    for column in field.direct:
        found[column, way] = None
    for column, _ in field.indirect:
        found[column, way] = None


def merged(name: str | None, fields: Sequence[Field]) -> Field:
    """A field that any of the given fields flows into as it is."""
    flow = Flow()
    for field in fields:
        flow.add_direct(field, IDENTITY)
    types = {field.data_type for field in fields}
    return Field(name, flow.direct, flow.indirect, data_type=types.pop() if len(types) == 1 else "")


def sourceless(name: str | None) -> Field:
    """A field that no stored column flows into."""
    return Field(name, {}, {})
