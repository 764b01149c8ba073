"""What executions of a query cost on a day: sent at most once, whatever becomes of the answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any

import pytest

from query_lineage_tracker.domain.outbox import Claim, Dead, Delivered, DeliveryResult, Halted, Message, Parked, Retry
from query_lineage_tracker.errors import StoreUnreachable
from tests.messages import a_cost, a_query
from tests.openmetadata.delivering import deliver, endpoint_of
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault
from tests.outboxes import MemoryAnnouncements

DAY = date(2026, 11, 21)
MIDNIGHT = int(datetime(2026, 11, 21, tzinfo=timezone.utc).timestamp() * 1000)
ROUTE = "POST /api/v1/queryCostRecord"


@pytest.fixture
def announcements() -> MemoryAnnouncements:
    return MemoryAnnouncements()


@pytest.fixture(params=["1.7", "1.12", "2.0"])
def fake(request: pytest.FixtureRequest) -> Any:
    """A server of each line that keeps costs, with a query."""
    with FakeOpenMetadata(request.param) as server:
        server.state.add_table("lab", "hive", "sales", "orders", columns=["id"])
        deliver(server, a_query())
        yield server


def one(results: list[DeliveryResult]) -> DeliveryResult:
    (result,) = results
    return result


def counts(fake: FakeOpenMetadata) -> list[int]:
    return [record["count"] for record in fake.state.costs]


def test_a_day_of_a_query_is_one_record_of_its_sums(fake: FakeOpenMetadata, announcements: MemoryAnnouncements) -> None:
    result = one(deliver(fake, a_cost(day=DAY), announcements=announcements))
    (query,) = fake.state.queries.values()
    reference = {"id": query["id"], "type": "query"}
    record = {"timestamp": MIDNIGHT, "queryReference": reference, "cost": 4.5, "count": 3, "totalDuration": 9000}
    assert isinstance(result, Delivered)
    assert result.sent == {"query": query["fullyQualifiedName"], **record}
    assert fake.writes[-1].body == record


def test_what_was_told_is_not_told_again_whatever_came_to_it(
    fake: FakeOpenMetadata, announcements: MemoryAnnouncements
) -> None:
    first = one(deliver(fake, a_cost(), announcements=announcements))
    assert isinstance(first, Delivered)
    requests = len(fake.requests)
    again = one(deliver(fake, a_cost(cpu_ms=9000, sent=first.sent), announcements=announcements))
    assert again == first
    assert len(fake.requests) == requests


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        (Fault(ROUTE, lost=True), [3]),
        (Fault(ROUTE, reset=True), []),
        (Fault(ROUTE, 500), []),
        (Fault(ROUTE, 503), []),
        (Fault(ROUTE, 200, b"<html>signed out</html>", {"Content-Type": "text/html"}), []),
    ],
    ids=["lost", "reset", "500", "503", "page"],
)
def test_what_may_have_arrived_is_dead_and_never_sent_again(
    fake: FakeOpenMetadata, announcements: MemoryAnnouncements, fault: Fault, arrived: list[int]
) -> None:
    fake.faults.append(replace(fault))
    first, second = deliver(fake, a_cost(), a_cost(), announcements=announcements)
    for result in (first, second):
        assert isinstance(result, Dead)
        assert "may have been sent and is not sent twice" in result.reason
    assert counts(fake) == arrived


@pytest.mark.parametrize(("status", "kind"), [(429, Retry), (401, Halted), (403, Halted), (404, Parked), (302, Halted)])
def test_what_was_refused_is_sent_later(
    fake: FakeOpenMetadata, announcements: MemoryAnnouncements, status: int, kind: type[DeliveryResult]
) -> None:
    fake.faults.append(Fault(ROUTE, status))
    first, second = deliver(fake, a_cost(), a_cost(), announcements=announcements)
    assert isinstance(first, kind)
    assert isinstance(second, Delivered)
    assert counts(fake) == [3]


def test_what_is_refused_for_good_is_dead_and_may_be_tried_again(
    fake: FakeOpenMetadata, announcements: MemoryAnnouncements
) -> None:
    fake.faults.append(Fault(ROUTE, 400))
    result = one(deliver(fake, a_cost(), announcements=announcements))
    assert isinstance(result, Dead)
    assert "may have been sent" not in result.reason
    assert announcements.announced == set()


def test_a_record_that_the_server_has_already_is_as_good(
    fake: FakeOpenMetadata, announcements: MemoryAnnouncements
) -> None:
    fake.faults.append(Fault(ROUTE, 409))
    assert isinstance(one(deliver(fake, a_cost(), announcements=announcements)), Delivered)


def test_a_server_that_nobody_listens_at_was_sent_nothing(
    fake: FakeOpenMetadata, announcements: MemoryAnnouncements
) -> None:
    away = replace(endpoint_of(fake), url="http://127.0.0.1:9/api")
    assert isinstance(one(deliver(fake, a_cost(), endpoint=away, announcements=announcements)), Retry)
    assert announcements.announced == set()
    assert isinstance(one(deliver(fake, a_cost(), announcements=announcements)), Delivered)


def test_a_query_that_is_not_there_yet_parks_its_cost(
    fake: FakeOpenMetadata, announcements: MemoryAnnouncements
) -> None:
    result = one(deliver(fake, a_cost("SELECT 2 FROM orders"), announcements=announcements))
    assert isinstance(result, Parked)
    assert "does not know the query" in result.reason
    assert announcements.announced == set()


def test_a_query_under_another_service_of_ours_is_found(
    fake: FakeOpenMetadata, announcements: MemoryAnnouncements
) -> None:
    message = a_cost(objects=["pg.sales.orders"])
    result = one(deliver(fake, message, service="pg", services=(("hive", "lab"),), announcements=announcements))
    assert isinstance(result, Delivered)
    assert counts(fake) == [3]


@pytest.mark.parametrize("line", ["1.4", "1.6"])
def test_servers_that_keep_no_costs_are_not_told(line: str, announcements: MemoryAnnouncements) -> None:
    with FakeOpenMetadata(line) as old:
        result = one(deliver(old, a_cost(), announcements=announcements))
        assert result == Delivered({"skipped": f"servers of the line {line} keep no costs of queries"})
        assert old.writes == []


def test_a_server_that_does_not_tell_its_line_is_not_taken_for_an_old_one(
    fake: FakeOpenMetadata, announcements: MemoryAnnouncements
) -> None:
    fake.faults.append(Fault("GET /api/v1/system/version", 500))
    assert isinstance(one(deliver(fake, a_cost(), announcements=announcements)), Retry)
    assert isinstance(one(deliver(fake, a_cost(), announcements=announcements)), Delivered)


@pytest.mark.parametrize(
    ("message", "rules"),
    [(a_cost(), {"send_sql": False}), (a_cost(objects=['hive.sales.a"b']), {})],
    ids=["no SQL may be sent", "no name"],
)
def test_a_query_that_is_never_told_has_no_cost_either(
    fake: FakeOpenMetadata, announcements: MemoryAnnouncements, message: Message, rules: dict[str, Any]
) -> None:
    result = one(deliver(fake, message, announcements=announcements, **rules))
    assert isinstance(result, Delivered)
    assert "skipped" in result.sent
    assert fake.state.costs == []


class Away:
    """A database that is away."""

    async def announce(self, claim: Claim) -> bool:
        raise StoreUnreachable("PostgreSQL is away")

    async def retract(self, claim: Claim) -> None:
        raise StoreUnreachable("PostgreSQL is away")


@pytest.mark.parametrize("nobody", [Away(), None])
def test_nothing_is_sent_that_nobody_remembers(fake: FakeOpenMetadata, nobody: Away | None) -> None:
    assert isinstance(one(deliver(fake, a_cost(), announcements=nobody)), Retry)
    assert fake.state.costs == []
