"""Delivery of what executions of a query cost on a day: sent at most once, because each call adds to the sums.

Nobody can ask the server whether a record stands there. So it is announced before it is sent, and what is announced is
sent by nobody else: a message whose answer was lost is dead, and says that it may have been sent.
"""

from __future__ import annotations

from datetime import datetime, timezone

from query_lineage_tracker.adapters.http.classify import Asked, Reply, classify, excerpt
from query_lineage_tracker.adapters.http.exchange import NeverSent, NotDelivered
from query_lineage_tracker.adapters.openmetadata.api import Json, Line, OpenMetadataApi, identity
from query_lineage_tracker.adapters.openmetadata.names import fqn_of
from query_lineage_tracker.adapters.openmetadata.queries import first_query, query_name, usable
from query_lineage_tracker.adapters.openmetadata.tables import Tables
from query_lineage_tracker.domain.outbox import Claim, CostFacts, Dead, Delivered, Message, Parked, Retry
from query_lineage_tracker.ports.delivery import Announcements

_KNOWS_COSTS: Line = (1, 7)
_CONFLICT = 409
_SERVER_ERRORS = 500


class NothingAnnounced:
    """`ports.Announcements` of who only looks."""

    async def announce(self, claim: Claim) -> bool:
        """Nothing is sent, so nothing is to be remembered."""
        return True

    async def retract(self, claim: Claim) -> None:
        """Nothing was remembered."""


async def deliver_cost(
    api: OpenMetadataApi, tables: Tables, announcements: Announcements | None, message: Message, facts: CostFacts
) -> Delivered:
    """Add the record of one query and day, unless it may stand there. Raises NotDelivered when it cannot be."""
    if message.sent is not None:
        return Delivered(message.sent)
    line = await api.told_line()
    if line < _KNOWS_COSTS:
        return Delivered({"skipped": f"servers of the line {line[0]}.{line[1]} keep no costs of queries"})
    used = usable(facts.objects)
    if not used:
        return Delivered({"skipped": "it uses no table that OpenMetadata can hold"})
    name = query_name(facts.text)
    query = await first_query(api, [fqn_of((service, name)) for service in tables.services(used)])
    if query is None:
        raise NotDelivered(Parked(f"OpenMetadata does not know the query {name} yet"))
    asked = Asked("post_query_cost", f"{query.get('fullyQualifiedName', name)} {facts.day}")
    record = _record(facts, identity(query, asked))
    if announcements is None:
        raise NotDelivered(Retry("nobody remembers what was sent"))
    if not await announcements.announce(message.claim):
        raise NotDelivered(_perhaps_sent(asked, "an earlier attempt did not come to its end"))
    await _send_once(api, announcements, message.claim, record, asked)
    return Delivered({"query": str(query.get("fullyQualifiedName")), **record})


async def _send_once(
    api: OpenMetadataApi, announcements: Announcements, claim: Claim, record: Json, asked: Asked
) -> None:
    """Send what is announced; what was surely not accepted is announced no longer."""
    try:
        reply = await api.post_cost(record, asked)
    except NeverSent:
        await announcements.retract(claim)
        raise
    except NotDelivered as lost:
        raise NotDelivered(_perhaps_sent(asked, lost.result.reason)) from None
    problem = classify(reply, asked, claim.attempts)
    if problem is None or reply.status == _CONFLICT:
        return
    if reply.accepted or reply.status >= _SERVER_ERRORS:
        raise NotDelivered(_perhaps_sent(asked, _in_words(reply)))
    await announcements.retract(claim)
    raise NotDelivered(problem)


def _record(facts: CostFacts, query_id: str) -> Json:
    """Sums of the day: OpenMetadata adds up `cost`, `count` and `totalDuration` of all records to its totals."""
    midnight = datetime(facts.day.year, facts.day.month, facts.day.day, tzinfo=timezone.utc)
    return {
        "timestamp": int(midnight.timestamp() * 1000),
        "queryReference": {"id": query_id, "type": "query"},
        "cost": facts.cpu_ms / 1000,
        "count": facts.executions,
        "totalDuration": facts.elapsed_ms,
    }


def _perhaps_sent(asked: Asked, why: str) -> Dead:
    return Dead(f"{asked} may have been sent and is not sent twice: {why}")


def _in_words(reply: Reply) -> str:
    return f"HTTP {reply.status}, {excerpt(reply)}"
