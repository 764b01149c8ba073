"""`qlt db`: the schema in PostgreSQL."""

from __future__ import annotations

from typing import Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, load_configuration
from query_lineage_tracker.cli.output import Output, print_rows, print_text

app = typer.Typer(name="db", help="The schema in PostgreSQL.", no_args_is_help=True)


@app.callback()
def db() -> None:
    """The schema in PostgreSQL."""


@app.command()
def migrate(env: EnvOption = None) -> None:
    """Apply the migrations that wait. A schema that is not ours is never touched."""
    from query_lineage_tracker import bootstrap

    configuration = load_configuration(env)
    applied = bootstrap.migrate_database(configuration)
    for name in applied:
        print_text(f"applied {name}")
    if not applied:
        print_text(f"the schema {configuration.postgres.schema} is current")


@app.command()
def status(env: EnvOption = None, output: OutputOption = Output.TABLE) -> None:
    """List the migrations and when each was applied. Ends with 1 when one waits or was changed since."""
    from query_lineage_tracker import bootstrap

    rows = [
        {
            "version": one.version,
            "name": one.name,
            "state": "changed" if one.changed else "waiting" if one.applied_at is None else "applied",
            "applied_at": one.applied_at,
        }
        for one in bootstrap.database_status(load_configuration(env))
    ]
    print_rows(rows, ("version", "name", "state", "applied_at"), output)
    raise typer.Exit(int(any(row["state"] != "applied" for row in rows)))


@app.command()
def sql(
    env: EnvOption = None,
    roles: Annotated[
        bool, typer.Option("--roles", help="Print the optional roles (migrator, writer, reader) instead.")
    ] = False,
) -> None:
    """Print the SQL for an administrator to run; connects to nothing."""
    from query_lineage_tracker import bootstrap

    print_text(bootstrap.database_sql(load_configuration(env), roles=roles).rstrip("\n"))
