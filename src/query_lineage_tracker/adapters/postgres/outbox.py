"""The outbox in PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection

from query_lineage_tracker.adapters.postgres.batch_rows import columns_of, storable
from query_lineage_tracker.adapters.postgres.bounds import LARGEST
from query_lineage_tracker.adapters.postgres.calls import PostgresCalls
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.settlement import settlement
from query_lineage_tracker.domain.outbox import (
    Claim,
    ColumnFlow,
    CostFacts,
    Delivered,
    DeliveryResult,
    EdgeKind,
    Facts,
    LineageFacts,
    Message,
    MessageKind,
    ObjectFacts,
    QueryFacts,
    UsageFacts,
)

Connection = AsyncConnection[tuple[Any, ...]]
_Pair = tuple[int, int]
_Key = tuple[MessageKind, str]
_Objects = defaultdict[tuple[UUID, str], list[ObjectFacts]]
"""By statement and role."""
_Sent = tuple[Mapping[str, object], datetime, datetime | None]
"""What was last sent, when, and since when the sink is to hold it no longer."""


class PostgresOutbox:
    """`ports.Outbox` over a database that is open. `calls` are stored with the settlement of their messages."""

    def __init__(self, database: Database, calls: PostgresCalls | None = None) -> None:
        self._database = database
        self._calls = calls
        self._queries = database.queries("outbox")

    async def claim(self, sink: str, worker: str, limit: int, seconds: float) -> Sequence[Claim]:
        """Due messages of the sink, ours for `seconds`; none while the sink is halted.

        A claim that nobody settled is noted among the calls.
        """
        noted = self._calls is not None and self._calls.kept
        named = {"sink": sink, "worker": worker, "limit": limit, "seconds": seconds, "noted": noted}
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(self._queries["claim"], named)).fetchall()
        return [
            Claim(sink, MessageKind(kind), entity, generation, attempts, lease_until)
            for kind, entity, generation, attempts, lease_until in rows
        ]

    async def compose(self, claims: Sequence[Claim]) -> Sequence[Message]:
        """Messages from the current state; a claim whose entity is gone, or counts no more, is settled instead."""
        if not claims:
            return []
        async with self._database.transaction() as connection:
            messages = await self._messages(connection, claims)
            left = {_key(message.claim) for message in messages}
            gone = [claim for claim in claims if _key(claim) not in left]
            if gone:
                await connection.execute(self._queries["settle_gone"], _claim_columns(gone))
        return messages

    async def composed(self, claims: Sequence[Claim]) -> Sequence[Message]:
        """Messages from the current state, for somebody to look at: nothing is settled."""
        if not claims:
            return []
        async with self._database.transaction() as connection:
            return await self._messages(connection, claims)

    async def waiting(self, sink: str, limit: int) -> Sequence[Claim]:
        """The first messages of the sink that wait, due or not. They are not ours: nobody must settle them."""
        named = {"sink": sink, "limit": limit}
        async with self._database.transaction() as connection:
            rows = await _fetch(connection, self._queries["waiting"], named)
        return [Claim(sink, MessageKind(kind), *row) for kind, *row in rows]

    async def delivered(self, sink: str, kind: MessageKind, after: str, limit: int) -> Sequence[Claim]:
        """The next messages of a kind after an entity of which the sink has the latest state. Nobody must settle them.

        Without usage that was told while its day went on.
        """
        named = {"sink": sink, "kind": kind.value, "after": after, "limit": limit}
        async with self._database.transaction() as connection:
            rows = await _fetch(connection, self._queries["delivered"], named)
        return [Claim(sink, MessageKind(kind), *row) for kind, *row in rows]

    async def told_of_open_days(self, sink: str) -> int:
        """How many messages tell of usage that is no total yet."""
        async with self._database.transaction() as connection:
            ((count,),) = await _fetch(connection, self._queries["told_of_open_days"], {"sink": sink})
        return int(count)

    async def of_gone_objects(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """Those that tell of an object which was dropped or renamed away."""
        if not claims:
            return []
        async with self._database.transaction() as connection:
            rows = set(await _fetch(connection, self._queries["of_gone_objects"], _claim_columns(claims)))
        return [claim for claim in claims if (claim.kind.value, claim.entity) in rows]

    async def settle(self, results: Sequence[tuple[Claim, DeliveryResult]]) -> None:
        """Settle each claim that is still ours; one whose generation moved meanwhile stays due."""
        if not results:
            return
        with nullcontext(()) if self._calls is None else self._calls.taken() as calls:
            async with self._database.transaction() as connection:
                await self._settle(connection, results)
                if self._calls is not None:
                    await self._calls.store(connection, calls)

    async def _settle(self, connection: Connection, results: Sequence[tuple[Claim, DeliveryResult]]) -> None:
        settled = [settlement(claim, result) for claim, result in results]
        named = {
            **_claim_columns([claim for claim, _ in results]),
            "states": [one.state for one in settled],
            "reasons": [storable(one.reason) for one in settled],
            "pauses": [one.pause for one in settled],
            "tried": [one.tried for one in settled],
        }
        delivered = [(claim, result.sent) for claim, result in results if isinstance(result, Delivered)]
        if delivered:
            payloads = [orjson.dumps(sent).decode() for _, sent in delivered]
            columns = {**_claim_columns([claim for claim, _ in delivered]), "payloads": payloads}
            await connection.execute(self._queries["remember_sent"], columns)
        await connection.execute(self._queries["settle"], named)

    async def halt(self, sink: str, reason: str) -> bool:
        """Stop claims for the sink; True when it was not halted before."""
        return await self._changes("halt", {"sink": sink, "reason": storable(reason)}) > 0

    async def resume(self, sink: str) -> bool:
        """Allow claims again; True when it was halted."""
        return await self._changes("resume", {"sink": sink}) > 0

    async def halted(self, sink: str) -> str | None:
        """Why the sink is halted, or None."""
        async with self._database.transaction() as connection:
            row = await (await connection.execute(self._queries["halted"], {"sink": sink})).fetchone()
        return None if row is None else row[0]

    async def _changes(self, query: str, named: Mapping[str, object]) -> int:
        async with self._database.transaction() as connection:
            return (await connection.execute(self._queries[query], named)).rowcount

    async def _messages(self, connection: Connection, claims: Sequence[Claim]) -> list[Message]:
        facts = await self._facts(connection, claims)
        sent = await self._sent(connection, claims)
        for key, (_, _, withdrawn_at) in sent.items():
            edge = facts.get(key)
            if withdrawn_at is not None and isinstance(edge, LineageFacts) and edge.last_seen <= withdrawn_at:
                facts[key] = replace(edge, withdrawn=True)
        facts |= await self._vanished_edges(connection, {key: sent[key] for key in sent.keys() - facts.keys()})
        return [
            Message(claim, facts[key], sent[key][0] if key in sent else None)
            for claim in claims
            if (key := _key(claim)) in facts
        ]

    async def _facts(self, connection: Connection, claims: Sequence[Claim]) -> dict[_Key, Facts]:
        statements = [UUID(claim.entity) for claim in claims if claim.kind is MessageKind.QUERY]
        pairs = [_pair(claim.entity) for claim in claims if claim.kind is MessageKind.LINEAGE]
        facts: dict[_Key, Facts] = {}
        if statements:
            for query in await self._query_facts(connection, statements):
                facts[MessageKind.QUERY, query.statement_id] = query
        if pairs:
            for (upstream, downstream), edge in (await self._lineage_facts(connection, pairs)).items():
                facts[MessageKind.LINEAGE, f"{upstream}:{downstream}"] = edge
        texts = [_parts(claim.entity) for claim in claims if claim.kind is MessageKind.TEXT]
        if texts:
            facts |= await self._text_facts(connection, texts)
        used = [_parts(claim.entity) for claim in claims if claim.kind is MessageKind.USAGE]
        if used:
            for object_id, day, *row in await self._usage_rows(connection, used):
                facts[MessageKind.USAGE, f"{object_id}:{day}"] = UsageFacts(ObjectFacts(*row[:5]), day, *row[5:])
        costs = [_parts(claim.entity) for claim in claims if claim.kind is MessageKind.COST]
        if costs:
            facts |= await self._cost_facts(connection, costs)
        return facts

    async def _query_facts(self, connection: Connection, statements: Sequence[UUID]) -> list[QueryFacts]:
        objects = await self._statement_objects(connection, statements)
        rows = await _fetch(connection, self._queries["query_facts"], {"statement_ids": list(statements)})
        return [_query_facts(row, objects) for row in rows]

    async def _text_facts(self, connection: Connection, texts: Sequence[tuple[str, str]]) -> dict[_Key, Facts]:
        statements, text_ids = columns_of(texts, 2)
        objects = await self._statement_objects(connection, [UUID(each) for each in statements])
        named = {"statement_ids": statements, "text_ids": text_ids}
        rows = await _fetch(connection, self._queries["text_facts"], named)
        return {(MessageKind.TEXT, f"{row[0]}:{row[-1]}"): _query_facts(row[:-1], objects) for row in rows}

    async def _cost_facts(self, connection: Connection, costs: Sequence[tuple[str, str]]) -> dict[_Key, Facts]:
        text_ids, days = columns_of(costs, 2)
        named = {"text_ids": text_ids, "days": days, "most": LARGEST}
        rows = await _fetch(connection, self._queries["cost_facts"], named)
        statements = sorted({statement for row in rows for statement in row[3]})
        objects = await self._statement_objects(connection, statements)
        return {(MessageKind.COST, f"{row[0]}:{row[1]}"): _cost_facts(row, objects) for row in rows}

    async def _statement_objects(self, connection: Connection, statements: Sequence[UUID]) -> _Objects:
        objects: _Objects = defaultdict(list)
        named = {"statement_ids": list(statements)}
        for statement, role, *name in await _fetch(connection, self._queries["statement_objects"], named):
            objects[statement, role].append(ObjectFacts(*name))
        return objects

    async def _lineage_facts(self, connection: Connection, pairs: Sequence[_Pair]) -> dict[_Pair, LineageFacts]:
        ids = columns_of(pairs, 2)
        named = {"upstream_ids": ids[0], "downstream_ids": ids[1]}
        flows: dict[tuple[_Pair, str], list[ColumnFlow]] = defaultdict(list)
        for up, down, kind, column, upstreams, subtype, method in await _fetch(
            connection, self._queries["column_flows"], named
        ):
            flows[(up, down), kind].append(ColumnFlow(column, tuple(upstreams), subtype, method))
        rows = await _fetch(connection, self._queries["lineage_facts"], named)
        return {(row[0], row[1]): _lineage_facts(row, tuple(flows[(row[0], row[1]), row[12]])) for row in rows}

    async def _vanished_edges(self, connection: Connection, sent: Mapping[_Key, _Sent]) -> dict[_Key, Facts]:
        """Edges that were told and that nothing is known to have made any longer: nobody is to go on showing them."""
        pairs = {_pair(key[1]): key for key in sent if key[0] is MessageKind.LINEAGE}
        if not pairs:
            return {}
        ids = columns_of(list(pairs), 2)
        named = {"upstream_ids": ids[0], "downstream_ids": ids[1]}
        rows = await _fetch(connection, self._queries["names_of_ends"], named)
        return {pairs[row[0], row[1]]: _vanished_edge(row, sent[pairs[row[0], row[1]]][1]) for row in rows}

    async def _usage_rows(self, connection: Connection, used: Sequence[tuple[str, str]]) -> list[tuple[Any, ...]]:
        object_ids, days = columns_of(used, 2)
        return await _fetch(connection, self._queries["usage_facts"], {"object_ids": object_ids, "days": days})

    async def _sent(self, connection: Connection, claims: Sequence[Claim]) -> dict[_Key, _Sent]:
        named = {**_claim_columns(claims), "sink": claims[0].sink}
        rows = await _fetch(connection, self._queries["sent"], named)
        return {(MessageKind(kind), entity): (payload, sent_at, gone) for kind, entity, payload, sent_at, gone in rows}


async def _fetch(connection: Connection, query: str, named: Mapping[str, object]) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query, named)).fetchall()


def _query_facts(row: tuple[Any, ...], objects: _Objects) -> QueryFacts:
    statement, fingerprint, text, kind, catalog, schema, users, first, last, executions, duration, coverage = row
    return QueryFacts(
        statement_id=str(statement),
        fingerprint=fingerprint,
        text=text,
        kind=kind,
        session_catalog=catalog,
        session_schema=schema,
        sources=tuple(objects[statement, "SOURCE"]),
        targets=tuple(objects[statement, "TARGET"]),
        users=tuple(users),
        first_seen=first,
        last_seen=last,
        executions=executions,
        duration_ms=duration,
        coverage=coverage,
    )


def _cost_facts(row: tuple[Any, ...], objects: _Objects) -> CostFacts:
    _, day, text, statements, executions, cpu_ms, elapsed_ms = row
    used = [each for role in ("TARGET", "SOURCE") for statement in statements for each in objects[statement, role]]
    return CostFacts(
        text=text,
        statement_ids=tuple(map(str, statements)),
        objects=tuple(dict.fromkeys(used)),
        day=day,
        executions=executions,
        cpu_ms=cpu_ms,
        elapsed_ms=elapsed_ms,
    )


def _lineage_facts(row: tuple[Any, ...], columns: tuple[ColumnFlow, ...]) -> LineageFacts:
    kind, text, catalog, schema, statement, first, last, certain, method, ended, read_as = row[12:]
    return LineageFacts(
        upstream=ObjectFacts(*row[2:7]),
        downstream=ObjectFacts(*row[7:12]),
        kind=EdgeKind(kind),
        columns=columns,
        text=text,
        statement_id=str(statement),
        first_seen=first,
        last_seen=last,
        certain=certain,
        method=method,
        ended=ended,
        session_catalog=catalog,
        session_schema=schema,
        read_as=None if read_as is None else ObjectFacts(*read_as),
    )


def _vanished_edge(row: tuple[Any, ...], sent_at: datetime) -> LineageFacts:
    return LineageFacts(
        upstream=ObjectFacts(*row[2:7]),
        downstream=ObjectFacts(*row[7:12]),
        kind=EdgeKind.DATA,
        columns=(),
        text="",
        statement_id="",
        first_seen=sent_at,
        last_seen=sent_at,
        certain=False,
        ended=True,
        withdrawn=True,
    )


def _key(claim: Claim) -> _Key:
    return claim.kind, claim.entity


def _pair(entity: str) -> _Pair:
    upstream, downstream = _parts(entity)
    return int(upstream), int(downstream)


def _parts(entity: str) -> tuple[str, str]:
    first, _, second = entity.partition(":")
    return first, second


def _claim_columns(claims: Sequence[Claim]) -> dict[str, object]:
    return {
        "sinks": [claim.sink for claim in claims],
        "kinds": [claim.kind.value for claim in claims],
        "entities": [claim.entity for claim in claims],
        "generations": [claim.generation for claim in claims],
        "leases": [claim.lease_until for claim in claims],
    }
