"""OpenMetadata as a sink: queries and lineage, merged into what stands there, usage, and what executions cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from copy import copy
from functools import partial

import httpx

from query_lineage_tracker.adapters.http.exchange import Endpoint, Exchange, NotDelivered, RequestObserver
from query_lineage_tracker.adapters.http.probing import why_closed
from query_lineage_tracker.adapters.http.recorded import RecordedExchange
from query_lineage_tracker.adapters.openmetadata.api import OpenMetadataApi, Parent
from query_lineage_tracker.adapters.openmetadata.costs import NothingAnnounced, deliver_cost
from query_lineage_tracker.adapters.openmetadata.lineage import deliver_lineage
from query_lineage_tracker.adapters.openmetadata.names import fqn_of
from query_lineage_tracker.adapters.openmetadata.preview import DryExchange
from query_lineage_tracker.adapters.openmetadata.queries import KnownUsers, deliver_query
from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules
from query_lineage_tracker.adapters.openmetadata.tables import Tables
from query_lineage_tracker.adapters.openmetadata.usage import deliver_usage
from query_lineage_tracker.domain.outbox import (
    CostFacts,
    Delivered,
    DeliveryResult,
    Message,
    ObjectFacts,
    Preview,
    QueryFacts,
    Retry,
    UsageFacts,
)
from query_lineage_tracker.errors import DependencyUnreachable
from query_lineage_tracker.ports.delivery import Announcements, CallRecorder


class OpenMetadataSink:
    """Delivers to one server; `calls` are told of each request that changes something there.

    `announcements` are told before what cannot be repeated; without them it is not sent.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        rules: OpenMetadataRules,
        *,
        name: str = "openmetadata",
        transport: httpx.AsyncBaseTransport | None = None,
        observe: RequestObserver | None = None,
        calls: CallRecorder | None = None,
        announcements: Announcements | None = None,
    ) -> None:
        self._calls = calls
        self._announcements = announcements
        self._rules = rules
        self._name = name
        self._address = endpoint.url
        self._observe = observe
        self._requests = 0
        self._api = OpenMetadataApi(endpoint, transport=transport, observe=self._count)
        self._tables = Tables(self._api, rules.services, ignore_case=rules.ignore_case)
        self._users = KnownUsers(rules.users)

    @property
    def name(self) -> str:
        return self._name

    @property
    def address(self) -> str:
        return self._address

    @property
    def requests(self) -> int:
        return self._requests

    def _count(self, operation: str, status: str, seconds: float) -> None:
        self._requests += 1
        if self._observe is not None:
            self._observe(operation, status, seconds)

    async def deliver(self, message: Message) -> DeliveryResult:
        if self._calls is None:
            return await self._ended(message)
        record = partial(self._calls.record, message.claim)
        return await self._through(lambda exchange: RecordedExchange(exchange, record))._ended(message)

    async def preview(self, message: Message) -> Preview:
        """What delivering the message would change; nothing is written."""
        exchanges: list[DryExchange] = []

        def dry(exchange: Exchange) -> Exchange:
            exchanges.append(DryExchange(exchange))
            return exchanges[0]

        reading = self._through(dry)
        reading._tables = self._tables.for_looking()
        reading._announcements = NothingAnnounced()
        result = await reading._ended(message)
        return Preview(tuple(exchanges[0].changes), result, exchanges[0].missing)

    async def missing(self, objects: Sequence[ObjectFacts]) -> Set[ObjectFacts] | None:
        """Those that have no table there, as far as a few calls a schema can tell; None when it cannot be asked now."""
        try:
            return await self._tables.missing(objects)
        except NotDelivered:
            return None

    async def empty_services(self, namespaces: Sequence[str]) -> Sequence[str]:
        """Services of the settings, or for want of them of the namespaces, that hold no database."""
        try:
            names = self._rules.services.looked_under(namespaces)
            return [name for name in names if await self._api.names_in(Parent.SERVICE, fqn_of((name,))) == []]
        except NotDelivered:
            return []

    def _through(self, wrapped: Callable[[Exchange], Exchange]) -> OpenMetadataSink:
        other = copy(self)
        other._api = self._api.through(wrapped)
        return other

    async def _ended(self, message: Message) -> DeliveryResult:
        try:
            return await self._deliver(message)
        except NotDelivered as ended:
            return ended.result
        except DependencyUnreachable as problem:
            return Retry(f"what is about to be sent cannot be remembered: {problem}")

    async def _deliver(self, message: Message) -> Delivered:
        facts = message.facts
        if isinstance(facts, UsageFacts):
            return await deliver_usage(self._api, self._tables, message, facts, today=self._rules.usage_today)
        if not isinstance(facts, QueryFacts | CostFacts):
            return await deliver_lineage(self._api, self._tables, self._rules, message, facts)
        if not self._rules.send_sql:
            return Delivered({"skipped": "no SQL text may be sent"})
        if isinstance(facts, CostFacts):
            return await deliver_cost(self._api, self._tables, self._announcements, message, facts)
        return await deliver_query(self._api, self._tables, self._users, message, facts)

    async def probe(self) -> str | None:
        return await why_closed(self._api.probe)

    async def aclose(self) -> None:
        await self._api.aclose()
