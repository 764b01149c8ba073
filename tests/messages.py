"""Messages for tests of sinks and of sync."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timezone

from query_lineage_tracker.domain.outbox import (
    Claim,
    ColumnFlow,
    CostFacts,
    EdgeKind,
    LineageFacts,
    Message,
    MessageKind,
    ObjectFacts,
    QueryFacts,
    UsageFacts,
)

FIRST = datetime(2026, 11, 20, 8, 0, tzinfo=timezone.utc)
LAST = datetime(2026, 11, 22, 9, 30, 15, 250_000, tzinfo=timezone.utc)


def an_object(dotted: str, branch: str = "") -> ObjectFacts:
    """`catalog.schema.name`; a further dot belongs to the name."""
    catalog, schema, name = dotted.split(".", 2)
    return ObjectFacts("lab", catalog, schema, name, branch)


def a_claim(
    kind: MessageKind, entity: str, *, sink: str = "openmetadata", generation: int = 1, attempts: int = 1
) -> Claim:
    return Claim(sink, kind, entity, generation, attempts, LAST)


def a_query(
    text: str = "SELECT * FROM orders",
    *,
    sources: Sequence[str] = ("hive.sales.orders",),
    targets: Sequence[str] = (),
    users: Sequence[str] = ("alice",),
    coverage: str = "COLUMN",
    attempts: int = 1,
) -> Message:
    facts = QueryFacts(
        statement_id="0b9e4f1c-6f0e-5d6b-8f5c-2f4d9b1a7c11",
        fingerprint="f1",
        text=text,
        kind="SELECT",
        session_catalog="hive",
        session_schema=None,
        sources=tuple(map(an_object, sources)),
        targets=tuple(map(an_object, targets)),
        users=tuple(users),
        first_seen=FIRST,
        last_seen=LAST,
        executions=3,
        duration_ms=1200,
        coverage=coverage,
    )
    return Message(a_claim(MessageKind.QUERY, facts.statement_id, attempts=attempts), facts)


def an_edge(
    columns: Mapping[str, Sequence[str]] | None = None,
    *,
    upstream: str = "hive.sales.orders",
    downstream: str = "hive.mart.daily",
    kind: EdgeKind = EdgeKind.DATA,
    text: str = "INSERT INTO daily SELECT * FROM orders",
    certain: bool = True,
    ended: bool = False,
    subtype: str = "IDENTITY",
    sent: Mapping[str, object] | None = None,
    attempts: int = 1,
    branch: str = "",
) -> Message:
    """An edge whose `columns` are upstream columns by downstream column."""
    flows = [ColumnFlow(name, tuple(upstreams), subtype) for name, upstreams in (columns or {}).items()]
    facts = LineageFacts(
        upstream=an_object(upstream),
        downstream=an_object(downstream, branch),
        kind=kind,
        columns=tuple(flows),
        text=text,
        statement_id="5b0f1b0e-3f0e-5f0a-9a7b-0d4f3c2b1a00",
        first_seen=FIRST,
        last_seen=LAST,
        certain=certain,
        ended=ended,
    )
    return Message(a_claim(MessageKind.LINEAGE, "1:2", attempts=attempts), facts, sent)


def a_usage(
    dotted: str = "hive.sales.orders", day: date = date(2026, 11, 21), executions: int = 5, *, branch: str = ""
) -> Message:
    """How often an object was used on a day: all of them reads but one."""
    facts = UsageFacts(an_object(dotted, branch), day, executions, executions - 1, 1, 2)
    return Message(a_claim(MessageKind.USAGE, f"1:{day}"), facts)


def a_cost(
    text: str = "SELECT * FROM orders",
    day: date = date(2026, 11, 21),
    *,
    objects: Sequence[str] = ("hive.sales.orders",),
    cpu_ms: int = 4500,
    sent: Mapping[str, object] | None = None,
) -> Message:
    """What three executions cost on a day."""
    statement = "0b9e4f1c-6f0e-5d6b-8f5c-2f4d9b1a7c11"
    facts = CostFacts(text, (statement,), tuple(map(an_object, objects)), day, 3, cpu_ms, 9000)
    return Message(a_claim(MessageKind.COST, f"6f1d2c3b-0000-4000-8000-000000000000:{day}"), facts, sent)
