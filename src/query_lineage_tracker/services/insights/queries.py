"""The search of executed queries, its facets, and one query."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from uuid import UUID

from query_lineage_tracker.domain.insights.queries import (
    Facet,
    FoundQuery,
    OneQuery,
    QueryFacets,
    QueryPage,
    QuerySearch,
)
from query_lineage_tracker.errors import NotInHistory, UsageError
from query_lineage_tracker.lineage.literal_free import literal_free
from query_lineage_tracker.ports.insights import Lead, QueryPlace, QueryReads, QueryScan
from query_lineage_tracker.services.insights.cursors import cursor_of, texts_of
from query_lineage_tracker.services.insights.searching import PATIENCE_S, Chunk, search

_LIST = "queries"
_DAYS = timedelta(days=7)
_SHORTEST_TEXT = 3
_LONGEST_TEXT = 1000
_MOST_TEXTS = 500
_FEW_STATEMENTS = 20
_MOST_STATEMENTS = 500
_MOST_EXECUTIONS = 10_000
_TEXTS_PATIENCE_S = 0.06
# For fewer rows of many texts or statements the planner walks back through all executions, hoping to meet them soon.
_LEAST_OF_MANY = 1000
_COUNTED = 10_000
_COUNTED_FIRST = 250
_MOST_VALUES = 20
_ADVICE = (
    "There was not enough time to look further back. Narrow the search (user, source, table, a longer text), or go on."
)


@dataclass(frozen=True, slots=True)
class _Search:
    """A search with what it was found to mean; `nothing`: no execution can be wanted."""

    wanted: QuerySearch
    lead: Lead
    object_ids: tuple[int, ...] | None
    nothing: bool = False

    def behind(self, place: QueryPlace | None, scan: int, limit: int) -> QueryScan:
        return QueryScan(self.wanted, self.lead, self.object_ids, place, scan, limit)


async def search_queries(
    reads: QueryReads, wanted: QuerySearch, *, cursor: str | None = None, limit: int = 50
) -> QueryPage:
    """A page of executed queries, the newest first; of the last seven days unless `since` says otherwise.

    Raises UsageError for a text that is too short (without its literals, where they are not searched) or too long, and
    for a cursor that is none.
    """
    place = None if cursor is None else QueryPlace(*texts_of(_LIST, cursor, 2))
    begun = time.monotonic()
    meant = await _meant(reads, wanted)
    since = _since(meant.wanted)
    back_to: datetime | None = None

    async def look(behind: QueryPlace | None, scan: int, most: int) -> Chunk[FoundQuery, QueryPlace]:
        nonlocal back_to
        found = await reads.scan(meant.behind(behind, scan, most))
        back_to = found.last_created or back_to
        return Chunk(found.rows, found.scanned, found.last)

    if _holds_text(meant.wanted) and meant.lead == Lead():
        first = await look(place, limit + 1, limit + 1)
        if len(first.rows) <= limit:
            meant = await _by_texts(reads, meant)
    if meant.nothing:
        return QueryPage((), None, since, complete=True, searched_back_to=None, advice=None)
    led_by_many = meant.lead.text_ids is not None or meant.lead.statement_ids is not None
    patience_s = PATIENCE_S - (time.monotonic() - begun)
    found = await search(look, place, limit, least=_LEAST_OF_MANY if led_by_many else 0, patience_s=patience_s)
    rows = tuple(found.rows[:limit])
    return QueryPage(
        rows=rows,
        next=_next(rows, found.last, full=len(found.rows) > limit),
        since=since,
        complete=found.complete,
        searched_back_to=None if found.complete else back_to,
        advice=None if found.complete else _ADVICE,
    )


async def count_facets(reads: QueryReads, wanted: QuerySearch) -> QueryFacets:
    """What the newest of the wanted queries have in common. Raises UsageError as the search does."""
    meant = await _meant(reads, wanted)
    if _holds_text(meant.wanted) and meant.lead == Lead():
        meant = await _by_texts(reads, meant)
    counts, capped = (Counter[tuple[str, str]](), False) if meant.nothing else await _count(reads, meant)

    def of(facet: str) -> tuple[Facet, ...]:
        values = sorted((-number, value) for (name, value), number in counts.items() if name == facet)
        return tuple(Facet(value, -number) for number, value in values[:_MOST_VALUES])

    return QueryFacets(
        counted=counts["queries", ""],
        capped=capped,
        since=_since(meant.wanted),
        users=of("users"),
        sources=of("sources"),
        tools=of("tools"),
        states=of("states"),
        errors=of("errors"),
        kinds=of("kinds"),
    )


async def _count(reads: QueryReads, meant: _Search) -> tuple[Counter[tuple[str, str]], bool]:
    """How many of the newest executions have a value, by facet and value, and whether there are more of them."""
    deadline = time.monotonic() + PATIENCE_S
    counts: Counter[tuple[str, str]] = Counter()
    place: QueryPlace | None = None
    left, size = _COUNTED, _COUNTED_FIRST
    while True:
        begun = time.monotonic()
        found = await reads.facets(meant.behind(place, size, size))
        counts.update(found.counts)
        if found.scanned < size:
            return counts, False
        place, left, now = found.last, left - size, time.monotonic()
        affordable = int(size * (deadline - now) / max(now - begun, 1e-6))
        if left <= 0 or affordable < min(left, _COUNTED_FIRST):
            return counts, True
        size = min(affordable, left)


async def one_query(reads: QueryReads, query_id: str, cluster: str | None = None) -> OneQuery:
    """The executed query of that id. Raises NotInHistory, and UsageError where several clusters ran one."""
    clusters = await reads.clusters_of(query_id, cluster)
    if len(clusters) == 1:
        return await reads.query(query_id, clusters[0])
    if not clusters:
        raise NotInHistory(
            f"there is no query {query_id[:100]} in the history",
            hint="It may have run before the history began, in a gap, or on another cluster.",
        )
    raise UsageError(
        f"several clusters ran a query {query_id}: {', '.join(clusters)}", hint="Choose one of the clusters."
    )


async def _meant(reads: QueryReads, wanted: QuerySearch) -> _Search:
    """The search with its window, what its table is, and the condition that leads."""
    _check_text(wanted.text)
    wanted = replace(wanted, literal_free=_without_literals(wanted.literal_free))
    if wanted.since is None:
        wanted = replace(wanted, since=(wanted.until or datetime.now(timezone.utc)) - _DAYS)
    lead = _lead(wanted)
    if wanted.table is None:
        return _Search(wanted, lead, None)
    objects = await reads.objects_named(wanted.table)
    statements = await reads.statements_of(objects, _MOST_STATEMENTS + 1) if objects else ()
    if await _are_rare(reads, statements, wanted.until):
        lead = Lead(statement_ids=statements)
    return _Search(wanted, lead, objects, nothing=not statements)


async def _are_rare(reads: QueryReads, statements: Sequence[UUID], until: datetime | None) -> bool:
    """Whether an index leads to their executions soonest; frequent ones are met sooner among the newest of all."""
    if not _FEW_STATEMENTS < len(statements) <= _MOST_STATEMENTS:
        return len(statements) <= _FEW_STATEMENTS
    last = until or datetime.now(timezone.utc)
    return await reads.executions_of(statements, (last - _DAYS).date(), last.date()) <= _MOST_EXECUTIONS


async def _by_texts(reads: QueryReads, meant: _Search) -> _Search:
    """Led by what holds the text that is looked for, unless that is too much or takes too long to find."""
    if meant.wanted.literal_free is not None:
        found = await reads.statements_like(meant.wanted.literal_free, _MOST_STATEMENTS + 1, _TEXTS_PATIENCE_S)
        lead, most = Lead(statement_ids=found), _MOST_STATEMENTS
    else:
        found = await reads.texts(meant.wanted.text or "", _MOST_TEXTS + 1, _TEXTS_PATIENCE_S)
        lead, most = Lead(text_ids=found), _MOST_TEXTS
    return meant if found is None or len(found) > most else replace(meant, lead=lead, nothing=not found)


def _lead(wanted: QuerySearch) -> Lead:
    if wanted.user is not None:
        return Lead(user=wanted.user)
    if wanted.source is not None:
        return Lead(source=wanted.source)
    return Lead(failed=wanted.state == "FAILED" or wanted.error is not None)


def _holds_text(wanted: QuerySearch) -> bool:
    return wanted.text is not None or wanted.literal_free is not None


def _without_literals(text: str | None) -> str | None:
    """What is looked for as statements hold it: a literal in it stands for any."""
    if text is None:
        return None
    _check_text(text)
    found = literal_free(text)
    left = found.replace("?", "").strip()
    if len(left) < _SHORTEST_TEXT:
        raise UsageError(
            f"without its literals and comments {len(left)} characters of the search are left",
            hint="Your role searches SQL without quoted texts, numbers and comments: look for names and keywords.",
        )
    return found


def _check_text(text: str | None) -> None:
    if text is None:
        return
    if len(text.strip()) < _SHORTEST_TEXT:
        raise UsageError(
            f"a search of {len(text.strip())} characters finds nearly everything",
            hint=f"Search for at least {_SHORTEST_TEXT} characters of the SQL.",
        )
    if len(text) > _LONGEST_TEXT:
        raise UsageError(f"a search of {len(text):,} characters is too long", hint=f"At most {_LONGEST_TEXT:,}.")


def _since(wanted: QuerySearch) -> datetime:
    return wanted.since or datetime.min.replace(tzinfo=timezone.utc)


def _next(rows: Sequence[FoundQuery], last: QueryPlace | None, *, full: bool) -> str | None:
    if full:
        return cursor_of(_LIST, (rows[-1].query_id, rows[-1].cluster))
    return None if last is None else cursor_of(_LIST, (last.query_id, last.cluster))
