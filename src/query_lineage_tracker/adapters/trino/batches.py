"""From the JSON lines of a poll to executed queries with their sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from query_lineage_tracker.adapters.trino.details import QueryDetails, joined
from query_lineage_tracker.config.kinds import SessionDefault
from query_lineage_tracker.domain.history import ExecutedQuery, RejectedRow, Session, SessionOrigin, Teller
from query_lineage_tracker.ports.sources import FetchedBatch
from query_lineage_tracker.records import parse_record


def poll_batch(
    lines: Iterable[bytes], origin: str, details: Mapping[str, QueryDetails], defaults: Sequence[SessionDefault]
) -> FetchedBatch:
    """The lines as a batch that moves nothing; a session that Trino does not tell is taken from the first default."""
    queries: list[ExecutedQuery] = []
    rejected: list[RejectedRow] = []
    for line in lines:
        parsed = parse_record(line, origin)
        if isinstance(parsed, RejectedRow):
            rejected.append(parsed)
        elif parsed.query_id in details:
            queries.append(joined(parsed, details[parsed.query_id]))
        else:
            queries.append(replace(parsed, session=default_session(parsed, defaults)))
    return FetchedBatch(tuple(replace(one, told_by=Teller.POLL) for one in queries), tuple(rejected))


def default_session(query: ExecutedQuery, defaults: Sequence[SessionDefault]) -> Session:
    """The session that is configured for the user and source, by shell patterns; unknown without a match."""
    for one in defaults:
        if fnmatchcase(query.user, one.user) and fnmatchcase(query.source or "", one.source):
            return Session(one.catalog, one.schema, SessionOrigin.CONFIGURED)
    return Session()
