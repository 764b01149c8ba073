"""The command line. Command modules import drivers when they run: `qlt --help` must not wait for them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from query_lineage_tracker import __version__
from query_lineage_tracker.cli import (
    accounts,
    analyze,
    audit,
    backfill_sink,
    config,
    db,
    demo,
    doctor,
    lineage,
    listener,
    objects,
    outbox,
    page,
    purge,
    quarantine,
    queries,
    reanalyze,
    run,
    search,
    serve,
    status,
    sync,
)
from query_lineage_tracker.errors import TrackerError

app = typer.Typer(
    name="qlt",
    help="The memory of a Trino cluster: query history, lineage, and a faithful sync to OpenMetadata.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(run.run)
app.command()(serve.serve)
app.command()(run.backfill)
app.command()(reanalyze.reanalyze)
app.command()(demo.demo)
app.command()(doctor.doctor)
app.command()(analyze.analyze)
app.command()(status.status)
app.command()(accounts.gaps)
app.command()(accounts.account)
app.command()(lineage.impact)
app.command()(objects.objects)
app.add_typer(lineage.app, name="lineage")
queries.app.command("search")(search.search)
app.command()(audit.audit)
app.command()(purge.purge)
app.add_typer(queries.app, name="queries")
outbox.app.command("backfill")(backfill_sink.backfill)
app.add_typer(sync.app, name="sync")
app.add_typer(outbox.app, name="outbox")
app.add_typer(page.app, name="page")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(listener.app, name="listener")
app.add_typer(config.app, name="config")
app.add_typer(db.app, name="db")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"qlt {__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Options of every command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code.

    0 done, 1 work failed or partly failed, 2 usage or configuration, 3 a neighbour is unreachable, 130 interrupted.
    """
    try:
        app(args=None if arguments is None else list(arguments))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except TrackerError as problem:
        _tell(problem)
        return problem.exit_code
    return 0


def _tell(problem: TrackerError) -> None:
    """The message and the way out; the traceback only for those who asked for debug logs."""
    logging.getLogger(__name__).debug("command failed", exc_info=problem)
    print(f"qlt: {problem}", file=sys.stderr)
    if problem.hint:
        print(f"     {problem.hint}", file=sys.stderr)
