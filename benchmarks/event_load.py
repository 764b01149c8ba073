"""The sender of the receiver's benchmark: events at their times, whether or not earlier ones are answered yet.

It runs in a process of its own. A time is measured from when an event was due, so a sender or a receiver that falls
behind shows in every event that waits for it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.event_bodies import Body, bodies, query_id

_DISTINCT_BODIES = 600
_MOST_CONNECTIONS = 400
_LAST_ANSWERS_S = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent where: events a second, for so many seconds after a warm-up that is not counted."""

    port: int
    token: str
    path: str
    rate: float
    seconds: float
    warm_up: float
    evenly: bool = False


@dataclass(slots=True)
class Sent:
    """How it went, by event: seconds from due to sent and to answered, status (0: no answer), bytes, if it counts."""

    late: list[float]
    took: list[float]
    status: list[int]
    size: list[int]
    counted: list[bool]

    @classmethod
    def of(cls, events: int) -> Sent:
        """Nothing is answered yet."""
        return cls([0.0] * events, [0.0] * events, [0] * events, [0] * events, [False] * events)


class _Connection(asyncio.Protocol):
    """One keep-alive connection with one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[int] | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, content = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(content) >= length and self.answer is not None and not self.answer.done():
            self._received = b""
            self.answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(0)

    async def ask(self, parts: Sequence[bytes]) -> int:
        assert self.transport is not None
        self.answer = asyncio.get_running_loop().create_future()
        for part in parts:
            self.transport.write(part)
        return await self.answer


class _Sender:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._free: deque[_Connection] = deque()
        self._opened = 0
        self._gone = asyncio.Semaphore(_MOST_CONNECTIONS)

    async def send(self, number: int, body: Body) -> int:
        async with self._gone:
            try:
                connection = await self._connection()
                status = await connection.ask((self._head(len(body)), body.before, query_id(number), body.after))
            except OSError:
                return 0
            if connection.transport is not None:
                self._free.append(connection)
            return status

    def _head(self, length: int) -> bytes:
        return (
            f"POST {self._load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._load.token}\r\n"
            f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {length}\r\n\r\n"
        ).encode()

    async def _connection(self) -> _Connection:
        while self._free:
            connection = self._free.pop()
            if connection.transport is not None:
                return connection
        _, made = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", self._load.port)
        return made


async def send(load: Load) -> Sent:
    """Send it all and wait for the answers."""
    sender, pool = _Sender(load), bodies(_DISTINCT_BODIES)
    events = round(load.rate * (load.warm_up + load.seconds))
    gaps = random.Random(11)
    sent = Sent.of(events)
    begun, due = time.perf_counter(), 0.0
    running: set[asyncio.Task[None]] = set()

    async def one(number: int, due: float) -> None:
        body = pool[number % len(pool)]
        sent.late[number] = time.perf_counter() - begun - due
        sent.status[number] = await sender.send(number, body)
        sent.took[number] = time.perf_counter() - begun - due
        sent.size[number] = len(body)
        sent.counted[number] = due >= load.warm_up

    for number in range(events):
        due += 1 / load.rate if load.evenly else gaps.expovariate(load.rate)
        wait = begun + due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(number, due))
        running.add(task)
        task.add_done_callback(running.discard)
    if running:
        await asyncio.wait(running, timeout=_LAST_ANSWERS_S)
    return sent
