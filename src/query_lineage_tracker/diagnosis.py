"""The questions of `qlt doctor`, put together by the configuration as bootstrap puts the work together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from query_lineage_tracker import bootstrap
from query_lineage_tracker.adapters.postgres.check import check as check_database
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.config import ClusterSettings, Configuration
from query_lineage_tracker.errors import TrackerError
from query_lineage_tracker.observability import Metrics, configure_logging
from query_lineage_tracker.ports import OwnQueries
from query_lineage_tracker.services.doctor import Finding, Verdict, check_analyzer, check_sink, check_space, failed


async def diagnose(configuration: Configuration) -> tuple[Finding, ...]:
    """All findings. Starts the embedded PostgreSQL where it is configured, so it must run in the main thread."""
    configure_logging(configuration.observability, configuration.secret_values())
    findings = [_configured(configuration), check_space(configuration.postgres.data_dir)]
    async with AsyncExitStack() as stack:
        database, own = await _database(configuration, stack)
        others = [_trino(configuration, cluster, own) for cluster in configuration.clusters]
        for found in await asyncio.gather(*others, _sink(configuration), _analyzer(configuration)):
            database += found
    return (*findings, *database)


def _configured(configuration: Configuration) -> Finding:
    names = ", ".join(cluster.name for cluster in configuration.clusters)
    return Finding("configuration", Verdict.OK, f"APP_ENV={configuration.env}, clusters: {names}")


async def _database(configuration: Configuration, stack: AsyncExitStack) -> tuple[list[Finding], OwnQueries | None]:
    """What there is to say about the database, and where our own queries are recorded if it can be used."""
    postgres = configuration.postgres
    try:
        dsn, _ = stack.enter_context(bootstrap.database_address(configuration))
        findings = list(await in_thread(lambda: check_database(dsn, postgres.schema)))
        if postgres.embedded:
            findings.append(_embedded(configuration))
        if not any(one.name == "migrations" and one.verdict is Verdict.OK for one in findings):
            return findings, None
        database = await stack.enter_async_context(Database(dsn, postgres.schema, pool_size=1))
    except TrackerError as problem:
        return [failed("postgres", problem)], None
    return findings, PostgresStore(database)


def _embedded(configuration: Configuration) -> Finding:
    detail = f"PostgreSQL is the embedded one in {configuration.postgres.data_dir}"
    return Finding("embedded", Verdict.WARNING, detail, "For development only; set POSTGRES_DSN to use yours.")


async def _trino(configuration: Configuration, cluster: ClusterSettings, own: OwnQueries | None) -> Sequence[Finding]:
    from query_lineage_tracker.adapters.trino.check import check
    from query_lineage_tracker.adapters.trino.connect import connect

    try:
        found = await check(connect(cluster), cluster, own)
    except TrackerError as problem:
        found = (failed("trino", problem),)
    if len(configuration.clusters) == 1:
        return found
    return [replace(one, name=f"{one.name} ({cluster.name})") for one in found]


async def _sink(configuration: Configuration) -> Sequence[Finding]:
    try:
        sink = bootstrap.sink_of(configuration, Metrics())
    except TrackerError as problem:
        return [failed(f"sink {configuration.omd.kind}", problem)]
    if sink is None:
        return [Finding("sink", Verdict.WARNING, "there is none", "Set OMD_KIND to tell a catalog what is found.")]
    try:
        return [await check_sink(sink)]
    finally:
        await sink.aclose()


async def _analyzer(configuration: Configuration) -> Sequence[Finding]:
    try:
        async with bootstrap.opened_analyzer(configuration) as analyzer:
            return [await check_analyzer(analyzer)]
    except TrackerError as problem:
        return [failed("analyzer", problem)]
