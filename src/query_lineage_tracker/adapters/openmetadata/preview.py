"""What a delivery would change: the sink's own code over an exchange that only reads.

Every request goes through the exchange, so nothing can be written, whatever the delivery does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from query_lineage_tracker.adapters.http.classify import Asked, Reply
from query_lineage_tracker.adapters.http.exchange import Exchange

Json = Mapping[str, Any]

_NO_ID = "00000000-0000-0000-0000-000000000000"
_EDGE = "/lineage/getLineageEdge/"


class DryExchange:
    """Passes on what only reads; keeps in words what would have been written, and says that it was."""

    def __init__(self, exchange: Exchange) -> None:
        self.changes: list[str] = []
        self.missing = False
        self._exchange = exchange
        self._edges: dict[str, Json] = {}

    async def send(
        self,
        method: str,
        path: str,
        asked: Asked,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The reply, to a GET the server's own."""
        if method == "GET":
            reply = await self._exchange.send(method, path, asked, content=content, headers=headers)
            if path.startswith(_EDGE) and reply.accepted:
                self._edges[path.removeprefix(_EDGE)] = _edge_of(reply.body)
            return reply
        body = orjson.loads(content) if content else None
        self.changes.append(self._in_words(method, path, body))
        stored = body if isinstance(body, dict) else {}
        return Reply(200, "application/json", orjson.dumps({"id": _NO_ID, **stored}))

    async def aclose(self) -> None:
        """The exchange underneath is not ours."""

    def _in_words(self, method: str, path: str, body: Any) -> str:
        route = path.partition("?")[0].strip("/").split("/")
        if (method, route) == ("PUT", ["lineage"]):
            edge = body["edge"]
            standing = self._edges.get(f"{edge['fromEntity']['id']}/{edge['toEntity']['id']}")
            self.missing = standing is None
            return edge_change(standing, edge["lineageDetails"])
        if (method, route[0]) == ("DELETE", "lineage"):
            return "edge is removed"
        if route[0] == "queries":
            self.missing |= method == "POST"
            return _query_change(method, route, body)
        if (method, route[0]) == ("POST", "usage"):
            return f"usage of {body['date']}: {body['count']}"
        if (method, route[0]) == ("POST", "queryCostRecord"):
            return f"cost: {body['cost']} CPU seconds of {body['count']} executions"
        return f"{method} {path}"


def _query_change(method: str, route: list[str], body: Any) -> str:
    if method == "POST":
        return f"new query {body['service']}.{body['name']} of {len(body.get('queryUsedIn') or ())} tables"
    if method == "PATCH":
        return "query: its lineage is told"
    return f"query: {len(body)} more in {route[2]}"


def edge_change(standing: Json | None, details: Json) -> str:
    """What becomes of an edge whose details are replaced, in words; `standing` is None where there is none."""
    columns = _columns(details)
    if standing is None:
        return f"new edge, {details.get('source')}, {len(columns)} column pairs"
    before = _columns(standing)
    changes = [f"+ {_pair(pair)}" for pair in sorted(columns.keys() - before.keys())]
    changes += [f"- {_pair(pair)}" for pair in sorted(before.keys() - columns.keys())]
    changes += [f"~ {_pair(pair)}" for pair in sorted(columns.keys() & before.keys()) if columns[pair] != before[pair]]
    changes += [
        f"other {name}"
        for name in ("source", "description", "sqlQuery")
        if (standing.get(name) or None) != (details.get(name) or None)
    ]
    return "edge: " + ", ".join(changes)


def _edge_of(body: bytes) -> Json:
    found = orjson.loads(body)
    edge = found.get("edge", found) if isinstance(found, dict) else {}
    return edge if isinstance(edge, dict) else {}


def _columns(details: Json) -> dict[tuple[str, str], str | None]:
    """Function by pair of columns."""
    return {
        (upstream, entry["toColumn"]): entry.get("function")
        for entry in details.get("columnsLineage") or ()
        for upstream in entry["fromColumns"]
    }


def _pair(pair: tuple[str, str]) -> str:
    return f"{pair[0]} -> {pair[1]}"
