"""What Trino itself says of the tables and columns that an execution used, and how that joins what the analyzer found.

Trino's answer comes from its own analysis of the statement, with the schemas of the moment: tables with redirections
followed, columns of `*` and of unqualified names. It has holes, so it is never used as negative truth.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from query_lineage_tracker.lineage.result import ColumnName, ObjectName


@dataclass(frozen=True, slots=True, order=True)
class EngineTable:
    """A table or view that the analysis of a statement met.

    `direct`: the text names it; else it was reached `via` views, the outermost first. `columns` are those that were
    read of it, lower case.
    """

    object: ObjectName
    direct: bool
    columns: tuple[str, ...] = ()
    via: tuple[ObjectName, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineColumn:
    """A column of the target, or of the result of a SELECT, with the columns that flow into it.

    `sources` are direct ones with those of CASE conditions, of inline windows and of FILTER of aggregates: Trino does
    not tell them apart.
    """

    name: str
    sources: tuple[ColumnName, ...] = ()
    type: str | None = None


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """Trino's answer about one execution, generated names filtered and storage tables named as their views.

    `target` is what the execution was planned to write or to define; None for a SELECT. `columns` are None where Trino
    said nothing about columns, which is no answer; an empty tuple is one.
    """

    tables: tuple[EngineTable, ...] = ()
    target: ObjectName | None = None
    columns: tuple[EngineColumn, ...] | None = None

    def digest(self) -> bytes:
        """Hash of the answer: equal answers have equal ones, in every process."""
        return hashlib.blake2b(repr(self).encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class ViewText:
    """The text of a view or materialized view, as Trino told it: a query without CREATE.

    Unqualified names in it are those of the session in which it was created, which Trino does not tell; `reaches` are
    the tables that Trino itself reached through it, one step down.
    """

    object: ObjectName
    materialized: bool
    text: str
    reaches: tuple[ObjectName, ...] = ()
