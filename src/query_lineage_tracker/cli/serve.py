"""`qlt serve`: takes what Trino sends of its own accord, and answers what people ask."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer

from query_lineage_tracker.cli.common import EnvOption, load_configuration, run_async
from query_lineage_tracker.cli.run import Job, following, opened_job
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Parts, Receiving
    from query_lineage_tracker.config import ClusterSettings, Configuration
    from query_lineage_tracker.observability import Metrics

log = structlog.get_logger()


def serve(
    page: Annotated[bool, typer.Option("--page", help="Serve the page and its API as well.")] = False,
    receiver: Annotated[
        bool, typer.Option("--receiver/--no-receiver", help="Whether to receive events; without, only the page.")
    ] = True,
    env: EnvOption = None,
) -> None:
    """Receive events, keep them in the journal, save them, keep the catalog up to date; polls nothing."""
    if not (page or receiver):
        raise UsageError("--no-receiver leaves nothing to serve", hint="Add --page.")
    configuration = load_configuration(env)
    if receiver:
        run_async(lambda stop: receive(configuration, (), stop, page=page))
    else:
        run_async(lambda stop: _only_page(configuration, stop))


async def _only_page(configuration: Configuration, stop: asyncio.Event) -> int:
    await serve_page(configuration, stop)
    return 0


async def serve_page(configuration: Configuration, stop: asyncio.Event) -> None:
    """Answer questions until `stop` is set, over connections of its own: a slow one must not hold up saving."""
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.web.app import page_app
    from query_lineage_tracker.web.files import HOW_TO_BUILD, page_is_built
    from query_lineage_tracker.web.login import login_of

    provider = bootstrap.identity_provider(configuration)
    login = login_of(configuration.oidc, provider) if provider else None
    async with bootstrap.opened_insights(configuration) as insights:
        app = page_app(insights, configuration.page, login)
        server = bootstrap.page_server(configuration, app)
        log.info("page.listening", address=configuration.page.address)
        if not page_is_built():
            log.warning("page.not_built", hint=HOW_TO_BUILD)
        await server.serve(stop)


async def receive(
    configuration: Configuration, polled: Sequence[ClusterSettings], stop: asyncio.Event, *, page: bool = False
) -> int:
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

        pages = [once_reachable(lambda: serve_page(configuration, stop), stop)] if page else []
        await run_together([receiving.child.serve(stop), once_reachable(work, stop), *pages], stop)
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
