"""The `LineageAnalyzer` over sqllineage, in worker processes that are killed and replaced when they hang or die."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from query_lineage_tracker.adapters.sqllineage.result import result_of
from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.lineage.result import LineageResult
from query_lineage_tracker.ports.analysis import StatementText

_LONGEST_ANSWER = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one statement may take, and how many are analyzed at once."""

    seconds: float = 10.0
    memory_bytes: int = 1024 * 1024 * 1024
    workers: int = 2


class SqllineageAnalyzer:
    """Analyzes with sqllineage. A time-out, a crash and a defect of the library are results of that statement alone."""

    def __init__(self, limits: WorkerLimits | None = None) -> None:
        if find_spec("sqllineage") is None:
            raise ConfigurationError(
                "LINEAGE_ANALYZER=sqllineage, but sqllineage is not installed",
                hint="install it with: pip install 'query-lineage-tracker[sqllineage]'",
            )
        self._limits = limits or WorkerLimits()
        self._version = f"sqllineage {version('sqllineage')}"
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        self._workers = [_Worker(self._limits) for _ in range(self._limits.workers)]
        for worker in self._workers:
            self._free.put_nowait(worker)

    @property
    def version(self) -> str:
        return self._version

    async def analyze(self, statements: Sequence[StatementText]) -> Sequence[LineageResult]:
        return await asyncio.gather(*(self._analyze_one(statement) for statement in statements))

    async def _analyze_one(self, statement: StatementText) -> LineageResult:
        worker = await self._free.get()
        try:
            answer = await worker.ask(statement.sql)
        finally:
            self._free.put_nowait(worker)
        return result_of(statement, answer)

    async def aclose(self) -> None:
        for worker in self._workers:
            await worker.stop()


class _Worker:
    """One process, started when it is first needed and again after it was killed."""

    def __init__(self, limits: WorkerLimits) -> None:
        self._limits = limits
        self._running: asyncio.subprocess.Process | None = None

    async def ask(self, sql: str) -> Mapping[str, Any]:
        """The answer, or an error in its place: too slow, died."""
        worker = self._running or await self._start()
        try:
            return await asyncio.wait_for(_exchange(worker, sql), self._limits.seconds)
        except asyncio.TimeoutError:
            await self.stop()
            return {"error": f"sqllineage gave no answer within {self._limits.seconds:g} seconds"}
        except (BrokenPipeError, ConnectionResetError, EOFError, ValueError):
            await self.stop()
            return {"error": "sqllineage died over this statement"}
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def stop(self) -> None:
        worker, self._running = self._running, None
        if worker is None:
            return
        with suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        self._running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "query_lineage_tracker.adapters.sqllineage.worker",
            str(self._limits.memory_bytes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LONGEST_ANSWER,
        )
        # The first answer must not pay for starting Python and importing the library.
        with suppress(asyncio.TimeoutError, BrokenPipeError, EOFError, ConnectionResetError, ValueError):
            await asyncio.wait_for(_exchange(self._running, "SELECT 1"), 60)
        return self._running


async def _exchange(worker: asyncio.subprocess.Process, sql: str) -> Mapping[str, Any]:
    if worker.stdin is None or worker.stdout is None:
        raise EOFError
    worker.stdin.write(json.dumps(sql).encode() + b"\n")
    await worker.stdin.drain()
    line = await worker.stdout.readline()
    if not line:
        raise EOFError
    answer: Mapping[str, Any] = json.loads(line)
    return answer
