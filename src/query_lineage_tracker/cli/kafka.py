"""`qlt run --source kafka`: events as they come, by as many workers as there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from query_lineage_tracker.cli.run import Job
    from query_lineage_tracker.config import ClusterSettings, Configuration
    from query_lineage_tracker.ports.sources import QuerySource
    from query_lineage_tracker.ports.store import SavedBatch


async def follow_events(configuration: Configuration, clusters: Sequence[ClusterSettings], stop: asyncio.Event) -> int:
    """Take events until told to stop."""
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.cli.run import following, opened_job
    from query_lineage_tracker.services.live import run_together

    async with opened_job(configuration) as job, AsyncExitStack() as stack:
        loops = list(await stack.enter_async_context(following(job, (), (), stop)))
        for cluster in clusters:
            source = await stack.enter_async_context(bootstrap.opened_kafka_events(job.parts, cluster))
            follower = bootstrap.event_follower_of(job.parts, cluster)
            loops.append(follower.forever_free(source.waiting, _pass_of(job, cluster, source, stop), stop))
        await run_together(loops, stop)
    return 0


async def take_events_once(
    configuration: Configuration, clusters: Sequence[ClusterSettings], stop: asyncio.Event
) -> int:
    """Take the events that are there, then sync once; 1 when something could not be delivered or it was stopped."""
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.cli.run import opened_job, sync_all, until_stopped

    async with opened_job(configuration) as job:

        async def passes() -> int:
            for cluster in clusters:
                async with bootstrap.opened_kafka_events(job.parts, cluster) as source:
                    run_pass = _pass_of(job, cluster, source, stop)
                    await bootstrap.event_follower_of(job.parts, cluster).once_free(run_pass)
            return 1 if stop.is_set() else await sync_all(job, stop)

        return await until_stopped(passes, stop)


def _pass_of(
    job: Job, cluster: ClusterSettings, source: QuerySource, stop: asyncio.Event
) -> Callable[[], Awaitable[SavedBatch]]:
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.services.live import UntilStopped

    ingest = bootstrap.ingest_of(job.parts, job.analyzer, cluster)
    return lambda: ingest.run_pass(UntilStopped(source, stop))
