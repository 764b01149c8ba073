"""`qlt status`: how far we are."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from query_lineage_tracker.cli.common import EnvOption, OutputOption, run_reads
from query_lineage_tracker.cli.output import Output
from query_lineage_tracker.cli.sections import print_sections
from query_lineage_tracker.cli.times import SinceOption

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Reads

_RECENTLY = timedelta(days=1)


def status(since: SinceOption = None, env: EnvOption = None, output: OutputOption = Output.TABLE) -> None:
    """Show watermark, lag, gaps, outbox, failures (of a day, or --since), quarantine, and who holds the lease."""

    async def show(reads: Reads) -> None:
        sections = await reads.status(since or datetime.now(timezone.utc) - _RECENTLY)
        if output is Output.TABLE and not sections["sources"]:
            print("Nothing has been ingested yet. Try `qlt doctor`, then `qlt run`; or `qlt demo`.", file=sys.stderr)
        print_sections(sections, output)

    run_reads(env, show)
