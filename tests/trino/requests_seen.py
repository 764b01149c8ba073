"""What the tracker asks of a coordinator, from the coordinator's own log of requests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from tests.trino.harness import TrinoServer
from tests.trino.tracker import await_true

_LIST = "/v1/query"
_TAIL_BYTES = 16_384
_LATEST = timedelta(seconds=1)


@dataclass(frozen=True)
class Request:
    """One request that was answered; `size` is the answer's in bytes, as it went over the wire."""

    at: datetime
    path: str
    size: int
    milliseconds: int

    @property
    def is_list(self) -> bool:
        return self.path == _LIST

    @property
    def is_single(self) -> bool:
        return self.path.startswith(f"{_LIST}/") and self.path.endswith("?pruned=true")


def requests_since(server: TrinoServer, moment: datetime) -> list[Request]:
    """Requests for queries that the tracker sent from that moment until now."""
    until = datetime.now(timezone.utc) + _LATEST
    # The log is written with some delay, and the server talks to itself all the time.
    await_true(lambda: _written_until(server) > until, "the server's log of requests")
    return [one for one in _queries(server) if moment <= one.at <= until]


def most_in_a_second(requests: list[Request]) -> int:
    """The largest number of them in any second."""
    times = [one.at for one in requests]
    return max((sum(begin <= at < begin + _LATEST for at in times) for begin in times), default=0)


def _queries(server: TrinoServer) -> Iterator[Request]:
    for line in _lines(server.request_log.read_text(encoding="utf-8")):
        at, _, method, path, _, agent, _, _, size, milliseconds, *_ = line.split("\t")
        if method == "GET" and path.startswith(_LIST) and agent.startswith("query-lineage-tracker/"):
            yield Request(_time(at), path, int(size), int(milliseconds))


def _written_until(server: TrinoServer) -> datetime:
    with server.request_log.open("rb") as log:
        log.seek(-min(_TAIL_BYTES, server.request_log.stat().st_size), os.SEEK_END)
        return _time(_lines(log.read().decode(errors="replace"))[-1].split("\t", 1)[0])


def _lines(text: str) -> list[str]:
    """Complete lines; the last one may still be being written."""
    return text[: text.rindex("\n")].split("\n")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
