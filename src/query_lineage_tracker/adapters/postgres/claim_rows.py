"""Lineage that other tools claim as columns of a table: pure, no database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson

from query_lineage_tracker.adapters.postgres.batch_rows import columns_of
from query_lineage_tracker.adapters.postgres.copy_text import Row
from query_lineage_tracker.domain.claims import ClaimedRun

_COLUMNS = (
    "digests",
    "run_ids",
    "job_namespaces",
    "job_names",
    "event_types",
    "event_times",
    "producers",
    "query_ids",
    "inputs",
    "outputs",
    "columns",
    "sqls",
)


def claim_columns(cluster: str, claims: Sequence[ClaimedRun]) -> dict[str, list[object]]:
    """The claims as one list a column."""
    rows = [_claim_row(cluster, claim) for claim in claims]
    return dict(zip(_COLUMNS, columns_of(rows, len(_COLUMNS)), strict=True))


def claim_digest(cluster: str, claim: ClaimedRun) -> bytes:
    """Identity of a claim: the same event, sent again, has the same one."""
    told = f"{cluster}\0{claim!r}"
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _claim_row(cluster: str, claim: ClaimedRun) -> Row:
    return (
        claim_digest(cluster, claim),
        claim.run_id,
        claim.job_namespace,
        claim.job_name,
        claim.event_type,
        claim.event_time,
        claim.producer,
        claim.query_id,
        _json(claim.inputs),
        _json(claim.outputs),
        _json(claim.columns),
        claim.sql,
    )


def _json(values: Sequence[object]) -> str:
    return orjson.dumps(values).decode()
