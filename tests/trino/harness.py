"""A Trino server under a test's control, and an observer that is independent of the tracker."""

from __future__ import annotations

import os
import subprocess
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

SERVER = Path(__file__).with_name("server")
OBSERVER = "observer"
READINESS = "readiness"
"""The user whose queries tell that the server is ready; they are in its history too."""


@dataclass
class TrinoServer:
    """The server on a port of its own; `config` is more lines for config.properties.

    A `limited_user` sees only the own queries, and with one, an `excluded_user` may not read the catalog system;
    `events_url` is where the event listener sends, with `events_token` as its bearer token; or `events_file` holds the
    listener's properties, and the token is in the server's environment.
    """

    port: int
    config: str = ""
    limited_user: str = ""
    excluded_user: str = ""
    events_url: str = ""
    events_token: str = ""
    events_file: Path | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def request_log(self) -> Path:
        """Where the server writes down every request that it answered."""
        cache = Path(os.environ.get("QLT_CACHE", "~/.cache/query-lineage-tracker")).expanduser()
        return cache / "trino" / "instances" / str(self.port) / "node" / "var" / "log" / "http-request.log"

    def get(self) -> None:
        """Download the server unless that has happened before."""
        self._run("get", timeout=900)

    def start(self) -> None:
        self._run("start", timeout=240)

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.address}/v1/info", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """End it as a crash would."""
        self._run("kill", timeout=30)

    def clean(self) -> None:
        """End it and forget its data."""
        self.kill()
        self._run("clean", timeout=120)

    def fresh(
        self,
        *,
        config: str = "",
        limited_user: str = "",
        excluded_user: str = "",
        events_url: str = "",
        events_token: str = "",
        events_file: Path | None = None,
    ) -> TrinoServer:
        """Start with no data, in this configuration."""
        self.clean()
        self.config, self.limited_user, self.excluded_user = config, limited_user, excluded_user
        self.events_url, self.events_token, self.events_file = events_url, events_token, events_file
        self.start()
        return self

    def _run(self, command: str, *, timeout: int) -> None:
        settings = {
            "QLT_TRINO_PORT": str(self.port),
            "QLT_TRINO_CONFIG": self.config,
            "QLT_TRINO_LIMITED_USER": self.limited_user,
            "QLT_TRINO_EXCLUDED_USER": self.excluded_user,
            "QLT_TRINO_EVENTS_URL": self.events_url,
            "QLT_TRINO_EVENTS_FILE": "" if self.events_file is None else str(self.events_file),
            "QLT_EVENT_TOKEN": self.events_token,
            "QLT_TRINO_EVENTS_HEADERS": f"Authorization:Bearer {self.events_token}" if self.events_token else "",
        }
        done = subprocess.run(
            [SERVER, command],
            env=os.environ | settings,
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode:
            raise RuntimeError(f"tests/trino/server {command}: {done.stderr}")


@dataclass(frozen=True)
class Seen:
    """What the server itself told of a query, when last asked; `ended` only of what has ended."""

    user: str
    source: str | None
    catalog: str | None
    schema: str | None
    state: str = field(default="", compare=False)
    created: datetime = field(default=datetime.min, compare=False)
    ended: datetime | None = field(default=None, compare=False)
    text: str = field(default="", compare=False)

    @property
    def terminal(self) -> bool:
        return self.state in ("FINISHED", "FAILED")


@dataclass
class Observer:
    """Polls GET /v1/query in a thread of its own and keeps every query that the server ever showed.

    `seen` holds them all, `shown` the ids of the last answer. It sends no statements, so it leaves no trace in the
    history; while the server is down it keeps trying.
    """

    address: str
    interval: float = 0.3
    seen: dict[str, Seen] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    polls: int = 0
    failed_polls: int = 0

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="observer")

    def __enter__(self) -> Observer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Ask a last time and stop asking; safe to call twice."""
        self._ended.set()
        self._thread.join()

    def ids(self, *, without_users: tuple[str, ...] = ()) -> set[str]:
        """The ids that were ever shown, without the queries of these users."""
        return {query_id for query_id, seen in self.seen.copy().items() if seen.user not in without_users}

    def _watch(self) -> None:
        with httpx.Client(base_url=self.address, headers={"X-Trino-User": OBSERVER}, timeout=10) as client:
            while not self._ended.wait(self.interval):
                self._poll(client)
            self._poll(client)

    def _poll(self, client: httpx.Client) -> None:
        self.polls += 1
        try:
            infos = client.get("/v1/query").raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            self.failed_polls += 1
            return
        self.shown = {info["queryId"] for info in infos}
        self.seen |= {info["queryId"]: _seen(info) for info in infos}


def _seen(info: dict[str, Any]) -> Seen:
    session, stats = info["session"], info["queryStats"]
    ended = moment_of(stats["endTime"]) if "endTime" in stats else None
    return Seen(
        user=session["user"],
        source=session.get("source"),
        catalog=session.get("catalog"),
        schema=session.get("schema"),
        state=info["state"],
        created=moment_of(stats["createTime"]),
        ended=ended,
        text=info["query"],
    )


def moment_of(text: str) -> datetime:
    """A time as Trino writes it in JSON."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
