"""Scopes: which rows a name in an expression can belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from query_lineage_tracker.lineage.flow.columns import IDENTITY, BaseColumn, Field, sourceless

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from query_lineage_tracker.lineage.result import ObjectName
    from query_lineage_tracker.lineage.syntax.tree import Name, Window


class Rows:
    """What one item of FROM brings. `path` is how its columns can be qualified, `hidden` what USING took over."""

    __slots__ = ("hidden", "path")

    def __init__(self, path: Name) -> None:
        self.path = path
        self.hidden: frozenset[str] = frozenset()

    @property
    def open(self) -> bool:
        """Whether there may be columns that are not known."""
        raise NotImplementedError

    def get(self, name: str) -> Field | None:
        """The column, if it is known to be there."""
        raise NotImplementedError

    def assume(self, name: str) -> Field | None:
        """The column as one of those that are not known; None if it cannot be told where it would come from."""
        raise NotImplementedError

    def expand(self) -> list[Field]:
        """All columns, with a star in the place of those that are not known."""
        raise NotImplementedError

    def describe(self) -> str:
        return ".".join(self.path) or "a subquery"

    def matches(self, prefix: Name) -> bool:
        """Whether a column can be qualified so."""
        return self.path[-len(prefix) :] == prefix


class TableRows(Rows):
    """A stored object. `columns` is None where they are not known.

    A field is made when it is first used and kept in `found`, which all references to the object share, so that a
    column is one and the same wherever the statement names it.
    """

    __slots__ = ("_found", "columns", "object")

    def __init__(
        self, path: Name, owner: ObjectName, columns: Mapping[str, str] | None, found: dict[str, Field]
    ) -> None:
        super().__init__(path)
        self.object = owner
        self.columns = columns
        self._found = found

    @property
    def open(self) -> bool:
        return self.columns is None

    def get(self, name: str) -> Field | None:
        found = self._found.get(name)
        if found is not None:
            return found
        if self.columns is not None and name in self.columns:
            return self.assume(name)
        # "$path" and its like are hidden columns that the connector makes up
        return sourceless(name) if name[:1] == "$" else None

    def assume(self, name: str) -> Field | None:
        found = self._found.get(name)
        if found is None:
            data_type = self.columns.get(name, "") if self.columns is not None else ""
            base = BaseColumn(self.object, name)
            found = self._found[name] = Field(name, {base: IDENTITY}, {}, data_type=data_type)
        return found

    def expand(self) -> list[Field]:
        if self.columns is None:
            return [Field(None, {}, {}, self)]
        return [field for name in self.columns if name not in self.hidden and (field := self.get(name))]

    def describe(self) -> str:
        return str(self.object)


class DerivedRows(Rows):
    """Rows that the statement computes."""

    __slots__ = ("_by_name", "_stars", "fields")

    def __init__(self, path: Name, fields: list[Field]) -> None:
        super().__init__(path)
        self.fields = fields
        self._by_name: dict[str | None, Field] | None = None
        self._stars = [field.star for field in fields if field.star is not None]

    @property
    def open(self) -> bool:
        return bool(self._stars)

    def get(self, name: str) -> Field | None:
        if self._by_name is None:
            self._by_name = {field.name: field for field in reversed(self.fields)}
        return self._by_name.get(name)

    def assume(self, name: str) -> Field | None:
        known = [field for star in self._stars if (field := star.get(name))]
        if len(known) == 1:
            return known[0]
        return self._stars[0].assume(name) if len(self._stars) == 1 else None

    def expand(self) -> list[Field]:
        if not self.hidden:
            return self.fields
        return [field for field in self.fields if field.name not in self.hidden]


class OpaqueRows(Rows):
    """Rows of unknown columns that no stored column flows into; unless `clear`, that is not sure."""

    __slots__ = ("clear",)

    def __init__(self, path: Name, *, clear: bool = True) -> None:
        super().__init__(path)
        self.clear = clear

    @property
    def open(self) -> bool:
        return True

    def get(self, name: str) -> Field | None:
        return sourceless(name) if name[:1] == "$" else None

    def assume(self, name: str) -> Field | None:
        return sourceless(name) if self.clear else None

    def expand(self) -> list[Field]:
        return [Field(None, {}, {}, self)]


def unclear(path: Name = ()) -> Field:
    """A star in the place of columns of which nothing is known."""
    return Field(None, {}, {}, OpaqueRows(path, clear=False))


class SpreadRows(OpaqueRows):
    """Rows of unknown columns that are all taken out of one field."""

    __slots__ = ("_field",)

    def __init__(self, path: Name, field: Field) -> None:
        super().__init__(path)
        self._field = field

    def assume(self, name: str) -> Field | None:
        return self._field.renamed(name)


AMBIGUOUS: Final = Field(None, {}, {})
"""In the place of a column that several rows are known to have.

Trino refuses such a statement; if it ran, what is known now is not what was then.
"""


class Scope:
    """The rows that an expression sees, then those of `parent`. `variables` are the names of a row pattern."""

    __slots__ = ("outputs", "parent", "rows", "variables", "windowed", "windows")

    def __init__(
        self,
        rows: list[Rows],
        parent: Scope | None = None,
        *,
        variables: frozenset[str] = frozenset(),
        windows: Mapping[str, Window] | None = None,
        outputs: Mapping[str, Field] | None = None,
    ) -> None:
        self.rows = rows
        self.parent = parent
        self.variables = variables
        self.windows = windows or {}
        self.outputs = outputs
        self.windowed: dict[tuple[int, str | None], Field] = {}

    def with_outputs(self, fields: Sequence[Field]) -> Scope:
        """The scope of ORDER BY, which sees the fields of the SELECT first."""
        scope = Scope(self.rows, self.parent, windows=self.windows, outputs=outputs_of(fields))
        scope.windowed = self.windowed
        return scope

    def known(self, name: str) -> Field | None:
        """The column of that name, if one of the rows is known to have it; AMBIGUOUS if several are."""
        if self.outputs is not None and name in self.outputs:
            return self.outputs[name]
        found = None
        for rows in self.rows:
            field = rows.get(name)
            if field is not None and name not in rows.hidden:
                if found is not None and found is not field and name[:1] != "$":
                    return AMBIGUOUS
                found = field
        return found

    def owners(self, name: str) -> list[Rows]:
        """The rows that are known to have a column of that name."""
        return [rows for rows in self.rows if name not in rows.hidden and rows.get(name) is not None]

    def open_rows(self) -> list[Rows]:
        return [rows for rows in self.rows if rows.open]


def outputs_of(fields: Sequence[Field]) -> dict[str, Field]:
    """The fields of a SELECT by name, as ORDER BY sees them."""
    return {field.name: field for field in reversed(fields) if field.name is not None}
