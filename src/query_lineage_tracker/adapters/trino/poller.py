"""Polling a coordinator: one SELECT on system.runtime.queries and one GET of /v1/query a poll."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from uuid import uuid4

from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.adapters.trino.batches import poll_batch
from query_lineage_tracker.adapters.trino.columns import TrinoColumns
from query_lineage_tracker.adapters.trino.connection import TrinoConnection
from query_lineage_tracker.adapters.trino.enrich import TrinoDescriptions
from query_lineage_tracker.adapters.trino.lookup import DetailsLookup, ListAnswer, LookedUp
from query_lineage_tracker.adapters.trino.position import TrinoPosition, parse_position, position_json
from query_lineage_tracker.adapters.trino.reading import PollRows
from query_lineage_tracker.adapters.trino.statements import poll_statement
from query_lineage_tracker.adapters.trino.views import TrinoViews
from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.config.settings import IngestSettings
from query_lineage_tracker.domain.history import coordinator_of
from query_lineage_tracker.domain.polling import (
    PollFacts,
    PollPosition,
    PollRules,
    conclude,
    is_gateway,
    is_new_coordinator,
    read_since,
)
from query_lineage_tracker.errors import DependencyUnreachable, GatewayDetected, PermissionMissing, TrinoUnreachable
from query_lineage_tracker.events.units import time_span
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState, OwnQueries


@dataclass(frozen=True, slots=True)
class PollReport:
    """What one poll cost and saw; `only_own_visible` is None where the poll cannot tell, `hint` says what to grant."""

    cluster: str
    polled_at: datetime
    seconds: float
    full: bool
    rows: int
    list_answer: ListAnswer
    list_bytes: int
    single_requests: int
    only_own_visible: bool | None
    hint: str


@dataclass(frozen=True, slots=True)
class _Poll:
    """What was read, before it is concluded from."""

    query_id: str
    polled_at: datetime
    rows: PollRows
    full: bool


class TrinoPoller:
    """The source that polls one coordinator. `own` is told the id of each query that we issue, before any row is given.

    `on_report` is called once a poll, before its first batch.
    """

    def __init__(
        self,
        connection: TrinoConnection,
        own: OwnQueries,
        cluster: ClusterSettings,
        ingest: IngestSettings,
        on_report: Callable[[PollReport], None] | None = None,
    ) -> None:
        self._connection = connection
        self._own = own
        self._cluster = cluster
        self._batch_size = ingest.batch_size
        self._descriptions = TrinoDescriptions(connection, ingest.query_detail_rate)
        self._rules = PollRules(ingest.min_expire_age, ingest.poll_overlap, ingest.full_poll_every)
        self._lookup = DetailsLookup(connection, max_bytes=ingest.query_list_max_bytes, rate=ingest.query_detail_rate)
        self._on_report = on_report
        self._reader = uuid4().hex
        self._unrecorded: set[str] = set()
        self._stop = Event()

    @property
    def name(self) -> str:
        return "trino"

    @property
    def columns(self) -> TrinoColumns:
        """Where to ask for columns, over the same connection: between two polls, never during one."""
        return TrinoColumns(self._connection, self._own, self._cluster.name)

    @property
    def views(self) -> TrinoViews:
        """Where to ask for the texts of views, over the same connection: between two polls as well."""
        return TrinoViews(self._connection, self._own, self._cluster.name)

    @property
    def descriptions(self) -> TrinoDescriptions:
        """Who describes single queries, over the same connection: between two polls as well."""
        return self._descriptions

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        """One poll.

        Raises TrinoUnreachable, PermissionMissing, and GatewayDetected when another coordinator answers than before.
        """
        started = time.monotonic()
        stop = self._stop = Event()
        position = parse_position(state.position, self._reader)
        await self._record_leftovers()
        poll = await self._read(position.poll, state, stop)
        facts = await self._facts(position, poll)
        if is_gateway(position.poll, facts):
            raise self._gateway(position.poll, facts)
        looked_up = await in_thread(lambda: self._lookup.look_up(poll.rows.seen, stop), stop)
        self._report(poll, facts, looked_up, time.monotonic() - started)
        last = self._conclusion(position, state, poll, facts)
        waiting: FetchedBatch | None = None
        for lines in poll.rows.batches():
            if waiting is not None:
                yield waiting
            waiting = await in_thread(
                partial(poll_batch, lines, f"poll {poll.query_id}", looked_up.details, self._cluster.session_defaults)
            )
        yield last if waiting is None else replace(last, queries=waiting.queries, rejected=waiting.rejected)

    async def aclose(self) -> None:
        """Stop what is under way and release the sockets."""
        self._stop.set()
        self._connection.close()

    async def _read(self, position: PollPosition, state: IngestState, stop: Event) -> _Poll:
        since = read_since(position, state.watermark, self._rules)
        loop = asyncio.get_running_loop()
        recording: list[Future[None]] = []

        def on_query_id(query_id: str) -> None:
            self._unrecorded.add(query_id)
            recording.append(asyncio.run_coroutine_threadsafe(self._record(query_id), loop))

        read = partial(self._drain, poll_statement(since), state.own_queries, on_query_id, stop)
        try:
            query_id, rows = await in_thread(read, stop)
        except Exception:
            # A SELECT that failed is in Trino's memory as well.
            await asyncio.gather(*map(asyncio.wrap_future, recording), return_exceptions=True)
            raise
        await asyncio.gather(*map(asyncio.wrap_future, recording))
        if rows.polled_at is None:
            raise TrinoUnreachable(
                f"Trino at {self._connection.login.address} shows nothing in system.runtime.queries, "
                "not even the query that reads it"
            )
        return _Poll(query_id, rows.polled_at, rows, full=since is None)

    def _drain(
        self, statement: str, own_queries: frozenset[str], on_query_id: Callable[[str], None], stop: Event
    ) -> tuple[str, PollRows]:
        """Read to the end without a pause: a result that waits for us would sit on the coordinator."""
        own_ids: list[str] = []

        def note(query_id: str) -> None:
            own_ids.append(query_id)
            on_query_id(query_id)

        rows = PollRows(own_queries, self._batch_size)
        for row in self._connection.select(statement, note, stop=stop):
            rows.add(row, own_ids[0])
        return own_ids[0], rows

    async def _record(self, query_id: str) -> None:
        await self._own.record_own_query(self._cluster.name, query_id)
        self._unrecorded.discard(query_id)

    async def _record_leftovers(self) -> None:
        """Ids that could not be recorded when we learnt them: without them the queries would pass for a user's."""
        for query_id in sorted(self._unrecorded):
            await self._record(query_id)

    async def _facts(self, position: TrinoPosition, poll: _Poll) -> PollFacts:
        uptime = None
        if is_new_coordinator(position.poll, coordinator_of(poll.query_id)):
            uptime = await in_thread(self._uptime)
        blind = poll.full and self._is_blind(position, poll)
        return poll.rows.facts(poll.query_id, poll.polled_at, full=poll.full, uptime=uptime, blind=blind)

    def _uptime(self) -> timedelta | None:
        try:
            info = self._connection.get_json("/v1/info")
        except (DependencyUnreachable, PermissionMissing):
            return None
        return time_span(info.get("uptime")) if isinstance(info, Mapping) else None

    def _is_blind(self, position: TrinoPosition, poll: _Poll) -> bool:
        """A full read without a row of another user: certain where others are expected, else likely until once seen."""
        others_expected = bool(set(self._cluster.expected_users) - poll.rows.own_users)
        return not poll.rows.other_users and (others_expected or not position.others_seen)

    def _gateway(self, position: PollPosition, facts: PollFacts) -> GatewayDetected:
        return GatewayDetected(
            f"Several coordinators answer at {self._connection.login.address}: query ids ended with "
            f"{position.coordinator}, now with {facts.coordinator}, and that one did not start in between",
            hint="Behind a gateway, follow each coordinator at its own address, as a cluster with its own name.",
        )

    def _conclusion(self, position: TrinoPosition, state: IngestState, poll: _Poll, facts: PollFacts) -> FetchedBatch:
        conclusion = conclude(position.poll, state.watermark, state.open_queries, facts, self._rules)
        after = TrinoPosition(conclusion.position, position.others_seen or bool(poll.rows.other_users))
        return FetchedBatch(
            queries=(),
            gaps=conclusion.gaps,
            lost=conclusion.lost,
            watermark=conclusion.watermark,
            position=position_json(after, self._reader),
        )

    def _report(self, poll: _Poll, facts: PollFacts, looked_up: LookedUp, seconds: float) -> None:
        if self._on_report is None:
            return
        self._on_report(
            PollReport(
                cluster=self._cluster.name,
                polled_at=poll.polled_at,
                seconds=seconds,
                full=poll.full,
                rows=len(poll.rows.seen),
                list_answer=looked_up.answer,
                list_bytes=looked_up.list_bytes,
                single_requests=looked_up.single_requests,
                only_own_visible=facts.blind if poll.full else None,
                hint=self._connection.login.view_rule if facts.blind else "",
            )
        )
