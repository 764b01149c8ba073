from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from query_lineage_tracker.domain.outbox import Dead, Delivered, Parked, Retry
from tests.messages import LAST, a_query
from tests.openmetadata.delivering import deliver
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

ORDERS = "lab.hive.sales.orders"
DAILY = "lab.hive.mart.daily"


def only_query(fake: FakeOpenMetadata) -> dict[str, Any]:
    (entity,) = fake.state.queries.values()
    return entity


def id_of(fake: FakeOpenMetadata, name: str) -> str:
    return str(fake.state.tables[name]["id"])


def test_a_query_is_created_with_its_tables_users_and_times(fake: FakeOpenMetadata) -> None:
    text = "SELECT 'ä\r\n' FROM orders"
    (result,) = deliver(fake, a_query(text, targets=["hive.mart.daily"], users=["alice", "etl"]))
    assert isinstance(result, Delivered)
    entity = only_query(fake)
    assert entity["fullyQualifiedName"] == "lab." + hashlib.md5(text.encode()).hexdigest()
    assert set(entity["queryUsedIn"]) == {id_of(fake, ORDERS), id_of(fake, DAILY)}
    assert entity["users"] == [fake.state.users["alice"]["id"]]
    assert entity["usedBy"] == ["etl"]
    assert (entity["queryDate"], entity["duration"]) == (int(LAST.timestamp() * 1000), 1200)


def test_a_query_of_which_all_is_told_at_once_is_one_call(fake: FakeOpenMetadata) -> None:
    deliver(fake, a_query(users=["alice"]))
    assert [each.method for each in fake.writes] == ["POST"]
    assert only_query(fake)["processedLineage"] is True


def test_that_the_lineage_is_told_is_said_last(fake: FakeOpenMetadata) -> None:
    message = a_query(sources=["hive.sales.orders", "hive.sales.later"], users=["etl"])
    deliver(fake, message)
    assert only_query(fake)["processedLineage"] is False
    fake.state.add_table("lab", "hive", "sales", "later")
    deliver(fake, message, message)
    assert only_query(fake)["processedLineage"] is True
    assert [each.path.rsplit("/", 1)[1] for each in fake.writes if each.method != "PATCH"] == [
        "queries",
        "usedBy",
        "usage",
    ]
    assert [number for number, each in enumerate(fake.writes) if each.method == "PATCH"] == [3]


def test_a_query_that_others_made_is_said_to_be_told_as_well(fake: FakeOpenMetadata) -> None:
    fake.state.create_query({"query": "SELECT * FROM orders", "service": "lab"})
    deliver(fake, a_query())
    assert only_query(fake)["processedLineage"] is True


def test_a_text_that_we_cannot_read_is_left_to_the_servers_own_ingestion(fake: FakeOpenMetadata) -> None:
    deliver(fake, a_query(coverage="NONE"), a_query(coverage="NONE", users=["etl"]))
    assert only_query(fake)["processedLineage"] is False


@pytest.mark.parametrize(
    ("line", "dialect"),
    [("1.4", None), ("1.6", None), ("1.8", "trino"), ("1.12", "trino"), ("2.0", "trino"), ("x", None)],
)
def test_the_dialect_is_told_to_servers_that_know_it(line: str, dialect: str | None) -> None:
    with FakeOpenMetadata(line) as fake:
        fake.state.add_table("lab", "hive", "sales", "orders")
        first, second = deliver(fake, a_query(), a_query("SELECT 1 FROM orders"))
        assert isinstance(first, Delivered) and isinstance(second, Delivered)
        assert [each.body.get("dialect") for each in fake.writes if each.path.endswith("/queries")] == [dialect] * 2
        assert len([each for each in fake.requests if each.path.endswith("/system/version")]) == 1


def test_a_server_that_hides_its_version_gets_what_all_understand(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("GET .*/system/version", 403, b'{"code":403,"message":"no"}'))
    (result,) = deliver(fake, a_query())
    assert isinstance(result, Delivered)
    assert "dialect" not in fake.writes[0].body


def test_a_second_delivery_writes_nothing(fake: FakeOpenMetadata) -> None:
    deliver(fake, a_query(users=["alice", "etl"]))
    written = len(fake.writes)
    deliver(fake, a_query(users=["alice", "etl"]))
    assert len(fake.writes) == written


def test_new_tables_and_users_are_added_and_those_of_others_stay(fake: FakeOpenMetadata) -> None:
    bob = fake.state.add_user("bob")
    deliver(fake, a_query(users=["alice"]))
    only_query(fake)["usedBy"].append("somebody")
    deliver(fake, a_query(targets=["hive.mart.daily"], users=["bob", "etl"]))
    entity = only_query(fake)
    assert entity["queryUsedIn"] == [id_of(fake, ORDERS), id_of(fake, DAILY)]
    assert entity["users"] == [fake.state.users["alice"]["id"], bob]
    assert entity["usedBy"] == ["somebody", "etl"]


def test_a_query_whose_tables_are_all_missing_is_parked_and_not_created(fake: FakeOpenMetadata) -> None:
    (result,) = deliver(fake, a_query(sources=["hive.sales.gone"]))
    assert isinstance(result, Parked)
    assert "lab.hive.sales.gone" in result.reason
    assert fake.writes == []


def test_a_query_with_one_table_missing_is_created_and_parked_until_it_appears(fake: FakeOpenMetadata) -> None:
    message = a_query(sources=["hive.sales.orders", "hive.sales.later"])
    (result,) = deliver(fake, message)
    assert isinstance(result, Parked)
    assert only_query(fake)["queryUsedIn"] == [id_of(fake, ORDERS)]
    later = fake.state.add_table("lab", "hive", "sales", "later")
    (result,) = deliver(fake, message)
    assert isinstance(result, Delivered)
    assert only_query(fake)["queryUsedIn"] == [id_of(fake, ORDERS), later]


def test_a_table_that_vanishes_under_our_hands_never_damages_the_query(fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault("POST /api/v1/queries", 404, b'{"code":404,"message":"table instance not found"}'))
    (result,) = deliver(fake, a_query())
    assert isinstance(result, Parked)
    assert fake.state.queries == {}


def test_a_query_that_somebody_else_creates_at_the_same_time_is_added_to(fake: FakeOpenMetadata) -> None:
    deliver(fake, a_query(users=["etl"]))
    fake.faults.append(Fault("GET /api/v1/queries", 404, b'{"code":404,"message":"not found"}'))
    (result,) = deliver(fake, a_query(users=["alice"]))
    assert isinstance(result, Delivered)
    assert only_query(fake)["users"] == [fake.state.users["alice"]["id"]]


def test_the_same_text_under_another_service_is_dead_after_a_retry(fake: FakeOpenMetadata) -> None:
    fake.state.services.add("other")
    fake.state.create_query({"query": "SELECT * FROM orders", "service": "other"})
    (first,) = deliver(fake, a_query())
    assert isinstance(first, Retry)
    (second,) = deliver(fake, a_query(attempts=2))
    assert isinstance(second, Dead)
    assert "another service or name" in second.reason


def test_the_same_text_under_another_service_of_ours_is_added_to(fake: FakeOpenMetadata) -> None:
    theirs = fake.state.add_table("lab_pg", "pg", "sales", "orders")
    services = (("pg", "lab_pg"),)
    deliver(fake, a_query(sources=["pg.sales.orders"]), services=services)
    (result,) = deliver(fake, a_query(users=["alice"]), services=services)
    entity = only_query(fake)
    assert entity["fullyQualifiedName"].startswith("lab_pg.")
    assert entity["queryUsedIn"] == [theirs, id_of(fake, ORDERS)]
    assert entity["users"] == [fake.state.users["alice"]["id"]]
    assert isinstance(result, Delivered)
    written = len(fake.writes)
    (again,) = deliver(fake, replace(a_query(users=["alice"]), sent=result.sent), services=services)
    assert again == result
    assert len(fake.writes) == written


def test_a_query_over_several_services_belongs_to_that_of_its_target(fake: FakeOpenMetadata) -> None:
    target = fake.state.add_table("lab_pg", "pg", "mart", "daily")
    deliver(fake, a_query(targets=["pg.mart.daily"]), services=(("pg", "lab_pg"),))
    assert only_query(fake)["fullyQualifiedName"].startswith("lab_pg.")
    assert set(only_query(fake)["queryUsedIn"]) == {target, id_of(fake, ORDERS)}


def test_a_query_is_created_under_a_service_that_has_one_of_its_tables(fake: FakeOpenMetadata) -> None:
    message = a_query(targets=["pg.mart.daily"])
    (result,) = deliver(fake, message, services=(("pg", "lab_pg"),))
    assert isinstance(result, Parked)
    assert "lab_pg.pg.mart.daily" in result.reason
    assert only_query(fake)["fullyQualifiedName"].startswith("lab.")
    fake.state.add_table("lab_pg", "pg", "mart", "daily")
    (result,) = deliver(fake, message, services=(("pg", "lab_pg"),))
    assert isinstance(result, Delivered)
    assert len(only_query(fake)["queryUsedIn"]) == 2


def test_a_damaged_query_is_told_from_a_missing_one() -> None:
    with FakeOpenMetadata("1.6") as fake:
        fake.state.add_table("lab", "hive", "sales", "orders")
        deliver(fake, a_query())
        only_query(fake)["queryUsedIn"].append("00000000-0000-4000-8000-000000000000")
        (result,) = deliver(fake, a_query())
        assert isinstance(result, Dead)
        assert "damaged" in result.reason


def test_no_query_is_created_when_no_sql_may_leave(fake: FakeOpenMetadata) -> None:
    (result,) = deliver(fake, a_query(), send_sql=False)
    assert result == Delivered({"skipped": "no SQL text may be sent"})
    assert fake.requests == []


def test_system_tables_are_not_looked_for(fake: FakeOpenMetadata) -> None:
    (result,) = deliver(fake, a_query(sources=["system.runtime.queries", "hive.information_schema.tables"]))
    assert isinstance(result, Delivered)
    assert fake.requests == []


@pytest.mark.parametrize("name", ["first.last", "O'Hara", 'a"b', "dom\\user", "юзер"])
def test_user_names_of_any_shape_arrive(fake: FakeOpenMetadata, name: str) -> None:
    (result,) = deliver(fake, a_query(users=[name]))
    assert isinstance(result, Delivered)
    assert only_query(fake)["usedBy"] == [name]


def test_users_are_mapped_by_the_first_rule_that_fits(fake: FakeOpenMetadata) -> None:
    fake.state.add_user("svc_etl")
    rules = (("svc_*", ""), ("*@corp.example", "*"), ("b?b", "alice"))
    users = ["alice@corp.example", "bob", "svc_etl", "carol@corp.example", "alice@elsewhere.example"]
    deliver(fake, a_query(users=users), users=rules)
    assert only_query(fake)["users"] == [fake.state.users["alice"]["id"]]
    assert only_query(fake)["usedBy"] == ["alice@elsewhere.example", "carol@corp.example", "svc_etl"]


def test_a_user_with_a_dot_is_recognised(fake: FakeOpenMetadata) -> None:
    known = fake.state.add_user("alice.b")
    deliver(fake, a_query(users=["alice.b"]))
    assert only_query(fake)["users"] == [known]


def test_thousands_of_users_are_told_some_a_delivery(fake: FakeOpenMetadata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("query_lineage_tracker.adapters.openmetadata.queries._MOST_ASKED", 4)
    strangers, known = [f"user{number}" for number in range(8)], ["alice", "zoe"]
    fake.state.add_user("zoe")
    message = a_query(users=[*strangers, *known])
    first, second, third, again = deliver(fake, *[message] * 4)
    assert first == Retry("6 more users executed it, who are told next", 0.0)
    assert second == Retry("2 more users executed it, who are told next", 0.0)
    assert isinstance(third, Delivered) and isinstance(again, Delivered)
    entity = only_query(fake)
    assert sorted(entity["usedBy"]) == strangers
    assert set(entity["users"]) == {fake.state.users[name]["id"] for name in known}
    assert entity["processedLineage"] is True
    asked = [each.path for each in fake.requests if "/users/name/" in each.path]
    assert len(asked) == len(set(asked)) == 10
    fake.requests.clear()
    deliver(fake, message)
    assert {each.path.rpartition("/")[2] for each in fake.requests if "/users/name/" in each.path} == set(known)
    assert fake.writes == []
