"""Delivery of a statement: the query is created once under its text's MD5, then only added to.

Table ids are read right before they are sent: one that does not exist damages the query on the server for ever.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from query_lineage_tracker.adapters.http.classify import Asked
from query_lineage_tracker.adapters.http.exchange import NotDelivered
from query_lineage_tracker.adapters.openmetadata.api import Json, Line, OpenMetadataApi, Table, identity
from query_lineage_tracker.adapters.openmetadata.names import fqn_of, why_unnamable
from query_lineage_tracker.adapters.openmetadata.rules import mapped_user
from query_lineage_tracker.adapters.openmetadata.tables import NotThere, Tables
from query_lineage_tracker.domain.outbox import Dead, Delivered, Message, ObjectFacts, Parked, QueryFacts, Retry
from query_lineage_tracker.lineage.result import Coverage

_USERS_KNOWN_FOR_S = 300.0
_MOST_USERS = 10_000
_MOST_ASKED = 500
"""Users that one delivery asks for, one request each: a dashboard's query may have been executed by thousands."""
_KNOWS_DIALECT: Line = (1, 8)
"""From here on surely; the 1.6 line refuses the whole query because of it."""


@dataclass(slots=True)
class KnownUsers:
    """Which Trino users are OpenMetadata users; asked once in five minutes, for a stale answer does no harm.

    Anybody can send any name to Trino, so the oldest answers are forgotten.
    """

    rules: Sequence[tuple[str, str]] = ()
    found: dict[str, tuple[float, Json | None]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether it can be said without asking."""
        return name in self.found and time.monotonic() - self.found[name][0] <= _USERS_KNOWN_FOR_S

    async def get(self, api: OpenMetadataApi, name: str) -> Json | None:
        _, user = self.found.get(name, (0.0, None))
        if not self.has(name):
            mapped = mapped_user(self.rules, name)
            user = await api.user(fqn_of((mapped,))) if mapped and '"' not in mapped else None
            self.found.pop(name, None)
            self.found[name] = (time.monotonic(), user)
            if len(self.found) > _MOST_USERS:
                self.found.pop(next(iter(self.found)))
        return user


@dataclass(frozen=True, slots=True)
class Additions:
    """What a query should refer to: table ids, OpenMetadata users (FQN by id), and names that are no users there."""

    tables: Mapping[str, str]
    users: Mapping[str, str]
    used_by: tuple[str, ...]


async def deliver_query(
    api: OpenMetadataApi, tables: Tables, users: KnownUsers, message: Message, facts: QueryFacts
) -> Delivered:
    """Bring one query in step. Raises NotDelivered when it cannot be."""
    used = usable((*facts.targets, *facts.sources))
    if not used:
        return Delivered({"skipped": "it uses no table that OpenMetadata can hold"})
    name = query_name(facts.text)
    homes = tables.services(used)
    standing = await first_query(api, [*_sent_as(message, name), fqn_of((homes[0], name))])
    names, more = _asked_for(users, facts.users, standing)
    known, used_by = await _users(api, users, names)
    found, missing = await _found(tables, used)
    if not found:
        raise NotDelivered(Parked(_not_there(missing)))
    additions = Additions({table.id: table.fqn for table in found.values()}, known, used_by)
    if standing is None:
        home = tables.services(found)[0]
        elsewhere = [fqn_of((service, name)) for service in homes if service != home]
        body = _body(home, facts, additions, await api.line())
        if not missing and not used_by and not more:
            body |= {"processedLineage": _tells_lineage(facts)}
        standing = await _create(api, body, additions, elsewhere, message.claim.attempts)
    await _add(api, standing, additions, message.claim.attempts)
    if missing:
        raise NotDelivered(Parked(_not_there(missing)))
    if more:
        raise NotDelivered(Retry(f"{more} more users executed it, who are told next", 0.0))
    if _tells_lineage(facts) and not standing.get("processedLineage"):
        await api.mark_processed(identity(standing, Asked("get_query", name)), message.claim.attempts)
    fqn = str(standing.get("fullyQualifiedName") or fqn_of((homes[0], name)))
    return Delivered({"query": fqn, "tables": sorted(map(tables.fqn, used)), "users": sorted(facts.users)})


def query_name(text: str) -> str:
    """The name that the server gives a query: the MD5 of the text that is sent."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _tells_lineage(facts: QueryFacts) -> bool:
    """Whether the server's own ingestion would find nothing in the text that we did not; said when all else is."""
    return facts.coverage != Coverage.NONE


def _not_there(missing: Sequence[NotThere]) -> str:
    return "; ".join(each.reason for each in missing)


def usable(objects: Sequence[ObjectFacts]) -> list[ObjectFacts]:
    """The tables of the objects; what OpenMetadata cannot hold is left out, a branch counts as its table."""
    used = [replace(each, branch="") for each in objects if why_unnamable(each) is None]
    return list(dict.fromkeys(used))


def _sent_as(message: Message, name: str) -> list[str]:
    """Where the query of this text was when we last delivered it: perhaps under another service than ours."""
    fqn = str((message.sent or {}).get("query", ""))
    return [fqn] if fqn.endswith(f".{name}") else []


async def first_query(api: OpenMetadataApi, fqns: Sequence[str]) -> Json | None:
    """The first of the queries that is there, read now."""
    for fqn in dict.fromkeys(fqns):
        standing = await api.query(fqn)
        if standing is not None:
            return standing
    return None


async def _found(tables: Tables, used: Sequence[ObjectFacts]) -> tuple[dict[ObjectFacts, Table], list[NotThere]]:
    found = {each: await tables.find(each, age=0.0) for each in used}
    there = {each: table for each, table in found.items() if isinstance(table, Table)}
    return there, [table for table in found.values() if isinstance(table, NotThere)]


def _asked_for(users: KnownUsers, names: Sequence[str], standing: Json | None) -> tuple[list[str], int]:
    """The names that this delivery tells, and how many are left to the next one.

    Where there are many, those that are told already as no users are not asked for again.
    """
    wanted = sorted(set(names))
    if len(wanted) <= _MOST_ASKED:
        return wanted, 0
    told = _used_by(standing or {})
    left = [name for name in wanted if name not in told]
    unknown = [name for name in left if not users.has(name)]
    later = set(unknown[_MOST_ASKED:])
    return [name for name in left if name not in later], len(later)


async def _users(
    api: OpenMetadataApi, users: KnownUsers, names: Sequence[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    known: dict[str, str] = {}
    unknown: list[str] = []
    for name in sorted(set(names)):
        user = await users.get(api, name)
        if user is None:
            unknown.append(name)
        else:
            known[identity(user, Asked("get_user", name))] = str(user.get("fullyQualifiedName") or user.get("name"))
    return known, tuple(unknown)


async def _create(
    api: OpenMetadataApi, body: Json, additions: Additions, elsewhere: Sequence[str], attempts: int
) -> Json:
    """The created query, or the one that holds the text already: a server has each text once, over all services."""
    fqn = f"{body['service']}.{body['name']}"
    created = await api.create_query(body, fqn, attempts)
    if created is not None:
        return {**created, "users": _references(additions.users, "user"), "queryUsedIn": _used_in(additions.tables)}
    standing = await first_query(api, [fqn, *elsewhere])
    if standing is not None:
        return standing
    raise NotDelivered(await _conflict(api, [fqn, *elsewhere], attempts))


async def _conflict(api: OpenMetadataApi, fqns: Sequence[str], attempts: int) -> Dead | Retry:
    """Why the server has this text and yet shows no query for it under the names that we know of."""
    for fqn in fqns:
        if await api.query_exists(fqn):
            return Dead(f"query {fqn} is damaged in OpenMetadata: it refers to something that does not exist there")
    if attempts <= 1:
        return Retry(f"query {fqns[0]} was being created by somebody else")
    return Dead(f"OpenMetadata holds the text of query {fqns[0]} under another service or name")


def _body(service: str, facts: QueryFacts, additions: Additions, line: Line) -> dict[str, object]:
    """A create request; unlike the additive calls it is refused as a whole when a reference does not exist."""
    body: dict[str, object] = {
        "name": query_name(facts.text),
        "query": facts.text,
        "service": fqn_of((service,)),
        "queryDate": _milliseconds(facts.last_seen),
        "queryUsedIn": _used_in(additions.tables),
        "users": sorted(additions.users.values()),
    }
    if line >= _KNOWS_DIALECT:
        body["dialect"] = "trino"
    return body if facts.duration_ms is None else body | {"duration": facts.duration_ms}


async def _add(api: OpenMetadataApi, standing: Json, additions: Additions, attempts: int) -> None:
    query_id = identity(standing, Asked("get_query", ""))
    tables = additions.tables.keys() - _ids(standing.get("queryUsedIn"))
    if tables:
        await api.add_to_query(query_id, "usage", [{"id": each, "type": "table"} for each in sorted(tables)], attempts)
    users = additions.users.keys() - _ids(standing.get("users"))
    if users:
        await api.add_to_query(query_id, "users", sorted(additions.users[each] for each in users), attempts)
    used_by = set(additions.used_by) - _used_by(standing)
    if used_by:
        await api.add_to_query(query_id, "usedBy", sorted(used_by), attempts)


def _used_by(standing: Json) -> set[str]:
    names = standing.get("usedBy")
    return set(map(str, names)) if isinstance(names, list) else set()


def _used_in(tables: Mapping[str, str]) -> list[dict[str, str]]:
    return _references(tables, "table")


def _references(ids: Mapping[str, str], kind: str) -> list[dict[str, str]]:
    return [{"id": each, "type": kind} for each in sorted(ids)]


def _ids(references: object) -> set[str]:
    listed = references if isinstance(references, list) else []
    return {str(each.get("id")) for each in listed if isinstance(each, Mapping)}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
