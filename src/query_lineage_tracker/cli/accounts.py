"""`qlt gaps` and `qlt account`: what we could not see, and who told of what we did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, run_reads
from query_lineage_tracker.cli.output import Output, print_rows

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Reads

_GAPS = ("cluster", "source", "cause", "from", "to", "seconds", "by_event", "ids_missing", "covered", "detail")
_GAPS_FOR_PEOPLE = ("cluster", "source", "cause", "from", "to", "length", "by_event", "covered", "detail")
_DAYS = (
    *("cluster", "day", "executions", "by_both", "by_poll_only", "by_event_only", "by_file_only"),
    *("open", "lost", "ids_missing"),
)
_HOLES = ("cluster", "day", "coordinator", "first_missing", "last_missing", "missing", "after", "before")

ClusterOption = Annotated[str | None, typer.Option("--cluster", help="Only of this cluster.")]


def gaps(
    cluster: ClusterOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows.")] = 100,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List the ranges of time that a source could not serve any more, the newest first.

    `by_event` counts the executions created in the range that events told of. `covered` is `yes` where no query id is
    missing between the last one known before the range and the first one after it, so that nothing was missed;
    `partly` where events came and ids are missing, or cannot be counted: across a restart or midnight; else `no`.
    """

    async def show(reads: Reads) -> None:
        rows = await reads.accounts.gaps(cluster, limit)
        if output is Output.TABLE:
            print_rows(map(_for_people, rows), _GAPS_FOR_PEOPLE, output)
        else:
            print_rows(rows, (*_GAPS, "recorded_at"), output)

    run_reads(env, show)


def account(
    cluster: ClusterOption = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="How many UTC days, today's included.")] = 7,
    holes: Annotated[bool, typer.Option("--holes", help="List the missing query ids instead.")] = False,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Account for the executions of each UTC day: who told of them, what is open or lost, how many ids are missing.

    A coordinator counts its queries; `ids_missing` are the numbers of which nothing is known. They are a hint: an id
    whose query was never followed up by its client leaves no trace, nor does what ran before we followed the cluster.
    """
    since = datetime.now(timezone.utc).date() - timedelta(days=days - 1)

    async def show(reads: Reads) -> None:
        if holes:
            begin = datetime(since.year, since.month, since.day, tzinfo=timezone.utc)
            names = [cluster] if cluster else [str(row["cluster"]) for row in await reads.clusters()]
            found = [{"cluster": name, **row} for name in names for row in await reads.id_holes(name, begin)]
            print_rows(found, _HOLES, output)
        else:
            print_rows(await reads.accounts.days(since, cluster), _DAYS, output)

    run_reads(env, show)


def _for_people(row: Mapping[str, Any]) -> Mapping[str, Any]:
    seconds = row["seconds"]
    return {**row, "length": "" if seconds is None else str(timedelta(seconds=seconds))}
