"""A message of which nobody says what it is: told by its shape."""

from __future__ import annotations

from query_lineage_tracker.domain.history import ExecutedQuery
from query_lineage_tracker.events.batch import Told
from query_lineage_tracker.events.body import Unreadable, read_body
from query_lineage_tracker.events.openlineage import parse_openlineage
from query_lineage_tracker.events.query_event import parse_event
from query_lineage_tracker.events.told import ToldQuery
from query_lineage_tracker.records import parse_record

_OPENLINEAGE = frozenset({"eventTime", "run", "job", "dataset", "events"})
_TRINO = frozenset({"eventPayload", "metadata", "context"})


def parse_message(body: bytes, origin: str) -> tuple[Told, ...]:
    """What an OpenLineage body, an event of Trino or a recorded query tells; whatever else is, at last, rejected."""
    try:
        value = read_body(body)
    except Unreadable:
        value = None
    keys = frozenset(value) if isinstance(value, dict) else frozenset()
    if isinstance(value, list) or keys & _OPENLINEAGE:
        return parse_openlineage(body, origin)
    if keys & _TRINO:
        return (parse_event(body, origin),)
    recorded = parse_record(body, origin)
    return (ToldQuery(recorded) if isinstance(recorded, ExecutedQuery) else recorded,)
