"""`python -m query_lineage_tracker.reception FD`: receive events for the tracker at the other end of a socket."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from query_lineage_tracker.adapters.event_loop import run_in_loop
from query_lineage_tracker.adapters.journal.segments import Position
from query_lineage_tracker.errors import TrackerError
from query_lineage_tracker.observability import configure_logging
from query_lineage_tracker.reception.messages import JournalFound, Listening, Released, Report, Stop
from query_lineage_tracker.reception.opening import Reception, opened_reception

_REPORT_S = 0.2
_SWITCH_S = 0.0005
"""How long a thread may keep the others waiting: an answer waits for several turns."""


def main() -> None:
    """Listen, tell so, and answer until told to stop; a tracker that is gone ends this process at once."""
    # A service manager and Ctrl-C tell all processes at once, but this one ends when the tracker says so.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    sys.setswitchinterval(_SWITCH_S)
    tracker: Connection = Connection(int(sys.argv[1]))
    try:
        settings = tracker.recv()
        configure_logging(settings.observability, settings.secrets)
        with opened_reception(settings) as reception:
            tracker.send(_listening(reception))
            run_in_loop(_receive(reception, tracker))
    except TrackerError as problem:
        tracker.send(problem)
    except (EOFError, BrokenPipeError):
        sys.exit(1)


def _listening(reception: Reception) -> Listening:
    found = {name: JournalFound(one.journal_id, one.ends()) for name, one in reception.journals.items()}
    return Listening(reception.server.port, found, reception.room.taken)


async def _receive(reception: Reception, tracker: Connection) -> None:
    stop, ended = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    releasing: set[asyncio.Task[None]] = set()

    def told(message: Released | Stop) -> None:
        if isinstance(message, Stop):
            stop.set()
            return
        task = asyncio.ensure_future(reception.journals[message.cluster].release(message.position))
        releasing.add(task)
        task.add_done_callback(releasing.discard)

    threading.Thread(target=_listen, args=(tracker, loop, told), name="tracker", daemon=True).start()
    reporting = asyncio.create_task(_Reports(reception, tracker).until(ended))
    try:
        await reception.server.serve(stop)
    finally:
        ended.set()
        await reporting


def _listen(tracker: Connection, loop: asyncio.AbstractEventLoop, told: Callable[[Released | Stop], None]) -> None:
    while True:
        try:
            message = tracker.recv()
        except (EOFError, OSError):
            # Nobody saves any more, and the next tracker wants the journals: what is not answered is sent again.
            os._exit(1)
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(told, message)


class _Reports:
    """Tells the tracker what changed; several commits of the journals are one report."""

    def __init__(self, reception: Reception, tracker: Connection) -> None:
        self._reception = reception
        self._tracker = tracker
        self._told = {name: max(one.ends(), default=Position()) for name, one in reception.journals.items()}
        self._told_bytes = reception.room.taken

    async def until(self, ended: asyncio.Event) -> None:
        """Report now and then, and at the end what happened last."""
        while not ended.is_set():
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(ended.wait(), _REPORT_S)
            await self._send()

    async def _send(self) -> None:
        """In a thread: a tracker that does not listen must not hold up an answer."""
        received, dropped = self._reception.counts.taken()
        synced = self._synced()
        taken = self._reception.room.taken
        if synced or received or dropped or taken != self._told_bytes:
            self._told_bytes = taken
            await asyncio.to_thread(self._tracker.send, Report(synced, received, dropped, taken))

    def _synced(self) -> Mapping[str, Sequence[Position]]:
        changed: dict[str, Sequence[Position]] = {}
        for name, journal in self._reception.journals.items():
            ends = [end for end in journal.ends() if end > self._told[name]]
            if ends:
                self._told[name] = ends[-1]
                changed[name] = ends
        return changed


if __name__ == "__main__":
    main()
