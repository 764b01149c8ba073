"""The sync loop against the server: what is left after trouble is what would be there without it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any

import pytest

from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services
from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink
from query_lineage_tracker.domain.outbox import Claim, Delivered, Message
from query_lineage_tracker.services.sync import Sync, SyncReport, SyncRules
from tests.messages import a_claim, a_query, an_edge
from tests.openmetadata.delivering import endpoint_of
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault
from tests.outboxes import ListOutbox

RULES = SyncRules("me", concurrency=4, lease=30.0, interval=0.01, probe_interval=0.02)
TABLES = ("orders", "items", "customers", "events")


def workload() -> dict[str, Message]:
    """Messages by entity: every table feeds every other, and each statement uses two tables."""
    pairs = [(up, down) for up in TABLES for down in TABLES if up != down]
    edges = {
        f"{up}:{down}": an_edge({"a": ["a", "b"]}, upstream=f"hive.s.{up}", downstream=f"hive.s.{down}")
        for up, down in pairs
    }
    queries = {
        f"q{number}": a_query(f"SELECT {number}", sources=[f"hive.s.{up}", f"hive.s.{down}"], users=["alice", "etl"])
        for number, (up, down) in enumerate(pairs)
    }
    return edges | queries


def outbox_of(messages: Mapping[str, Message]) -> ListOutbox:
    claims: list[Claim] = [a_claim(message.claim.kind, entity) for entity, message in messages.items()]
    return ListOutbox(claims, facts={entity: message.facts for entity, message in messages.items()}, eager=True)


def populate(fake: FakeOpenMetadata) -> None:
    fake.state.add_user("alice")
    for name in TABLES:
        fake.state.add_table("lab", "hive", "s", name, columns=["a", "b"])


def once(fake: FakeOpenMetadata, outbox: ListOutbox) -> SyncReport:
    async def run() -> SyncReport:
        sink = OpenMetadataSink(endpoint_of(fake), OpenMetadataRules(Services("lab")))
        try:
            return await Sync(outbox, sink, RULES).run_once()
        finally:
            await sink.aclose()

    return asyncio.run(run())


def until_settled(fake: FakeOpenMetadata, outbox: ListOutbox, entities: int) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        sink = OpenMetadataSink(endpoint_of(fake), OpenMetadataRules(Services("lab")))
        running = asyncio.create_task(Sync(outbox, sink, RULES).run_forever(stop))
        while sum(isinstance(each, Delivered) for each in outbox.settled.values()) < entities:
            await asyncio.sleep(0.01)
        stop.set()
        await running
        await sink.aclose()

    asyncio.run(asyncio.wait_for(run(), 60))


def picture(fake: FakeOpenMetadata) -> dict[str, Any]:
    """What the server holds, by names instead of ids."""
    names = {entity["id"]: fqn for fqn, entity in (fake.state.tables | fake.state.users).items()}
    queries = {
        fqn: (
            sorted(names[each] for each in entity["queryUsedIn"]),
            [names[each] for each in entity["users"]],
            entity["usedBy"],
        )
        for fqn, entity in fake.state.queries.items()
    }
    return {
        "queries": queries,
        "edges": {(names[up], names[down]): each for (up, down), each in fake.state.edges.items()},
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_trouble_of_every_kind_leaves_the_same_picture_as_none(seed: int) -> None:
    messages = workload()
    with FakeOpenMetadata() as calm:
        populate(calm)
        assert once(calm, outbox_of(messages)) == SyncReport(delivered=len(messages))
        undisturbed = picture(calm)
    with FakeOpenMetadata() as fake:
        populate(fake)
        chance = random.Random(seed)
        kinds = [
            Fault("", 500),
            Fault("", 429, headers={"Retry-After": "0"}),
            Fault("", 503),
            Fault("", reset=True),
            Fault("", 401),
            Fault("", 200, b"<html></html>", {"Content-Type": "text/html"}),
        ]
        for _ in range(40):
            kind = chance.choice(kinds)
            verb = chance.choice(["GET .*/tables/", "GET .*/queries/", "GET .*/lineage/", "PUT", "POST"])
            fake.faults.append(Fault(verb, kind.status, kind.body, kind.headers, reset=kind.reset))
        outbox = outbox_of(messages)
        until_settled(fake, outbox, len(messages))
        assert picture(fake) == undisturbed
        assert all(fault.times == 0 for fault in fake.faults)


def test_a_second_run_writes_nothing(fake: FakeOpenMetadata) -> None:
    populate(fake)
    once(fake, outbox_of(workload()))
    written = len(fake.writes)
    once(fake, outbox_of(workload()))
    assert len(fake.writes) == written


def test_nothing_due_costs_a_probe_and_a_look_at_the_version(fake: FakeOpenMetadata) -> None:
    assert once(fake, ListOutbox()) == SyncReport()
    assert [each.path for each in fake.requests] == ["/api/v1/tables?limit=1", "/api/v1/system/version"]


def test_a_token_rotation_is_sat_out(fake: FakeOpenMetadata) -> None:
    populate(fake)
    fake.token, outbox = "not-yet", outbox_of(workload())
    report = once(fake, outbox)
    assert "401" in (report.halted or "")
    assert fake.writes == []
    fake.token = "token-of-the-bot"
    assert once(fake, outbox).delivered == len(workload())
    assert len(outbox.alarms) == 1


def test_a_table_that_appears_later_gets_its_lineage(fake: FakeOpenMetadata) -> None:
    populate(fake)
    later = {"x": an_edge({"a": ["a"]}, upstream="hive.s.orders", downstream="hive.s.later")}
    outbox = outbox_of(later)
    outbox.eager = False
    assert once(fake, outbox).parked == 1
    fake.state.add_table("lab", "hive", "s", "later", columns=["a"])
    assert once(fake, outbox_of(later)).delivered == 1
