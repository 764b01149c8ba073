"""The routes of a fake OpenMetadata: from a request to what the state says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.openmetadata.fake_lines import Json, Refused
from tests.openmetadata.fake_state import FakeState
from tests.openmetadata.fake_tables import KINDS, PARENTS


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What stands behind the `?`, and the parsed body."""

    parameters: dict[str, str]
    body: Any = None

    @property
    def fields(self) -> set[str]:
        return set(self.parameters.get("fields", "").split(","))

    @property
    def include(self) -> str:
        return self.parameters.get("include", "non-deleted")

    @property
    def hard(self) -> bool:
        return self.parameters.get("hardDelete") == "true"


class NotJson(Refused):
    def __init__(self) -> None:
        super().__init__(400, "Unable to process JSON")


Route = Callable[..., Answer]
"""Of the state, what was asked, and the variable parts of the path."""


def routed(state: FakeState, method: str, target: str, body: bytes, content_type: str) -> Answer:
    """The answer to a request of somebody who may ask. Raises Refused."""
    split = urlsplit(target)
    matches = [(verb, match, route) for verb, pattern, route in _ROUTES if (match := pattern.fullmatch(split.path))]
    for verb, match, route in matches:
        if verb == method:
            parameters = {name: values[-1] for name, values in parse_qs(split.query).items()}
            parsed = None if method in ("GET", "DELETE") else _parsed(method, body, content_type)
            return route(state, Asked(parameters, parsed), *map(unquote, match.groups()))
    raise _no_route("405 Method Not Allowed" if matches else "404 Not Found")


def _no_route(status: str) -> Refused:
    return Refused(int(status[:3]), f"HTTP {status}", unhandled=True)


def _parsed(method: str, body: bytes, content_type: str) -> Any:
    taken = "application/json-patch+json" if method == "PATCH" else "application/json"
    if content_type.partition(";")[0].strip() != taken:
        raise _no_route("415 Unsupported Media Type")
    if not body:
        raise Refused(500, "Cannot invoke a method because the request is null", unhandled=True)
    try:
        return json.loads(body)
    except ValueError:
        raise NotJson() from None


def json_answer(status: int, body: Any) -> Answer:
    return Answer(status, json.dumps(body).encode())


def _got(call: Callable[[FakeState, str, Asked], Any]) -> Route:
    return lambda state, asked, name: json_answer(200, call(state, name, asked))


def _added(call: Callable[[FakeState, str, Any], None]) -> Route:
    def route(state: FakeState, asked: Asked, name: str) -> Answer:
        call(state, name, asked.body)
        return json_answer(201, {"eventType": "entityUpdated"})

    return route


def _created(call: Callable[[FakeState, Json], Json]) -> Route:
    return lambda state, asked: json_answer(201, call(state, asked.body))


def _listed(kind: str) -> Route:
    def route(state: FakeState, asked: Asked) -> Answer:
        limit = int(asked.parameters.get("limit", 10))
        if not 0 <= limit <= 1_000_000:
            raise Refused(400, "limit must be between 0 and 1000000")
        cursor = asked.parameters.get("after", "0")
        if not cursor.isdecimal():
            raise Refused(500, "Input byte array has incorrect ending byte", unhandled=True)
        found = state.children(kind, asked.parameters.get(PARENTS[kind]), asked.fields, asked.include)
        start = int(cursor)
        more = {"after": str(start + limit)} if start + limit < len(found) else {}
        return json_answer(200, {"data": found[start : start + limit], "paging": {"total": len(found)} | more})

    return route


def _create_any(kind: str) -> Route:
    return lambda state, asked: json_answer(201, state.create(kind, asked.body))


def _delete_any(kind: str) -> Route:
    def route(state: FakeState, asked: Asked, entity_id: str) -> Answer:
        state.delete(kind, entity_id, hard=asked.hard)
        return json_answer(200, {"id": entity_id})

    return route


def _done(call: Callable[..., None]) -> Route:
    """Of calls that need nothing but the path."""

    def route(state: FakeState, asked: Asked, *names: str) -> Answer:
        call(state, *names)
        return json_answer(200, {})

    return route


def _put_query(state: FakeState, asked: Asked) -> Answer:
    created, query = state.put_query(asked.body)
    return json_answer(201 if created else 200, query)


def _put_edge(state: FakeState, asked: Asked) -> Answer:
    state.put_edge(asked.body)
    return Answer(200)


def _get_edge(state: FakeState, asked: Asked, from_id: str, to_id: str) -> Answer:
    return json_answer(200, state.edge(from_id, to_id))


def _add_cost(state: FakeState, asked: Asked) -> Answer:
    return json_answer(200, state.add_cost(asked.body))


def _get_usage(state: FakeState, asked: Asked, entity: str, entity_id: str) -> Answer:
    last, days = asked.parameters["date"], int(asked.parameters["days"])
    return json_answer(200, state.usage_of(entity, entity_id, last, days))


def _tell_usage(call: Callable[[FakeState, str, str, Any], None]) -> Route:
    def route(state: FakeState, asked: Asked, entity: str, entity_id: str) -> Answer:
        call(state, entity, entity_id, asked.body)
        return json_answer(201, {"eventType": "entityUpdated"})

    return route


_PATHS = {kind: f"/services/{kind}" if kind == "databaseServices" else f"/{kind}" for kind in KINDS}
CREATING = frozenset(f"/api/v1{path}" for path in _PATHS.values())
"""Where services and what is in them are created, which only tests do."""

_TABLE: list[tuple[str, str, Route]] = [
    *(("POST", path, _create_any(kind)) for kind, path in _PATHS.items()),
    *(("DELETE", path + "/([^/]+)", _delete_any(kind)) for kind, path in _PATHS.items()),
    *(("GET", _PATHS[kind], _listed(kind)) for kind in PARENTS),
    ("GET", "/tables/name/([^/]+)", _got(lambda state, fqn, asked: state.table(fqn, asked.fields, asked.include))),
    ("GET", "/users/name/([^/]+)", _got(lambda state, name, _: state.user(name))),
    ("POST", "/users", _created(FakeState.create_user)),
    ("DELETE", "/users/([^/]+)", _done(FakeState.delete_user)),
    ("GET", "/queries/name/([^/]+)", _got(lambda state, fqn, asked: state.query(fqn, asked.fields))),
    ("POST", "/queries", _created(FakeState.create_query)),
    ("PUT", "/queries", _put_query),
    ("PATCH", "/queries/([^/]+)", _got(lambda state, query_id, asked: state.patch_query(query_id, asked.body))),
    ("DELETE", "/queries/([^/]+)", _done(FakeState.delete_query)),
    ("PUT", "/queries/([^/]+)/usage", _added(FakeState.add_usage)),
    ("PUT", "/queries/([^/]+)/users", _added(FakeState.add_users)),
    ("PUT", "/queries/([^/]+)/usedBy", _added(FakeState.add_used_by)),
    ("POST", "/usage/([^/]+)/([^/]+)", _tell_usage(FakeState.post_usage)),
    ("PUT", "/usage/([^/]+)/([^/]+)", _tell_usage(FakeState.put_usage)),
    ("GET", "/usage/([^/]+)/([^/]+)", _get_usage),
    ("POST", "/queryCostRecord", _add_cost),
    ("GET", "/queryCostRecord/service/([^/]+)", _got(lambda state, service, _: state.costs_of(service))),
    ("PUT", "/lineage", _put_edge),
    ("DELETE", "/lineage/table/([^/]+)/table/([^/]+)", _done(FakeState.delete_edge)),
    ("GET", "/lineage/getLineageEdge/([^/]+)/([^/]+)", _get_edge),
]
_ROUTES = [(verb, re.compile("/api/v1" + pattern), route) for verb, pattern, route in _TABLE]
