"""`qlt audit`: what operators changed."""

from __future__ import annotations

import os
from getpass import getuser
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, run_reads
from query_lineage_tracker.cli.output import Output, print_rows
from query_lineage_tracker.domain.access import Actor

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Reads

_COLUMNS = ("acted_at", "actor", "origin", "action", "subject", "affected")


def audit(
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows.")] = 50,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List what operators changed, on the page and by commands, the latest first."""

    async def show(reads: Reads) -> None:
        print_rows(await reads.operations.actions(limit), _COLUMNS, output)

    run_reads(env, show)


def who_runs() -> Actor:
    """The account that runs this command."""
    try:
        return Actor(getuser(), "COMMAND")
    except (KeyError, OSError):  # a container's user often has no name
        return Actor(f"uid {os.getuid()}", "COMMAND")
