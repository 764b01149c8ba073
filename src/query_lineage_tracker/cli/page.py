"""`qlt page`: who may ask the page."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Annotated

import typer

from query_lineage_tracker.cli.output import print_text
from query_lineage_tracker.domain.access import Role
from query_lineage_tracker.errors import UsageError

app = typer.Typer(name="page", help="Who may ask the page.", no_args_is_help=True)

_SHORTEST = 10


@app.callback()
def page() -> None:
    """Who may ask the page."""


@app.command()
def user(
    name: Annotated[str, typer.Argument(help="The name to log in with.")],
    role: Annotated[Role, typer.Option("--role", help="A viewer reads; an operator also changes the outbox.")],
) -> None:
    """Ask for a password, or read it where there is no terminal, and print the user's line for QLT_PAGE_USERS_FILE."""
    from query_lineage_tracker.web.passwords import hash_of

    if not name.isprintable() or not name.strip() or ":" in name or name != name.strip() or name.startswith("#"):
        raise UsageError("a name has no colon, no space around it, no control characters and no # in front")
    print_text(f"{name}:{role.value}:{hash_of(_password())}")


def _password() -> str:
    if sys.stdin.isatty():
        password = getpass("Password: ")
        if getpass("Once more: ") != password:
            raise UsageError("the two passwords differ")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < _SHORTEST:
        raise UsageError(f"a password has {_SHORTEST} characters or more")
    return password
