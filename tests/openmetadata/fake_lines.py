"""What differs between the lines of OpenMetadata's server, and how it words its refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any

from query_lineage_tracker.adapters.openmetadata.api import Line, line_of

Json = dict[str, Any]

_SOURCES = (
    "Manual",
    "ViewLineage",
    "QueryLineage",
    "PipelineLineage",
    "DashboardLineage",
    "DbtLineage",
    "SparkLineage",
    "OpenLineage",
    "ExternalTableLineage",
)
_QUERY = (
    "name",
    "displayName",
    "description",
    "tags",
    "query",
    "duration",
    "users",
    "queryDate",
    "service",
    "queryUsedIn",
    "processedLineage",
    "usedBy",
    "triggeredBy",
    "query_type",
    "exclude_usage",
)
_DETAILS = ("sqlQuery", "columnsLineage", "pipeline", "source", "description")
KEPT_DETAILS = ("createdAt", "createdBy", "updatedAt", "updatedBy")
"""What the server itself keeps of an edge."""


class Refused(Exception):
    """A request that the server refuses. `unhandled`: by an error that nobody foresaw there."""

    def __init__(self, status: int, message: str, *, unhandled: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.unhandled = unhandled


class LineRules:
    """The rules of one line, such as `1.6`; an unknown one counts as the oldest."""

    def __init__(self, line: str) -> None:
        self.line: Line = line_of(line)

    @property
    def latest(self) -> bool:
        """Whether its code was read and not met on the wire: it forgives more, and hides more."""
        return self.line >= (2, 0)

    @property
    def keeps_times_of_edges(self) -> bool:
        return self.line >= (1, 8)

    @property
    def keeps_costs(self) -> bool:
        """Read in the migrations of 1.7 and in the models of that package; 1.6 has neither route nor model."""
        return self.line >= (1, 7)

    @cached_property
    def query_fields(self) -> frozenset[str]:
        owner = "owners" if self.line >= (1, 6) else "owner"
        domain = "domains" if self.line >= (1, 10) else "domain"
        dialect = ("dialect",) if self.line >= (1, 8) else ()
        return frozenset((*_QUERY, owner, domain, *dialect))

    @cached_property
    def sources(self) -> frozenset[str]:
        return frozenset((*_SOURCES, *(("CrossDatabaseLineage", "ChildAssets") if self.line >= (1, 8) else ())))

    @cached_property
    def detail_fields(self) -> frozenset[str]:
        assets = ("assetEdges",) if self.line >= (1, 8) else ()
        return frozenset((*_DETAILS, *assets, *(("tempLineageTables",) if self.line >= (1, 13) else ())))

    @property
    def unknown_column(self) -> str | None:
        """How an unknown column is refused; None where it is dropped."""
        if self.latest:
            return None
        return "Invalid column name" if self.line >= (1, 8) else "Invalid fully qualified column name"

    def looked_up(self, fqn: str) -> str:
        """The name that is looked up for the one that was asked for."""
        if not self.latest:
            return fqn
        if fqn.count('"') % 2:
            raise Refused(400, f"Invalid fully qualified name {fqn}")
        return quoted(parts_of(fqn))


@cache
def rules_of(line: str) -> LineRules:
    return LineRules(line)


def quoted(parts: Iterable[str]) -> str:
    return ".".join(f'"{part}"' if "." in part else part for part in parts)


def parts_of(fqn: str) -> list[str]:
    """The parts of a name, dots inside quotes kept."""
    parts = [""]
    for number, piece in enumerate(fqn.split('"')):
        within = [piece] if number % 2 else piece.split(".")
        parts[-1] += within[0]
        parts += within[1:]
    return parts


def strict(body: object, known: Iterable[str], model: str) -> Json:
    """The body, which may hold only known fields."""
    if not isinstance(body, dict):
        raise Refused(400, f"Cannot deserialize value of type {model}")
    for name in body:
        if name not in known:
            raise Refused(400, f'Unrecognized field "{name}" (class {model}, not marked as ignorable')
    return body


def required(body: Mapping[str, Any], *names: str) -> None:
    missing = [name for name in names if body.get(name) is None]
    if missing:
        raise Refused(400, "[" + ", ".join(f"{name} must not be null" for name in missing) + "]")
