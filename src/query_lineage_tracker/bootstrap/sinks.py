"""The catalogs that are told, and their sync."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from query_lineage_tracker.adapters.postgres.backfill import PostgresBackfill
from query_lineage_tracker.adapters.postgres.runs import PostgresStatementRuns
from query_lineage_tracker.adapters.postgres.standing import PostgresStanding
from query_lineage_tracker.adapters.postgres.text_messages import TextMessages
from query_lineage_tracker.bootstrap.database import opened_database
from query_lineage_tracker.bootstrap.parts import Parts, worker_name
from query_lineage_tracker.bootstrap.sources import trino_version
from query_lineage_tracker.config import Configuration, Secret
from query_lineage_tracker.domain.outbox import MessageKind
from query_lineage_tracker.errors import TrackerError
from query_lineage_tracker.observability import Metrics
from query_lineage_tracker.ports.analysis import ColumnSource
from query_lineage_tracker.ports.delivery import Announcements, AskableSink, CallRecorder, MetadataSink, PreviewingSink
from query_lineage_tracker.services.stale import StaleRules
from query_lineage_tracker.services.sync import Sync, SyncRules

if TYPE_CHECKING:
    from query_lineage_tracker.adapters.http.exchange import Endpoint, RequestObserver
    from query_lineage_tracker.adapters.openlineage.sink import Carrier, StatementRuns
    from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules

_PROBE_INTERVAL_S = 30.0


@dataclass(frozen=True, slots=True)
class Kept:
    """Who keeps what sinks do; without them nothing is kept, and what must be is not sent."""

    calls: CallRecorder | None = None
    announcements: Announcements | None = None


_NOTHING = Kept()


@asynccontextmanager
async def opened_sinks(parts: Parts) -> AsyncIterator[tuple[MetadataSink, ...]]:
    """The sinks that the configuration names."""
    runs = PostgresStatementRuns(parts.database)
    async with AsyncExitStack() as stack:
        sinks = []
        for name in sink_names(parts.configuration):
            sinks.append(
                sink_of(name, parts.configuration, parts.metrics, runs, Kept(parts.calls, parts.announcements))
            )
            stack.push_async_callback(sinks[-1].aclose)
        yield tuple(sinks)


def sink_names(configuration: Configuration) -> tuple[str, ...]:
    """Names of the sinks that get messages, in the order of the configuration."""
    return tuple(name for name in configuration.omd.kind if name != "none")


def sink_of(
    name: str,
    configuration: Configuration,
    metrics: Metrics,
    runs: StatementRuns | None = None,
    kept: Kept = _NOTHING,
) -> MetadataSink:
    """The sink of that name. Raises ConfigurationError. Without `runs` and `kept` it can be probed, but tells less."""
    if name == "openlineage":
        return _openlineage_sink(configuration, runs, kept.calls)
    return _SINKS[name](configuration, metrics, kept)


def _file_sink(configuration: Configuration, _metrics: Metrics, _kept: Kept) -> MetadataSink:
    from query_lineage_tracker.adapters.files.sink import JsonLinesSink

    return JsonLinesSink(configuration.omd.sink_file, send_sql=configuration.omd.send_sql)


def _rest_sink(configuration: Configuration, _metrics: Metrics, kept: Kept) -> MetadataSink:
    from query_lineage_tracker.adapters.rest.sink import GenericRestSink

    omd = configuration.omd
    own = omd.rest_url is not None
    endpoint = _endpoint(configuration)
    if own:
        endpoint = replace(endpoint, url=omd.rest_url or "", token=_revealed(omd.rest_token))
    prefix = "QLT_REST" if own else "OMD"
    return GenericRestSink(
        endpoint, auth_header=omd.auth_header, send_sql=omd.send_sql, settings=prefix, calls=kept.calls
    )


def _openlineage_sink(
    configuration: Configuration, runs: StatementRuns | None, calls: CallRecorder | None
) -> MetadataSink:
    from query_lineage_tracker.adapters.openlineage.naming import Naming
    from query_lineage_tracker.adapters.openlineage.sink import EventRules, OpenLineageSink
    from query_lineage_tracker.adapters.openlineage.versions import EngineVersions

    addresses: dict[str, str] = {}
    for cluster in configuration.clusters:
        address = cluster.openlineage_namespace or f"trino://{cluster.host}:{cluster.port}"
        addresses.setdefault(cluster.namespace, address)
    rules = EventRules(Naming(addresses), configuration.openlineage.reads, configuration.omd.send_sql)
    versions = EngineVersions(partial(_engine_version, configuration))
    return OpenLineageSink(_event_carrier(configuration, calls), runs, rules, versions=versions)


async def _engine_version(configuration: Configuration, namespace: str) -> str | None:
    """What the first cluster of the namespace tells without a login."""
    clusters = [cluster for cluster in configuration.clusters if cluster.namespace == namespace]
    try:
        return await trino_version(clusters[0]) if clusters else None
    except TrackerError:
        return None


def _event_carrier(configuration: Configuration, calls: CallRecorder | None) -> Carrier:
    openlineage = configuration.openlineage
    if openlineage.url is None:
        from query_lineage_tracker.adapters.files.sink import JsonLinesSink

        return JsonLinesSink(openlineage.file)
    from query_lineage_tracker.adapters.openlineage.naming import events_url
    from query_lineage_tracker.adapters.rest.sink import GenericRestSink

    endpoint = replace(
        _endpoint(configuration),
        url=events_url(openlineage.url),
        token=_revealed(openlineage.token),
        verify=_verification(openlineage.verify),
    )
    return GenericRestSink(endpoint, settings="QLT_OPENLINEAGE", calls=calls)


def _openmetadata_sink(configuration: Configuration, metrics: Metrics, kept: Kept) -> MetadataSink:
    from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink

    endpoint, rules = _endpoint(configuration), _openmetadata_rules(configuration)
    observe = _counting(metrics)
    return OpenMetadataSink(endpoint, rules, observe=observe, calls=kept.calls, announcements=kept.announcements)


def openmetadata_columns(configuration: Configuration, metrics: Metrics, namespace: str) -> ColumnSource:
    """OpenMetadata as what tells the columns of a namespace."""
    from query_lineage_tracker.adapters.openmetadata.columns import OpenMetadataColumns

    endpoint, rules = _endpoint(configuration), _openmetadata_rules(configuration)
    return OpenMetadataColumns(endpoint, rules, namespace, observe=_counting(metrics))


def _counting(metrics: Metrics) -> RequestObserver:
    return lambda op, status, _seconds: metrics.openmetadata_requests.labels(op, status).inc()


def _openmetadata_rules(configuration: Configuration) -> OpenMetadataRules:
    from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services

    omd = configuration.omd
    own = configuration.openmetadata
    return OpenMetadataRules(
        Services(omd.service, own.services),
        ignore_case=own.name_case == "ignore",
        users=own.users,
        page_url=own.page_url,
        remove_ended=own.remove_ended,
        send_sql=omd.send_sql,
        usage_today=configuration.sync.usage_today is not None,
    )


_SINKS: dict[str, Callable[[Configuration, Metrics, Kept], MetadataSink]] = {
    "file": _file_sink,
    "rest": _rest_sink,
    "openmetadata": _openmetadata_sink,
}


def _endpoint(configuration: Configuration) -> Endpoint:
    from query_lineage_tracker.adapters.http.exchange import Endpoint

    omd = configuration.omd
    return Endpoint(
        url=omd.url or "",
        token=_revealed(omd.token),
        verify=_verification(omd.verify),
        timeout=omd.timeout.total_seconds(),
    )


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _verification(verify: bool | Path) -> bool | str:
    return str(verify) if isinstance(verify, Path) else verify


async def backfill_sink(configuration: Configuration, sink: str) -> int:
    """Enqueue everything known that the sink has no message for; how many. Must run in the main thread."""
    kinds = (MessageKind.QUERY,) if sink == "openlineage" else (MessageKind.QUERY, MessageKind.LINEAGE)
    async with opened_database(configuration) as database:
        backfill = PostgresBackfill(database)
        enqueued = sum([await backfill.enqueue(sink, kind) for kind in kinds])
        if _tells_texts(configuration, sink):
            enqueued += await TextMessages(database).enqueue_all(sink)
        return enqueued


def measured(parts: Parts, sinks: Sequence[MetadataSink]) -> PostgresStanding:
    """What is measured of our clusters and of these sinks."""
    clusters = [cluster.name for cluster in parts.configuration.clusters]
    return PostgresStanding(parts.database, clusters, [sink.name for sink in sinks])


def told_usage(parts: Parts, sinks: Sequence[MetadataSink]) -> tuple[str, ...]:
    """Names of those sinks that are told how often objects were used: OpenLineage has no word for it."""
    return _but_openlineage(sinks) if parts.configuration.sync.usage else ()


def told_costs(parts: Parts, sinks: Sequence[MetadataSink]) -> tuple[str, ...]:
    """Names of those sinks that are told what executions cost; nor has it one for this."""
    return _but_openlineage(sinks) if parts.configuration.sync.query_costs else ()


def told_texts(parts: Parts, sinks: Sequence[MetadataSink]) -> tuple[str, ...]:
    """Names of those sinks that are told every text; an event is of a statement."""
    return tuple(sink.name for sink in sinks if _tells_texts(parts.configuration, sink.name))


def _tells_texts(configuration: Configuration, sink: str) -> bool:
    return sink != "openlineage" and configuration.sync.all_texts and configuration.omd.send_sql


def _but_openlineage(sinks: Sequence[MetadataSink]) -> tuple[str, ...]:
    return tuple(sink.name for sink in sinks if sink.name != "openlineage")


def withdrawing(sinks: Sequence[MetadataSink]) -> tuple[str, ...]:
    """Names of those sinks that stale edges can be withdrawn from: those that keep what others wrote apart."""
    return tuple(sink.name for sink in sinks if isinstance(sink, PreviewingSink))


def askable(sinks: Sequence[MetadataSink]) -> tuple[AskableSink, ...]:
    """Those sinks that can say in bulk which tables their receivers know."""
    return tuple(sink for sink in sinks if isinstance(sink, AskableSink))


def stale_rules_of(parts: Parts) -> StaleRules:
    """When edges are stale, and whether they are withdrawn."""
    settings = parts.configuration.openmetadata
    return StaleRules(settings.stale_days, settings.remove_stale)


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
