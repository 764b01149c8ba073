"""`qlt outbox backfill`: a catalog that was added later is told what is known already."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, load_configuration, run_async, until_stopped
from query_lineage_tracker.errors import UsageError


def backfill(
    sink: Annotated[str, typer.Argument(help="The sink, one of those that OMD_KIND names.")],
    env: EnvOption = None,
) -> None:
    """Enqueue everything known that the sink has no message for; a sink that was added later has none at all."""
    from query_lineage_tracker import bootstrap

    configuration = load_configuration(env)
    names = bootstrap.sink_names(configuration)
    if sink not in names:
        raise UsageError(f"there is no sink {sink!r}", hint=f"OMD_KIND names: {', '.join(names) or 'none'}.")

    async def enqueued() -> int:
        print(f"{await bootstrap.backfill_sink(configuration, sink)} messages enqueued", file=sys.stderr)
        return 0

    run_async(lambda stop: until_stopped(enqueued(), stop))
