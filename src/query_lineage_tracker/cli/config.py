"""`qlt config`: the settings as the tracker understands them."""

from __future__ import annotations

from typing import Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, load_configuration
from query_lineage_tracker.cli.output import Output, print_rows

app = typer.Typer(name="config", help="The settings.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """The settings as the tracker understands them."""


@app.command()
def show(
    env: EnvOption = None,
    origin: Annotated[bool, typer.Option("--origin", help="Say where each value comes from.")] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Print every setting, secrets masked."""
    from query_lineage_tracker.config import describe

    rows = describe(load_configuration(env))
    columns = ("name", "value", "origin") if origin else ("name", "value")
    print_rows((row._asdict() for row in rows), columns, output)
