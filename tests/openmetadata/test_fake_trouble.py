"""Troubles of a server that only the fake can be brought into."""

from __future__ import annotations

import pytest

from query_lineage_tracker.domain.outbox import Delivered, Halted, Message, Retry
from tests.messages import a_query, a_usage, an_edge
from tests.openmetadata.contract.catalog import Catalog
from tests.openmetadata.delivering import deliver
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_an_id_of_nobody_stays_in_a_query_and_spoils_it_before_the_latest_line(fake: FakeOpenMetadata) -> None:
    deliver(fake, a_query(), a_query("SELECT 2 FROM orders"))
    spoilt, sound = fake.state.queries.values()
    catalog = Catalog(fake.url, fake.token)
    told = catalog.ask("PUT", f"/queries/{spoilt['id']}/usage", [{"id": NOBODY, "type": "table"}])
    assert told.status == (201 if fake.state.line == "2.0" else 404)
    for method, path in (
        ("GET", f"/queries/name/{spoilt['fullyQualifiedName']}?fields=queryUsedIn"),
        ("DELETE", f"/queries/{spoilt['id']}"),
    ):
        assert catalog.ask(method, path).status == (200 if fake.state.line == "2.0" else 404)
    assert catalog.ask("GET", f"/queries/name/{sound['fullyQualifiedName']}?fields=queryUsedIn").status == 200
    catalog.close()


def test_an_edge_is_stored_although_the_search_engine_is_down(fake: FakeOpenMetadata) -> None:
    fake.state.search_down = True
    failed, usage = deliver(fake, an_edge(), a_usage())
    assert isinstance(failed, Retry)
    assert isinstance(usage, Delivered)
    assert len(fake.state.edges) == 1


@pytest.mark.parametrize("operation", ["EditLineage", "ViewBasic"])
def test_a_bot_that_may_not_is_told_what(fake: FakeOpenMetadata, operation: str) -> None:
    fake.state.denied.add(operation)
    (result,) = deliver(fake, an_edge())
    assert isinstance(result, Halted)
    assert operation in result.reason


@pytest.mark.parametrize(("operation", "message"), [("Create", a_query()), ("EditUsage", a_usage())])
def test_each_right_is_asked_for_where_it_is_needed(fake: FakeOpenMetadata, operation: str, message: Message) -> None:
    fake.state.denied.add(operation)
    edge, other = deliver(fake, an_edge(), message)
    assert isinstance(edge, Delivered)
    assert isinstance(other, Halted)


def test_an_answer_that_is_lost_was_done(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("PUT .*/lineage", lost=True))
    lost, found = deliver(fake, an_edge(), an_edge())
    assert isinstance(lost, Retry)
    assert isinstance(found, Delivered)
    assert len(fake.writes) == 1


def test_a_test_asks_without_being_counted(fake: FakeOpenMetadata) -> None:
    catalog = Catalog(fake.url, fake.token)
    catalog.done("GET", "/tables?limit=1")
    catalog.close()
    assert (fake.requests, len(fake.asked_by_tests)) == ([], 1)
