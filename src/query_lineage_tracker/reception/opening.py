"""Opens what the receiving process works with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from query_lineage_tracker.adapters.http.server import Address, AppServer
from query_lineage_tracker.adapters.journal.journal import Journal, open_journal
from query_lineage_tracker.adapters.journal.room import Room, held_directory
from query_lineage_tracker.adapters.receiver.accepting import Accepting
from query_lineage_tracker.adapters.receiver.app import Receiver, ReceiverLimits, ReceivingCluster
from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.events.openlineage import reduced_openlineage
from query_lineage_tracker.events.reduced import reduced_event
from query_lineage_tracker.ports.sources import EventKind
from query_lineage_tracker.reception.counts import Counts
from query_lineage_tracker.reception.messages import ReceptionSettings


@dataclass(frozen=True, slots=True)
class Reception:
    """A server that listens, and the journals of its clusters."""

    server: AppServer
    journals: Mapping[str, Journal]
    room: Room
    counts: Counts


@contextmanager
def opened_reception(settings: ReceptionSettings) -> Iterator[Reception]:
    """Journals and server, open as long as the context.

    Raises ConfigurationError where the journals cannot be opened or the address is taken, JournalHeld where another
    process has the journals.
    """
    receiver = settings.receiver
    room = Room(receiver.journal_max_bytes)
    with ExitStack() as stack:
        try:
            stack.enter_context(held_directory(receiver.journal_dir, settings.holder))
            journals = {name: open_journal(receiver.journal_dir / name, room) for name in settings.tokens}
        except OSError as problem:
            raise ConfigurationError(
                f"the journal in {receiver.journal_dir} cannot be opened: {problem.strerror or problem}",
                hint="QLT_JOURNAL_DIR has to be a directory that we may write to.",
            ) from problem
        for journal in journals.values():
            stack.callback(journal.close)
        counts = Counts()
        server = _server(settings, journals, counts)
        stack.callback(server.close)
        yield Reception(server, journals, room, counts)


def _server(settings: ReceptionSettings, journals: Mapping[str, Journal], counts: Counts) -> AppServer:
    receiver = settings.receiver
    clusters = {name: ReceivingCluster(name, token, journals[name]) for name, token in settings.tokens.items()}
    limits = ReceiverLimits(receiver.max_body_bytes, receiver.memory_bytes, receiver.body_timeout.total_seconds())
    app = Receiver(clusters, _accepting(settings), limits, counts).app()
    address = Address(
        receiver.host,
        receiver.port,
        "QLT_RECEIVER_HOST and QLT_RECEIVER_PORT",
        receiver.certificate,
        receiver.certificate_key,
    )
    return AppServer(app, address)


def _accepting(settings: ReceptionSettings) -> Accepting:
    literals = settings.redact_literals
    reducers = {
        EventKind.TRINO: partial(reduced_event, redact_literals=literals, claims=settings.claims),
        EventKind.OPENLINEAGE: partial(reduced_openlineage, redact_literals=literals),
    }
    return Accepting(reducers, redact_literals=literals)
