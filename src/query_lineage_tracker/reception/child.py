"""The receiving process as the tracker sees it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe

from query_lineage_tracker.adapters.journal.segments import Position
from query_lineage_tracker.errors import ReceptionEnded, TrackerError
from query_lineage_tracker.reception.messages import Listening, ReceptionSettings, Released, Report, Stop

_LAST_ANSWERS_S = 15.0
_LAST_BREATH_S = 2.0


class Child:
    """Runs from the beginning, and ends with us, also where we are killed: it waits at the other end of a socket."""

    def __init__(self, settings: ReceptionSettings) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._connection, theirs = Pipe()
        with theirs:
            # In our session: Linux shares a processor among sessions first, and priorities count within one.
            self._running = subprocess.Popen(  # noqa: S603 - it is our own interpreter
                [sys.executable, "-m", "query_lineage_tracker.reception", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._tell(settings)

    @property
    def pid(self) -> int:
        return self._running.pid

    def listening(self) -> Listening:
        """What it says once it listens; blocking. Raises what stands in its way."""
        try:
            first = self._connection.recv()
        except (EOFError, OSError):
            raise ReceptionEnded(
                f"the process that receives events did not start ({_ending(self._running.wait())})"
            ) from None
        if isinstance(first, TrackerError):
            raise first
        told: Listening = first
        return told

    def follow(self, note: Callable[[Report], None]) -> None:
        """Note each report from now on."""

        def readable() -> None:
            try:
                report = self._connection.recv()
            except (EOFError, OSError):
                self._loop.remove_reader(self._connection.fileno())
                self._ended.set_result(None)
            else:
                note(report)

        self._loop.add_reader(self._connection.fileno(), readable)

    async def serve(self, stop: asyncio.Event) -> None:
        """Until `stop` is set, and what was sent before is answered. Raises ReceptionEnded where it ends before."""
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait((stopped, self._ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        if not stop.is_set():
            code = await asyncio.to_thread(self._running.wait)
            raise ReceptionEnded(
                f"the process that receives events ended ({_ending(code)})",
                hint="What it answered is in the journal. Start the tracker again, as its service manager does.",
            )
        self._tell(Stop())
        await asyncio.wait((self._ended,), timeout=_LAST_ANSWERS_S)

    async def release(self, cluster: str, position: Position) -> None:
        """Have removed what is before the position."""
        self._tell(Released(cluster, position))

    def close(self) -> None:
        """It notices that nobody listens any more, and ends."""
        self._loop.remove_reader(self._connection.fileno())
        self._connection.close()
        try:
            self._running.wait(_LAST_BREATH_S)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()

    def _tell(self, message: ReceptionSettings | Released | Stop) -> None:
        with suppress(OSError):  # it has ended: whoever waits for it learns so
            self._connection.send(message)


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
