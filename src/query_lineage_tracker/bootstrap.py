"""Puts the parts together by the configuration: the only module that knows the adapters."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import structlog

from query_lineage_tracker.adapters.postgres import embedded, migrate
from query_lineage_tracker.adapters.postgres.columns import PostgresColumns
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.leases import PostgresLeases
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.partitions import Partitions
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.adapters.postgres.statements import PostgresStatements
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.config import ClusterSettings, Configuration, IngestSettings
from query_lineage_tracker.errors import TrackerError
from query_lineage_tracker.lineage.passed_text import PassThrough
from query_lineage_tracker.observability import Metrics, configure_logging
from query_lineage_tracker.observability.observer import MetricsObserver
from query_lineage_tracker.ports import LineageAnalyzer, MetadataSink, QuerySource, SchemaResolver
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.follow import Follower, Rhythm
from query_lineage_tracker.services.ingest import Ingest, IngestObserver, IngestRules
from query_lineage_tracker.services.learn_columns import LearnColumns
from query_lineage_tracker.services.prepare import ClaimRules
from query_lineage_tracker.services.reanalyze import Reanalysis, ReanalysisRules
from query_lineage_tracker.services.sync import Sync, SyncRules

if TYPE_CHECKING:
    from query_lineage_tracker.adapters.files.replay import QuarantinedRows
    from query_lineage_tracker.adapters.http.exchange import Endpoint
    from query_lineage_tracker.adapters.trino.poller import PollReport

log = structlog.get_logger()

_PROBE_INTERVAL_S = 30.0
_LONGEST_PAUSE = timedelta(minutes=5)
_POOL_OF_READS = 2


Reads = PostgresReads
"""What is read of the history."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What every command works with; open as long as the context that made it."""

    configuration: Configuration
    dsn: str
    database: Database
    store: PostgresStore
    leases: PostgresLeases
    outbox: PostgresOutbox
    reads: PostgresReads
    partitions: Partitions
    metrics: Metrics
    observer: MetricsObserver


def worker_name() -> str:
    """Who we are in leases and claims."""
    return f"{socket.gethostname()}:{os.getpid()}"


@asynccontextmanager
async def opened(configuration: Configuration) -> AsyncIterator[Parts]:
    """The database, migrated, with everything that stands on it.

    Starts the embedded PostgreSQL where the configuration asks for it, so it must run in the main thread.
    """
    configure_logging(configuration.observability, configuration.secret_values())
    postgres = configuration.postgres
    async with AsyncExitStack() as stack:
        dsn, started = stack.enter_context(database_address(configuration))
        if started:
            _banner(postgres.data_dir)
        for applied in migrate.migrate(dsn, postgres.schema):
            log.info("db.migrated", migration=f"{applied.version:04}_{applied.name}")
        database = await stack.enter_async_context(Database(dsn, postgres.schema, postgres.pool_size))
        metrics = Metrics()
        yield Parts(
            configuration=configuration,
            dsn=dsn,
            database=database,
            store=PostgresStore(database),
            leases=PostgresLeases(database),
            outbox=PostgresOutbox(database),
            reads=PostgresReads(database),
            partitions=Partitions(database),
            metrics=metrics,
            observer=MetricsObserver(metrics),
        )


@asynccontextmanager
async def opened_reads(configuration: Configuration) -> AsyncIterator[PostgresReads]:
    """What commands that only look need. Migrates nothing but the embedded PostgreSQL. Must run in the main thread."""
    configure_logging(configuration.observability, configuration.secret_values())
    schema = configuration.postgres.schema
    with database_address(configuration) as (dsn, _):
        if configuration.postgres.embedded:
            migrate.migrate(dsn, schema)
        async with Database(dsn, schema, _POOL_OF_READS) as database:
            yield PostgresReads(database)


@contextmanager
def database_address(configuration: Configuration) -> Iterator[tuple[str, bool]]:
    """The connection string, and whether we started the server: the embedded PostgreSQL, where none is configured.

    Must run in the main thread.
    """
    postgres = configuration.postgres
    if not postgres.embedded:
        yield postgres.dsn.reveal(), False
        return
    server = embedded.start_or_attach(postgres.data_dir, postgres.bin_dir)
    try:
        yield server.dsn, server.owned
    finally:
        server.stop()


def migrate_database(configuration: Configuration) -> Sequence[str]:
    """Apply what waits; returns the names of what was applied."""
    with database_address(configuration) as (dsn, _):
        applied = migrate.migrate(dsn, configuration.postgres.schema)
    return [f"{one.version:04}_{one.name}" for one in applied]


def database_status(configuration: Configuration) -> Sequence[migrate.MigrationStatus]:
    """Every migration and when it was applied."""
    with database_address(configuration) as (dsn, _):
        return migrate.status(dsn, configuration.postgres.schema)


def database_sql(configuration: Configuration, *, roles: bool) -> str:
    """All migrations, or the optional roles, as a script for an administrator."""
    schema = configuration.postgres.schema
    return migrate.roles_sql(schema) if roles else migrate.migration_sql(schema)


def _banner(data_dir: Path) -> None:
    log.warning(
        "db.embedded_started", directory=str(data_dir), hint="for development only; set POSTGRES_DSN to use yours"
    )


@asynccontextmanager
async def opened_analyzer(configuration: Configuration) -> AsyncIterator[LineageAnalyzer]:
    """The analyzer that the configuration names."""
    analyzer = _analyzer(configuration)
    try:
        yield analyzer
    finally:
        await analyzer.aclose()


def _analyzer(configuration: Configuration) -> LineageAnalyzer:
    settings = configuration.analyzer
    if settings.name == "trino":
        pass_through = pass_through_by(settings.pass_through_dialects)
        if settings.pass_through_dialects and pass_through is None:
            log.warning("analyzer.no_dialects", hint="pip install 'query-lineage-tracker[sqlglot]'")
        return TrinoAnalyzer(slow_s=settings.timeout.total_seconds(), pass_through=pass_through)
    from query_lineage_tracker.adapters.sqllineage.analyzer import SqllineageAnalyzer, WorkerLimits

    limits = WorkerLimits(settings.timeout.total_seconds(), settings.memory_bytes, settings.workers)
    return SqllineageAnalyzer(limits)


def pass_through_by(dialects: Sequence[tuple[str, str]]) -> PassThrough | None:
    """What reads the dialects of catalogs; None where none is named or the extra is missing."""
    if not dialects:
        return None
    from query_lineage_tracker.adapters.sqlglot.pass_through import SqlglotPassThrough, installed

    return SqlglotPassThrough(dialects) if installed() else None


@asynccontextmanager
async def opened_sinks(parts: Parts) -> AsyncIterator[tuple[MetadataSink, ...]]:
    """The sinks that the configuration names: none or one."""
    sink = sink_of(parts.configuration, parts.metrics)
    try:
        yield () if sink is None else (sink,)
    finally:
        if sink is not None:
            await sink.aclose()


def sink_names(configuration: Configuration) -> tuple[str, ...]:
    """Names of the sinks that get messages."""
    return () if configuration.omd.kind == "none" else (configuration.omd.kind,)


def sink_of(configuration: Configuration, metrics: Metrics) -> MetadataSink | None:
    """The sink that the configuration names, if any."""
    build = _SINKS[configuration.omd.kind]
    return build(configuration, metrics)


def _no_sink(_configuration: Configuration, _metrics: Metrics) -> None:
    return None


def _file_sink(configuration: Configuration, _metrics: Metrics) -> MetadataSink:
    from query_lineage_tracker.adapters.files.sink import JsonLinesSink

    return JsonLinesSink(configuration.omd.sink_file, send_sql=configuration.omd.send_sql)


def _rest_sink(configuration: Configuration, _metrics: Metrics) -> MetadataSink:
    from query_lineage_tracker.adapters.rest.sink import GenericRestSink

    omd = configuration.omd
    return GenericRestSink(_endpoint(configuration), auth_header=omd.auth_header, send_sql=omd.send_sql)


def _openmetadata_sink(configuration: Configuration, metrics: Metrics) -> MetadataSink:
    from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink

    def observe(op: str, status: str, _seconds: float) -> None:
        metrics.openmetadata_requests.labels(op, status).inc()

    omd = configuration.omd
    service = omd.service or configuration.clusters[0].namespace
    return OpenMetadataSink(_endpoint(configuration), service, send_sql=omd.send_sql, observe=observe)


_SINKS: dict[str, Callable[[Configuration, Metrics], MetadataSink | None]] = {
    "none": _no_sink,
    "file": _file_sink,
    "rest": _rest_sink,
    "openmetadata": _openmetadata_sink,
}


def _endpoint(configuration: Configuration) -> Endpoint:
    from query_lineage_tracker.adapters.http.exchange import Endpoint

    omd = configuration.omd
    return Endpoint(
        url=omd.url or "",
        token=None if omd.token is None else omd.token.reveal(),
        verify=str(omd.verify) if isinstance(omd.verify, Path) else omd.verify,
        timeout=omd.timeout.total_seconds(),
    )


def ingest_of(
    parts: Parts, analyzer: LineageAnalyzer, cluster: ClusterSettings, progress: IngestObserver | None = None
) -> Ingest:
    """Ingest of one cluster."""
    rules = IngestRules(
        cluster=cluster.name,
        namespace=cluster.namespace,
        redact_literals=parts.configuration.history.redact_literals,
        claims=_claim_rules(parts.configuration),
        sinks=sink_names(parts.configuration),
    )
    observers = (parts.observer,) if progress is None else (parts.observer, progress)
    columns = PostgresColumns(parts.database, cluster.namespace)
    return Ingest(parts.store, _knowing(analyzer, columns), rules, observers, columns)


def learning_of(
    parts: Parts, analyzer: LineageAnalyzer, cluster: ClusterSettings, source: QuerySource
) -> LearnColumns | None:
    """What asks the coordinator for columns, over the connection of the source that polls it; None where none may."""
    settings = parts.configuration.analyzer
    if not (settings.trino_columns and isinstance(analyzer, TrinoAnalyzer)) or source.name != "trino":
        return None
    from query_lineage_tracker.adapters.trino.poller import TrinoPoller

    if not isinstance(source, TrinoPoller):
        return None
    columns = PostgresColumns(parts.database, cluster.namespace)
    reanalysis = reanalysis_of(parts, analyzer, cluster)
    return LearnColumns(columns, source.columns, reanalysis, settings.columns_refresh.total_seconds())


def reanalysis_of(parts: Parts, analyzer: LineageAnalyzer, cluster: ClusterSettings) -> Reanalysis:
    """Reanalysis of the statements of the cluster's namespace."""
    columns = PostgresColumns(parts.database, cluster.namespace)
    rules = ReanalysisRules(cluster.name, cluster.namespace, sink_names(parts.configuration))
    statements = PostgresStatements(parts.database)
    return Reanalysis(parts.store, statements, _knowing(analyzer, columns), columns, rules)


def _knowing(analyzer: LineageAnalyzer, columns: SchemaResolver) -> LineageAnalyzer:
    """The analyzer with the columns of a namespace, if it asks for columns at all."""
    return analyzer.knowing(columns) if isinstance(analyzer, TrinoAnalyzer) else analyzer


def _claim_rules(configuration: Configuration) -> ClaimRules:
    from query_lineage_tracker.adapters.files.rules import read_rules

    history = configuration.history
    rules = () if history.attribution_rules is None else read_rules(history.attribution_rules)
    return ClaimRules(rules, history.attribution_personal)


def follower_of(parts: Parts, cluster: ClusterSettings) -> Follower:
    """Who follows one cluster."""
    rhythm = rhythm_of(parts.configuration.ingest)
    return Follower(cluster.name, worker_name(), parts.leases, rhythm, parts.observer)


def rhythm_of(settings: IngestSettings) -> Rhythm:
    """How a cluster is followed. Backing off for long would itself let the coordinator forget what we have not seen."""
    longest_pause = min(_LONGEST_PAUSE, settings.min_expire_age / 3)
    return Rhythm(*(span.total_seconds() for span in (settings.poll_interval, settings.lease, longest_pause)))


def sync_of(parts: Parts, sink: MetadataSink) -> Sync:
    """Sync of one sink."""
    configuration = parts.configuration
    rules = SyncRules(
        worker=worker_name(),
        concurrency=configuration.omd.concurrency,
        lease=configuration.sync.lease.total_seconds(),
        interval=configuration.sync.interval.total_seconds(),
        probe_interval=_PROBE_INTERVAL_S,
    )
    return Sync(parts.outbox, sink, rules, parts.observer)


def polled(parts: Parts, cluster: ClusterSettings) -> QuerySource:
    """The source that polls the cluster's coordinator."""
    from query_lineage_tracker.adapters.trino.connect import connect
    from query_lineage_tracker.adapters.trino.poller import TrinoPoller

    def report(seen: PollReport) -> None:
        log.debug(
            "poll.read",
            rows=seen.rows,
            full=seen.full,
            seconds=round(seen.seconds, 3),
            list=seen.list_answer.value,
            list_bytes=seen.list_bytes,
            single_requests=seen.single_requests,
        )
        if seen.only_own_visible is None:
            return
        parts.metrics.only_own_queries_visible.labels(seen.cluster).set(seen.only_own_visible)
        if seen.only_own_visible:
            log.warning("poll.only_own_queries_visible", cluster=seen.cluster, hint=seen.hint)

    return TrinoPoller(connect(cluster), parts.store, cluster, parts.configuration.ingest, report)


def recorded(
    parts: Parts, paths: Sequence[str | Path], *, backfill: bool, shift: timedelta | None = None
) -> QuerySource:
    """The source of recorded queries in files."""
    from query_lineage_tracker.adapters.files.source import RecordedQueries

    name: Literal["files", "backfill"] = "backfill" if backfill else "files"
    return RecordedQueries(paths, name=name, batch_size=parts.configuration.ingest.batch_size, shift=shift)


async def recorded_until_now(parts: Parts, cluster: ClusterSettings, recording: Path) -> QuerySource:
    """The source of a recording whose times are shifted to end now; the shift of the first time is kept for ever."""
    from query_lineage_tracker.adapters.files.shift import kept_shift, shift_to

    state = await parts.store.ingest_state(cluster.name, "files")
    shift = kept_shift(state.position)
    if shift is None:
        shift = shift_to(recording, datetime.now(timezone.utc))
    return recorded(parts, [recording], backfill=False, shift=shift)


def replayed(parts: Parts, rows: Iterable[Mapping[str, Any]]) -> QuarantinedRows:
    """The source of rows from the quarantine, each with its `id`, `origin` and `payload`."""
    from query_lineage_tracker.adapters.files.replay import QuarantinedRows

    return QuarantinedRows(rows, parts.configuration.ingest.batch_size)


async def unready(parts: Parts) -> Mapping[str, str]:
    """What stands in the way of work, by name."""
    try:
        waiting = await in_thread(lambda: migrate.pending(parts.dsn, parts.configuration.postgres.schema))
    except TrackerError as problem:
        return {"postgres": str(problem)}
    return {"migrations": f"{waiting} wait to be applied"} if waiting else {}
