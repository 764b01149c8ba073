"""What the tracker says of what it saw and did not see, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.batches import NOON, READ, batch, execution

from query_lineage_tracker.adapters.postgres.accounts import PostgresAccounts
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.capture import Gap, GapCause
from query_lineage_tracker.domain.history import State, Teller
from query_lineage_tracker.lineage.result import LineageResult
from query_lineage_tracker.observability import Metrics
from query_lineage_tracker.observability.observer import MetricsObserver
from query_lineage_tracker.ports.analysis import StatementText
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState
from query_lineage_tracker.ports.store import Execution
from query_lineage_tracker.services.ingest import Ingest, IngestRules

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def told(numbers: Iterable[int], teller: Teller = Teller.POLL, **facts: Any) -> list[Execution]:
    """The queries of these numbers, each created as many seconds after noon."""
    return [execution(number, "SELECT 1", told_by=teller, **facts) for number in numbers]


async def save(database: Database, *executions: Execution, gaps: Iterable[Gap] = ()) -> None:
    results = {one.query.text: READ for one in executions}
    await PostgresStore(database).save(batch(executions, results, gaps=tuple(gaps)), None)


async def gap_of(database: Database, gap: Gap) -> dict[str, Any]:
    await save(database, gaps=[gap])
    (row,) = await PostgresAccounts(database).gaps()
    return {name: row[name] for name in ("by_event", "ids_missing", "covered")}


OUTAGE = Gap(GapCause.OUTAGE, at(10), at(20), "no poll")


class Interrupted:
    """A source that always tells of the same gap."""

    name = "poller"

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        yield FetchedBatch((), gaps=(OUTAGE,))

    async def aclose(self) -> None:
        """Nothing is open."""


class Idle:
    """Has nothing to analyze."""

    version = "idle 1"

    async def analyze(self, statements: Sequence[StatementText]) -> Sequence[LineageResult]:
        return []

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_a_gap_is_logged_and_measured_when_it_is_recorded_and_not_again(database: Database) -> None:
    metrics = Metrics()
    ingest = Ingest(
        PostgresStore(database), Idle(), IngestRules("trino", "trino"), observers=[MetricsObserver(metrics)]
    )
    with capture_logs() as lines:
        for _ in range(2):
            await ingest.run_pass(Interrupted())
    (told,) = (line for line in lines if line["event"] == "ingest.gap_recorded")
    assert (told["log_level"], told["cause"], told["end"]) == ("warning", "OUTAGE", "2026-11-22T12:00:20+00:00")
    assert 'qlt_gap_seconds_total{cause="OUTAGE",cluster="trino"} 10.0' in metrics.exposition().decode()


async def test_a_gap_is_listed_with_its_cause_and_length(database: Database) -> None:
    await save(database, gaps=[OUTAGE, Gap(GapCause.FIRST_POLL, None, at(0))])
    outage, first = await PostgresAccounts(database).gaps()
    assert (outage["cluster"], outage["source"], outage["cause"], outage["detail"]) == (
        "trino",
        "poller",
        "OUTAGE",
        "no poll",
    )
    assert (outage["from"], outage["to"], outage["seconds"]) == (at(10), at(20), 10)
    assert (first["cause"], first["from"], first["seconds"], first["covered"]) == ("FIRST_POLL", None, None, "no")
    assert await PostgresAccounts(database).gaps("moon") == []
    assert len(await PostgresAccounts(database).gaps(limit=1)) == 1


async def test_a_gap_is_covered_where_events_told_every_id(database: Database) -> None:
    await save(database, *told([*range(10), *range(21, 30)]), *told(range(10, 21), Teller.EVENT))
    assert await gap_of(database, OUTAGE) == {"by_event": 11, "ids_missing": 0, "covered": "yes"}


async def test_ids_that_nobody_told_make_it_partly(database: Database) -> None:
    await save(database, *told([*range(10), *range(21, 30)]), *told([11, 12, 16], Teller.EVENT))
    assert await gap_of(database, OUTAGE) == {"by_event": 3, "ids_missing": 8, "covered": "partly"}


async def test_a_gap_in_which_nothing_ran_is_covered(database: Database) -> None:
    later = [execution(number, "SELECT 1", created=at(60 + number)) for number in (10, 11)]
    await save(database, *told(range(10)), *later)
    assert await gap_of(database, OUTAGE) == {"by_event": 0, "ids_missing": 0, "covered": "yes"}


async def test_our_own_queries_are_known(database: Database) -> None:
    await save(database, *told([*range(12), *range(15, 30)]))
    for number in (12, 13, 14):
        await PostgresStore(database).record_own_query("trino", f"20261122_1200{number}_000{number}_abcde")
    assert (await gap_of(database, OUTAGE))["ids_missing"] == 0


async def test_without_events_a_gap_is_not_covered(database: Database) -> None:
    await save(database, *told([*range(10), *range(21, 30)]))
    assert await gap_of(database, OUTAGE) == {"by_event": 0, "ids_missing": 11, "covered": "no"}


@pytest.mark.parametrize("known", [range(21, 30), range(10)], ids=["nothing before", "nothing after"])
async def test_what_is_at_an_open_side_cannot_be_counted(database: Database, known: range) -> None:
    await save(database, *told(known), *told([11], Teller.EVENT))
    assert await gap_of(database, OUTAGE) == {"by_event": 1, "ids_missing": None, "covered": "partly"}


async def test_numbers_of_two_coordinators_cannot_be_counted(database: Database) -> None:
    await save(database, *told(range(15)), *told(range(10, 15), Teller.EVENT))
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE omd.trino_queries_history SET query_id = replace(query_id, 'abcde', 'fghij') WHERE query_id > %s",
            ["20261122_120012"],
        )
    restart = Gap(GapCause.RESTART, at(10), at(13))
    assert await gap_of(database, restart) == {"by_event": 4, "ids_missing": None, "covered": "partly"}


async def test_days_tell_who_told_of_what(database: Database) -> None:
    await save(database, *told(range(4)), *told([8], state=State.RUNNING), *told([1, 2, 5], Teller.EVENT))
    await save(database, *told([7], Teller.FILE))
    tomorrow = [execution(0, "SELECT 1", created=NOON + timedelta(days=1), told_by=Teller.EVENT)]
    await save(database, *tomorrow)
    accounts = PostgresAccounts(database)
    newest, first = await accounts.days(NOON.date())
    assert newest["day"] == NOON.date() + timedelta(days=1)
    assert first == {
        "cluster": "trino",
        "day": NOON.date(),
        "executions": 7,
        "by_both": 2,
        "by_poll_only": 3,
        "by_event_only": 1,
        "by_file_only": 1,
        "open": 1,
        "lost": 0,
        "ids_missing": 2,
    }
    assert [row["day"] for row in await accounts.days(newest["day"])] == [newest["day"]]
    assert await accounts.days(NOON.date(), "moon") == []
    assert await accounts.tellers("trino", NOON.date()) == {"by_both": 2, "by_poll_only": 3, "by_event_only": 2}
    assert await accounts.tellers("moon", NOON.date()) == {"by_both": 0, "by_poll_only": 0, "by_event_only": 0}


async def test_numbers_that_begin_anew_leave_no_hole_of_their_own(database: Database) -> None:
    ids = [(99_998, 0), (99_999, 1), (0, 2), (2, 3)]
    await save(database, *(execution(number, "SELECT 1", created=at(second)) for number, second in ids))
    (day,) = await PostgresAccounts(database).days(NOON.date())
    assert day["ids_missing"] == 99_998 + 1


async def test_arrivals_tell_what_polls_saw_since_the_last_event(database: Database) -> None:
    accounts = PostgresAccounts(database)
    assert await accounts.arrivals("trino", MINUTE) == {"event_at": None, "polled": False, "without_event": 0}
    await save(database, *told(range(3)))
    assert await accounts.arrivals("trino", MINUTE) == {"event_at": None, "polled": True, "without_event": 3}
    await save(database, *told([1], Teller.EVENT))
    assert await accounts.arrivals("trino", MINUTE) == {"event_at": at(2), "polled": True, "without_event": 1}


async def test_what_ended_just_now_may_still_get_its_event(database: Database) -> None:
    now = datetime.now(timezone.utc)
    recent = execution(1, "SELECT 1", created=now - timedelta(seconds=30), told_by=Teller.POLL)
    await save(database, recent)
    accounts = PostgresAccounts(database)
    assert (await accounts.arrivals("trino", MINUTE))["without_event"] == 0
    assert (await accounts.arrivals("trino", timedelta()))["without_event"] == 1


async def test_only_positions_of_journals_are_told(database: Database) -> None:
    store = PostgresStore(database)
    await store.save(batch(source="events:a1", position={"segment": 3}), None)
    await store.save(batch(source="poller", position={"polls": 3}), None)
    assert await PostgresAccounts(database).journal_positions("trino") == {"events:a1": {"segment": 3}}
