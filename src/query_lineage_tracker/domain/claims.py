"""Lineage that other tools claim: kept as they sent it, apart from what Trino and our analyzer say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Dataset:
    """A dataset as the sender names it: for Trino `trino://host:port` and `catalog.schema.table`."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True, order=True)
class ClaimedColumn:
    """A column of an output with an input column that is claimed to flow into it, or to influence it.

    `field` is empty for what influences the whole dataset. `transformation` is type and subtype, as DIRECT/IDENTITY;
    empty where the sender says nothing.
    """

    output: Dataset
    field: str
    input: Dataset
    input_field: str
    transformation: str = ""


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """What one OpenLineage event says of a run of a job; `query_id` is Trino's, where the event tells one."""

    run_id: str
    job_namespace: str
    job_name: str
    event_type: str
    event_time: datetime
    producer: str
    query_id: str | None = None
    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()
    columns: tuple[ClaimedColumn, ...] = ()
    sql: str | None = None
