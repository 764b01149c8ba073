"""Delivery of a day's usage of a table: set once, because each call adds to the counts of its schema and database.

Whether an earlier call arrived whose answer was lost, nobody knows but the server. So it is asked first, always.
"""

from __future__ import annotations

from datetime import datetime, timezone

from query_lineage_tracker.adapters.http.exchange import NotDelivered
from query_lineage_tracker.adapters.openmetadata.api import OpenMetadataApi
from query_lineage_tracker.adapters.openmetadata.names import why_unnamable
from query_lineage_tracker.adapters.openmetadata.tables import NotThere, Tables
from query_lineage_tracker.domain.outbox import Delivered, Message, Parked, Retry, UsageFacts


async def deliver_usage(
    api: OpenMetadataApi, tables: Tables, message: Message, facts: UsageFacts, *, today: bool = False
) -> Delivered:
    """Set the count of one table and day, unless as much stands there. Raises NotDelivered when it cannot be.

    The day must be over, but for `today`.
    """
    if facts.object.branch or (reason := why_unnamable(facts.object)) is not None:
        return Delivered({"skipped": "a branch of a table" if facts.object.branch else reason})
    ahead = facts.day - datetime.now(timezone.utc).date()
    if ahead.days > 0 or (ahead.days == 0 and not today):
        # A day to come would be shown as the table's latest usage until it is there.
        raise NotDelivered(Retry(f"{facts.day} is not over by our clock"))
    table = await tables.find(facts.object)
    if isinstance(table, NotThere):
        raise NotDelivered(Parked(table.reason))
    day = facts.day.isoformat()
    standing = (await api.usage_counts(table.id, day)).get(day, 0)
    if standing < facts.executions:
        await api.post_usage(table.id, day, facts.executions, message.claim.attempts)
    return Delivered({"table": table.fqn, "date": day, "count": facts.executions, "stood_there": standing})
