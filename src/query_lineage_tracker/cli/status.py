"""`qlt status` and `qlt gaps`: how far we are, and what we could not see."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, run_reads
from query_lineage_tracker.cli.output import Output, print_rows
from query_lineage_tracker.cli.sections import print_sections
from query_lineage_tracker.cli.times import SinceOption

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Reads

_RECENTLY = timedelta(days=1)
_GAP_COLUMNS = ("cluster", "source", "cause", "from", "to", "detail", "recorded_at")


def status(since: SinceOption = None, env: EnvOption = None, output: OutputOption = Output.TABLE) -> None:
    """Show watermark, lag, gaps, outbox, failures (of a day, or --since), quarantine, and who holds the lease."""

    async def show(reads: Reads) -> None:
        sections = await reads.status(since or datetime.now(timezone.utc) - _RECENTLY)
        if output is Output.TABLE and not sections["sources"]:
            print("Nothing has been ingested yet. Try `qlt doctor`, then `qlt run`; or `qlt demo`.", file=sys.stderr)
        print_sections(sections, output)

    run_reads(env, show)


def gaps(
    cluster: Annotated[str | None, typer.Option("--cluster", help="Only of this cluster.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows.")] = 1000,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List the ranges of time that a source could not serve any more, the newest first."""

    async def show(reads: Reads) -> None:
        print_rows(await reads.gaps(cluster, limit), _GAP_COLUMNS, output)

    run_reads(env, show)
