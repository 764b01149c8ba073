"""A day's usage of a table: told once, whatever becomes of the answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from query_lineage_tracker.domain.outbox import Delivered, DeliveryResult, Message, Parked, Retry
from tests.messages import a_usage
from tests.openmetadata.delivering import deliver, endpoint_of
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

DAY = date(2026, 11, 21)
SCHEMA, DATABASE = "lab.hive.sales", "lab.hive"


def counts(fake: FakeOpenMetadata, day: date = DAY) -> tuple[int | None, ...]:
    """What stands at the table, its schema and its database."""
    table = fake.state.tables["lab.hive.sales.orders"]["id"]
    return tuple(fake.state.usage.get((each, day.isoformat())) for each in (table, SCHEMA, DATABASE))


def posts(fake: FakeOpenMetadata) -> list[object]:
    return [each.body for each in fake.writes]


def one(results: list[DeliveryResult]) -> DeliveryResult:
    (result,) = results
    return result


def test_the_total_of_a_day_is_set_at_the_table(fake: FakeOpenMetadata) -> None:
    assert isinstance(one(deliver(fake, a_usage(executions=7))), Delivered)
    assert counts(fake) == (7, 7, 7)
    assert posts(fake) == [{"date": "2026-11-21", "count": 7}]


def test_a_day_that_stands_there_is_not_told_again(fake: FakeOpenMetadata) -> None:
    deliver(fake, a_usage(executions=7), a_usage(executions=7))
    assert counts(fake) == (7, 7, 7)
    assert len(posts(fake)) == 1


def test_each_day_is_judged_by_itself(fake: FakeOpenMetadata) -> None:
    deliver(fake, a_usage(day=date(2026, 11, 20), executions=7), a_usage(executions=7))
    assert counts(fake, date(2026, 11, 20)) == counts(fake) == (7, 7, 7)


@pytest.mark.parametrize("fault", [Fault("POST", reset=True), Fault("POST", 503)])
def test_a_delivery_that_never_arrived_is_repeated(fake: FakeOpenMetadata, fault: Fault) -> None:
    fake.faults.append(Fault(fault.match, fault.status, reset=fault.reset))
    first, second = deliver(fake, a_usage(executions=7), a_usage(executions=7))
    assert isinstance(first, Retry)
    assert isinstance(second, Delivered)
    assert counts(fake) == (7, 7, 7)


def test_a_delivery_whose_answer_was_lost_is_not_repeated(fake: FakeOpenMetadata) -> None:
    # The request arrives and is answered, but too late for us.
    fake.faults.append(Fault("POST", 0, delay=0.8))
    hasty = replace(endpoint_of(fake), timeout=0.5)
    first, second = deliver(fake, a_usage(executions=7), a_usage(executions=7), endpoint=hasty)
    assert isinstance(first, Retry)
    assert isinstance(second, Delivered)
    assert counts(fake) == (7, 7, 7)
    assert len(posts(fake)) == 1


def test_a_lower_count_that_others_told_is_raised_and_a_higher_one_left(fake: FakeOpenMetadata) -> None:
    table = fake.state.tables["lab.hive.sales.orders"]["id"]
    fake.state.usage[table, DAY.isoformat()] = 3
    deliver(fake, a_usage(executions=7), a_usage(executions=6))
    assert counts(fake)[0] == 7


def test_a_table_that_is_not_there_yet_parks_its_usage(fake: FakeOpenMetadata) -> None:
    result = one(deliver(fake, a_usage("hive.sales.later")))
    assert isinstance(result, Parked)
    assert "lab.hive.sales.later" in result.reason


def test_a_day_that_is_not_over_is_never_told(fake: FakeOpenMetadata) -> None:
    result = one(deliver(fake, a_usage(day=datetime.now(timezone.utc).date())))
    assert isinstance(result, Retry)
    assert fake.writes == []


def test_today_is_told_by_a_switch_and_adds_up_above_the_table(fake: FakeOpenMetadata) -> None:
    today = datetime.now(timezone.utc).date()
    for count in (3, 3, 5):
        deliver(fake, a_usage(day=today, executions=count), usage_today=True)
    assert counts(fake, today) == (5, 8, 8)
    tomorrow = a_usage(day=today + timedelta(days=1))
    assert isinstance(one(deliver(fake, tomorrow, usage_today=True)), Retry)


@pytest.mark.parametrize("message", [a_usage(branch="dev"), a_usage('hive.sales.a"b')])
def test_what_openmetadata_cannot_hold_is_skipped(fake: FakeOpenMetadata, message: Message) -> None:
    result = one(deliver(fake, message))
    assert isinstance(result, Delivered)
    assert "skipped" in result.sent
    assert fake.requests == []
