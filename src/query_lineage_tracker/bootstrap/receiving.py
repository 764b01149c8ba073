"""The receiver of events, its journals, and the way from there."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
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
from query_lineage_tracker.observability.observer import MetricsObserver
from query_lineage_tracker.ports import EventKind

if TYPE_CHECKING:
    from query_lineage_tracker.adapters.journal.journal import Journal
    from query_lineage_tracker.adapters.journal.room import Room
    from query_lineage_tracker.adapters.journal.source import JournalSource
    from query_lineage_tracker.adapters.receiver.accepting import Accepting
    from query_lineage_tracker.adapters.receiver.server import ReceiverServer

log = structlog.get_logger()

_SWITCH_S = 0.0005
"""How long a thread may keep the others waiting: an answer waits for several turns."""


@dataclass(frozen=True, slots=True)
class Receiving:
    """A receiver that listens, and the clusters whose events it takes, each with its journal."""

    configuration: Configuration
    server: ReceiverServer
    journals: Sequence[tuple[ClusterSettings, Journal]]

    def source(self, journal: Journal, stop: asyncio.Event) -> JournalSource:
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
    """The receiver with its journals; it needs no database.

    Raises ConfigurationError where no cluster's events may be received, JournalHeld where another process has the
    journals.
    """
    from query_lineage_tracker.adapters.journal.room import Room, held_directory

    configure_logging(configuration.observability, configuration.secret_values())
    sys.setswitchinterval(_SWITCH_S)
    receiver = configuration.receiver
    received = _received_clusters(configuration)
    room = Room(receiver.journal_max_bytes)
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(held_directory(receiver.journal_dir, worker_name()))
            journals = [(one, await _opened_journal(configuration, one, room)) for one in received]
        except OSError as problem:
            raise ConfigurationError(
                f"the journal in {receiver.journal_dir} cannot be opened: {problem.strerror or problem}",
                hint="QLT_JOURNAL_DIR has to be a directory that we may write to.",
            ) from problem
        for cluster, journal in journals:
            stack.callback(journal.close)
            metrics.journal_opened(cluster.name, partial(getattr, journal, "entries_waiting"))
        metrics.journal_bytes.set_function(lambda: room.taken)
        server = _server(configuration, journals, metrics)
        stack.callback(server.close)
        scheme = "http" if receiver.certificate is None else "https"
        log.info("receiver.listening", address=f"{scheme}://{receiver.host}:{server.port}")
        yield Receiving(configuration, server, journals)


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


async def _opened_journal(configuration: Configuration, cluster: ClusterSettings, room: Room) -> Journal:
    from query_lineage_tracker.adapters.journal.journal import open_journal

    return await in_thread(lambda: open_journal(configuration.receiver.journal_dir / cluster.name, room))


def _server(
    configuration: Configuration, journals: Sequence[tuple[ClusterSettings, Journal]], metrics: Metrics
) -> ReceiverServer:
    from query_lineage_tracker.adapters.receiver.app import Receiver, ReceiverLimits, ReceivingCluster
    from query_lineage_tracker.adapters.receiver.server import Address, ReceiverServer

    settings = configuration.receiver
    clusters: Mapping[str, ReceivingCluster] = {
        one.name: ReceivingCluster(one.name, one.event_token.reveal().encode() if one.event_token else None, journal)
        for one, journal in journals
    }
    limits = ReceiverLimits(settings.max_body_bytes, settings.memory_bytes, settings.body_timeout.total_seconds())
    app = Receiver(clusters, _accepting(configuration), limits, MetricsObserver(metrics)).app()
    address = Address(settings.host, settings.port, settings.certificate, settings.certificate_key)
    return ReceiverServer(app, address)


def _accepting(configuration: Configuration) -> Accepting:
    from query_lineage_tracker.adapters.receiver.accepting import Accepting
    from query_lineage_tracker.events.openlineage import reduced_openlineage
    from query_lineage_tracker.events.reduced import reduced_event

    literals = configuration.history.redact_literals
    reducers = {
        EventKind.TRINO: partial(reduced_event, redact_literals=literals, claims=claim_rules(configuration)),
        EventKind.OPENLINEAGE: partial(reduced_openlineage, redact_literals=literals),
    }
    return Accepting(reducers, redact_literals=literals)
