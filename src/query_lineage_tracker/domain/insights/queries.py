"""Executed queries as people are shown them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class QuerySearch:
    """Which executed queries; what is None does not matter.

    `text` is a part of the SQL, in any case; `literal_free` a part of the statement without literals and comments, in
    any layout: for those who must not find literals, of which one stands for any. `tool` is what the query claims to
    come from; `table` is `name`, `schema.name` or `catalog.schema.name`; `error` is Trino's error code or type. `since`
    is inclusive, `until` is not.
    """

    text: str | None = None
    literal_free: str | None = None
    user: str | None = None
    source: str | None = None
    tool: str | None = None
    state: str | None = None
    error: str | None = None
    kind: str | None = None
    table: str | None = None
    cluster: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    at_least_ms: int | None = None
    at_most_ms: int | None = None


@dataclass(frozen=True, slots=True)
class FoundQuery:
    """An executed query in a list; `text_length` is that of all of its text.

    `text` is its beginning, or from "…" on the part of it that a search for a text found.
    """

    cluster: str
    query_id: str
    created: datetime
    ended: datetime | None
    user: str
    source: str | None
    tool: str | None
    state: str
    capture: str
    outcome: str | None
    error_code: str | None
    elapsed_ms: int | None
    cpu_ms: int | None
    kind: str | None
    text: str | None
    text_length: int | None


@dataclass(frozen=True, slots=True)
class QueryPage:
    """Executed queries, the newest first.

    `next` is the cursor of what follows; None at the end. `complete` is false where the search ran out of time: these
    are what was found from the newest back to `searched_back_to`, `advice` says how to narrow the search, and `next`
    goes on from there.
    """

    rows: tuple[FoundQuery, ...]
    next: str | None
    since: datetime
    complete: bool
    searched_back_to: datetime | None
    advice: str | None


@dataclass(frozen=True, slots=True)
class Facet:
    """A value that the wanted queries have, and how many of them."""

    value: str
    queries: int


@dataclass(frozen=True, slots=True)
class QueryFacets:
    """What the wanted queries have in common, counted over the newest `counted` ones; `capped` if there are more."""

    counted: int
    capped: bool
    since: datetime
    users: tuple[Facet, ...]
    sources: tuple[Facet, ...]
    tools: tuple[Facet, ...]
    states: tuple[Facet, ...]
    errors: tuple[Facet, ...]
    kinds: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class QueryFacts:
    """All that is known of one executed query.

    Of the statement: `kind` to `parse_error_column`. `told_by` says who told of it, `origins` which fact came from
    somebody else than its best teller, `method` how its lineage is known. `prepared_guess` is a guess, not a fact.
    """

    cluster: str
    query_id: str
    state: str
    capture: str
    lost_reason: str | None
    outcome: str | None
    user: str
    source: str | None
    session_catalog: str | None
    session_schema: str | None
    session_origin: str | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    error_type: str | None
    error_code: str | None
    error_message: str | None
    resource_group: str | None
    query_type: str | None
    update_type: str | None
    original_user: str | None
    principal: str | None
    trace_token: str | None
    transaction_id: str | None
    claimed_by: dict[str, Any] | None
    client_info: str | None
    client_tags: list[str] | None
    elapsed_ms: int | None
    queued_ms: int | None
    analysis_ms: int | None
    planning_ms: int | None
    execution_ms: int | None
    cpu_ms: int | None
    peak_memory_bytes: int | None
    physical_input_bytes: int | None
    raw_input_rows: int | None
    written_bytes: int | None
    written_rows: int | None
    spilled_bytes: int | None
    finished_writing: bool | None
    nothing_to_do: bool | None
    told_by: list[str]
    origins: dict[str, Any] | None
    description: str | None
    statement_id: UUID
    kind: str | None
    effect: str | None
    coverage: str | None
    reasons: list[str] | None
    analyzer: str | None
    method: str | None
    parse_error: str | None
    parse_error_line: int | None
    parse_error_column: int | None
    text: str | None
    prepared_text: str | None
    prepared_guess: str | None


@dataclass(frozen=True, slots=True)
class UsedObject:
    """An object that a query reads (SOURCE) or writes (TARGET), and how that is known."""

    role: str
    object: str
    kind: str | None
    namespace: str
    method: str


@dataclass(frozen=True, slots=True)
class MadeEdge:
    """An edge that a query makes; `first_seen` and `last_seen` are over all queries that made it."""

    upstream: str
    downstream: str
    kind: str
    first_seen: datetime | None
    last_seen: datetime | None
    certain: bool | None
    method: str


@dataclass(frozen=True, slots=True)
class MadeColumnEdge:
    """A column edge that a query makes; without `downstream_column` it influences all rows."""

    upstream: str
    upstream_column: str
    downstream: str
    downstream_column: str | None
    subtype: str
    method: str


@dataclass(frozen=True, slots=True)
class UnqualifiedName:
    """A name in a query that could not be qualified, with the reason."""

    role: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class OneQuery:
    """One executed query with what it uses and makes."""

    query: QueryFacts
    objects: tuple[UsedObject, ...]
    edges: tuple[MadeEdge, ...]
    column_edges: tuple[MadeColumnEdge, ...]
    unresolved_names: tuple[UnqualifiedName, ...]
