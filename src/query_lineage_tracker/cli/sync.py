"""`qlt sync`: bring the catalogs in step now, and see how far they are."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
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
from query_lineage_tracker.domain.filters import CallFilter
from query_lineage_tracker.domain.outbox import MessageKind
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Parts, Reads
    from query_lineage_tracker.config import Configuration
    from query_lineage_tracker.ports.delivery import MetadataSink
    from query_lineage_tracker.services.sync import SyncReport

app = typer.Typer(name="sync", invoke_without_command=True)

_CALLS = ("called_at", "sink", "kind", "entity", "method", "path", "status", "duration_ms", "answer")
_REQUEST = ("body_digest", "body_bytes", "body")
_STATUS = ("sink", "kind", "pending", "parked", "dead", "settled", "oldest", "last_delivered", "halted")


@app.callback()
def sync(
    context: typer.Context,
    sink: Annotated[str | None, typer.Option("--sink", help="Only this one of several catalogs.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what the waiting messages would change, table by table.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read back what was told and print what differs, table by table.")
    ] = False,
    stale: Annotated[
        bool, typer.Option("--stale", help="List edges of ours that nobody has seen for long (QLT_OMD_STALE_DAYS).")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="--stale: have them removed by the next sync, as far as they are ours.")
    ] = False,
    kind: Annotated[
        list[MessageKind] | None,
        typer.Option("--kind", case_sensitive=False, help="--verify: what is compared; may be repeated."),
    ] = None,
    limit: Annotated[
        int,
        typer.Option("--limit", min=1, help="--dry-run: most messages of each catalog; --verify: most rows of each."),
    ] = 1000,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Tell the catalogs everything that is due, once.

    Exit code 1 when something could not be delivered, 3 when a catalog is away or refuses.

    With --dry-run nothing is told, and nothing that waits is touched: OpenMetadata is only read. Usage, costs and texts
    that were not enqueued yet are not shown.

    With --verify everything that arrived is read back from OpenMetadata, queries, their texts and edges unless --kind
    says otherwise; costs cannot be read back. Exit code 1 when something of ours is missing or differs; what others
    wrote is no difference.

    With --stale edges that OpenMetadata was told of and that no query has made for long are listed.
    """
    if context.invoked_subcommand is not None:
        return
    if dry_run + verify + stale > 1:
        raise UsageError("--dry-run, --verify and --stale exclude each other")
    if remove and not stale:
        raise UsageError("--remove goes with --stale")
    if verify and MessageKind.COST in (kind or ()):
        raise UsageError("costs cannot be read back", hint="`qlt sync calls --kind cost` shows what was sent.")
    configuration = load_configuration(env)
    names = _chosen(configuration, sink)
    kinds = tuple(kind or (MessageKind.LINEAGE, MessageKind.QUERY, MessageKind.TEXT))

    async def work(parts: Parts, sinks: Sequence[MetadataSink]) -> int:
        from query_lineage_tracker.cli import compare

        if verify:
            return await compare.verify(parts, sinks, kinds, limit, output)
        if stale:
            return await compare.stale(parts, sinks, remove, output)
        return await compare.preview(parts, sinks, limit, output)

    if dry_run or verify or stale:
        run_async(lambda stop: until_stopped(_compared(configuration, names, work), stop))
    else:
        run_async(lambda stop: _sync(configuration, names, stop))


@app.command()
def status(env: EnvOption = None, output: OutputOption = Output.TABLE) -> None:
    """Show what waits for each catalog, since when, when the last message arrived, and why none can."""

    async def show(reads: Reads) -> None:
        print_rows(await reads.outbox.status(), _STATUS, output)

    run_reads(env, show)


@app.command()
def calls(
    sink: Annotated[str | None, typer.Option("--sink", help="Only to this sink.")] = None,
    kind: Annotated[MessageKind | None, typer.Option("--kind", case_sensitive=False, help="Only of this kind.")] = None,
    entity: Annotated[
        str | None, typer.Option("--entity", help="Only for this entity, as `qlt outbox list` prints it.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that were not accepted.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows.")] = 50,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List calls that were to change something at catalogs, the last first: what was sent, when, and what came back.

    The table leaves out the request; the other forms have how it began, its length and its hash.
    """
    wanted = CallFilter(sink, kind and kind.value, entity, failed)

    async def show(reads: Reads) -> None:
        columns = _CALLS if output is Output.TABLE else (*_CALLS, "generation", "attempt", *_REQUEST)
        print_rows(await reads.outbox.calls(wanted, limit), columns, output)

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
    from query_lineage_tracker.cli.compare import tell_calls

    async with _opened(configuration, names) as (parts, sinks):

        async def one_round() -> int:
            reports = await run.sync_sinks(parts, sinks, stop)
            for sink, report in reports.items():
                _tell(sink, report)
            tell_calls(parts)
            return run.code_of(reports, stop)

        return await run.until_stopped(one_round, stop)


async def _compared(
    configuration: Configuration,
    names: tuple[str, ...],
    work: Callable[[Parts, Sequence[MetadataSink]], Awaitable[int]],
) -> int:
    async with _opened(configuration, names) as (parts, sinks):
        return await work(parts, sinks)


def _tell(sink: str, report: SyncReport) -> None:
    counts = f"{report.delivered} delivered, {report.retried} to be retried, {report.parked} parked, {report.dead} dead"
    why = "; `qlt outbox list` says why" if report.retried or report.parked or report.dead else ""
    why += ", `qlt doctor` whether the service is right" if report.parked and not report.delivered else ""
    halted = f"; halted: {report.halted}; `qlt doctor` says what to mend" if report.halted else ""
    print(f"{sink}: {counts}{why}{halted}", file=sys.stderr)
