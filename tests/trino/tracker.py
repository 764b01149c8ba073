"""The tracker as a process of its own, the way people run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from query_lineage_tracker.adapters.postgres.embedded import start_or_attach
from tests.trino.harness import TrinoServer
from tests.trino.history import History

MAIN = Path(__file__).parents[2] / "main.py"
QLT = Path(sys.executable).with_name("qlt")
TRACKER_USER = "query-lineage-tracker"
INTERVAL = 2
_SETTINGS = ("QLT_", "TRINO_", "POSTGRES_", "PG", "OMD_", "APP_ENV", "BATCH_SIZE", "POLL_INTERVAL", "LINEAGE_")


def await_true(condition: Callable[[], object], what: str, *, seconds: float = 120) -> None:
    """Wait until the condition holds; `what` is what we wait for, in words."""
    if not comes_true(condition, seconds=seconds):
        raise TimeoutError(f"{what}: not within {seconds} s")


def comes_true(condition: Callable[[], object], *, seconds: float) -> bool:
    """Wait until the condition holds, at most so long; whether it does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def reachable(directory: Path) -> Path:
    """The directory, passable for the user that PostgreSQL runs as when the tests run as root."""
    for one in (directory, *directory.parents):
        if one.stat().st_uid == os.geteuid() and one != Path("/"):
            one.chmod(one.stat().st_mode | 0o011)
    return directory


class Tracker:
    """`python main.py` in a directory, against a server; without `dsn` on its embedded PostgreSQL.

    Further settings are variables, such as `BATCH_SIZE="10"`. Leaving its context ends it, and then it has to end well.
    """

    def __init__(self, directory: Path, server: TrinoServer, dsn: str = "", **settings: str) -> None:
        self.directory = directory
        self._command: list[str | Path] = [sys.executable, MAIN]
        self._dsn = dsn
        self._settings = {
            "TRINO_HOST": "127.0.0.1",
            "TRINO_PORT": str(server.port),
            "POLL_INTERVAL": f"{INTERVAL}s",
            "QLT_LEASE_SECONDS": "5s",
            "QLT_LOG_FORMAT": "json",
            **({"POSTGRES_DSN": dsn} if dsn else {}),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def doing(self, *command: str) -> Tracker:
        """The same with another command of `qlt`."""
        self._command = [QLT, *command]
        return self

    @property
    def history(self) -> History:
        """What is stored; on the embedded PostgreSQL only while it runs."""
        return History(self._dsn or start_or_attach(self.directory / ".qlt").dsn)

    def start(self) -> Tracker:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self.directory, env=self._environment(), stdout=log, stderr=log
            )
        return self

    def stop(self) -> int:
        """SIGTERM, as a service manager does; returns the exit code. Nothing when it does not run."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a crash does."""
        self._end(signal.SIGKILL)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command, `qlt` with these arguments, in the same configuration, to its end."""
        return subprocess.run(
            [str(QLT), *arguments],
            cwd=self.directory,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def events(self, name: str) -> list[dict[str, Any]]:
        """What it has logged under this event's name."""
        lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
        events = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        return [event for event in events if event["event"] == name]

    def await_event(self, name: str, *, seconds: float = 120) -> dict[str, Any]:
        """The first event of this name, as soon as it is logged."""
        self._await(lambda: self.events(name), f"the log event {name}", seconds)
        return self.events(name)[0]

    def await_polls(self, count: int, *, seconds: float = 240) -> None:
        """Wait until so many polls that begin from now on have been committed."""
        now = datetime.now(timezone.utc)

        def enough() -> bool:
            return sum(poll.started >= now for poll in self.history.saved_polls()) >= count

        self._await(lambda: self.events("ingest.pass_saved"), "a first poll", seconds)
        self._await(enough, f"{count} polls", seconds)

    def _await(self, condition: Callable[[], object], what: str, seconds: float) -> None:
        def holds() -> object:
            assert self._process is not None
            assert self._process.poll() is None, f"the tracker ended while we waited for {what}:\n{self._tail()}"
            return condition()

        try:
            await_true(holds, what, seconds=seconds)
        except TimeoutError as problem:
            raise TimeoutError(f"{problem}\n{self._tail()}") from problem

    @property
    def _log(self) -> Path:
        return self.directory / "tracker.log"

    def _tail(self) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8").splitlines()[-20:])

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
        return kept | self._settings

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(60)
        self._process = None
        return code

    def __enter__(self) -> Tracker:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        code = self.stop()
        assert error is not None or code == 0, f"the tracker ended with {code}:\n{self._tail()}"
