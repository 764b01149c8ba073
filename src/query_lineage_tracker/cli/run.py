"""`qlt run` and `qlt backfill`: the main job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from query_lineage_tracker.cli.common import EnvOption, load_configuration, run_async
from query_lineage_tracker.cli.progress import progress_of
from query_lineage_tracker.errors import SinkUnreachable, UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Parts
    from query_lineage_tracker.config import ClusterSettings, Configuration
    from query_lineage_tracker.observability import Metrics
    from query_lineage_tracker.ports.analysis import LineageAnalyzer
    from query_lineage_tracker.ports.delivery import MetadataSink
    from query_lineage_tracker.ports.sources import QuerySource
    from query_lineage_tracker.ports.store import Lease, SavedBatch
    from query_lineage_tracker.services.sync import SyncReport


_STOPPED_EARLY = 1


class SourceKind(str, Enum):
    """Where executed queries come from."""

    TRINO = "trino"
    FILES = "files"
    KAFKA = "kafka"


PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH]...", help="Files or directories of recorded queries; - is standard input."),
]
ClusterOption = Annotated[str | None, typer.Option("--cluster", help="Only this one of several clusters.")]


@dataclass(frozen=True, slots=True)
class Job:
    """What a run works with, open as long as the run."""

    parts: Parts
    analyzer: LineageAnalyzer
    sinks: tuple[MetadataSink, ...]


def run(
    paths: PathsArgument = None,
    once: Annotated[bool, typer.Option("--once", help="One pass and one round of sync, then leave.")] = False,
    source: Annotated[SourceKind, typer.Option("--source", help="Where queries come from.")] = SourceKind.TRINO,
    cluster: ClusterOption = None,
    with_receiver: Annotated[
        bool, typer.Option("--with-receiver", help="Receive events as well, as qlt serve does.")
    ] = False,
    env: EnvOption = None,
) -> None:
    """Take queries from Trino (or files), keep them, work out their lineage, keep the catalog up to date."""
    if (source is SourceKind.FILES) != bool(paths):
        raise UsageError(
            "--source files needs paths, and paths need --source files",
            hint="For instance: qlt run --once --source files recorded/",
        )
    if with_receiver and (once or source is not SourceKind.TRINO):
        raise UsageError("--with-receiver goes beside polling that does not end", hint="qlt serve only receives.")
    configuration = load_configuration(env)
    clusters = configuration.clusters if cluster is None and not paths else (configuration.cluster(cluster),)
    if source is SourceKind.KAFKA:
        from query_lineage_tracker.bootstrap import require_kafka
        from query_lineage_tracker.cli.kafka import follow_events, take_events_once

        require_kafka(configuration, clusters)
        take = take_events_once if once else follow_events
        run_async(lambda stop: take(configuration, clusters, stop))
        return
    work = _once if once else _receive_and_follow if with_receiver else _follow
    run_async(lambda stop: work(configuration, clusters, paths or (), stop))


def backfill(
    paths: Annotated[list[Path], typer.Argument(help="Files or directories of recorded queries; - is standard input.")],
    cluster: ClusterOption = None,
    env: EnvOption = None,
) -> None:
    """Ingest recorded queries of the past; the live watermark stays where it is."""
    configuration = load_configuration(env)
    chosen = configuration.cluster(cluster)
    run_async(lambda stop: _backfill(configuration, chosen, paths, stop))


@asynccontextmanager
async def opened_job(configuration: Configuration, metrics: Metrics | None = None) -> AsyncIterator[Job]:
    """Database, analyzer and sinks; unless somebody else has the metrics, they are served as the configuration says."""
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.observability import serve_health
    from query_lineage_tracker.services.retention import keep_days

    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(bootstrap.opened(configuration, metrics))
        analyzer = await stack.enter_async_context(bootstrap.opened_analyzer(configuration))
        sinks = await stack.enter_async_context(bootstrap.opened_sinks(parts))
        settings = configuration.observability
        if metrics is None and settings.metrics_port is not None:
            serving = serve_health(
                settings.metrics_host, settings.metrics_port, parts.metrics, lambda: bootstrap.unready(parts)
            )
            await stack.enter_async_context(serving)
        await keep_days(parts.partitions, configuration.history.retention_days)
        yield Job(parts, analyzer, sinks)


async def _follow(
    configuration: Configuration, clusters: Sequence[ClusterSettings], paths: Sequence[Path], stop: asyncio.Event
) -> int:
    from query_lineage_tracker.services.live import run_together

    async with opened_job(configuration) as job, following(job, clusters, paths, stop) as loops:
        await run_together(loops, stop)
    return 0


async def _receive_and_follow(
    configuration: Configuration, clusters: Sequence[ClusterSettings], _paths: Sequence[Path], stop: asyncio.Event
) -> int:
    from query_lineage_tracker.cli.serve import receive

    return await receive(configuration, clusters, stop)


@asynccontextmanager
async def following(
    job: Job, clusters: Sequence[ClusterSettings], paths: Sequence[Path], stop: asyncio.Event
) -> AsyncIterator[list[Coroutine[Any, Any, None]]]:
    """The loops of a tracker: retention, sync, and the following of each cluster."""
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.services.awaited import requeue_complete_forever
    from query_lineage_tracker.services.by_switch import enqueue_costs_forever, enqueue_texts_forever
    from query_lineage_tracker.services.measure import measure_forever
    from query_lineage_tracker.services.renames import follow_schemas_forever
    from query_lineage_tracker.services.retention import keep_days_forever
    from query_lineage_tracker.services.stale import follow_stale_edges_forever
    from query_lineage_tracker.services.usage import enqueue_usage_forever

    parts = job.parts
    async with AsyncExitStack() as sources:
        days = parts.configuration.history.retention_days
        loops = [
            keep_days_forever(parts.partitions, parts.day_sums, parts.calls, days, stop, observer=parts.observer),
            measure_forever(bootstrap.measured(parts, job.sinks), parts.observer, stop),
        ]
        if told := bootstrap.told_usage(parts, job.sinks):
            loops.append(enqueue_usage_forever(parts.usage, told, stop, parts.configuration.sync.usage_today))
        if told := bootstrap.told_costs(parts, job.sinks):
            loops.append(enqueue_costs_forever(parts.costs, told, stop))
        if told := bootstrap.told_texts(parts, job.sinks):
            loops.append(enqueue_texts_forever(parts.texts, told, stop))
        loops.append(follow_schemas_forever(parts.schema_renames, bootstrap.sink_names(parts.configuration), stop))
        rules = bootstrap.stale_rules_of(parts)
        withdrawing = bootstrap.withdrawing(job.sinks)
        loops += [follow_stale_edges_forever(parts.stale_edges, name, rules, stop) for name in withdrawing]
        loops += [requeue_complete_forever(parts.parked, sink, stop) for sink in bootstrap.askable(job.sinks)]
        loops += [bootstrap.sync_of(parts, sink).run_forever(stop) for sink in job.sinks]
        for cluster in clusters:
            source = _source(job, cluster, paths)
            sources.push_async_callback(source.aclose)
            run_pass = _pass_of(job, cluster, source, stop)
            loops.append(bootstrap.follower_of(parts, cluster).forever(run_pass, stop))
        yield loops


async def _once(
    configuration: Configuration, clusters: Sequence[ClusterSettings], paths: Sequence[Path], stop: asyncio.Event
) -> int:
    from query_lineage_tracker import bootstrap

    async with opened_job(configuration) as job:

        async def passes() -> int:
            for cluster in clusters:
                source = _source(job, cluster, paths)
                try:
                    await bootstrap.follower_of(job.parts, cluster).once(_pass_of(job, cluster, source, stop))
                finally:
                    await source.aclose()
            return _STOPPED_EARLY if stop.is_set() else await sync_all(job, stop)

        return await until_stopped(passes, stop)


async def _backfill(
    configuration: Configuration, cluster: ClusterSettings, paths: Sequence[Path], stop: asyncio.Event
) -> int:
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.services.live import UntilStopped

    async with opened_job(configuration) as job:

        async def one_pass() -> int:
            with progress_of("backfill") as progress:
                ingest = bootstrap.ingest_of(job.parts, job.analyzer, cluster, progress)
                source = UntilStopped(bootstrap.recorded(job.parts, paths, backfill=True), stop)
                saved = await ingest.run_pass(source)
            _tell(saved)
            return _STOPPED_EARLY if stop.is_set() else await sync_all(job, stop)

        return await until_stopped(one_pass, stop)


async def sync_all(job: Job, stop: asyncio.Event) -> int:
    """Deliver what is due to every sink, until `stop` is set; the exit code of the round."""
    return code_of(await sync_sinks(job.parts, job.sinks, stop), stop)


def code_of(reports: Mapping[str, SyncReport], stop: asyncio.Event) -> int:
    """The exit code of a round: that of a catalog that is away or refuses, else 1 when something was not delivered."""
    if any(report.halted for report in reports.values()):
        return SinkUnreachable.exit_code
    return int(stop.is_set() or any(report.dead or report.retried for report in reports.values()))


async def sync_sinks(parts: Parts, sinks: Sequence[MetadataSink], stop: asyncio.Event) -> Mapping[str, SyncReport]:
    """Deliver what is due to these sinks, usage and costs of days that are over included; how it went by sink."""
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.services.awaited import requeue_complete
    from query_lineage_tracker.services.by_switch import enqueue_costs, enqueue_texts
    from query_lineage_tracker.services.renames import follow_schemas
    from query_lineage_tracker.services.stale import follow_stale_edges
    from query_lineage_tracker.services.usage import enqueue_usage

    await follow_schemas(parts.schema_renames, bootstrap.sink_names(parts.configuration), stop)
    await enqueue_usage(parts.usage, bootstrap.told_usage(parts, sinks), parts.configuration.sync.usage_today)
    await enqueue_texts(parts.texts, bootstrap.told_texts(parts, sinks))
    for name in bootstrap.withdrawing(sinks):
        await follow_stale_edges(parts.stale_edges, name, bootstrap.stale_rules_of(parts))
    for sink in bootstrap.askable(sinks):
        await requeue_complete(parts.parked, sink)
    reports = await _delivered(parts, sinks, stop)
    # What queries cost is told once they have arrived.
    if not stop.is_set() and await enqueue_costs(parts.costs, bootstrap.told_costs(parts, sinks)):
        costs = await _delivered(parts, sinks, stop)
        reports = {name: report + costs[name] for name, report in reports.items()}
    await parts.calls.forget()
    return reports


async def _delivered(parts: Parts, sinks: Sequence[MetadataSink], stop: asyncio.Event) -> dict[str, SyncReport]:
    from query_lineage_tracker import bootstrap

    return {sink.name: await bootstrap.sync_of(parts, sink).run_once(stop=stop) for sink in sinks}


async def until_stopped(work: Callable[[], Coroutine[Any, Any, int]], stop: asyncio.Event) -> int:
    """The work's exit code; 1 when it was stopped before its end."""
    from query_lineage_tracker.services.live import run_together

    code = _STOPPED_EARLY

    async def to_its_end() -> None:
        nonlocal code
        code = await work()

    await run_together([to_its_end()], stop)
    return code


def _source(job: Job, cluster: ClusterSettings, paths: Sequence[Path]) -> QuerySource:
    from query_lineage_tracker import bootstrap

    return bootstrap.recorded(job.parts, paths, backfill=False) if paths else bootstrap.polled(job.parts, cluster)


def _pass_of(
    job: Job, cluster: ClusterSettings, source: QuerySource, stop: asyncio.Event
) -> Callable[[Lease], Coroutine[Any, Any, SavedBatch]]:
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.services.live import UntilStopped

    ingest = bootstrap.ingest_of(job.parts, job.analyzer, cluster)
    describing = bootstrap.describing_of(job.parts, ingest, cluster, source)
    learning = [
        learning_of(job.parts, job.analyzer, cluster, source)
        for learning_of in (bootstrap.learning_of, bootstrap.learning_views_of, bootstrap.learning_untold_of)
    ]

    async def run_pass(lease: Lease) -> SavedBatch:
        saved = await ingest.run_pass(UntilStopped(source, stop), lease)
        if describing is not None and not stop.is_set():
            saved += await describing.once(lease, stop)
        for one in learning:
            if one is not None and not stop.is_set():
                await one.once()
        return saved

    return run_pass


def _tell(saved: SavedBatch) -> None:
    typer.echo(
        f"{saved.inserted} queries new, {saved.advanced} advanced, {saved.rejected} quarantined, "
        f"{saved.statements} statements analyzed, {saved.edges} edges new",
        err=True,
    )
