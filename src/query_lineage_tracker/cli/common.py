"""Options that many commands share."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.output import Output

if TYPE_CHECKING:
    from query_lineage_tracker.config import Configuration

EnvOption = Annotated[
    str | None,
    typer.Option("--env", metavar="dev|prod", help="Which .env file to use; APP_ENV otherwise, else dev."),
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print.")]


def load_configuration(env: str | None, flags: Mapping[str, str | None] | None = None) -> Configuration:
    """The configuration, its warnings printed to standard error.

    `flags` are keyed by the variable that each stands for; one that was not given is None.
    """
    from query_lineage_tracker.config import load

    given = {name: value for name, value in (flags or {}).items() if value is not None}
    configuration = load(env, given)
    for warning in configuration.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return configuration
