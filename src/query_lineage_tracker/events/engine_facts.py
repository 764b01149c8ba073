"""What Trino says of tables, views and columns, in the shapes that its events and its REST interface share.

Tables come from the analysis of the statement. Those that only row filters and column masks reach are left out, because
the query does not take its data from them; the columns that a filter reads of the table that it filters cannot be told
from others and stay. Before Trino 439 tables behind views and those behind filters come alike, without the way there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from query_lineage_tracker.events.facts import Facts, children, text
from query_lineage_tracker.lineage.engine import EngineAnswer, EngineColumn, EngineTable, ViewText
from query_lineage_tracker.lineage.flow.objects import split_metadata
from query_lineage_tracker.lineage.result import ColumnName, ObjectName

_STORAGE = "$materialized_view_storage"
_GENERATED = ("_generated", "_generated_query")
_MATERIALIZED = "materializedView"
_NO_LINEAGE = frozenset({"EXPLAIN", "DESCRIBE"})


def engine_answer(
    tables: Sequence[Facts],
    target: ObjectName | None,
    columns: tuple[EngineColumn, ...] | None,
    *,
    query_type: str | None,
) -> EngineAnswer | None:
    """Trino's answer, or None where it says nothing.

    `query_type` is Trino's: what EXPLAIN would do and how SHOW is made is not what the statement reads.
    """
    if query_type in _NO_LINEAGE:
        return None
    answer = EngineAnswer(engine_tables(tables), target, columns)
    return answer if answer.tables or target is not None or columns else None


def engine_tables(tables: Sequence[Facts]) -> tuple[EngineTable, ...]:
    """The tables and views that the analysis met, in the order of their names; each once for every way there."""
    chained = any(_chain(table) for table in tables)
    met: dict[tuple[ObjectName, bool, tuple[ObjectName, ...]], set[str]] = {}
    for table in tables:
        name, via = table_name(table), _views_on_the_way(table)
        if name is None or via is None:
            continue
        told = table.get("directlyReferenced")
        direct = told if isinstance(told, bool) else not chained
        met.setdefault((name, direct, via), set()).update(_columns_read(table))
    return tuple([EngineTable(*key[:2], tuple(sorted(columns)), key[2]) for key, columns in sorted(met.items())])


def view_texts(tables: Sequence[Facts], stored: Collection[ObjectName] = ()) -> tuple[ViewText, ...]:
    """The texts of the views that were met, raw.

    `stored` are views whose storage table was read, which makes them materialized ones.
    """
    texts = {name: told for table in tables if (told := text(table, "viewText")) and (name := table_name(table))}
    if not texts:
        return ()
    steps = [(chain[0], name) for table in tables if (chain := _chain(table)) and (name := table_name(table))]
    materialized = {_view_name(link) for link, _ in steps if link.get("@type") == _MATERIALIZED}.union(stored)
    return tuple(
        [ViewText(view, view in materialized, told, _reached(view, steps)) for view, told in sorted(texts.items())]
    )


def stored_views(inputs: Iterable[Facts]) -> frozenset[ObjectName]:
    """The materialized views whose storage tables are among the inputs."""
    names = (named(one, "catalogName") for one in inputs if str(one.get("table")).endswith(_STORAGE))
    return frozenset([name for name in names if name is not None])


def engine_column(name: str, type_name: str | None, sources: Iterable[ColumnName | None]) -> EngineColumn:
    """A column as its name, its type and its sources tell; the sources in the order of their names."""
    return EngineColumn(name.lower(), tuple(sorted({one for one in sources if one is not None})), type_name)


def source_column(catalog: str | None, schema: str | None, table: str | None, column: str | None) -> ColumnName | None:
    """A column that a value comes from.

    None for hidden columns, those of metadata tables and those of generated queries: they are no columns of an object.
    """
    owner = _object_name(catalog, schema, table)
    if owner is None or table is None or column is None or column[:1] == "$" or split_metadata((table.lower(),))[1]:
        return None
    return ColumnName(owner, column.lower())


def table_name(table: Facts) -> ObjectName | None:
    """The object behind a table of the analysis; None for a generated query."""
    return named(table, "catalog")


def named(facts: Facts, catalog_key: str) -> ObjectName | None:
    """The object that `schema`, `table` and the key of the catalog name."""
    return _object_name(text(facts, catalog_key), text(facts, "schema"), text(facts, "table"))


def _object_name(catalog: str | None, schema: str | None, table: str | None) -> ObjectName | None:
    if not (catalog and schema and table):
        return None
    schema, table = schema.lower(), table.lower()
    if (schema, table) == _GENERATED:
        return None
    (name,), _ = split_metadata((table.removesuffix(_STORAGE),))
    return ObjectName(catalog.lower(), schema, name)


def _columns_read(table: Facts) -> list[str]:
    name = text(table, "table") or ""
    if split_metadata((name.lower(),))[1]:
        return []
    columns = (text(column, "column") or "" for column in children(table, "columns"))
    return [column.lower() for column in columns if column and column[0] != "$"]


def _chain(table: Facts) -> list[Facts]:
    """How the analysis got to a table: Trino puts the innermost step first."""
    return children(table, "referenceChain")


def _views_on_the_way(table: Facts) -> tuple[ObjectName, ...] | None:
    """The views, the outermost first; None where something else is on the way, such as a row filter."""
    views = [_view_name(link) for link in reversed(_chain(table))]
    known = tuple([view for view in views if view is not None])
    return known if len(known) == len(views) else None


def _view_name(link: Facts) -> ObjectName | None:
    return _object_name(text(link, "catalogName"), text(link, "schemaName"), text(link, "viewName"))


def _reached(view: ObjectName, steps: Iterable[tuple[Facts, ObjectName]]) -> tuple[ObjectName, ...]:
    return tuple(sorted({name for link, name in steps if _view_name(link) == view}))
