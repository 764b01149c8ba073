"""What is known of the columns of objects as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from query_lineage_tracker.lineage.result import ObjectName


class ColumnsOrigin(str, Enum):
    """Who told of the columns of an object."""

    STATEMENT = "STATEMENT"
    TRINO = "TRINO"
    OPENMETADATA = "OPENMETADATA"
    """Only believed where neither of the others told."""


@dataclass(frozen=True, slots=True)
class ColumnSet:
    """All columns of an object in their order, as they were at `known_at`; `types` are in the same order, if known."""

    columns: tuple[str, ...]
    known_at: datetime
    origin: ColumnsOrigin = ColumnsOrigin.STATEMENT
    types: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class FetchedColumns:
    """The answer about the objects that were `asked` for: `problem` is why those without columns have none."""

    asked: tuple[ObjectName, ...]
    columns: Mapping[ObjectName, ColumnSet]
    problem: str = ""
