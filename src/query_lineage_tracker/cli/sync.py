"""`qlt sync`: bring the catalogs in step now, and see how far they are."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.common import (
    EnvOption,
    OutputOption,
    load_configuration,
    run_async,
    run_reads,
    until_stopped,
)
from query_lineage_tracker.cli.output import Output, print_rows
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Parts, Reads
    from query_lineage_tracker.config import Configuration
    from query_lineage_tracker.ports.delivery import MetadataSink
    from query_lineage_tracker.services.sync import SyncReport

app = typer.Typer(name="sync", invoke_without_command=True)

_PREVIEW = ("sink", "table", "kind", "change", "problem", "entity")
_STATUS = ("sink", "kind", "pending", "parked", "dead", "settled", "oldest", "last_delivered", "halted")


@app.callback()
def sync(
    context: typer.Context,
    sink: Annotated[str | None, typer.Option("--sink", help="Only this one of several catalogs.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what the waiting messages would change, table by table.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="--dry-run: most messages of each catalog.")] = 1000,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Tell the catalogs everything that is due, once. Exit code 1 when something could not be delivered.

    With --dry-run nothing is told, and nothing that waits is touched: OpenMetadata is only read. Usage that was not
    enqueued yet is not shown.
    """
    if context.invoked_subcommand is not None:
        return
    configuration = load_configuration(env)
    names = _chosen(configuration, sink)
    if dry_run:
        run_async(lambda stop: until_stopped(_preview(configuration, names, limit, output), stop))
    else:
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


@asynccontextmanager
async def _opened(
    configuration: Configuration, names: tuple[str, ...]
) -> AsyncIterator[tuple[Parts, list[MetadataSink]]]:
    from query_lineage_tracker import bootstrap

    async with bootstrap.opened(configuration) as parts, bootstrap.opened_sinks(parts) as sinks:
        yield parts, [sink for sink in sinks if sink.name in names]


async def _sync(configuration: Configuration, names: tuple[str, ...], stop: asyncio.Event) -> int:
    from query_lineage_tracker.cli import run

    async with _opened(configuration, names) as (parts, sinks):

        async def one_round() -> int:
            reports = await run.sync_sinks(parts, sinks)
            for sink, report in reports.items():
                _tell(sink, report)
            return int(any(report.halted or report.dead or report.retried for report in reports.values()))

        return await run.until_stopped(one_round, stop)


async def _preview(configuration: Configuration, names: tuple[str, ...], limit: int, output: Output) -> int:
    from query_lineage_tracker.ports.delivery import PreviewingSink
    from query_lineage_tracker.services.preview import previewed

    rows: list[Mapping[str, object]] = []
    closed: dict[str, str] = {}
    async with _opened(configuration, names) as (parts, sinks):
        for sink in sinks:
            # The probe of a file makes the file.
            reason = await sink.probe() if isinstance(sink, PreviewingSink) else None
            if reason is None:
                rows += await previewed(parts.outbox, sink, limit, configuration.omd.concurrency)
            else:
                closed[sink.name] = reason
    print_rows(rows, _PREVIEW, output)
    for name, reason in closed.items():
        print(f"{name}: nothing can be delivered now: {reason}", file=sys.stderr)
    return int(bool(closed))


def _tell(sink: str, report: SyncReport) -> None:
    counts = f"{report.delivered} delivered, {report.retried} to be retried, {report.parked} parked, {report.dead} dead"
    print(f"{sink}: {counts}" + (f"; halted: {report.halted}" if report.halted else ""), file=sys.stderr)
