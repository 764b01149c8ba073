"""The process that receives events, and the way from its journals."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.bootstrap.ingest import claim_rules
from query_lineage_tracker.bootstrap.parts import worker_name
from query_lineage_tracker.config import ClusterSettings, Configuration
from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.observability import Metrics, configure_logging

if TYPE_CHECKING:
    from query_lineage_tracker.adapters.journal.reader import JournalReader
    from query_lineage_tracker.adapters.journal.source import JournalSource
    from query_lineage_tracker.reception.child import Child
    from query_lineage_tracker.reception.messages import ReceptionSettings, Report

log = structlog.get_logger()

_YIELDED = 5
"""By how much saving goes behind answering where both want one processor."""


@dataclass(frozen=True, slots=True)
class Receiving:
    """A process that receives, and the clusters whose events it takes, each with its journal."""

    configuration: Configuration
    journals: Sequence[tuple[ClusterSettings, JournalReader]]
    child: Child

    def source(self, journal: JournalReader, stop: asyncio.Event) -> JournalSource:
        """The source that empties a journal."""
        from query_lineage_tracker.adapters.journal.source import JournalSource

        return JournalSource(
            journal,
            batch_size=self.configuration.ingest.batch_size,
            redact_literals=self.configuration.history.redact_literals,
            stop=stop,
        )


@asynccontextmanager
async def opened_receiver(configuration: Configuration, metrics: Metrics) -> AsyncIterator[Receiving]:
    """The process that receives, with its journals; it needs no database. Our own work goes behind its from here on.

    Raises ConfigurationError where no cluster's events may be received or it cannot listen, JournalHeld where another
    process has the journals.
    """
    from query_lineage_tracker.adapters.journal.reader import JournalReader
    from query_lineage_tracker.reception.child import Child

    configure_logging(configuration.observability, configuration.secret_values())
    received = _received_clusters(configuration)
    child = Child(_settings(configuration, received))
    try:
        listening = await in_thread(child.listening)
        journals: dict[str, JournalReader] = {}
        for cluster in received:
            found, directory = listening.journals[cluster.name], configuration.receiver.journal_dir / cluster.name
            remove = partial(child.release, cluster.name)
            journals[cluster.name] = JournalReader(directory, found.journal_id, found.ends, remove)
            metrics.journal_opened(cluster.name, partial(getattr, journals[cluster.name], "entries_waiting"))
        metrics.journal_bytes.set(listening.journal_bytes)
        child.follow(partial(_note, journals, metrics))
        os.nice(_YIELDED)
        receiver = configuration.receiver
        scheme = "http" if receiver.certificate is None else "https"
        log.info("receiver.listening", address=f"{scheme}://{receiver.host}:{listening.port}", pid=child.pid)
        yield Receiving(configuration, [(one, journals[one.name]) for one in received], child)
    finally:
        child.close()


def _note(journals: Mapping[str, JournalReader], metrics: Metrics, report: Report) -> None:
    for cluster, ends in report.synced.items():
        for end in ends:
            journals[cluster].synced(end)
    for (cluster, result), events in report.received.items():
        metrics.events_received.labels(cluster, result).inc(events)
    for reason, events in report.dropped.items():
        metrics.events_dropped.labels(reason).inc(events)
    metrics.journal_bytes.set(report.journal_bytes)


def _received_clusters(configuration: Configuration) -> Sequence[ClusterSettings]:
    received = [one for one in configuration.clusters if one.event_token or configuration.receiver.insecure]
    for cluster in configuration.clusters:
        if cluster not in received:
            log.warning("receiver.no_token", cluster=cluster.name, hint="its events are not received")
        elif not cluster.event_token:
            log.warning("receiver.insecure", cluster=cluster.name, hint="anybody can send its events")
    if not received:
        raise ConfigurationError(
            "QLT_EVENT_TOKEN is required to receive events: the token that the senders show",
            hint="Choose one, as by `openssl rand -hex 32`; QLT_RECEIVER_INSECURE=true goes without.",
        )
    return received


def _settings(configuration: Configuration, clusters: Sequence[ClusterSettings]) -> ReceptionSettings:
    from query_lineage_tracker.reception.messages import ReceptionSettings

    return ReceptionSettings(
        receiver=configuration.receiver,
        observability=configuration.observability,
        claims=claim_rules(configuration),
        redact_literals=configuration.history.redact_literals,
        holder=worker_name(),
        tokens={one.name: one.event_token.reveal().encode() if one.event_token else None for one in clusters},
        secrets=tuple(configuration.secret_values()),
    )
