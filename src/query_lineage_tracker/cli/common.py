"""What many commands share: options, the configuration, how asynchronous work runs and ends."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from query_lineage_tracker.cli.output import Output

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Insights, Reads
    from query_lineage_tracker.config import Configuration

INTERRUPTED = 130

EnvOption = Annotated[
    str | None,
    typer.Option("--env", metavar="dev|prod", help="Which .env file to use; APP_ENV otherwise, else dev."),
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print.")]


def load_configuration(env: str | None, flags: Mapping[str, str | None] | None = None) -> Configuration:
    """The configuration, its warnings printed to standard error.

    `flags` are keyed by the variable that each stands for; one that was not given is None.
    """
    from query_lineage_tracker.config import load

    given = {name: value for name, value in (flags or {}).items() if value is not None}
    configuration = load(env, given)
    for warning in configuration.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return configuration


def run_async(work: Callable[[asyncio.Event], Awaitable[int]]) -> None:
    """Run the work of a command and leave with its exit code.

    The event is set by SIGTERM and by Ctrl-C: the work ends cleanly and decides its exit code itself. A second signal
    cancels it.
    """
    from query_lineage_tracker.bootstrap import run_in_loop

    raise typer.Exit(run_in_loop(_with_signals(work)))


def run_reads(env: str | None, show: Callable[[Reads], Awaitable[None]]) -> None:
    """Run what only looks at the history, or changes little there; the first signal ends it."""
    from query_lineage_tracker import bootstrap

    configuration = load_configuration(env)

    async def shown() -> int:
        async with bootstrap.opened_reads(configuration) as reads:
            await show(reads)
        return 0

    run_async(lambda stop: until_stopped(shown(), stop))


def run_insights(env: str | None, show: Callable[[Insights], Awaitable[None]]) -> None:
    """Run what asks questions as the page does; the first signal ends it."""
    from query_lineage_tracker import bootstrap

    configuration = load_configuration(env)

    async def shown() -> int:
        async with bootstrap.opened_insights(configuration) as insights:
            await show(insights)
        return 0

    run_async(lambda stop: until_stopped(shown(), stop))


async def until_stopped(work: Coroutine[Any, Any, int], stop: asyncio.Event) -> int:
    """The work's exit code; it is cancelled as soon as `stop` is set, and the code is 1 then."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in (task, stopped):
            one.cancel()
        await asyncio.wait([task, stopped])
    return 1 if task.cancelled() else task.result()


async def _with_signals(work: Callable[[asyncio.Event], Awaitable[int]]) -> int:
    stop = asyncio.Event()
    task = asyncio.ensure_future(work(stop))
    interrupted = False

    def told(signal_number: int) -> None:
        nonlocal interrupted
        interrupted = interrupted or signal_number == signal.SIGINT
        if stop.is_set():
            task.cancel()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told, number)
    try:
        code = await task
    except asyncio.CancelledError:
        return INTERRUPTED
    return INTERRUPTED if interrupted else code
