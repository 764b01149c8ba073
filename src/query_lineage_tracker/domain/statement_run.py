"""What is known of a statement's last run, beyond what every message about the statement says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from query_lineage_tracker.domain.outbox import ObjectFacts


@dataclass(frozen=True, slots=True)
class StatementFlow:
    """A column that takes part in one column of the downstream object, or, when that is empty, in all its rows."""

    upstream: ObjectFacts
    upstream_column: str
    downstream: ObjectFacts
    downstream_column: str
    subtype: str


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column of an object; `type` in Trino's words, None while unknown."""

    name: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class StatementRun:
    """The last execution that counts, its columns, and the columns in order of each object that is known as a whole.

    `query_id` is None when the execution is no longer stored; `tool` and `job` (or model) are what it claimed.
    `engine_version` is Trino's now, None when it does not tell.
    """

    query_id: str | None = None
    tool: str | None = None
    job: str | None = None
    flows: tuple[StatementFlow, ...] = ()
    columns: Mapping[ObjectFacts, tuple[KnownColumn, ...]] = field(default_factory=dict)
    engine_version: str | None = None
