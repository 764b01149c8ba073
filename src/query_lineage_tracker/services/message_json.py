"""Messages as documented JSON, for every receiver that has no model of its own (docs/reference/messages.md)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone

from query_lineage_tracker.domain.outbox import (
    Claim,
    ColumnFlow,
    CostFacts,
    LineageFacts,
    Message,
    ObjectFacts,
    QueryFacts,
    UsageFacts,
)
from query_lineage_tracker.lineage.result import Subtype

SCHEMA_VERSION = 1


def as_json(message: Message, *, send_sql: bool = True) -> dict[str, object]:
    """The message as plain JSON values: texts, numbers, lists, null. Times are ISO 8601 in UTC."""
    claim = message.claim
    envelope: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "kind": claim.kind.value,
        "entity": claim.entity,
        "generation": claim.generation,
    }
    if isinstance(message.facts, QueryFacts):
        return envelope | {"query": _query(message.facts, send_sql)}
    if isinstance(message.facts, UsageFacts):
        return envelope | {"usage": _usage(message.facts)}
    if isinstance(message.facts, CostFacts):
        return envelope | {"cost": _cost(message.facts)}
    return envelope | {"lineage": _lineage(message.facts, send_sql)}


def idempotency_key(claim: Claim) -> str:
    """The same for every delivery of one generation of a message, different for everything else."""
    return f"{claim.sink}/{claim.kind.value}/{claim.entity}/{claim.generation}"


def _query(facts: QueryFacts, send_sql: bool) -> dict[str, object]:
    return {
        "statement_id": facts.statement_id,
        "fingerprint": facts.fingerprint,
        "kind": facts.kind,
        "text": facts.text if send_sql else None,
        "session_catalog": facts.session_catalog,
        "session_schema": facts.session_schema,
        "sources": [_object(each) for each in facts.sources],
        "targets": [_object(each) for each in facts.targets],
        "users": list(facts.users),
        "executions": facts.executions,
        "duration_ms": facts.duration_ms,
        "coverage": facts.coverage,
        "first_seen": utc_text(facts.first_seen),
        "last_seen": utc_text(facts.last_seen),
    }


def _lineage(facts: LineageFacts, send_sql: bool) -> dict[str, object]:
    return {
        "upstream": _object(facts.upstream),
        "downstream": _object(facts.downstream),
        "kind": facts.kind.value,
        "certain": facts.certain,
        "ended": facts.ended,
        "method": facts.method,
        "columns": [_flow(each) for each in facts.columns],
        "statement_id": facts.statement_id,
        "text": (facts.text or None) if send_sql else None,
        "first_seen": utc_text(facts.first_seen),
        "last_seen": utc_text(facts.last_seen),
    }


def _usage(facts: UsageFacts) -> dict[str, object]:
    return {
        "object": _object(facts.object),
        "day": facts.day.isoformat(),
        "executions": facts.executions,
        "reads": facts.reads,
        "writes": facts.writes,
        "users": facts.users,
    }


def _cost(facts: CostFacts) -> dict[str, object]:
    return {
        "statement_ids": list(facts.statement_ids),
        "objects": [_object(each) for each in facts.objects],
        "day": facts.day.isoformat(),
        "executions": facts.executions,
        "cpu_ms": facts.cpu_ms,
        "elapsed_ms": facts.elapsed_ms,
    }


def _object(facts: ObjectFacts) -> dict[str, object]:
    return asdict(facts)


def _flow(flow: ColumnFlow) -> dict[str, object]:
    return {
        "downstream_column": flow.downstream_column or None,
        "upstream_columns": list(flow.upstream_columns),
        "subtype": flow.subtype,
        "direct": Subtype(flow.subtype).direct,
        "method": flow.method,
    }


def utc_text(moment: datetime) -> str:
    """`2026-01-31T23:59:59.999Z`."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
