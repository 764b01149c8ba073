"""Blocking work beside the event loop."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_SWITCH_S = 0.0005


def share_interpreter() -> None:
    """Let threads hand the interpreter on ten times as often as Python does by itself; for the whole process.

    While one computes, the event loop waits that long before it can answer PostgreSQL, at every step of a transaction.
    """
    sys.setswitchinterval(_SWITCH_S)


async def in_thread(work: Callable[[], T], stop: threading.Event | None = None) -> T:
    """Run blocking work in a thread of its own; raises what it raises. `stop` is set when nobody waits for it any more.

    A daemon thread, because one that waits for a neighbour who never answers must not keep the process from ending.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: T | None, problem: BaseException | None) -> None:
        if future.done():
            return
        if problem is not None:
            future.set_exception(problem)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # without a problem there is a result

    def run() -> None:
        result, problem = None, None
        try:
            result = context.run(work)
        except BaseException as raised:
            problem = raised
        with suppress(RuntimeError):  # the loop has been closed meanwhile: nobody waits any more
            loop.call_soon_threadsafe(settle, result, problem)

    threading.Thread(target=run, name="blocking-work", daemon=True).start()
    try:
        return await future
    except asyncio.CancelledError:
        if stop is not None:
            stop.set()
        raise
