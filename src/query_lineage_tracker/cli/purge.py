"""`qlt purge`: data of a user or of days leave for good."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.audit import who_runs
from query_lineage_tracker.cli.common import EnvOption, load_configuration, run_async
from query_lineage_tracker.cli.output import print_rows
from query_lineage_tracker.domain.purge import PurgeScope
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.config import Configuration


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise typer.BadParameter(f"{text!r} is not a UTC day such as 2026-11-22") from problem


_COLUMNS = ("executions", "counters", "statements", "texts", "claims", "quarantined")


def purge(
    user: Annotated[
        str | None, typer.Option("--user", help="Of this user: ran as, logged in as, or authenticated as.")
    ] = None,
    since: Annotated[
        date | None, typer.Option("--since", parser=_day, metavar="DAY", help="Of this UTC day and later ones.")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--until", parser=_day, metavar="DAY", help="Of UTC days before this one.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really do it; it cannot be undone.")] = False,
    env: EnvOption = None,
) -> None:
    """Delete ended executions of a user, of days, or of a user on these days, and what only they held.

    Counters, edges and column edges are derived again from what is left; catalogs are told. Without --yes it counts
    what would leave. It may be stopped and run again.
    """
    if user is None and since is None and until is None:
        raise UsageError("whose data, or of which days?", hint="Say --user, --since or --until.")
    if since is not None and until is not None and until <= since:
        raise UsageError("--until has to be after --since", hint="It names the day behind the last one.")
    configuration = load_configuration(env)
    run_async(lambda stop: _purge(configuration, PurgeScope(user, since, until), stop, yes=yes))


async def _purge(configuration: Configuration, scope: PurgeScope, stop: asyncio.Event, *, yes: bool) -> int:
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.services.purge import purge as purge_all

    async with bootstrap.opened_purge(configuration) as store:
        if not yes:
            print_rows([asdict(await store.count(scope))], _COLUMNS)
            print("nothing was deleted; say --yes to delete this for good", file=sys.stderr)
            return 0
        purged, complete = await purge_all(store, scope, who_runs(), bootstrap.sink_names(configuration), stop)
    print_rows([asdict(purged)], _COLUMNS)
    if not complete:
        print("stopped before the end; run it again for the rest", file=sys.stderr)
    return int(not complete)
