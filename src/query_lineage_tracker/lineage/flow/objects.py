"""The objects that a statement names: qualified in its session, with the columns that are known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from query_lineage_tracker.lineage.flow.scopes import OpaqueRows, Rows, TableRows
from query_lineage_tracker.lineage.result import ObjectName, SourceVersion, UnresolvedName
from query_lineage_tracker.lineage.tokens import string_value

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.flow.columns import BaseColumn, Field
    from query_lineage_tracker.lineage.syntax.tree import Name, TableRelation

Columns: TypeAlias = Sequence[str] | Mapping[str, str]
KnownColumns: TypeAlias = Mapping[ObjectName, Columns] | Callable[[ObjectName], "Columns | None"]
"""The columns of objects in their order, in lower case, with their data types if those are known (UNNEST and row stars
need them); absent or None where they are not known."""

_METADATA_TABLES = """
all_entries all_manifests changes data entries files history manifests metadata_log_entries partitions properties refs
snapshots timeline transactions
"""
METADATA_TABLES = frozenset(_METADATA_TABLES.split())


class Objects:
    """Qualifies names and remembers what was named."""

    __slots__ = (
        "_catalog",
        "_columns",
        "_fields",
        "_foreign",
        "_known",
        "_schema",
        "columns_read",
        "sources",
        "unresolved",
        "versions",
    )

    def __init__(self, catalog: str | None, schema: str | None, columns: KnownColumns | None) -> None:
        self._catalog = catalog
        self._schema = schema
        self._foreign = False
        self._columns = columns
        self._known: dict[ObjectName, Mapping[str, str] | None] = {}
        self._fields: dict[ObjectName, dict[str, Field]] = {}
        self.columns_read: dict[BaseColumn, int] = {}
        self.sources: dict[ObjectName, None] = {}
        self.versions: dict[SourceVersion, None] = {}
        self.unresolved: dict[UnresolvedName, None] = {}

    @property
    def session_catalog(self) -> str | None:
        """The catalog of the session, None where it is unknown."""
        return self._catalog

    def catalog_of_routine(self, name: Name) -> str | None:
        """The catalog of a procedure or table function, of the session if the name has two parts; None if unknown."""
        if len(name) == 3:
            return name[0]
        return self._catalog if len(name) == 2 else None

    def qualify(self, name: Name, branch: str = "", *, target: bool = False) -> ObjectName | None:
        """The object of that name in the session; None, remembered as unresolved, if that cannot be told."""
        if len(name) == 3 and not self._foreign:
            return ObjectName(name[0], name[1], name[2], branch)
        reason = ""
        if self._foreign and len(name) == 3:
            reason = f"whether {name[0]} is the database of catalog {self._catalog} is unknown"
        elif len(name) > 3:
            reason = "a name has at most three parts"
        elif self._catalog is None:
            reason = "the session catalog is unknown"
        elif len(name) == 2:
            return ObjectName(self._catalog, name[0], name[1], branch)
        elif self._schema is None:
            reason = "the session schema is unknown"
        else:
            return ObjectName(self._catalog, self._schema, name[0], branch)
        self.unresolved[UnresolvedName(name, reason, target)] = None
        return None

    @contextmanager
    def within(self, catalog: str) -> Iterator[None]:
        """Qualify names as a text in the dialect of a catalog means them: two parts are schema and table there."""
        session = self._catalog, self._schema, self._foreign
        self._catalog, self._schema, self._foreign = catalog, None, True
        try:
            yield
        finally:
            self._catalog, self._schema, self._foreign = session

    def unqualified_rows(self, path: Name) -> Rows:
        """The rows of an object whose name could not be qualified."""
        return OpaqueRows(path)

    def columns(self, owner: ObjectName) -> Mapping[str, str] | None:
        """The columns of an object, or None where they are not known; those of a branch are the object's."""
        if owner in self._known:
            return self._known[owner]
        found = self._look_up(main_branch(owner))
        known = found if found is None or isinstance(found, Mapping) else dict.fromkeys(found, "")
        self._known[owner] = known
        return known

    def asked(self) -> tuple[tuple[ObjectName, tuple[str, ...] | None], ...]:
        """The objects whose columns were asked for, with the answers."""
        found = {main_branch(owner): columns for owner, columns in self._known.items()}
        return tuple([(owner, None if columns is None else tuple(columns)) for owner, columns in found.items()])

    def _look_up(self, owner: ObjectName) -> Columns | None:
        if self._columns is None:
            return None
        if isinstance(self._columns, Mapping):
            return self._columns.get(owner)
        return self._columns(owner)

    def source(self, table: TableRelation) -> Rows:
        """The rows of a table that is read; remembered as a source."""
        name, suffix = split_metadata(table.name)
        owner = self.qualify(name, branch_of(table))
        path = table.name if table.alias is None else (table.alias.name,)
        if owner is None:
            return OpaqueRows(path)
        self.sources[owner] = None
        if suffix or table.version or table.moment:
            self.versions[SourceVersion(owner, table.version, table.moment, suffix)] = None
        if suffix and suffix != "data":
            return OpaqueRows(path)
        return self.rows(owner, path)

    def rows(self, owner: ObjectName, path: Name) -> TableRows:
        """The rows of an object, not remembered as a source."""
        return TableRows(path, owner, self.columns(owner), self._fields.setdefault(owner, {}))


def main_branch(name: ObjectName) -> ObjectName:
    """The object without its branch."""
    return ObjectName(name.catalog, name.schema, name.name) if name.branch else name


def split_metadata(name: Name) -> tuple[Name, str]:
    """The table behind a name such as `"t$snapshots"`, and the suffix."""
    table, mark, suffix = name[-1].rpartition("$")
    if mark and table and suffix in METADATA_TABLES:
        return (*name[:-1], table), suffix
    return name, ""


def branch_of(table: TableRelation) -> str:
    """The branch or tag that FOR VERSION AS OF names; empty for main, a number or none."""
    if not table.branch:
        return ""
    branch = string_value(table.version)
    return "" if branch == "main" else branch
