"""Delivery of an edge: read both tables and the edge, merge, put only when something changes."""

from __future__ import annotations

from query_lineage_tracker.adapters.http.exchange import NotDelivered
from query_lineage_tracker.adapters.openmetadata.api import OpenMetadataApi, Table
from query_lineage_tracker.adapters.openmetadata.expressions import COMPUTED, expressions
from query_lineage_tracker.adapters.openmetadata.known_tables import KNOWN_FOR_S
from query_lineage_tracker.adapters.openmetadata.merge import (
    OUR_MARK,
    Flows,
    KnownEdge,
    details_without_ours,
    is_all_ours,
    merged_details,
    sent_details,
)
from query_lineage_tracker.adapters.openmetadata.names import names_of, path_segment, why_unnamable
from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules
from query_lineage_tracker.adapters.openmetadata.tables import NotThere, Tables
from query_lineage_tracker.domain.outbox import (
    ColumnFlow,
    Dead,
    Delivered,
    EdgeKind,
    LineageFacts,
    Message,
    ObjectFacts,
    Parked,
)
from query_lineage_tracker.lineage.result import Subtype, quote_part

_SOURCES = {EdgeKind.DATA: "QueryLineage", EdgeKind.DEFINITION: "ViewLineage"}
_JUST_READ_S = 10.0
"""Columns that a table did not list then are not there."""

_UNCERTAIN = "seen only in queries that failed after they may have written"


async def deliver_lineage(
    api: OpenMetadataApi, tables: Tables, rules: OpenMetadataRules, message: Message, facts: LineageFacts
) -> Delivered:
    """Bring one edge in step. Raises NotDelivered when it cannot be."""
    if facts.ended or facts.withdrawn:
        return await _deliver_end(api, tables, rules, message, facts)
    ends = await _ends(tables, facts, KNOWN_FOR_S)
    if _known(facts, rules, *ends)[1]:
        ends = await _ends(tables, facts, _JUST_READ_S)
    try:
        return await _deliver_edge(api, rules, message, facts, ends)
    except NotDelivered as refused:
        if not isinstance(refused.result, Dead | Parked):
            raise
        # A table that we remember may be another one by now.
        now = await _ends(tables, facts, 0.0)
        if now == ends:
            raise
    return await _deliver_edge(api, rules, message, facts, now)


async def _deliver_edge(
    api: OpenMetadataApi, rules: OpenMetadataRules, message: Message, facts: LineageFacts, ends: tuple[Table, Table]
) -> Delivered:
    upstream, downstream = ends
    known, unlisted = _known(facts, rules, upstream, downstream)
    shown = f"{upstream.fqn} -> {downstream.fqn}"
    standing = await api.edge_details(upstream.id, downstream.id, shown)
    details = merged_details(standing, known, message.sent or {}, upstream.listed | downstream.listed)
    if details is not None:
        await api.put_edge(upstream.id, downstream.id, details, shown, message.claim.attempts)
    remembered = sent_details(known, standing, message.sent)
    return Delivered(remembered | {"edge": [upstream.fqn, downstream.fqn], "unlisted_columns": unlisted})


def _description(facts: LineageFacts, page_url: str | None) -> str:
    """Our mark, then what is to be said of the edge, and where it is shown in full."""
    parts = [] if facts.certain else [_UNCERTAIN]
    if page_url:
        name = ".".join(quote_part(part) for part in names_of(facts.downstream))
        parts.append(page_url.replace("{object}", path_segment(name)))
    return ": ".join([OUR_MARK, ", ".join(parts)]) if parts else OUR_MARK


async def _deliver_end(
    api: OpenMetadataApi, tables: Tables, rules: OpenMetadataRules, message: Message, facts: LineageFacts
) -> Delivered:
    """Take what is ours from an edge that we withdrew, or that has ended and the rules say so; else leave it.

    The edge leaves as a whole when nothing of others stands on it.
    """
    sent = message.sent or {}
    if not (rules.remove_ended or facts.withdrawn) or _unnamable(facts) is not None:
        return Delivered({**sent, "ended": True})
    ends = [await tables.find(each) for each in (facts.upstream, facts.downstream)]
    upstream, downstream = ends
    if isinstance(upstream, NotThere) or isinstance(downstream, NotThere):
        return Delivered({**sent, "ended": True})
    shown = f"{upstream.fqn} -> {downstream.fqn}"
    standing = await api.edge_details(upstream.id, downstream.id, shown)
    if standing is None:
        return Delivered({**sent, "ended": True})
    known, _ = _known(facts, rules, upstream, downstream)
    if is_all_ours(standing, known, sent):
        await api.delete_edge(upstream.id, downstream.id, shown, message.claim.attempts)
    else:
        left = details_without_ours(standing, known, sent, upstream.listed | downstream.listed)
        if left is not None:
            await api.put_edge(upstream.id, downstream.id, left, shown, message.claim.attempts)
    return Delivered({"ended": True, "removed": [upstream.fqn, downstream.fqn]})


def _known(
    facts: LineageFacts, rules: OpenMetadataRules, upstream: Table, downstream: Table
) -> tuple[KnownEdge, list[str]]:
    """What we know of the edge, and columns that OpenMetadata does not list."""
    flows, unlisted = column_flows(facts, upstream, downstream, send_sql=rules.send_sql)
    known = KnownEdge(
        source=_SOURCES[facts.kind],
        description=_description(facts, rules.page_url),
        sql=facts.text if rules.send_sql and facts.text else None,
        flows=flows,
    )
    return known, unlisted


def _unnamable(facts: LineageFacts) -> str | None:
    reasons = (why_unnamable(each) or _why_no_edge(each) for each in (facts.upstream, facts.downstream))
    return next(filter(None, reasons), None)


async def _ends(tables: Tables, facts: LineageFacts, age: float) -> tuple[Table, Table]:
    if (reason := _unnamable(facts)) is not None:
        raise NotDelivered(Dead(reason))
    upstream = await tables.find(facts.upstream, age=age)
    downstream = await tables.find(facts.downstream, age=age)
    if isinstance(upstream, NotThere) or isinstance(downstream, NotThere):
        reasons = [each.reason for each in (upstream, downstream) if isinstance(each, NotThere)]
        raise NotDelivered(Parked("; ".join(reasons)))
    return upstream, downstream


def _why_no_edge(facts: ObjectFacts) -> str | None:
    """An edge of a branch is none of the table's main branch, and OpenMetadata knows no other."""
    return f"{facts.name}@{facts.branch} is a branch, which OpenMetadata does not know" if facts.branch else None


def column_flows(
    facts: LineageFacts, upstream: Table, downstream: Table, *, send_sql: bool = True
) -> tuple[Flows, list[str]]:
    """The direct column flows by FQN, each with its expression; and the names of columns that are not listed.

    Where no SQL may be sent, or the newest statement says nothing of it, a flow that is no plain copy has its subtype.
    """
    flows: dict[tuple[str, str], str] = {}
    unlisted: set[str] = set()
    texts = expressions(facts) if send_sql else {}
    for flow in sorted(facts.columns, key=lambda flow: flow.subtype in COMPUTED and COMPUTED.index(flow.subtype) + 1):
        if not Subtype(flow.subtype).direct:
            continue
        ends = {column: column_fqn(upstream, column) for column in flow.upstream_columns}
        target = column_fqn(downstream, flow.downstream_column)
        unlisted.update(f"{upstream.fqn}.{column}" for column, fqn in ends.items() if fqn is None)
        if target is None:
            unlisted.add(f"{downstream.fqn}.{flow.downstream_column}")
            continue
        for column, fqn in ends.items():
            if fqn is not None:
                flows[fqn, target] = _function(flow, texts.get((column, flow.downstream_column)))
    return flows, sorted(unlisted)


def _function(flow: ColumnFlow, expression: str | None) -> str:
    return (expression or flow.subtype) if flow.subtype in COMPUTED else ""


def column_fqn(table: Table, column: str) -> str | None:
    """The FQN of a column as the table lists it: the exact name, else the only one that differs in case alone."""
    alike = [(name, fqn) for name, fqn in table.columns if name.lower() == column.lower()]
    exact = [fqn for name, fqn in alike if name == column]
    if exact:
        return exact[0]
    return alike[0][1] if len(alike) == 1 else None
