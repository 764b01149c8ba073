"""What a fake OpenMetadata remembers of services, tables and users."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from tests.openmetadata.fake_lines import Json, LineRules, Refused, quoted, required, rules_of, strict

KINDS = ("databaseServices", "databases", "databaseSchemas", "tables")
PARENTS = {"databases": "service", "databaseSchemas": "database", "tables": "databaseSchema"}
"""What names the parent, by kind: the same word in a listing and in a request that creates."""

_NAMED = frozenset(["name", "displayName", "description", "tags"])
_FIELDS = {
    "databaseServices": _NAMED | {"serviceType", "connection"},
    "databases": _NAMED | {"service"},
    "databaseSchemas": _NAMED | {"database"},
    "tables": _NAMED | {"databaseSchema", "columns", "tableType", "tableConstraints"},
}
_LONGEST = 256


@dataclass
class FakeTables:
    """Entities by their names, and tables by their ids as well. `line` is the server's."""

    line: str = "1.6"
    tables: dict[str, Json] = field(default_factory=dict)
    users: dict[str, Json] = field(default_factory=dict)
    services: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    """Operations, such as EditLineage, that the bot may not do."""
    _by_id: dict[str, Json] = field(default_factory=dict)
    _members: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)

    @property
    def rules(self) -> LineRules:
        return rules_of(self.line)

    def may(self, operation: str) -> None:
        if operation in self.denied:
            raise Refused(403, f"Principal: CatalogPrincipal{{name='qlt-bot'}} operations [{operation}] not allowed")

    def add_table(self, *parts: str, columns: Sequence[str | Json] = (), deleted: bool = False) -> str:
        """A table by service, database, schema and name. A column is its name, or a mapping with children."""
        for depth, kind in enumerate(KINDS[:-1], 1):
            if quoted(parts[:depth]) not in self._members.get((kind, quoted(parts[: depth - 1])), {}):
                self._add(kind, parts[:depth])
        fqn = quoted(parts)
        before = self.tables.get(fqn)
        if before is not None:
            del self._by_id[before["id"]]
        listed = [_column(fqn, column) for column in columns]
        return str(self._add("tables", parts, columns=listed, deleted=deleted)["id"])

    def _add(self, kind: str, parts: Sequence[str], **more: Any) -> Json:
        fqn = quoted(parts)
        now = int(time.time() * 1000)
        named = {"id": str(uuid4()), "name": parts[-1], "fullyQualifiedName": fqn, "updatedAt": now}
        entity: Json = {**named, "deleted": False, "path": tuple(parts), "kind": kind, **more}
        self._members.setdefault((kind, quoted(parts[:-1])), {})[fqn] = entity
        self._by_id[entity["id"]] = entity
        if kind == "databaseServices":
            self.services.add(fqn)
        if kind == "tables":
            self.tables[fqn] = entity
        return entity

    def add_user(self, name: str) -> str:
        user = {"id": str(uuid4()), "name": name, "fullyQualifiedName": quoted((name,))}
        self.users[user["fullyQualifiedName"]] = user
        return user["id"]

    def create(self, kind: str, body: Json) -> Json:
        """A service, database, schema or table, as a request creates it."""
        strict(body, _FIELDS[kind], f"Create{kind}")
        parent = PARENTS.get(kind)
        required(body, "name", "columns" if kind == "tables" else parent or "serviceType")
        name = str(body["name"])
        if '"' in name or not 0 < len(name) <= _LONGEST:
            raise Refused(400, f"[name must match, Invalid name {name}]")
        above = self._entity(KINDS[KINDS.index(kind) - 1], str(body[parent]))["path"] if parent else ()
        fqn = quoted((*above, name))
        if fqn in self._members.get((kind, quoted(above)), {}):
            raise Refused(409, "Entity already exists")
        columns = {"columns": [_column(fqn, each) for each in body["columns"]]} if kind == "tables" else {}
        return _shown(self._add(kind, (*above, name), **columns), set())

    def create_user(self, body: Json) -> Json:
        strict(body, {"name", "email", "displayName", "description"}, "CreateUser")
        required(body, "name", "email")
        if quoted((str(body["name"]),)) in self.users:
            raise Refused(409, "Entity already exists")
        self.add_user(str(body["name"]))
        return self.users[quoted((str(body["name"]),))]

    def delete(self, kind: str, entity_id: str, *, hard: bool) -> list[Json]:
        """Delete an entity with all below it, for good or so that it is only hidden; returns the deleted tables."""
        gone = self._by_id.get(_uuid(entity_id))
        if gone is None or gone["kind"] != kind:
            raise Refused(404, f"{kind} instance for {entity_id} not found")
        below = [each for each in self._by_id.values() if each["path"][: len(gone["path"])] == gone["path"]]
        for entity in below:
            entity["deleted"] = True
            if hard:
                self._forget(entity)
        return [entity for entity in below if entity["kind"] == "tables"]

    def _forget(self, entity: Json) -> None:
        del self._by_id[entity["id"]]
        del self._members[entity["kind"], quoted(entity["path"][:-1])][entity["fullyQualifiedName"]]
        self.tables.pop(entity["fullyQualifiedName"] if entity["kind"] == "tables" else "", None)
        if entity["kind"] == "databaseServices":
            self.services.discard(entity["fullyQualifiedName"])

    def delete_user(self, user_id: str) -> None:
        fqn = next((fqn for fqn, user in self.users.items() if user["id"] == user_id), None)
        if fqn is None:
            raise Refused(404, f"user instance for {user_id} not found")
        del self.users[fqn]

    def _entity(self, kind: str, fqn: str) -> Json:
        for (each, _), members in self._members.items():
            if each == kind and fqn in members and not members[fqn]["deleted"]:
                return members[fqn]
        raise Refused(404, f"{kind} instance for {fqn} not found")

    def table(self, fqn: str, fields: set[str], include: str = "non-deleted") -> Json:
        self.may("ViewBasic")
        entity = self.tables.get(self.rules.looked_up(fqn))
        if entity is None or not _included(entity, include):
            raise Refused(404, f"table instance for {fqn} not found")
        return _shown(entity, fields)

    def children(self, kind: str, parent: str | None, fields: set[str], include: str = "non-deleted") -> list[Json]:
        """Databases of a service, schemas of a database or tables of a schema; of an unknown parent there are none."""
        if parent is None:
            found = [members for (each, _), members in self._members.items() if each == kind]
        else:
            found = [self._members.get((kind, self.rules.looked_up(parent)), {})]
        entities = [members[fqn] for members in found for fqn in sorted(members)]
        return [_shown(entity, fields) for entity in entities if _included(entity, include)]

    def user(self, fqn: str) -> Json:
        if fqn not in self.users:
            raise Refused(404, f"user instance for {fqn} not found")
        return self.users[fqn]

    def table_of(self, reference: object) -> Json:
        """The table of a reference in a body, also a deleted one."""
        if not isinstance(reference, dict):
            raise Refused(400, "Cannot deserialize value of type EntityReference")
        required(reference, "id", "type")
        try:
            entity = self._by_id.get(str(UUID(str(reference["id"]))))
        except ValueError:
            raise Refused(400, f"Cannot deserialize value of type UUID from {reference['id']}") from None
        if reference["type"] != "table":
            raise Refused(404, f"entity type {reference['type']} not found")
        if entity is None or entity["kind"] != "tables":
            raise Refused(404, f"table instance for {reference['id']} not found")
        return entity

    def named(self, entity: str, entity_id: str) -> str:
        """The name of a database or schema."""
        found = self._by_id.get(_uuid(entity_id))
        if found is None or found["kind"] != f"{entity}s":
            raise Refused(404, f"{entity} instance for {entity_id} not found")
        return str(found["fullyQualifiedName"])

    def table_in_path(self, table_id: str) -> Json:
        return self.table_of({"id": _uuid(table_id), "type": "table"})

    def known_table(self, table_id: str) -> bool:
        return table_id in self._by_id


def _uuid(text: str) -> str:
    """The id in a path. One of another shape leads nowhere."""
    try:
        return str(UUID(text))
    except ValueError:
        raise Refused(404, "HTTP 404 Not Found", unhandled=True) from None


def _included(entity: Json, include: str) -> bool:
    return include == "all" or entity["deleted"] == (include == "deleted")


def _shown(entity: Json, fields: set[str]) -> Json:
    hidden = {"path", "kind"} | ({"columns"} - fields)
    return {key: value for key, value in entity.items() if key not in hidden}


def _column(parent: str, column: str | Json) -> Json:
    given = {"name": column} if isinstance(column, str) else column
    fqn = f"{parent}.{quoted((given['name'],))}"
    children = [_column(fqn, child) for child in given.get("children") or ()]
    kind = given.get("dataType", "VARCHAR")
    return {"name": given["name"], "fullyQualifiedName": fqn, "dataType": kind, "children": children}


def fqns_of(columns: Sequence[Json]) -> Iterator[str]:
    """The names of the columns and of all that are nested in them."""
    for column in columns:
        yield column["fullyQualifiedName"]
        yield from fqns_of(column["children"])
