"""`qlt sync`: bring the catalogs in step now, and see how far they are."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, load_configuration, run_async, run_reads
from query_lineage_tracker.cli.output import Output, print_rows
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Reads
    from query_lineage_tracker.config import Configuration
    from query_lineage_tracker.services.sync import SyncReport

app = typer.Typer(name="sync", invoke_without_command=True)

_STATUS = ("sink", "kind", "pending", "parked", "dead", "settled", "oldest", "last_delivered", "halted")


@app.callback()
def sync(
    context: typer.Context,
    sink: Annotated[str | None, typer.Option("--sink", help="Only this one of several catalogs.")] = None,
    env: EnvOption = None,
) -> None:
    """Tell the catalogs everything that is due, once. Exit code 1 when something could not be delivered."""
    if context.invoked_subcommand is not None:
        return
    configuration = load_configuration(env)
    names = _chosen(configuration, sink)
    run_async(lambda stop: _sync(configuration, names, stop))


@app.command()
def status(env: EnvOption = None, output: OutputOption = Output.TABLE) -> None:
    """Show what waits for each catalog, since when, when the last message arrived, and why none can."""

    async def show(reads: Reads) -> None:
        print_rows(await reads.outbox.status(), _STATUS, output)

    run_reads(env, show)


def _chosen(configuration: Configuration, sink: str | None) -> tuple[str, ...]:
    from query_lineage_tracker import bootstrap

    names = bootstrap.sink_names(configuration)
    if sink is not None and sink not in names:
        raise UsageError(f"there is no sink {sink!r}", hint=f"OMD_KIND names: {', '.join(names) or 'none'}.")
    return names if sink is None else (sink,)


async def _sync(configuration: Configuration, names: tuple[str, ...], stop: asyncio.Event) -> int:
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.cli.run import sync_sinks, until_stopped

    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(bootstrap.opened(configuration))
        opened = await stack.enter_async_context(bootstrap.opened_sinks(parts))
        sinks = [sink for sink in opened if sink.name in names]

        async def one_round() -> int:
            reports = await sync_sinks(parts, sinks)
            for sink, report in reports.items():
                _tell(sink, report)
            return int(any(report.halted or report.dead or report.retried for report in reports.values()))

        return await until_stopped(one_round, stop)


def _tell(sink: str, report: SyncReport) -> None:
    counts = f"{report.delivered} delivered, {report.retried} to be retried, {report.parked} parked, {report.dead} dead"
    print(f"{sink}: {counts}" + (f"; halted: {report.halted}" if report.halted else ""), file=sys.stderr)
