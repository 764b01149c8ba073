"""Batches for tests of the store: small, readable, with identities made as the product makes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

from query_lineage_tracker.domain.history import ExecutedQuery, Outcome, Session, SessionOrigin, State
from query_lineage_tracker.domain.outcome import capture_of, outcome_of
from query_lineage_tracker.lineage.result import (
    ColumnName,
    Coverage,
    Effect,
    Influence,
    LineageResult,
    ObjectName,
    OutputColumn,
    StatementKind,
    Subtype,
)
from query_lineage_tracker.ports.store import AnalyzedStatement, Batch, Execution
from query_lineage_tracker.services.identity import statement_id, text_id

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
ORDERS = ObjectName("lake", "sales", "orders")
LINES = ObjectName("lake", "sales", "lines")
REVENUE = ObjectName("lake", "mart", "revenue")
NAMESPACE = "trino"

READ = LineageResult(
    kind=StatementKind.SELECT,
    effect=Effect.READS,
    sources=(ORDERS,),
    columns=(OutputColumn("id"),),
    columns_read=(ColumnName(ORDERS, "id"),),
    coverage=Coverage.COLUMN,
)


def write(
    *sources: ObjectName,
    target: ObjectName = REVENUE,
    kind: StatementKind = StatementKind.INSERT,
    column: str = "amount",
) -> LineageResult:
    """Each source's `column` flows into the target's, and `id` of the first one filters."""
    return LineageResult(
        kind=kind,
        effect=Effect.DEFINES if kind is StatementKind.CREATE_VIEW else Effect.WRITES,
        sources=sources,
        target=target,
        columns=(
            OutputColumn(column, direct=tuple(Influence(ColumnName(one, column), Subtype.IDENTITY) for one in sources)),
        ),
        indirect=(Influence(ColumnName(sources[0], "id"), Subtype.FILTER),),
        columns_read=tuple(ColumnName(one, column) for one in sources),
        coverage=Coverage.COLUMN,
    )


def analyzed(sql: str, result: LineageResult, analyzer: str = "test 1") -> AnalyzedStatement:
    """The statement, whose text is its own fingerprint."""
    return AnalyzedStatement(statement_of(sql), sql, None, None, text_id(sql), result, analyzer)


def statement_of(sql: str) -> UUID:
    return statement_id(NAMESPACE, sql, None, None)


def execution(
    number: int,
    sql: str,
    result: LineageResult = READ,
    *,
    state: State = State.FINISHED,
    created: datetime | None = None,
    **facts: Any,
) -> Execution:
    """The `number`th query of the coordinator; created that many seconds after noon, ended a second later."""
    created = created or NOON + timedelta(seconds=number)
    session = facts.pop("session", Session())
    outcome = facts.pop("outcome", None)
    query = ExecutedQuery(
        query_id=f"{created:%Y%m%d_%H%M%S}_{number:05}_abcde",
        state=state,
        user=facts.pop("user", "alice"),
        text=sql,
        created=created,
        ended=created + timedelta(seconds=1) if state.terminal else None,
        session=session,
        **facts,
    )
    return Execution(
        query=query,
        text_id=text_id(sql),
        prepared_text_id=None,
        statement_id=statement_id(NAMESPACE, sql, session.catalog, session.schema),
        capture=capture_of(state),
        outcome=outcome or outcome_of(query, writes=result.effect in (Effect.WRITES, Effect.DEFINES)),
    )


def batch(
    executions: Iterable[Execution] = (), results: dict[str, LineageResult] | None = None, **fields: Any
) -> Batch:
    """A batch of the executions; `results` are the statements that were analyzed for it, by their SQL."""
    given = tuple(executions)
    statements = [analyzed(sql, result) for sql, result in (results or {}).items()]
    values: dict[str, Any] = {
        "batch_id": uuid4(),
        "run_id": uuid4(),
        "cluster": "trino",
        "namespace": NAMESPACE,
        "source": "poller",
        "executions": given,
        "texts": {text_id(one.query.text): one.query.text for one in given},
        "statements": tuple(statements),
        "sinks": ("file",),
    }
    return Batch(**{**values, **fields})


REST_SESSION = Session("lake", "sales", SessionOrigin.REST)
UNCERTAIN = Outcome.UNCERTAIN
