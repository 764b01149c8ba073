"""How the tracker stands, measured in a real PostgreSQL, and told in metrics."""

from __future__ import annotations

import asyncio

import pytest
from tests.batches import ORDERS, batch, execution, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.standing import PostgresStanding
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.outbox import Dead, Parked
from query_lineage_tracker.domain.standing import SinkStanding, Standing
from query_lineage_tracker.errors import StoreUnreachable
from query_lineage_tracker.observability import Metrics
from query_lineage_tracker.observability.observer import MetricsObserver
from query_lineage_tracker.services.measure import measure_forever

pytestmark = pytest.mark.anyio

INSERT = "insert into revenue select amount from orders"


@pytest.fixture
async def store(database: Database) -> PostgresStore:
    """A store that holds one write; so its statement and its edge are due."""
    store = PostgresStore(database)
    await store.save(batch([execution(1, INSERT, write(ORDERS))], {INSERT: write(ORDERS)}), None)
    return store


@pytest.fixture
def standing(database: Database) -> PostgresStanding:
    return PostgresStanding(database, ["trino", "other"], ["file", "omd"])


async def changed(database: Database, sql: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(sql)


async def told(standing: PostgresStanding) -> list[str]:
    metrics = Metrics()
    MetricsObserver(metrics).standing(await standing.standing())
    return metrics.exposition().decode().splitlines()


async def test_what_waits_is_counted_and_how_long_it_waited(
    store: PostgresStore, standing: PostgresStanding, database: Database
) -> None:
    await changed(database, "UPDATE omd.outbox SET enqueued_at = now() - interval '1 hour' WHERE kind = 'QUERY'")
    sinks = (await standing.standing()).sinks
    assert (sinks["file"].pending, sinks["file"].parked, sinks["file"].dead) == (2, 0, 0)
    assert 3600 <= sinks["file"].waiting_s < 3700
    assert sinks["omd"] == SinkStanding(0, 0, 0, 0.0, halted=False)


async def test_what_is_parked_dead_or_settled_does_not_wait(
    store: PostgresStore, standing: PostgresStanding, database: Database
) -> None:
    outbox = PostgresOutbox(database)
    query, edge = sorted(
        await outbox.claim("file", "worker", 100, 60), key=lambda claim: claim.kind.value, reverse=True
    )
    await outbox.settle([(query, Dead("refused")), (edge, Parked("no table"))])
    assert (await standing.standing()).sinks["file"] == SinkStanding(0, 1, 1, 0.0, halted=False)
    lines = await told(standing)
    assert 'qlt_outbox_messages{sink="file",state="parked"} 1.0' in lines
    assert 'qlt_outbox_messages{sink="file",state="dead"} 1.0' in lines
    await changed(database, "UPDATE omd.outbox SET state = 'SETTLED'")
    assert (await standing.standing()).sinks["file"] == SinkStanding(0, 0, 0, 0.0, halted=False)


async def test_a_halted_sink_shows_until_it_goes_on(standing: PostgresStanding, database: Database) -> None:
    outbox = PostgresOutbox(database)
    await outbox.halt("omd", "401")
    lines = await told(standing)
    assert 'qlt_sink_halted{sink="omd"} 1.0' in lines and 'qlt_sink_halted{sink="file"} 0.0' in lines
    await outbox.resume("omd")
    assert 'qlt_sink_halted{sink="omd"} 0.0' in await told(standing)


async def test_the_last_pass_of_a_source_is_the_last_that_did_not_fail(
    store: PostgresStore, standing: PostgresStanding, database: Database
) -> None:
    await changed(
        database,
        "INSERT INTO omd.ingest_state (cluster, source, watermark) VALUES ('other', 'trino', '2026-09-12T10:00:00Z');"
        " INSERT INTO omd.runs (cluster, source, started_at, ended_at, error) VALUES"
        " ('other', 'trino', '2026-09-12T10:00:00Z', '2026-09-12T10:00:01Z', NULL),"
        " ('other', 'trino', '2026-09-12T10:01:00Z', '2026-09-12T10:01:01Z', 'it is away'),"
        " ('other', 'trino', '2026-09-12T10:02:00Z', NULL, NULL)",
    )
    (other,) = [source for source in (await standing.standing()).sources if source.cluster == "other"]
    assert other.last_pass is not None and other.last_pass.isoformat().startswith("2026-09-12T10:00:01")
    lines = await told(standing)
    expected = 'qlt_last_pass_timestamp_seconds{cluster="other",source="trino"} 1.789207201e+09'
    assert [line for line in lines if line.startswith("qlt_last_pass")] == [expected]
    assert any(line.startswith('qlt_ingest_lag_seconds{cluster="other"}') for line in lines)


async def test_rows_in_quarantine_are_counted_until_they_are_replayed(
    standing: PostgresStanding, database: Database
) -> None:
    row = "INSERT INTO omd.quarantine (digest, cluster, source, origin, reason, payload) VALUES"
    await changed(database, f"{row} ('a', 'trino', 'trino', '1', 'odd', ''), ('b', 'nobody', 'trino', '1', 'odd', '')")
    assert (await standing.standing()).quarantined == {"other": 0, "trino": 1}
    await changed(database, "UPDATE omd.quarantine SET replayed_at = now()")
    assert 'qlt_quarantine_rows{cluster="trino"} 0.0' in await told(standing)


class Away:
    """A store that is away, and a stop after that."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()

    async def standing(self) -> Standing:
        self.stop.set()
        raise StoreUnreachable("it is away")


async def test_a_store_that_is_away_does_not_end_the_measuring() -> None:
    away = Away()
    metrics = Metrics()
    await measure_forever(away, MetricsObserver(metrics), away.stop)
    assert b"qlt_sink_halted{" not in metrics.exposition()
