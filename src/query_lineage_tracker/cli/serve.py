"""`qlt serve`: takes what Trino sends of its own accord."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from query_lineage_tracker.cli.common import EnvOption, load_configuration, run_async
from query_lineage_tracker.cli.run import Job, following, opened_job

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Parts, Receiving
    from query_lineage_tracker.config import ClusterSettings, Configuration
    from query_lineage_tracker.observability import Metrics


def serve(env: EnvOption = None) -> None:
    """Receive events, keep them in the journal, save them, keep the catalog up to date; polls nothing."""
    configuration = load_configuration(env)
    run_async(lambda stop: receive(configuration, (), stop))


async def receive(configuration: Configuration, polled: Sequence[ClusterSettings], stop: asyncio.Event) -> int:
    """Receive events from now on; everything else, polling included, begins as soon as PostgreSQL answers."""
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.observability import Metrics
    from query_lineage_tracker.services.live import once_reachable, run_together

    metrics = Metrics()
    readiness = _Readiness()
    async with AsyncExitStack() as stack:
        receiving = await stack.enter_async_context(bootstrap.opened_receiver(configuration, metrics))
        await _serve_health(stack, configuration, metrics, readiness)

        async def work() -> None:
            async with opened_job(configuration, metrics) as job:
                readiness.parts = job.parts
                async with following(job, polled, (), stop) as loops:
                    await run_together([*loops, *_emptying(job, receiving, stop)], stop)

        await run_together([receiving.child.serve(stop), once_reachable(work, stop)], stop)
    return 0


class _Readiness:
    """What stands in the way of work, also before PostgreSQL was reached for the first time."""

    parts: Parts | None = None

    async def __call__(self) -> dict[str, str]:
        from query_lineage_tracker import bootstrap

        return {"postgres": "not reached yet"} if self.parts is None else dict(await bootstrap.unready(self.parts))


async def _serve_health(
    stack: AsyncExitStack, configuration: Configuration, metrics: Metrics, readiness: _Readiness
) -> None:
    from query_lineage_tracker.observability import serve_health

    settings = configuration.observability
    if settings.metrics_port is not None:
        serving = serve_health(settings.metrics_host, settings.metrics_port, metrics, readiness)
        await stack.enter_async_context(serving)


def _emptying(job: Job, receiving: Receiving, stop: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
    """A loop a cluster that saves what its journal holds."""
    from query_lineage_tracker import bootstrap

    loops = []
    for cluster, journal in receiving.journals:
        source = receiving.source(journal, stop)
        ingest = bootstrap.ingest_of(job.parts, job.analyzer, cluster)
        follower = bootstrap.event_follower_of(job.parts, cluster)
        loops.append(follower.forever_free(source.waiting, partial(ingest.run_pass, source), stop))
    return loops
