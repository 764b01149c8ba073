"""What every command works with."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from secrets import token_hex

import structlog

from query_lineage_tracker.adapters.postgres import migrate
from query_lineage_tracker.adapters.postgres.announcements import PostgresAnnouncements
from query_lineage_tracker.adapters.postgres.calls import CallRules, PostgresCalls
from query_lineage_tracker.adapters.postgres.cost_messages import CostMessages
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.day_sums import DaySums
from query_lineage_tracker.adapters.postgres.leases import PostgresLeases
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.parked import PostgresParked
from query_lineage_tracker.adapters.postgres.partitions import Partitions
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.adapters.postgres.renames import SchemaRenames
from query_lineage_tracker.adapters.postgres.stale_edges import StaleEdges
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.adapters.postgres.text_messages import TextMessages
from query_lineage_tracker.adapters.postgres.usage_messages import UsageMessages
from query_lineage_tracker.adapters.threads import in_thread, share_interpreter
from query_lineage_tracker.bootstrap.database import database_address
from query_lineage_tracker.config import Configuration
from query_lineage_tracker.errors import TrackerError
from query_lineage_tracker.observability import Metrics, configure_logging
from query_lineage_tracker.observability.observer import MetricsObserver

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """What every command works with; open as long as the context that made it."""

    configuration: Configuration
    dsn: str
    database: Database
    store: PostgresStore
    leases: PostgresLeases
    outbox: PostgresOutbox
    calls: PostgresCalls
    stale_edges: StaleEdges
    schema_renames: SchemaRenames
    parked: PostgresParked
    usage: UsageMessages
    costs: CostMessages
    texts: TextMessages
    announcements: PostgresAnnouncements
    reads: PostgresReads
    partitions: Partitions
    day_sums: DaySums
    metrics: Metrics
    observer: MetricsObserver


@cache
def worker_name() -> str:
    """Who we are in leases and claims: readable, and nobody else. In containers all may be process 1 of one host."""
    return f"{socket.gethostname()}:{os.getpid()}:{token_hex(3)}"


@asynccontextmanager
async def opened(configuration: Configuration, metrics: Metrics | None = None) -> AsyncIterator[Parts]:
    """The database, migrated, with everything that stands on it; `metrics` are ours where none are given.

    Starts the embedded PostgreSQL where the configuration asks for it, so it must run in the main thread.
    """
    configure_logging(configuration.observability, configuration.secret_values())
    share_interpreter()
    postgres = configuration.postgres
    async with AsyncExitStack() as stack:
        dsn, started = stack.enter_context(database_address(configuration))
        if started:
            _banner(postgres.data_dir)
        for applied in await in_thread(lambda: migrate.migrate(dsn, postgres.schema)):
            log.info("db.migrated", migration=f"{applied.version:04}_{applied.name}")
        database = await stack.enter_async_context(Database(dsn, postgres.schema, postgres.pool_size))
        metrics = Metrics() if metrics is None else metrics
        sync = configuration.sync
        calls = PostgresCalls(database, CallRules(sync.calls_days, sync.calls_rows, sync.calls_body))
        yield Parts(
            configuration=configuration,
            dsn=dsn,
            database=database,
            store=PostgresStore(database),
            leases=PostgresLeases(database),
            outbox=PostgresOutbox(database, calls),
            calls=calls,
            stale_edges=StaleEdges(database),
            schema_renames=SchemaRenames(database),
            parked=PostgresParked(database),
            usage=UsageMessages(database),
            costs=CostMessages(database),
            texts=TextMessages(database),
            announcements=PostgresAnnouncements(database),
            reads=PostgresReads(database),
            partitions=Partitions(database),
            day_sums=DaySums(database),
            metrics=metrics,
            observer=MetricsObserver(metrics),
        )


def _banner(data_dir: Path) -> None:
    log.warning(
        "db.embedded_started", directory=str(data_dir), hint="for development only; set POSTGRES_DSN to use yours"
    )


async def unready(parts: Parts) -> Mapping[str, str]:
    """What stands in the way of work, by name."""
    try:
        waiting = await in_thread(lambda: migrate.pending(parts.dsn, parts.configuration.postgres.schema))
    except TrackerError as problem:
        return {"postgres": str(problem)}
    return {"migrations": f"{waiting} wait to be applied"} if waiting else {}
