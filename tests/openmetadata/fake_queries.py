"""What a fake OpenMetadata remembers of queries."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.openmetadata.fake_lines import Json, Refused, quoted, required, strict
from tests.openmetadata.fake_tables import FakeTables

_KEPT = ("query", "duration", "queryDate")


@dataclass
class FakeQueries(FakeTables):
    """Queries by FQN. A text is there once, over all services."""

    queries: dict[str, Json] = field(default_factory=dict)
    _by_checksum: dict[str, Json] = field(default_factory=dict)
    _query_ids: dict[str, Json] = field(default_factory=dict)

    def query(self, fqn: str, fields: set[str]) -> Json:
        entity = self.queries.get(self.rules.looked_up(fqn))
        if entity is None:
            raise Refused(404, f"query instance for {fqn} not found")
        return self._shown(entity, fields)

    def create_query(self, body: Json) -> Json:
        self.may("Create")
        fqn, checksum, references, users = self._read(body)
        if fqn in self.queries or checksum in self._by_checksum:
            raise Refused(409, "Entity already exists")
        return self._shown(self._stored(fqn, body, references, users), set())

    def put_query(self, body: Json) -> tuple[bool, Json]:
        """Create or replace; whether it was created. What the body leaves out of an existing query is wiped."""
        fqn, checksum, references, users = self._read(body)
        entity = self.queries.get(fqn)
        if entity is None:
            if checksum in self._by_checksum:
                raise Refused(409, "Entity already exists")
            return True, self._shown(self._stored(fqn, body, references, users), set())
        had_users, entity["users"] = entity["users"], users
        if had_users and body.get("users") is None and not self.rules.latest:
            raise Refused(500, "updatedFromRefs is null", unhandled=True)
        del self._by_checksum[entity["checksum"]]
        flags = {"usedBy": list(body.get("usedBy") or ()), "processedLineage": bool(body.get("processedLineage"))}
        entity.update(query=body["query"], checksum=checksum, queryUsedIn=references, **flags)
        self._by_checksum[checksum] = entity
        return False, self._shown(entity, set())

    def _read(self, body: Json) -> tuple[str, str, list[str], list[str]]:
        strict(body, self.rules.query_fields, "CreateQuery")
        required(body, "query", "service")
        references = [str(self.table_of(each)["id"]) for each in body.get("queryUsedIn") or ()]
        users = [str(self.user(name)["id"]) for name in body.get("users") or ()]
        # A name of one part falls back to what it is unquoted.
        service = quoted((str(body["service"]).strip('"'),))
        if service not in self.services:
            raise Refused(404, f"databaseService instance for {body['service']} not found")
        checksum = hashlib.md5(str(body["query"]).encode()).hexdigest()
        return f"{service}.{quoted((str(body.get('name') or checksum),))}", checksum, references, users

    def _stored(self, fqn: str, body: Json, references: list[str], users: list[str]) -> Json:
        checksum = hashlib.md5(str(body["query"]).encode()).hexdigest()
        entity = {
            "id": str(uuid4()),
            "name": body.get("name") or checksum,
            "fullyQualifiedName": fqn,
            "checksum": checksum,
            "usedBy": list(body.get("usedBy") or ()) if self.rules.latest else [],
            "processedLineage": bool(body.get("processedLineage")),
            "users": users,
            "queryUsedIn": references,
            **{name: body[name] for name in _KEPT if name in body},
        }
        self.queries[fqn] = self._by_checksum[checksum] = self._query_ids[entity["id"]] = entity
        return entity

    def patch_query(self, query_id: str, body: list[Json]) -> Json:
        """The flag is all that can be patched here; other paths are the server's errors."""
        entity = self._query_by_id(query_id)
        self._shown(entity, {"queryUsedIn"})
        for each in body:
            if (each["op"], each["path"]) not in (("add", "/processedLineage"), ("replace", "/processedLineage")):
                raise Refused(500, f"Non-existing name/value pair in the object for key {each['path']}", unhandled=True)
            entity["processedLineage"] = each["value"]
        return self._shown(entity, set())

    def add_usage(self, query_id: str, body: list[Json]) -> None:
        """Relations are stored before ids are checked: a wrong one stays."""
        entity = self._query_by_id(query_id)
        ids = [str(each["id"]) for each in body]
        entity["queryUsedIn"] += [each for each in dict.fromkeys(ids) if each not in entity["queryUsedIn"]]
        self._shown(entity, {"queryUsedIn"})

    def add_users(self, query_id: str, body: list[str]) -> None:
        self.may("EditQueries")
        entity = self._query_by_id(query_id)
        ids = [self.user(name)["id"] for name in body]
        entity["users"] += [each for each in dict.fromkeys(ids) if each not in entity["users"]]

    def add_used_by(self, query_id: str, body: list[str]) -> None:
        entity = self._query_by_id(query_id)
        self._shown(entity, {"queryUsedIn"})
        entity["usedBy"] += [each for each in dict.fromkeys(body) if each not in entity["usedBy"]]

    def delete_query(self, query_id: str) -> None:
        """Gone at once: the same text can be created again."""
        entity = self._query_by_id(query_id)
        self._shown(entity, {"queryUsedIn"})
        del self.queries[entity["fullyQualifiedName"]], self._by_checksum[entity["checksum"]], self._query_ids[query_id]

    def _query_by_id(self, query_id: str) -> Json:
        if query_id not in self._query_ids:
            raise Refused(404, f"query instance for {query_id} not found")
        return self._query_ids[query_id]

    def _shown(self, entity: Json, fields: set[str]) -> Json:
        shown: dict[str, Any] = {name: value for name, value in entity.items() if name not in ("users", "queryUsedIn")}
        if "users" in fields:
            shown["users"] = [{"id": each, "type": "user"} for each in entity["users"]]
        if "queryUsedIn" in fields:
            shown["queryUsedIn"] = [{"id": each, "type": "table"} for each in self._known(entity["queryUsedIn"])]
        return shown

    def _known(self, table_ids: list[str]) -> list[str]:
        unknown = [each for each in table_ids if not self.known_table(each)]
        if unknown and not self.rules.latest:
            raise Refused(404, f"table instance for {unknown[0]} not found")
        return [each for each in table_ids if self.known_table(each)]
