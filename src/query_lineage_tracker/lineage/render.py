"""The answer about a statement for people and for other tools: text, Mermaid, Graphviz and OpenLineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from query_lineage_tracker.lineage.answer import main_branch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from query_lineage_tracker.lineage.result import Influence, LineageResult, SyntaxProblem

_RESULT = "(result)"
_PRODUCER = "https://pypi.org/project/query-lineage-tracker"
_EVENT_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent"
_COLUMNS_SCHEMA = "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json"
_SQL_SCHEMA = "https://openlineage.io/spec/facets/1-0-1/SQLJobFacet.json"


def as_text(result: LineageResult, sql: str) -> str:
    """A few lines to read; a syntax error shows its line with a caret."""
    if result.error is not None:
        return point_out(result.error, sql)
    lines = [f"{result.kind.value} ({result.effect.value.lower()}), coverage {result.coverage.value}"]
    lines += [f"  target  {result.target}"] if result.target else []
    lines += [f"  source  {source}" for source in result.sources]
    lines += [f"  unresolved  {name}: {name.reason}" for name in result.unresolved]
    lines += [f"  {column.name} <- {_listed((*column.direct, *column.indirect))}" for column in result.columns]
    if result.indirect:
        lines.append(f"  every row <- {_listed(result.indirect)}")
    lines += [f"  because {reason}" for reason in result.reasons]
    return "\n".join(lines)


def _listed(influences: Iterable[Influence]) -> str:
    return ", ".join(f"{one.column} {one.subtype.value}" for one in influences) or "(no column)"


def point_out(problem: SyntaxProblem, sql: str) -> str:
    """The message of a syntax error, the line it is in, and a caret below the place."""
    message = f"{problem.line}:{problem.column}: {problem.message}"
    lines = sql.splitlines()
    if not 0 < problem.line <= len(lines):
        return message
    line = lines[problem.line - 1]
    before = "".join(character if character == "\t" else " " for character in line[: problem.column - 1])
    return f"{message}\n{line}\n{before}^"


def _edges(result: LineageResult) -> list[tuple[str, str]]:
    target = str(result.target) if result.target else _RESULT
    return [(str(source), target) for source in result.sources]


def as_mermaid(results: Iterable[LineageResult]) -> str:
    """A Mermaid flowchart of the tables."""
    return mermaid_of(edge for result in results for edge in _edges(result))


def mermaid_of(pairs: Iterable[tuple[str, str]]) -> str:
    """A Mermaid flowchart of edges between names."""
    edges = dict.fromkeys(pairs)
    numbers: dict[str, int] = {}
    for edge in edges:
        for name in edge:
            numbers.setdefault(name, len(numbers))
    lines = ["flowchart LR"]
    for name, number in numbers.items():
        lines.append(f'  n{number}["{_mermaid_label(name)}"]')
    return "\n".join([*lines, *(f"  n{numbers[source]} --> n{numbers[target]}" for source, target in edges)])


def _mermaid_label(name: str) -> str:
    """The name as a label shows it: a line of its own would be an instruction, and labels know entities and markup."""
    odd = (one for one in name if not one.isprintable() or one in '"#<>&`\\')
    return name.translate({ord(one): f"#{ord(one)};" for one in odd}).replace("#34;", "#quot;")


def as_dot(results: Iterable[LineageResult]) -> str:
    """A Graphviz graph of the tables."""
    return dot_of(edge for result in results for edge in _edges(result))


def dot_of(pairs: Iterable[tuple[str, str]]) -> str:
    """A Graphviz graph of edges between names."""
    edges = dict.fromkeys(pairs)
    lines = [f"  {_dot_name(source)} -> {_dot_name(target)};" for source, target in edges]
    return "\n".join(["digraph lineage {", "  rankdir=LR;", "  node [shape=box];", *lines, "}"])


def _dot_name(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def as_openlineage(
    result: LineageResult, sql: str, *, job: str, namespace: str = "trino", event_time: str
) -> dict[str, Any]:
    """A static OpenLineage JobEvent with the column lineage facet; `event_time` is ISO 8601."""
    outputs = []
    if result.target is not None:
        facet = _column_facet(result, namespace)
        outputs.append(_dataset(str(main_branch(result.target)), namespace, {"columnLineage": facet}))
    return {
        "eventTime": event_time,
        "producer": _PRODUCER,
        "schemaURL": _EVENT_SCHEMA,
        "job": {
            "namespace": namespace,
            "name": job,
            "facets": {"sql": {"_producer": _PRODUCER, "_schemaURL": _SQL_SCHEMA, "query": sql, "dialect": "trino"}},
        },
        "inputs": [_dataset(str(main_branch(source)), namespace, {}) for source in result.sources],
        "outputs": outputs,
    }


def _dataset(name: str, namespace: str, facets: dict[str, Any]) -> dict[str, Any]:
    return {"namespace": namespace, "name": name, "facets": facets}


def _column_facet(result: LineageResult, namespace: str) -> dict[str, Any]:
    fields = {
        column.name: {"inputFields": _input_fields((*column.direct, *column.indirect), namespace)}
        for column in result.columns
    }
    return {
        "_producer": _PRODUCER,
        "_schemaURL": _COLUMNS_SCHEMA,
        "fields": fields,
        "dataset": _input_fields(result.indirect, namespace),
    }


def _input_fields(influences: Iterable[Influence], namespace: str) -> list[dict[str, Any]]:
    """Input fields, each once with all the ways in which it takes part."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in influences:
        kind = "DIRECT" if one.subtype.direct else "INDIRECT"
        way = {"type": kind, "subtype": one.subtype.value, "description": "", "masking": False}
        found.setdefault((str(main_branch(one.column.object)), one.column.column), []).append(way)
    return [
        {"namespace": namespace, "name": name, "field": column, "transformations": ways}
        for (name, column), ways in found.items()
    ]
