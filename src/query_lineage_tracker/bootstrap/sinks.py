"""The catalogs that are told, and their sync."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from query_lineage_tracker.bootstrap.parts import Parts, worker_name
from query_lineage_tracker.config import Configuration
from query_lineage_tracker.observability import Metrics
from query_lineage_tracker.ports import MetadataSink
from query_lineage_tracker.services.sync import Sync, SyncRules

if TYPE_CHECKING:
    from query_lineage_tracker.adapters.http.exchange import Endpoint

_PROBE_INTERVAL_S = 30.0


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
    from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services
    from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink

    def observe(op: str, status: str, _seconds: float) -> None:
        metrics.openmetadata_requests.labels(op, status).inc()

    omd = configuration.omd
    rules = OpenMetadataRules(Services(omd.service, configuration.openmetadata.services), send_sql=omd.send_sql)
    return OpenMetadataSink(_endpoint(configuration), rules, observe=observe)


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
