"""What a fake OpenMetadata remembers, and its rules, as observed on servers of the 1.6 line and read in the 2.0 line.

Only what the product meets is here: tables, users, queries with their additive parts, and lineage edges.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

Json = dict[str, Any]

_SOURCES = frozenset(
    [
        "Manual",
        "ViewLineage",
        "QueryLineage",
        "PipelineLineage",
        "DashboardLineage",
        "DbtLineage",
        "SparkLineage",
        "OpenLineage",
        "ExternalTableLineage",
    ]
)
_CREATE_QUERY = frozenset(
    [
        "name",
        "displayName",
        "description",
        "owners",
        "tags",
        "query",
        "duration",
        "users",
        "queryDate",
        "service",
        "queryUsedIn",
        "processedLineage",
        "usedBy",
        "triggeredBy",
        "query_type",
        "exclude_usage",
        "domain",
    ]
)
_DETAILS = frozenset(["sqlQuery", "columnsLineage", "pipeline", "source", "description"])


class Refused(Exception):
    """A request that the server refuses."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def quoted(parts: Iterable[str]) -> str:
    return ".".join(f'"{part}"' if "." in part else part for part in parts)


@dataclass
class FakeState:
    """Entities by their keys. `line` is the server's: what 1.6 refuses, 2.0 partly swallows."""

    line: str = "1.6"
    search_down: bool = False
    tables: dict[str, Json] = field(default_factory=dict)
    users: dict[str, Json] = field(default_factory=dict)
    services: set[str] = field(default_factory=set)
    queries: dict[str, Json] = field(default_factory=dict)
    edges: dict[tuple[str, str], Json | None] = field(default_factory=dict)
    usage: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def newer(self) -> bool:
        """Whether the line is one of those whose code we know, and not one that we met on the wire."""
        return self.line in ("1.8", "1.12", "2.0")

    def add_table(self, *parts: str, columns: Sequence[str | Json] = (), deleted: bool = False) -> str:
        """A table by service, database, schema and name. A column is its name, or a mapping with children."""
        fqn = quoted(parts)
        self.services.add(quoted(parts[:1]))
        entity = {"id": str(uuid4()), "name": parts[-1], "fullyQualifiedName": fqn, "deleted": deleted, "path": parts}
        self.tables[fqn] = entity | {"columns": [_column(fqn, column) for column in columns]}
        return str(entity["id"])

    def add_user(self, name: str) -> str:
        user = {"id": str(uuid4()), "name": name, "fullyQualifiedName": quoted((name,))}
        self.users[user["fullyQualifiedName"]] = user
        return user["id"]

    def table(self, fqn: str, fields: set[str]) -> Json:
        entity = self.tables.get(fqn)
        if entity is None or entity["deleted"]:
            raise Refused(404, f"table instance for {fqn} not found")
        return {key: value for key, value in entity.items() if key not in ("columns", "path") or key in fields}

    def children(self, kind: str, parent: str | None) -> list[Json]:
        """Databases of a service, schemas of a database or tables of a schema; of an unknown parent there are none."""
        depth = ("databases", "databaseSchemas", "tables").index(kind) + 1
        paths = [each["path"] for each in self.tables.values() if not each["deleted"]]
        found = {path[: depth + 1] for path in paths if parent in (None, quoted(path[:depth]))}
        return [{"id": quoted(path), "name": path[-1], "fullyQualifiedName": quoted(path)} for path in sorted(found)]

    def user(self, fqn: str) -> Json:
        if fqn not in self.users:
            raise Refused(404, f"user instance for {fqn} not found")
        return self.users[fqn]

    def query(self, fqn: str, fields: set[str]) -> Json:
        entity = self.queries.get(fqn)
        if entity is None:
            raise Refused(404, f"query instance for {fqn} not found")
        return self._shown(entity, fields)

    def create_query(self, body: Json) -> Json:
        _strict(body, _CREATE_QUERY | ({"dialect"} if self.newer else set()), "CreateQuery")
        _required(body, "query", "service")
        references = [self._reference(each) for each in body.get("queryUsedIn") or ()]
        users = [self.user(name)["id"] for name in body.get("users") or ()]
        if quoted((str(body["service"]).strip('"'),)) not in self.services:
            raise Refused(404, f"databaseService instance for {body['service']} not found")
        return self._stored_query(body, references, users)

    def _stored_query(self, body: Json, references: list[str], users: list[str]) -> Json:
        checksum = hashlib.md5(str(body["query"]).encode()).hexdigest()
        fqn = f"{quoted((str(body['service']).strip(chr(34)),))}.{body.get('name') or checksum}"
        if fqn in self.queries or any(each["checksum"] == checksum for each in self.queries.values()):
            raise Refused(409, "Entity already exists")
        entity = {
            "id": str(uuid4()),
            "name": body.get("name") or checksum,
            "fullyQualifiedName": fqn,
            "checksum": checksum,
            "usedBy": list(body.get("usedBy") or ()) if self.newer else [],
            "processedLineage": bool(body.get("processedLineage")),
            "users": users,
            "queryUsedIn": references,
        }
        kept = ("query", "duration", "queryDate")
        self.queries[fqn] = entity | {name: body[name] for name in kept if name in body}
        return self._shown(self.queries[fqn], set())

    def patch_query(self, query_id: str, body: list[Json]) -> Json:
        """The flag is all that can be patched here; other paths are the server's errors."""
        entity = self._query_by_id(query_id)
        self._shown(entity, {"queryUsedIn"})
        for each in body:
            if (each["op"], each["path"]) not in (("add", "/processedLineage"), ("replace", "/processedLineage")):
                raise Refused(500, f"Non-existing name/value pair in the object for key {each['path']}")
            entity["processedLineage"] = each["value"]
        return self._shown(entity, set())

    def add_usage(self, query_id: str, body: list[Json]) -> None:
        """Relations are stored before ids are checked: a wrong one stays."""
        entity = self._query_by_id(query_id)
        ids = [str(each["id"]) for each in body]
        entity["queryUsedIn"] += [each for each in ids if each not in entity["queryUsedIn"]]
        self._shown(entity, {"queryUsedIn"})

    def add_users(self, query_id: str, body: list[str]) -> None:
        entity = self._query_by_id(query_id)
        ids = [self.user(name)["id"] for name in body]
        entity["users"] += [each for each in ids if each not in entity["users"]]

    def add_used_by(self, query_id: str, body: list[str]) -> None:
        entity = self._query_by_id(query_id)
        self._shown(entity, {"queryUsedIn"})
        entity["usedBy"] += [each for each in body if each not in entity["usedBy"]]

    def put_edge(self, body: Json) -> None:
        _strict(body, frozenset({"edge"}), "AddLineage")
        edge = body["edge"]
        _strict(edge, frozenset({"fromEntity", "toEntity", "description", "lineageDetails"}), "EntitiesEdge")
        ends = tuple(self._table_by_id(str(edge[end]["id"]), edge[end]) for end in ("fromEntity", "toEntity"))
        details = edge.get("lineageDetails")
        self.edges[(ends[0]["id"], ends[1]["id"])] = None if details is None else self._details(details, ends)
        if self.search_down:
            raise Refused(500, "Connection refused")

    def post_usage(self, table_id: str, body: Json) -> None:
        """Set for the table by id and day, added up for its schema and database by FQN and day."""
        _strict(body, frozenset({"date", "count"}), "DailyCount")
        _required(body, "date", "count")
        table = self._table_by_id(table_id, {"type": "table"})
        if body["count"] < 0:
            raise Refused(400, "[count must be greater than or equal to 0]")
        try:
            day = str(date.fromisoformat(body["date"]))
        except ValueError:
            raise Refused(500, "INSERT INTO entity_usage ...") from None
        self.usage[table_id, day] = body["count"]
        schema = str(table["fullyQualifiedName"]).rsplit(".", 1)[0]
        for above in (schema, schema.rsplit(".", 1)[0]):
            self.usage[above, day] = self.usage.get((above, day), 0) + body["count"]

    def usage_of(self, table_id: str, last: str, days: int) -> Json:
        reference = {"id": self._table_by_id(table_id, {"type": "table"})["id"], "type": "table"}
        first = str(date.fromisoformat(last) - timedelta(days=days))
        stands = {day: count for (each, day), count in self.usage.items() if each == table_id and first <= day <= last}
        stats = {"percentileRank": 0}
        return {
            "entity": reference,
            "usage": [
                {"date": day, "dailyStats": {"count": count, **stats}}
                for day, count in sorted(stands.items(), reverse=True)
            ],
        }

    def delete_edge(self, from_id: str, to_id: str) -> None:
        if (from_id, to_id) not in self.edges:
            raise Refused(404, f"Lineage edge between {from_id} and {to_id} not found")
        del self.edges[from_id, to_id]

    def edge(self, from_id: str, to_id: str) -> Json:
        details = self.edges.get((from_id, to_id))
        if details is None:
            raise Refused(404, f"Lineage edge between {from_id} and {to_id} not found")
        return {"edge": details}

    def _details(self, details: Json, ends: tuple[Json, ...]) -> Json:
        kept = {name: value for name, value in details.items() if name in _DETAILS}
        kept.setdefault("source", "Manual")
        if kept["source"] not in _SOURCES:
            raise Refused(400, f"Cannot construct instance of LineageDetails$Source, problem: {kept['source']}")
        listed = [frozenset(_fqns(end["columns"])) for end in ends]
        kept["columnsLineage"] = [
            entry
            for entry in kept.get("columnsLineage") or ()
            if self._columns_listed(entry["fromColumns"], listed[0])
            and self._columns_listed([entry["toColumn"]], listed[1])
        ]
        return kept

    def _columns_listed(self, columns: list[str], listed: frozenset[str]) -> bool:
        unknown = [column for column in columns if column not in listed]
        if unknown and not self.newer:
            raise Refused(400, f"Invalid fully qualified column name {unknown[0]}")
        return not unknown

    def _reference(self, reference: Json) -> str:
        _required(reference, "id", "type")
        return str(self._table_by_id(str(reference["id"]), reference)["id"])

    def _table_by_id(self, table_id: str, reference: Mapping[str, Any]) -> Json:
        if reference.get("type") != "table":
            raise Refused(400, "[type must not be null]")
        for entity in self.tables.values():
            if entity["id"] == table_id:
                return entity
        raise Refused(404, f"table instance for {table_id} not found")

    def _query_by_id(self, query_id: str) -> Json:
        for entity in self.queries.values():
            if entity["id"] == query_id:
                return entity
        raise Refused(404, f"query instance for {query_id} not found")

    def _shown(self, entity: Json, fields: set[str]) -> Json:
        shown = {name: value for name, value in entity.items() if name not in ("users", "queryUsedIn")}
        if "users" in fields:
            shown["users"] = [{"id": each, "type": "user"} for each in entity["users"]]
        if "queryUsedIn" in fields:
            shown["queryUsedIn"] = [{"id": each, "type": "table"} for each in self._known(entity["queryUsedIn"])]
        return shown

    def _known(self, table_ids: list[str]) -> list[str]:
        known = {entity["id"] for entity in self.tables.values()}
        unknown = [each for each in table_ids if each not in known]
        if unknown and not self.newer:
            raise Refused(404, f"table instance for {unknown[0]} not found")
        return [each for each in table_ids if each in known]


def _column(parent: str, column: str | Json) -> Json:
    given = {"name": column} if isinstance(column, str) else column
    fqn = f"{parent}.{quoted((given['name'],))}"
    children = [_column(fqn, child) for child in given.get("children", ())]
    return {"name": given["name"], "fullyQualifiedName": fqn, "dataType": "VARCHAR", "children": children}


def _fqns(columns: list[Json]) -> list[str]:
    return [fqn for column in columns for fqn in (column["fullyQualifiedName"], *_fqns(column["children"]))]


def _strict(body: Json, known: frozenset[str], model: str) -> None:
    for name in body:
        if name not in known:
            raise Refused(400, f'Unrecognized field "{name}" (class {model}, not marked as ignorable')


def _required(body: Json, *names: str) -> None:
    missing = [name for name in names if body.get(name) is None]
    if missing:
        raise Refused(400, "[" + ", ".join(f"{name} must not be null" for name in missing) + "]")
