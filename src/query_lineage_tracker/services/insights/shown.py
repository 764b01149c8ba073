"""Texts as a role may see them: whoever must not see them finds nothing by them either."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from query_lineage_tracker.domain.access import SqlShown
from query_lineage_tracker.domain.insights.health import Overview, SinkState, WaitingMessage
from query_lineage_tracker.domain.insights.queries import FoundQuery, OneQuery, QueryFacts
from query_lineage_tracker.errors import RoleMissing
from query_lineage_tracker.lineage.redaction import redact, redact_message
from query_lineage_tracker.ports.insights import (
    EvidenceReads,
    FoundWitness,
    QueryReads,
    QueryScan,
    ScannedFacets,
    ScannedQueries,
)

_NOT_SHOWN = "not shown"
_ANSWER = re.compile(r"(HTTP \d{3}), .*", re.DOTALL)
"""How the HTTP adapters tell a refusal: the status, then the receiver's own words."""


def shown_sql(text: str | None, shown: SqlShown) -> str | None:
    """A SQL text, whole or its beginning, as it may be seen."""
    if text is None or shown is SqlShown.FULL:
        return text
    return redact(text, literals=True) if shown is SqlShown.REDACTED else None


def shown_message(text: str | None, shown: SqlShown, *, sql: str = "", prepared: str = "") -> str | None:
    """A message about a SQL text, which may repeat parts of it: without quotes those that are in `sql`, where known."""
    if text is None or shown is SqlShown.FULL:
        return text
    return redact_message(text, sql=sql, prepared=prepared, literals=True) if shown is SqlShown.REDACTED else None


def shown_refusal(reason: str | None, shown: SqlShown) -> str | None:
    """Why a catalog does not have something, without what it answered: that may repeat a text in any words."""
    if reason is None or shown is SqlShown.FULL:
        return reason
    return shown_message(_ANSWER.sub(r"\1", reason), shown)


def shown_overview(overview: Overview, shown: SqlShown) -> Overview:
    """Reasons why statements could not be parsed quote them; why a pass failed, or a catalog refused, may do so."""
    reasons = [replace(one, reason=_told(one.reason, shown) or "") for one in overview.not_parsed]
    sources = [replace(one, last_error=_told(one.last_error, shown)) for one in overview.sources]
    sync = [shown_sink(one, shown) for one in overview.sync]
    return replace(overview, not_parsed=tuple(reasons), sources=tuple(sources), sync=tuple(sync))


def shown_sink(state: SinkState, shown: SqlShown) -> SinkState:
    """A catalog that refuses everything may repeat the text that it refused; that it does so is no secret."""
    return replace(state, halted=state.halted and (shown_refusal(state.halted, shown) or _NOT_SHOWN))


def shown_waiting(message: WaitingMessage, shown: SqlShown) -> WaitingMessage:
    """A catalog that refuses a query may repeat its text."""
    return replace(message, reason=shown_refusal(message.reason, shown))


def _told(message: str | None, shown: SqlShown) -> str | None:
    """The message as it may be seen; that there is one shows in any case."""
    return message and (shown_message(message, shown) or _NOT_SHOWN)


@dataclass(frozen=True, slots=True)
class ShownQueries:
    """`ports.insights.QueryReads` for those who do not see all texts. Raises RoleMissing for searches in them.

    They search in literal-free texts instead.
    """

    reads: QueryReads
    shown: SqlShown

    async def scan(self, wanted: QueryScan) -> ScannedQueries:
        """The rows with their texts as they may be seen."""
        _refuse_probes(wanted)
        found = await self.reads.scan(wanted)
        return replace(found, rows=[self._row(row) for row in found.rows])

    async def facets(self, wanted: QueryScan) -> ScannedFacets:
        """Counts tell as much as rows do."""
        _refuse_probes(wanted)
        return await self.reads.facets(wanted)

    async def texts(self, text: str, limit: int, patience_s: float) -> tuple[UUID, ...] | None:
        """Never."""
        raise _no_search()

    async def statements_like(self, literal_free: str, limit: int, patience_s: float) -> tuple[UUID, ...] | None:
        """As they are: no literal is in what is searched."""
        return await self.reads.statements_like(literal_free, limit, patience_s)

    async def objects_named(self, table: str) -> tuple[int, ...]:
        """As they are."""
        return await self.reads.objects_named(table)

    async def statements_of(self, object_ids: Sequence[int], limit: int) -> tuple[UUID, ...]:
        """As they are."""
        return await self.reads.statements_of(object_ids, limit)

    async def executions_of(self, statement_ids: Sequence[UUID], first: date, last: date) -> int:
        """As it is."""
        return await self.reads.executions_of(statement_ids, first, last)

    async def clusters_of(self, query_id: str, cluster: str | None) -> Sequence[str]:
        """As they are."""
        return await self.reads.clusters_of(query_id, cluster)

    async def query(self, query_id: str, cluster: str) -> OneQuery:
        """The query with its texts and messages as they may be seen."""
        found = await self.reads.query(query_id, cluster)
        return replace(found, query=await asyncio.to_thread(self._facts, found.query))

    def _row(self, row: FoundQuery) -> FoundQuery:
        """How long the whole text is would tell how long its literals are."""
        return replace(row, text=shown_sql(_without_torn_body(row.text), self.shown), text_length=None)

    def _facts(self, facts: QueryFacts) -> QueryFacts:
        return replace(
            facts,
            text=shown_sql(facts.text, self.shown),
            prepared_text=shown_sql(facts.prepared_text, self.shown),
            prepared_guess=shown_sql(facts.prepared_guess, self.shown),
            error_message=self._message(facts.error_message, facts),
            parse_error=self._message(facts.parse_error, facts),
            reasons=None if facts.reasons is None else self._reasons(facts),
        )

    def _message(self, text: str | None, facts: QueryFacts) -> str | None:
        return shown_message(text, self.shown, sql=facts.text or "", prepared=facts.prepared_text or "")

    def _reasons(self, facts: QueryFacts) -> list[str]:
        """What cannot be parsed has its error among the reasons; the others name objects, and may quote what is odd."""
        shown = SqlShown.REDACTED if facts.parse_error is None else self.shown
        return [one for one in (shown_message(reason, shown) for reason in facts.reasons or ()) if one is not None]


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """`ports.insights.EvidenceReads` for those who do not see all of the texts; places are those in what they see."""

    reads: EvidenceReads
    shown: SqlShown

    async def evidence(
        self, ends: tuple[int, int], columns: tuple[str | None, str | None], limit: int
    ) -> Sequence[FoundWitness]:
        """The witnesses with their texts as they may be seen."""
        found = await self.reads.evidence(ends, columns, limit)
        return await asyncio.to_thread(lambda: [self._witness(one) for one in found])

    def _witness(self, found: FoundWitness) -> FoundWitness:
        return replace(found, witness=replace(found.witness, text=shown_sql(found.witness.text, self.shown)))


def _without_torn_body(beginning: str | None) -> str | None:
    """The beginning of a text without a function's body that was cut off, which is no literal without its end."""
    if beginning is None or beginning.count("$$") % 2 == 0:
        return beginning
    return beginning[: beginning.rindex("$$")]


def _refuse_probes(wanted: QueryScan) -> None:
    if wanted.wanted.text is not None:
        raise _no_search()


def _no_search() -> RoleMissing:
    return RoleMissing(
        "your role does not see the SQL as it is, so it cannot search in it",
        hint="It searches in SQL without its literals; an operator sees everything.",
    )
