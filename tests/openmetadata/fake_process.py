"""The fake OpenMetadata in a process of its own: fast, on a core of its own, and in whatever weather.

Its rules are those of fake_server; only what carries the bytes is another: one loop instead of a thread a connection.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

import httptools

from tests.openmetadata.fake_routes import Answer
from tests.openmetadata.fake_server import FakeOpenMetadata

T = TypeVar("T")
P = ParamSpec("P")

_BOOM = Answer(500, b'{"code":500,"message":"boom"}')
_BUSY = Answer(429, b'{"code":429,"message":"too many"}', headers={"Retry-After": "1"})
_AWAY = Answer(503, b"upstream is away", "text/plain")
_STRANGER = Answer(401, b'{"code":401,"message":"The given token does not match the current bot\'s token!"}')
_PAGE = Answer(200, b"<!DOCTYPE html><html><title>Sign in</title></html>", "text/html;charset=utf-8")
_KINDS: Mapping[str, Answer] = {"500": _BOOM, "429": _BUSY, "503": _AWAY, "401": _STRANGER, "html": _PAGE}
TROUBLES: Mapping[str, float] = {"500": 0.05, "429": 0.05, "503": 0.01, "reset": 0.01, "lost": 0.02, "slow": 0.01}
"""What share of the requests meets which trouble where the weather is bad all the time."""
_NAMES = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/name)/[^/?]+|\?.*")


@dataclass
class Weather:
    """What share of the requests meets which trouble; `episode` is what all of them meet.

    500, 429, 503, 401, html; `reset` before anything happened; `lost`: it happened, and then a reset; `slow`.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    slow_s: float = 3.0
    episode: str | None = None
    seed: int = 1
    met: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def next(self) -> str | None:
        """What the next request meets."""
        kind = self.episode or self._drawn()
        if kind is not None:
            self.met[kind] += 1
        return kind

    def _drawn(self) -> str | None:
        drawn = self._chance.random()
        for kind, share in self.shares.items():
            drawn -= share
            if drawn < 0:
                return kind
        return None


@dataclass
class Served:
    """What the process serves: the server's rules, its weather, and how often each route was asked."""

    server: FakeOpenMetadata
    weather: Weather = field(default_factory=Weather)
    asked: Counter[str] = field(default_factory=Counter)


class FakeProcess:
    """Use as a context manager; `url` is its address without `/api`. `cores`: where it stays; all if not given."""

    def __init__(self, line: str = "1.6", cores: frozenset[int] | None = None) -> None:
        context = get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, line, cores), daemon=True)

    def __enter__(self) -> FakeProcess:
        with _importable():
            self._process.start()
        self.url = f"http://127.0.0.1:{self._received()}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def ask(self, call: Callable[Concatenate[Served, P], T], *args: P.args, **named: P.kwargs) -> T:
        """What a function of a module returns there, between two requests."""
        self._ours.send((call, args, named))
        returned: T = self._received()
        return returned

    def _received(self) -> Any:
        if not self._ours.poll(120):
            raise TimeoutError("the fake server does not answer")
        return self._ours.recv()


@contextmanager
def _importable() -> Iterator[None]:
    """The project's folder on the path, which a process that is started takes over."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    try:
        yield
    finally:
        sys.path.pop(0)


def _serve(commands: Connection, line: str, cores: frozenset[int] | None) -> None:
    if cores is not None:
        os.sched_setaffinity(0, cores)
    asyncio.run(_serving(Served(FakeOpenMetadata(line)), commands))


async def _serving(served: Served, commands: Connection) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Peer(served), "127.0.0.1", 0)
    commands.send(server.sockets[0].getsockname()[1])
    ended = asyncio.Event()

    def obey() -> None:
        try:
            call, args, named = commands.recv()
        except EOFError:
            ended.set()
            return
        commands.send(call(served, *args, **named))

    loop.add_reader(commands.fileno(), obey)
    await ended.wait()


class _Peer(asyncio.Protocol):
    """One connection."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._begin()

    def _begin(self) -> None:
        self._target = b""
        self._body = b""
        self._headers: dict[bytes, bytes] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        method, target = self._parser.get_method().decode(), self._target.decode()
        self._served.asked[f"{method} {_NAMES.sub('', target)}"] += 1
        trouble = self._served.weather.next()
        if trouble == "reset":
            self._reset()
            return
        answer = _KINDS.get(trouble or "") or self._answer(method, target)
        self._begin()
        if trouble == "lost":
            self._reset()
        else:
            later = self._served.weather.slow_s if trouble == "slow" else 0.0
            asyncio.get_running_loop().call_later(later, self._write, answer) if later else self._write(answer)

    def _answer(self, method: str, target: str) -> Answer:
        given = [self._headers.get(name) for name in (b"authorization", b"content-type")]
        token, content_type = [each.decode() if each is not None else None for each in given]
        return self._served.server.answer(method, target, token, self._body, content_type or "")

    def _write(self, answer: Answer) -> None:
        headers = {"Content-Type": answer.content_type, **answer.headers, "Content-Length": str(len(answer.body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._transport.write(f"HTTP/1.1 {answer.status} .\r\n{head}\r\n".encode() + answer.body)

    def _reset(self) -> None:
        with suppress(OSError):
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        self._transport.abort()


def set_weather(served: Served, weather: Weather) -> None:
    """From the next request on."""
    weather.met = served.weather.met
    served.weather = weather


def asked(served: Served) -> Counter[str]:
    """How often each route was asked."""
    return served.asked


def met(served: Served) -> Counter[str]:
    """How many requests met which trouble."""
    return served.weather.met


def processor_s(_served: Served) -> float:
    """Processor seconds of the process so far."""
    return time.process_time()
