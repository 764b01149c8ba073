"""The calls of OpenMetadata's REST API that we make, each one request; they raise NotDelivered when it is refused.

The request bodies use only fields that the servers of the lines 1.4 to 2.0 all accept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from enum import Enum

import httpx
import orjson

from query_lineage_tracker.adapters.http.classify import Asked, Reply, classify
from query_lineage_tracker.adapters.http.exchange import (
    Endpoint,
    Exchange,
    HttpExchange,
    NotDelivered,
    RequestObserver,
    checked_token,
    checked_url,
)
from query_lineage_tracker.adapters.openmetadata.names import path_segment
from query_lineage_tracker.domain.outbox import Halted, Parked

Json = Mapping[str, object]
Line = tuple[int, int]
"""Major and minor version of a server."""

MAX_LISTED = 20_000
"""Most entities under one parent that are read."""

PAGE = 200
"""A page holds few, because tables come with all their columns."""

_UNKNOWN: Line = (0, 0)
_FIRST: Line = (1, 4)
"""A server of 1.1, tried for real, keeps no service of a query and shows no single edge."""
_NOT_FOUND = 404
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Table:
    """A table as OpenMetadata lists it: names and FQNs of its columns, and the FQNs of these and all nested ones."""

    id: str
    fqn: str
    columns: tuple[tuple[str, str], ...] = ()
    listed: frozenset[str] = frozenset()
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TablePage:
    """Some tables of a schema; `after` leads to the next page, if there is one, and `total` counts all."""

    tables: tuple[Table, ...]
    after: str
    total: int


class Parent(Enum):
    """What holds named entities: the route that lists them, and the parameter that names the parent."""

    SERVICE = ("databases", "service")
    DATABASE = ("databaseSchemas", "database")
    SCHEMA = ("tables", "databaseSchema")

    @property
    def route(self) -> str:
        return self.value[0]

    @property
    def parameter(self) -> str:
        return self.value[1]


@dataclass(slots=True)
class _Server:
    """What we learnt of the server, whichever exchange we ask it through."""

    line: Line | None = None


class OpenMetadataApi:
    """One server, one bot. `attempts` of the message being delivered bounds how often a 500 is retried."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        observe: RequestObserver | None = None,
    ) -> None:
        token = checked_token(endpoint.token, "OMD_TOKEN")
        based = replace(endpoint, url=api_base(endpoint.url), token=token)
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._exchange: Exchange = HttpExchange(based, headers, transport=transport, observe=observe)
        self._server = _Server()
        self._address = based.url

    async def aclose(self) -> None:
        await self._exchange.aclose()

    def through(self, wrapped: Callable[[Exchange], Exchange]) -> OpenMetadataApi:
        """The same server through another exchange, made of this one."""
        other = copy(self)
        other._exchange = wrapped(self._exchange)
        return other

    async def probe(self) -> None:
        """An authenticated request that changes nothing (`/system/version` would accept any token), and the version."""
        asked = Asked("probe", f"of the API and the token at {self._address}")
        reply = await self._exchange.send("GET", "/tables?limit=1", asked)
        if reply.status == _NOT_FOUND:
            raise NotDelivered(Halted(f"{asked}: there is no OpenMetadata API under this address (HTTP 404)"))
        _json(_checked(reply, asked, 0), asked)
        self._server.line = None
        line = await self.line()
        if _UNKNOWN < line < _FIRST:
            raise NotDelivered(
                Halted(f"{asked}: it is OpenMetadata {_dotted(line)}; {_dotted(_FIRST)} or newer is needed")
            )

    async def line(self) -> Line:
        """The line of the server's version, asked for once after each probe; the oldest when it does not tell it."""
        try:
            return await self.told_line()
        except NotDelivered:
            return _UNKNOWN

    async def told_line(self) -> Line:
        """The same for what must not be taken for an older server; raises NotDelivered when there is no answer."""
        if self._server.line is None:
            found = await self._get("/system/version", Asked("get_version", "of the server")) or {}
            self._server.line = line_of(str(found.get("version")))
        return self._server.line

    async def table(self, fqn: str, *, columns: bool = False) -> Table | None:
        """The table, or None when the server does not know it. Without `columns` none are listed."""
        query = "?fields=columns" if columns else ""
        asked = Asked("get_table", fqn)
        found = await self._get(f"/tables/name/{path_segment(fqn)}{query}", asked)
        return None if found is None else _table(found, asked)

    async def tables_in(self, schema: str, after: str = "") -> TablePage:
        """A page of the schema's tables with their columns; of a schema that is not there, an empty one."""
        asked = Asked("list_tables", schema)
        cursor = f"&after={path_segment(after)}" if after else ""
        path = f"/tables?databaseSchema={path_segment(schema)}&fields=columns&limit={PAGE}{cursor}"
        page = await self._get(path, asked) or {}
        paging = page.get("paging")
        told = paging if isinstance(paging, Mapping) else {}
        total = told.get("total")
        tables = tuple(_table(each, asked) for each in _mappings(page.get("data")))
        return TablePage(tables, str(told.get("after") or ""), total if isinstance(total, int) else len(tables))

    async def names_in(self, parent: Parent, fqn: str) -> list[str] | None:
        """Names of what the parent holds, deleted ones left out; None when they are too many to be read."""
        asked = Asked(f"list_{parent.route.lower()}", fqn)
        first = f"/{parent.route}?{parent.parameter}={path_segment(fqn)}&limit={PAGE}"
        names: list[str] = []
        after = ""
        for _ in range(MAX_LISTED // PAGE):
            page = await self._get(first + after, asked) or {}
            names += [str(each.get("name")) for each in _mappings(page.get("data"))]
            paging = page.get("paging")
            cursor = paging.get("after") if isinstance(paging, Mapping) else None
            if not cursor:
                return names
            after = f"&after={path_segment(str(cursor))}"
        return None

    async def user(self, name: str) -> Json | None:
        return await self._get(f"/users/name/{path_segment(name)}", Asked("get_user", name))

    async def query(self, fqn: str) -> Json | None:
        """A query with its users and the tables that it is used in."""
        path = f"/queries/name/{path_segment(fqn)}"
        return await self._get(f"{path}?fields=users,queryUsedIn", Asked("get_query", fqn))

    async def query_exists(self, fqn: str) -> bool:
        """Whether the query is there, also when its references are damaged."""
        return await self._get(f"/queries/name/{path_segment(fqn)}", Asked("get_query", fqn)) is not None

    async def create_query(self, body: Json, subject: str, attempts: int) -> Json | None:
        """The created query, or None when the server has this text already."""
        asked = Asked("post_query", subject)
        reply = await self._send("POST", "/queries", body, asked)
        return None if reply.status == _CONFLICT else _json(_checked(reply, asked, attempts), asked)

    async def add_to_query(self, query_id: str, what: str, values: Sequence[object], attempts: int) -> None:
        """Add to `usage` (references), `users` (FQNs) or `usedBy` (names); nothing is ever removed."""
        asked = Asked(f"put_query_{what}", query_id)
        _checked(await self._send("PUT", f"/queries/{query_id}/{what}", values, asked), asked, attempts)

    async def mark_processed(self, query_id: str, attempts: int) -> None:
        """Say that the query's lineage is told, so that the server's own ingestion does not read its text again."""
        asked = Asked("patch_query", query_id)
        patch = [{"op": "add", "path": "/processedLineage", "value": True}]
        reply = await self._send("PATCH", f"/queries/{query_id}", patch, asked, "application/json-patch+json")
        _checked(reply, asked, attempts)

    async def edge_details(self, from_id: str, to_id: str, subject: str) -> Json | None:
        """The details of the edge that stands there, or None."""
        path = f"/lineage/getLineageEdge/{from_id}/{to_id}"
        found = await self._get(path, Asked("get_lineage", subject))
        if found is None:
            return None
        edge = found.get("edge", found)
        return edge if isinstance(edge, Mapping) else {}

    async def put_edge(self, from_id: str, to_id: str, details: Json, subject: str, attempts: int) -> None:
        """Replace the details of the edge as a whole."""
        asked = Asked("put_lineage", subject)
        ends = {"fromEntity": {"id": from_id, "type": "table"}, "toEntity": {"id": to_id, "type": "table"}}
        reply = await self._send("PUT", "/lineage", {"edge": {**ends, "lineageDetails": details}}, asked)
        _checked(reply, asked, attempts)

    async def usage_counts(self, table_id: str, day: str) -> Mapping[str, int]:
        """Counts of the table by day (`YYYY-MM-DD`), of this day and perhaps of those around it."""
        asked = Asked("get_usage", f"{table_id} {day}")
        found = await self._get(f"/usage/table/{table_id}?date={day}&days=1", asked) or {}
        counts = {}
        for each in _mappings(found.get("usage")):
            stats = each.get("dailyStats")
            count = stats.get("count") if isinstance(stats, Mapping) else None
            if isinstance(count, int):
                counts[str(each.get("date"))] = count
        return counts

    async def post_usage(self, table_id: str, day: str, count: int, attempts: int) -> None:
        """Set the table's count of the day; those of its schema and its database grow by it with every call."""
        asked = Asked("post_usage", f"{table_id} {day}")
        reply = await self._send("POST", f"/usage/table/{table_id}", {"date": day, "count": count}, asked)
        _checked(reply, asked, attempts)

    async def post_cost(self, record: Json, asked: Asked) -> Reply:
        """Add a record of what executions of a query cost. Each call adds one, so what it says is for the caller."""
        return await self._send("POST", "/queryCostRecord", record, asked)

    async def delete_edge(self, from_id: str, to_id: str, subject: str, attempts: int) -> None:
        """Remove the edge as a whole; one that is gone already is as good."""
        asked = Asked("delete_lineage", subject)
        reply = await self._exchange.send("DELETE", f"/lineage/table/{from_id}/table/{to_id}", asked)
        if reply.status != _NOT_FOUND:
            _checked(reply, asked, attempts)

    async def _get(self, path: str, asked: Asked) -> Json | None:
        reply = await self._exchange.send("GET", path, asked)
        problem = classify(reply, asked)
        if isinstance(problem, Parked):
            return None
        return _json(_checked(reply, asked, 0), asked)

    async def _send(
        self, method: str, path: str, body: object, asked: Asked, content_type: str = "application/json"
    ) -> Reply:
        headers = {"Content-Type": content_type}
        return await self._exchange.send(method, path, asked, content=orjson.dumps(body), headers=headers)


def _dotted(line: Line) -> str:
    return ".".join(map(str, line))


def line_of(version: str) -> Line:
    """Major and minor of a version such as `1.12.0-SNAPSHOT`."""
    found = re.match(r"(\d{1,4})\.(\d{1,4})", version, re.ASCII)
    return (int(found[1]), int(found[2])) if found else _UNKNOWN


def api_base(url: str) -> str:
    """The base of the API's paths; the address may be given with or without `/api` and `/api/v1`."""
    base = str(checked_url(url, "OMD_URL")).partition("?")[0].partition("#")[0].rstrip("/")
    base = base.removesuffix("/v1").removesuffix("/api")
    return f"{base}/api/v1"


def _checked(reply: Reply, asked: Asked, attempts: int) -> Reply:
    problem = classify(reply, asked, attempts)
    if problem is not None:
        raise NotDelivered(problem)
    return reply


def _json(reply: Reply, asked: Asked) -> Json:
    try:
        parsed = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise NotDelivered(
            Halted(f"{asked}: the answer is not the JSON of the API ({reply.content_type or 'no type'})")
        )
    return parsed


def identity(entity: Json, asked: Asked) -> str:
    """The entity's id. Raises NotDelivered when there is none: then this is no OpenMetadata."""
    found = entity.get("id")
    if not isinstance(found, str) or not found:
        raise NotDelivered(Halted(f"{asked}: the answer has no id, so it is not OpenMetadata's"))
    return found


def _table(found: Json, asked: Asked) -> Table:
    own = _mappings(found.get("columns"))
    return Table(
        id=identity(found, asked),
        fqn=str(found.get("fullyQualifiedName") or asked.subject),
        columns=tuple((str(column.get("name")), str(column.get("fullyQualifiedName"))) for column in own),
        listed=frozenset(str(column.get("fullyQualifiedName")) for column in _with_nested(own)),
        updated_at=_moment(found.get("updatedAt")),
    )


def _moment(milliseconds: object) -> datetime | None:
    if not isinstance(milliseconds, int):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None


def _with_nested(columns: list[Json]) -> Iterator[Json]:
    pending = list(columns)
    while pending:
        column = pending.pop()
        pending += _mappings(column.get("children"))
        yield column


def _mappings(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
