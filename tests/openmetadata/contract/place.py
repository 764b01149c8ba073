"""A place of our own on a server: services that nobody else has, with tables, and all of it removed in the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeVar
from uuid import uuid4

from query_lineage_tracker.adapters.http.exchange import Endpoint
from query_lineage_tracker.adapters.openmetadata.names import fqn_of, table_fqn
from query_lineage_tracker.adapters.openmetadata.queries import query_name
from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services
from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink
from query_lineage_tracker.domain.outbox import (
    CostFacts,
    Delivered,
    DeliveryResult,
    LineageFacts,
    Message,
    Preview,
    QueryFacts,
    Retry,
)
from tests.messages import a_cost, a_query, a_usage
from tests.openmetadata.contract.catalog import Catalog, segment
from tests.openmetadata.contract.interruptions import Network
from tests.openmetadata.fake_lines import KEPT_DETAILS
from tests.outboxes import MemoryAnnouncements

ADMIN = "admin"
"""A user whom every server has."""

_ATTEMPTS = 4
_CONNECTION = {"config": {"type": "Trino", "username": ADMIN, "hostPort": "localhost:8080"}}
"""Nobody connects to it; older servers take no service without one."""

T = TypeVar("T")


@dataclass
class Place:
    """Two services, `hive` in the first and `pg` in the second; `sent` is what the product would remember."""

    catalog: Catalog
    network: Network = field(default_factory=Network)
    service: str = field(default_factory=lambda: f"qlt_{uuid4().hex[:12]}")
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    sent: dict[object, Mapping[str, object]] = field(default_factory=dict)
    latest: dict[object, tuple[Message, dict[str, Any]]] = field(default_factory=dict)
    announced: MemoryAnnouncements = field(default_factory=MemoryAnnouncements)
    _owned: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)

    @property
    def second(self) -> str:
        return f"{self.service}_pg"

    @property
    def services(self) -> Services:
        return Services(self.service, (("pg", self.second),))

    @property
    def yesterday(self) -> date:
        return datetime.now(timezone.utc).date() - timedelta(days=1)

    def prepare(self) -> None:
        self.add("hive.sales.orders", "id", "amount", "day")
        self.add("hive.mart.daily", "day", "total")
        self.add("pg.sales.orders", "id")

    def add(self, dotted: str, *columns: str | dict[str, Any]) -> None:
        """A table `catalog.schema.name`, with what it stands in."""
        database, schema, name = dotted.split(".", 2)
        parts = (self.second if database == "pg" else self.service, database, schema)
        self._own(parts[:1], "/services/databaseServices", {"serviceType": "Trino", "connection": _CONNECTION})
        self._own(parts[:2], "/databases", {"service": fqn_of(parts[:1])})
        self._own(parts, "/databaseSchemas", {"database": fqn_of(parts[:2])})
        listed = [each if isinstance(each, dict) else {"name": each, "dataType": "INT"} for each in columns]
        body = {"name": name, "databaseSchema": fqn_of(parts), "columns": listed}
        self.tables[dotted] = self.catalog.done("POST", "/tables", body)

    def _own(self, parts: tuple[str, ...], path: str, body: dict[str, Any]) -> None:
        if parts not in self._owned:
            created = self.catalog.done("POST", path, {"name": parts[-1], **body})
            self._owned[parts] = (path, created["id"])

    def remove(self) -> None:
        """Everything of ours leaves the server."""
        for text in self.texts:
            found = self.query(text)
            if found is not None:
                self.catalog.ask("DELETE", f"/queries/{found['id']}?hardDelete=true")
        for parts, (path, entity_id) in self._owned.items():
            if len(parts) == 1:
                self.catalog.done("DELETE", f"{path}/{entity_id}?recursive=true&hardDelete=true")

    def fqn(self, dotted: str) -> str:
        return str(self.tables[dotted]["fullyQualifiedName"])

    def id(self, dotted: str) -> str:
        return str(self.tables[dotted]["id"])

    def text(self, sql: str) -> str:
        """The statement, as nobody else on the server has it."""
        text = f"{sql} -- {self.service}"
        self.texts[text] = sql
        return text

    def query_of(self, sql: str, **more: Any) -> Message:
        return a_query(self.text(sql), **more)

    def usage_of(self, dotted: str, executions: int) -> Message:
        return a_usage(dotted, self.yesterday, executions)

    def cost_of(self, sql: str, **more: Any) -> Message:
        return a_cost(self.text(sql), self.yesterday, **more)

    def deliver(self, message: Message, **rules: Any) -> DeliveryResult:
        """The result in the end: what is to be retried, is."""
        key = _key(message)
        for attempt in range(1, _ATTEMPTS):
            known = replace(message, claim=replace(message.claim, attempts=attempt), sent=self.sent.get(key))
            result = self._delivered(known, rules)
            if isinstance(result, Delivered):
                self.sent[key] = result.sent
            if not isinstance(result, Retry):
                break
        self.latest[key] = (message, rules)
        return result

    def _delivered(self, message: Message, rules: Mapping[str, Any]) -> DeliveryResult:
        return self._with_sink(lambda sink: sink.deliver(message), rules)

    def changes(self, message: Message, **rules: Any) -> tuple[str, ...]:
        """What another delivery would change."""
        known = replace(message, sent=self.sent.get(_key(message)))
        preview: Preview = self._with_sink(lambda sink: sink.preview(known), rules)
        return preview.changes

    def _with_sink(self, call: Callable[[OpenMetadataSink], Awaitable[T]], rules: Mapping[str, Any]) -> T:
        async def called() -> T:
            transport = self.network.transport(verify=self.catalog.url.startswith("https:"))
            endpoint = Endpoint(self.catalog.url, self.catalog.token, timeout=60.0)
            rules_here = OpenMetadataRules(self.services, **rules)
            sink = OpenMetadataSink(endpoint, rules_here, transport=transport, announcements=self.announced)
            try:
                return await call(sink)
            finally:
                await sink.aclose()

        return asyncio.run(called())

    def query(self, text: str) -> dict[str, Any] | None:
        """The query of the text, under whichever of the two services it is, with tables by name."""
        fields = "fields=users,queryUsedIn"
        for service in (self.service, self.second):
            path = f"/queries/name/{segment(fqn_of((service, query_name(text))))}?{fields}"
            found: dict[str, Any] | None = self.catalog.found(path)
            if found is not None:
                return found
        return None

    def used_in(self, text: str) -> set[str]:
        """Which of our tables the query of the text refers to."""
        names = {table["id"]: dotted for dotted, table in self.tables.items()}
        return {names[each["id"]] for each in (self.query(text) or {}).get("queryUsedIn") or ()}

    def edge(self, upstream: str, downstream: str) -> dict[str, Any] | None:
        """The details of the edge without what the server itself keeps."""
        found = self.catalog.found(f"/lineage/getLineageEdge/{self.id(upstream)}/{self.id(downstream)}")
        if found is None:
            return None
        details = found.get("edge", found)
        return {name: value for name, value in details.items() if name not in KEPT_DETAILS}

    def pairs(self, upstream: str, downstream: str) -> set[tuple[str, str]]:
        """Names of the columns that the edge joins."""
        entries = (self.edge(upstream, downstream) or {}).get("columnsLineage") or ()
        cut = len(self.fqn(upstream)) + 1, len(self.fqn(downstream)) + 1
        return {(up[cut[0] :], each["toColumn"][cut[1] :]) for each in entries for up in each["fromColumns"]}

    def put_edge(self, upstream: str, downstream: str, **details: Any) -> None:
        """As another tool would."""
        self.catalog.done("PUT", "/lineage", self.edge_of(upstream, downstream, **details))

    def edge_of(self, upstream: str, downstream: str, **details: Any) -> dict[str, Any]:
        """What is put to draw the edge."""
        up, down = ({"id": self.id(each), "type": "table"} for each in (upstream, downstream))
        return {"edge": {"fromEntity": up, "toEntity": down, "lineageDetails": details}}

    def entry(self, upstream: str, upstream_column: str, downstream: str, column: str) -> dict[str, Any]:
        ends = self.fqn(upstream), self.fqn(downstream)
        return {"fromColumns": [f"{ends[0]}.{upstream_column}"], "toColumn": f"{ends[1]}.{column}"}

    def count(self, dotted: str) -> int | None:
        """Yesterday's usage of the table."""
        return self._count("table", self.id(dotted))

    def counts_above(self) -> dict[str, int | None]:
        """Yesterday's usage of the schemas and databases, by their names."""
        kinds = {2: "database", 3: "databaseSchema"}
        owned = [(parts, entity_id) for parts, (_, entity_id) in self._owned.items() if len(parts) in kinds]
        return {fqn_of(parts): self._count(kinds[len(parts)], entity_id) for parts, entity_id in owned}

    def _count(self, entity: str, entity_id: str) -> int | None:
        day = self.yesterday.isoformat()
        found = self.catalog.done("GET", f"/usage/{entity}/{entity_id}?date={day}&days=1")
        counts = {each["date"]: each["dailyStats"]["count"] for each in found.get("usage") or ()}
        return counts.get(day)

    def costs(self) -> dict[str, tuple[float, ...]]:
        """Cost, count and duration of our statements, over all records; none where the server keeps no costs."""
        if self.catalog.line < (1, 7):
            return {}
        pages = [self.catalog.done("GET", f"/queryCostRecord/service/{each}") for each in (self.service, self.second)]
        groups = [group for page in pages for group in page.get("queryGroups") or ()]
        sums = ("totalCost", "totalCount", "totalDuration")
        return {self.texts[each["queryText"]]: tuple(float(each[name]) for name in sums) for each in groups}

    def picture(self) -> dict[str, Any]:
        """All that stands there of queries, edges and usage, in names that are the same in every place."""
        queries = {sql: self._query_shown(text) for text, sql in sorted(self.texts.items())}
        pairs = [(up, down) for up in self.tables for down in self.tables if up != down]
        edges = {f"{up} {down}": _sorted(self.edge(up, down)) for up, down in pairs}
        usage = {**{dotted: self.count(dotted) for dotted in self.tables}, **self.counts_above()}
        shown = json.dumps({"queries": queries, "edges": edges, "usage": usage}).replace(self.service, "place")
        return dict(json.loads(shown))

    def _query_shown(self, text: str) -> dict[str, Any] | None:
        found = self.query(text)
        if found is None:
            return None
        shown = {name: found.get(name) for name in ("processedLineage", "duration", "queryDate")}
        names = {"usedBy": sorted(found.get("usedBy") or ()), "users": len(found.get("users") or ())}
        return {**shown, **names, "usedIn": sorted(self.used_in(text))}


def _key(message: Message) -> object:
    facts = message.facts
    if isinstance(facts, QueryFacts):
        return facts.text
    if isinstance(facts, LineageFacts):
        return table_fqn("", facts.upstream), table_fqn("", facts.downstream)
    if isinstance(facts, CostFacts):
        return "cost", facts.text, facts.day
    return facts.object, facts.day


def _sorted(details: dict[str, Any] | None) -> dict[str, Any] | None:
    if details is None:
        return None
    entries: Sequence[dict[str, Any]] = details.get("columnsLineage") or ()
    return {**details, "columnsLineage": sorted(entries, key=json.dumps)}
