"""`qlt quarantine`: rows that could not be understood, or not be stored."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
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
from query_lineage_tracker.cli.run import opened_job, sync_all
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Reads
    from query_lineage_tracker.config import ClusterSettings, Configuration

app = typer.Typer(
    name="quarantine", help="Rows that could not be understood, or that PostgreSQL refuses.", no_args_is_help=True
)

_COLUMNS = ("id", "cluster", "source", "origin", "query_id", "reason", "recorded_at", "replayed_at")

ClusterOption = Annotated[str | None, typer.Option("--cluster", help="Only of this cluster.")]


@app.callback()
def quarantine() -> None:
    """Rows that could not be understood, or that PostgreSQL refuses."""


@app.command("list")
def list_rows(
    cluster: ClusterOption = None,
    replayed: Annotated[bool, typer.Option("--replayed", help="Also those that were ingested after all.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows.")] = 50,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List rows with the reason why they are not in the history, the oldest first."""

    async def show_list(reads: Reads) -> None:
        print_rows(await reads.quarantine(cluster, replayed=replayed, limit=limit), _COLUMNS, output)

    run_reads(env, show_list)


@app.command()
def show(
    row_id: Annotated[int, typer.Argument(metavar="ID", help="Number of the row, as `qlt quarantine list` prints it.")],
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show one row with what arrived, redacted."""

    async def show_row(reads: Reads) -> None:
        row = await reads.quarantined_row(row_id)
        if row is None:
            raise UsageError(
                f"there is no row {row_id} in quarantine", hint="`qlt quarantine list` shows what there is."
            )
        if output is Output.TABLE:
            print_rows(({"fact": name, "value": row[name]} for name in row), ("fact", "value"), output)
        else:
            print_rows([row], (*_COLUMNS, "payload"), output)

    run_reads(env, show_row)


@app.command()
def replay(
    row_ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers of rows.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every row of the cluster that waits.")] = False,
    cluster: ClusterOption = None,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Read rows once more and ingest what can be understood and stored by now; prints what still cannot.

    Ends with 1 when rows are left.
    """
    if bool(row_ids) is everything:
        raise UsageError("which rows?", hint="Name their numbers, or say --all.")
    configuration = load_configuration(env)
    chosen = configuration.cluster(cluster)
    run_async(lambda stop: until_stopped(_replay(configuration, chosen, row_ids or None, output, stop), stop))


async def _replay(
    configuration: Configuration,
    cluster: ClusterSettings,
    row_ids: Sequence[int] | None,
    output: Output,
    stop: asyncio.Event,
) -> int:
    from query_lineage_tracker import bootstrap

    async with opened_job(configuration) as job:
        reads = job.parts.reads
        source = bootstrap.replayed(job.parts, await reads.to_replay(cluster.name, row_ids))
        await bootstrap.ingest_of(job.parts, job.analyzer, cluster).run_pass(source)
        count = await reads.mark_replayed(source.understood)
        code = await sync_all(job, stop)
    print(f"{count} rows ingested, {len(source.refused)} still not understood or not stored", file=sys.stderr)
    absent = set(row_ids or ()) - source.refused.keys() - set(source.understood)
    if absent:
        print(f"not waiting in cluster {cluster.name}: {', '.join(map(str, sorted(absent)))}", file=sys.stderr)
    if source.refused:
        refused = [{"id": row_id, "reason": reason} for row_id, reason in source.refused.items()]
        print_rows(refused, ("id", "reason"), output)
    return max(code, int(bool(source.refused or absent)))
