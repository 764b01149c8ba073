"""What flows out of table functions: those that name objects in their arguments, and those over tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.flow.columns import sourceless
from query_lineage_tracker.lineage.flow.patterns import Patterns
from query_lineage_tracker.lineage.flow.scopes import Rows, Scope, unclear
from query_lineage_tracker.lineage.result import ObjectName, UnresolvedName
from query_lineage_tracker.lineage.syntax.tree import TableRelation

if TYPE_CHECKING:
    from collections.abc import Callable

    from query_lineage_tracker.lineage.flow.columns import Field
    from query_lineage_tracker.lineage.syntax.tree import Argument, Relation, TableFunction

_CHANGE_COLUMNS = (
    "_change_type",
    "_commit_version",
    "_commit_timestamp",
    "_change_version_id",
    "_change_timestamp",
    "_change_ordinal",
)


class TableFunctions(Patterns):
    """Follows columns through table functions."""

    __slots__ = ()

    def expanded(self, relation: Relation, scope: Scope) -> list[Field]:
        raise NotImplementedError

    def pass_through(self, catalog: str, text: str) -> list[Field] | str:
        """The fields of a text in the dialect of a catalog, or why it cannot be read."""
        raise NotImplementedError

    def table_function(self, function: TableFunction, scope: Scope) -> list[Field]:
        read = _FUNCTIONS.get(function.name[-1], TableFunctions._any_function)
        return read(self, function, scope)

    def _any_function(self, function: TableFunction, scope: Scope) -> list[Field]:
        """Which of the columns of its tables a function returns, and how, only the function knows."""
        for argument in function.arguments:
            self._argument_fields(argument, scope)
        return [unclear(function.name)]

    def _argument_fields(self, argument: Argument, scope: Scope) -> list[Field]:
        fields: list[Field] = []
        if argument.table is not None:
            inner = Scope([], scope.parent)
            self.relation(argument.table, inner)
            fields = [field for rows in inner.rows for field in rows.expand()]
            for key in argument.partition:
                self.field(key, inner, None)
        elif argument.expression is not None:
            self.field(argument.expression, scope, None)
        return fields

    def _sequence(self, function: TableFunction, scope: Scope) -> list[Field]:
        self._any_function(function, scope)
        return [sourceless("sequential_number")]

    def _exclude_columns(self, function: TableFunction, scope: Scope) -> list[Field]:
        dropped = {name for argument in function.arguments for name in argument.columns}
        fields = [field for argument in function.arguments for field in self._argument_fields(argument, scope)]
        return [field for field in fields if field.name not in dropped]

    def _query(self, function: TableFunction, scope: Scope) -> list[Field]:
        """`catalog.system.query(query => '...')`: a text in the dialect of the catalog."""
        text, catalog = _text(function, "query", 0), self.objects.catalog_of_routine(function.name)
        if catalog is None or text is None:
            return self._any_function(function, scope)
        fields = self.pass_through(catalog, text)
        if not isinstance(fields, str):
            return fields
        self.passed_to(catalog)
        self.reasons[f"the text that is passed through to {catalog} could not be read: {fields}"] = None
        return [unclear(function.name)]

    def passed_to(self, catalog: str) -> None:
        """The catalog itself is the source: what is read there is not known."""
        self.objects.unresolved[UnresolvedName((catalog,), "the text is passed through to the catalog")] = None

    def _raw_query(self, function: TableFunction, scope: Scope) -> list[Field]:
        """`catalog.system.raw_query(schema => ..., index => ..., query => ...)` of Elasticsearch."""
        schema, index = _text(function, "schema", 0), _text(function, "index", 1)
        catalog = self.objects.catalog_of_routine(function.name)
        if catalog is None or schema is None or index is None:
            return self._any_function(function, scope)
        self.objects.sources[ObjectName(catalog, schema.lower(), index.lower())] = None
        return [sourceless("result")]

    def _table_changes(self, function: TableFunction, scope: Scope) -> list[Field]:
        """`catalog.system.table_changes(schema, table, ...)`: the columns of the table, and some about the change."""
        schema = _text(function, "schema_name", 0) or _text(function, "schema", 0)
        table = _text(function, "table_name", 1) or _text(function, "table", 1)
        catalog = self.objects.catalog_of_routine(function.name)
        if catalog is None or schema is None or table is None:
            return self._any_function(function, scope)
        name = catalog, schema.lower(), table.lower()
        rows: Rows = self.objects.source(TableRelation(name, function.at))
        return [*rows.expand(), *(sourceless(column) for column in _CHANGE_COLUMNS)]


def _text(function: TableFunction, name: str, place: int) -> str | None:
    """The string given for an argument, by name or by place."""
    return argument_text(function.arguments, name, place)


def argument_text(arguments: list[Argument], name: str, place: int) -> str | None:
    """The string given for an argument, by name or by place."""
    for argument in arguments:
        if argument.name == name:
            return argument.text
    if place < len(arguments) and arguments[place].name is None:
        return arguments[place].text
    return None


_FUNCTIONS: dict[str, Callable[[TableFunctions, TableFunction, Scope], list[Field]]] = {
    "sequence": TableFunctions._sequence,
    "exclude_columns": TableFunctions._exclude_columns,
    "query": TableFunctions._query,
    "raw_query": TableFunctions._raw_query,
    "table_changes": TableFunctions._table_changes,
}
