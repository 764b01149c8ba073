"""A sink for every consumer of OpenLineage events: one run event for each statement that writes.

A statement's event holds all that its edges say, columns included, so the messages about single edges need no event:
consumers that replace what they know of a job would otherwise forget the other sources of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from query_lineage_tracker.adapters.openlineage.event import run_event
from query_lineage_tracker.adapters.openlineage.naming import Naming
from query_lineage_tracker.adapters.openlineage.versions import EngineVersions
from query_lineage_tracker.domain.outbox import Delivered, DeliveryResult, Message, QueryFacts, Retry
from query_lineage_tracker.domain.statement_run import StatementRun
from query_lineage_tracker.errors import DependencyUnreachable


class Carrier(Protocol):
    """Brings documents to where they belong: over HTTP, or into a file."""

    async def carry(self, document: Mapping[str, object], message: Message) -> DeliveryResult:
        """Deliver what the message became. Never raises for what the receiver or the network does."""
        ...

    async def probe(self) -> str | None: ...

    async def aclose(self) -> None: ...


class StatementRuns(Protocol):
    """What the last execution of a statement adds to what every message about it says."""

    async def run_of(self, facts: QueryFacts) -> StatementRun:
        """The last run of the statement. Raises StoreUnreachable."""
        ...


@dataclass(frozen=True, slots=True)
class EventRules:
    """What becomes an event, and what it may tell. `reads`: statements that only read have one, too."""

    naming: Naming = field(default_factory=Naming)
    reads: bool = False
    send_sql: bool = True


class OpenLineageSink:
    """Makes the events and has the carrier bring them; without `runs` they hold what the messages hold."""

    def __init__(
        self,
        carrier: Carrier,
        runs: StatementRuns | None,
        rules: EventRules,
        name: str = "openlineage",
        *,
        versions: EngineVersions | None = None,
    ) -> None:
        self._carrier = carrier
        self._runs = runs
        self._rules = rules
        self._name = name
        self._versions = versions

    @property
    def name(self) -> str:
        return self._name

    async def deliver(self, message: Message) -> DeliveryResult:
        facts = message.facts
        if not isinstance(facts, QueryFacts) or not self._is_told(facts):
            return Delivered({})
        try:
            run = StatementRun() if self._runs is None else await self._runs.run_of(facts)
            run = replace(run, engine_version=await self._version(facts))
        except DependencyUnreachable as problem:
            return Retry(f"the statement's last run is not known: {problem}")
        rules = self._rules
        return await self._carrier.carry(
            run_event(message.claim, facts, run, rules.naming, send_sql=rules.send_sql), message
        )

    async def _version(self, facts: QueryFacts) -> str | None:
        first, *_ = facts.targets or facts.sources
        return None if self._versions is None else await self._versions.of(first.namespace)

    def _is_told(self, facts: QueryFacts) -> bool:
        return bool(facts.targets) or (self._rules.reads and bool(facts.sources))

    async def probe(self) -> str | None:
        return await self._carrier.probe()

    async def aclose(self) -> None:
        await self._carrier.aclose()
