"""How an answer of ours compares with one of Trino's: pure functions, so that the figures can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from query_lineage_tracker.lineage.result import Coverage, LineageResult, ObjectName, OutputColumn, Subtype

DDL = {"DDL"}
KINDS = {
    "Query": {"SELECT"},
    "Insert": {"INSERT"},
    "CreateTableAsSelect": {"CTAS"},
    "Merge": {"MERGE"},
    "Update": {"UPDATE"},
    "Delete": {"DELETE"},
    "CreateView": {"CREATE_VIEW"},
    "CreateMaterializedView": {"CREATE_MATERIALIZED_VIEW"},
    "RefreshMaterializedView": {"REFRESH"},
    "CreateTable": {"CREATE_TABLE"},
    "TableExecute": {"ALTER_TABLE_EXECUTE"},
    "DropTable": {"DROP"},
    "DropView": {"DROP"},
    "DropMaterializedView": {"DROP"},
    "RenameTable": {"RENAME"},
    "RenameView": {"RENAME"},
    "RenameMaterializedView": {"RENAME"},
    "TruncateTable": {"TRUNCATE"},
    "Call": {"CALL"},
    "Analyze": {"ANALYZE"},
    "Execute": {"EXECUTE"},
    "StartTransaction": {"TRANSACTION"},
    "Commit": {"TRANSACTION"},
    "Rollback": {"TRANSACTION"},
}
UTILITIES = ("Show", "Use", "SetSession", "SetPath", "SetRole", "SetTimeZone", "Reset", "Describe", "Deallocate")
BEARING = {
    "Query",
    "Insert",
    "CreateTableAsSelect",
    "CreateView",
    "CreateMaterializedView",
    "Merge",
    "Update",
    "Delete",
    "RefreshMaterializedView",
}
HOLES = {
    "JoinUsing",
    "NaturalJoin",
    "JsonTable",
    "PatternRecognitionRelation",
    "MeasureDefinition",
    "Pivot",
    "AllColumnsOfExpression",
    "TableFunctionInvocation",
    "WindowReference",
    "WithRecursive",
    "ValuesOfExpressions",
    "GroupingOperation",
}
"""Where Trino's own column lineage is known to be incomplete: features, as the parse judge names them."""


def kinds(judge: dict[str, Any]) -> set[str]:
    """The kinds that are right for what the parser saw."""
    not_run = [wrapper for wrapper in judge["wrapper"].split(".") if wrapper in {"Prepare", "Explain"}]
    if not_run:
        return {not_run[0].upper()}
    name = judge["type"]
    if name.startswith(UTILITIES):
        return {"UTILITY"}
    # A schema, column or role that is dropped or renamed is no object of ours: either word is right.
    return KINDS.get(name, DDL | {"DROP"} if name.startswith("Drop") else DDL | {"RENAME"})


def bears_lineage(judge: dict[str, Any]) -> bool:
    wrappers = set(judge["wrapper"].split("."))
    return judge["type"] in BEARING and not wrappers & {"Prepare", "Explain"}


def dotted(parts: list[str]) -> str:
    """A name as `ObjectName` shows it."""
    return ".".join('"' + part.replace('"', '""') + '"' if "." in part or '"' in part else part for part in parts)


def qualified(parts: list[str], catalog: str, schema: str) -> str:
    """A name in its session; the suffix of a metadata table (`u$snapshots`) is dropped as the analyzer drops it."""
    *before, last = [catalog, schema][: max(0, 3 - len(parts))] + parts
    table, mark, suffix = last.partition("$")
    return dotted([*before, table if table and mark and suffix in METADATA_TABLES else last])


METADATA_TABLES = {
    *(
        "all_entries",
        "all_manifests",
        "changes",
        "data",
        "entries",
        "files",
        "history",
        "manifests",
        "metadata_log_entries",
    ),
    *("partitions", "properties", "refs", "snapshots", "timeline", "transactions"),
}


def objects(result: LineageResult) -> set[str]:
    """The sources of an answer, resolved or not, without their branch."""
    found = {str(ObjectName(name.catalog, name.schema, name.name)) for name in result.sources}
    return found | {str(name) for name in result.unresolved if not name.target}


def object_differences(judge: dict[str, Any], result: LineageResult, catalog: str, schema: str) -> Iterator[str]:
    """Where our sources and target differ from what the parser saw."""
    wanted = {qualified(parts, catalog, schema) for parts in judge["sources"]}
    found = objects(result)
    if wanted - found:
        yield f"sources missing: {sorted(wanted - found)}"
    # A table function may name a table in its arguments, which the parser does not know.
    if found - wanted and "TableFunctionInvocation" not in judge["features"]:
        yield f"sources invented: {sorted(found - wanted)}"
    target = result.target
    shown = str(ObjectName(target.catalog, target.schema, target.name)) if target else None
    unresolved = next((str(name) for name in result.unresolved if name.target), None)
    wanted_target = qualified(judge["target"], catalog, schema) if judge["target"] else None
    if wanted_target not in {shown, unresolved}:
        yield f"target: {shown or unresolved} instead of {wanted_target}"
    if (target.branch if target else "") != (judge["branch"] or ""):
        yield f"branch: {target and target.branch} instead of {judge['branch']}"


def source_columns(column: OutputColumn) -> set[str]:
    """What Trino calls the source columns: direct, CONDITIONAL, WINDOW and the FILTER (and order) of aggregates."""
    upstream = [use.column for use in (*column.direct, *column.indirect) if use.subtype is not Subtype.JOIN]
    return {dotted([one.object.catalog, one.object.schema, one.object.name, one.column]) for one in upstream}


def extends_a_set_operation(judge: dict[str, Any], differences: list[str]) -> bool:
    """Whether we only know more where a set operation stands below.

    A bare column over `SELECT a ... UNION SELECT x ...` has for the engine only the first branch's column, if that is a
    bare column itself; with `+ 0` at either place it has both.
    """
    return "SetOperationBelow" in judge["features"] and all(": false [" in text for text in differences)


def in_hole(judge: dict[str, Any]) -> bool:
    return judge["type"] in {"Merge", "Update", "Delete"} or bool(HOLES & set(judge["features"]))


def column_differences(lineage: dict[str, Any], result: LineageResult, hole: bool) -> Iterator[str]:
    """Where our column edges differ from the engine's; in a hole, only what the engine knows and we do not."""
    if result.coverage is not Coverage.COLUMN and hole:
        return
    if result.coverage is not Coverage.COLUMN:
        yield f"coverage {result.coverage.value}: {'; '.join(result.reasons)}"
        return
    wanted = [(name.lower(), {dotted(source) for source in sources}) for name, sources in lineage["columns"]]
    ours = [(column.name, source_columns(column)) for column in result.columns]
    if lineage["target"] is not None:
        # A write names each of its columns once; the order of columns is the table's, not the statement's.
        # Of several WHEN of MERGE the engine tells the columns of one.
        ours = [pair for pair in ours if not hole or pair[0] in dict(wanted)]
        ours.sort(key=lambda pair: pair[0])
        wanted.sort(key=lambda pair: pair[0])
    if len(ours) != len(wanted):
        yield f"{len(ours)} columns instead of {len(wanted)}"
        return
    for place, ((name, found), (wanted_name, expected)) in enumerate(zip(ours, wanted, strict=True)):
        if name != (wanted_name or f"_col{place}") and (wanted_name or not hole):
            yield f"column {name} instead of {wanted_name or 'one without a name'}"
        if expected - found:
            yield f"column {name}: missing {sorted(expected - found)}"
        if found - expected and not hole:
            yield f"column {name}: false {sorted(found - expected)}"
