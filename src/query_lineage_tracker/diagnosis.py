"""The questions of `qlt doctor`, put together by the configuration as bootstrap puts the work together."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from query_lineage_tracker import bootstrap
from query_lineage_tracker.adapters.journal.check import waiting
from query_lineage_tracker.adapters.postgres.accounts import PostgresAccounts
from query_lineage_tracker.adapters.postgres.check import check as check_database
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.outbox import PostgresOutbox
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.config import ClusterSettings, Configuration
from query_lineage_tracker.errors import TrackerError
from query_lineage_tracker.events.listeners import bridged
from query_lineage_tracker.observability import Metrics, configure_logging
from query_lineage_tracker.ports.sources import OwnQueries
from query_lineage_tracker.services.doctor import Finding, Verdict, check_analyzer, check_sink, check_space, failed
from query_lineage_tracker.services.event_checks import (
    Arrivals,
    Tellers,
    WaitingEntries,
    check_agreement,
    check_arrivals,
    check_journal,
    events_not_configured,
)

_ON_THE_WAY = timedelta(minutes=5)
"""From the end of Trino's retries until what came with the last of them is stored."""


async def diagnose(configuration: Configuration) -> tuple[Finding, ...]:
    """All findings. Starts the embedded PostgreSQL where it is configured, so it must run in the main thread."""
    configure_logging(configuration.observability, configuration.secret_values())
    findings = [_configured(configuration), check_space(configuration.postgres.data_dir)]
    async with AsyncExitStack() as stack:
        findings_of_database, database = await _database(configuration, stack)
        findings += findings_of_database
        own = None if database is None else PostgresStore(database)
        others = [_trino(configuration, cluster, own) for cluster in configuration.clusters]
        others += [_sinks(configuration, database), _analyzer(configuration), _provider(configuration)]
        for found in await asyncio.gather(*others):
            findings += found
        if database is not None:
            findings += await _events(configuration, PostgresAccounts(database))
    return tuple(findings)


def _configured(configuration: Configuration) -> Finding:
    names = ", ".join(cluster.name for cluster in configuration.clusters)
    return Finding("configuration", Verdict.OK, f"APP_ENV={configuration.env}, clusters: {names}")


async def _database(configuration: Configuration, stack: AsyncExitStack) -> tuple[list[Finding], Database | None]:
    """What there is to say about the database, and the database if it can be used."""
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
    return findings, database


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
    return [_of_cluster(one, cluster) for one in found]


def _of_cluster(finding: Finding, cluster: ClusterSettings) -> Finding:
    return replace(finding, name=f"{finding.name} ({cluster.name})")


async def _events(configuration: Configuration, accounts: PostgresAccounts) -> Sequence[Finding]:
    """What there is to say about events of the clusters that are to send some."""
    insecure = configuration.receiver.insecure
    expected = [one for one in configuration.clusters if one.event_token or one.kafka_topics or insecure]
    if not expected:
        return [events_not_configured()]
    found = []
    for cluster in expected:
        try:
            about = [*await _arriving(cluster, accounts), *await _journal(configuration, cluster, accounts)]
        except TrackerError as problem:
            about = [failed("events arrive", problem)]
        found += about if len(configuration.clusters) == 1 else [_of_cluster(one, cluster) for one in about]
    return found


async def _arriving(cluster: ClusterSettings, accounts: PostgresAccounts) -> Sequence[Finding]:
    arrivals = await accounts.arrivals(cluster.name, bridged() + _ON_THE_WAY)
    yesterday = (datetime.now(timezone.utc) - timedelta(days=1)).date()
    tellers = await accounts.tellers(cluster.name, yesterday)
    return check_arrivals(cluster.name, Arrivals(**arrivals)), check_agreement(Tellers(**tellers))


async def _journal(
    configuration: Configuration, cluster: ClusterSettings, accounts: PostgresAccounts
) -> Sequence[Finding]:
    receiver = configuration.receiver
    directory = receiver.journal_dir / cluster.name
    positions = await accounts.journal_positions(cluster.name)
    try:
        if not directory.is_dir():
            return [Finding("journal", Verdict.OK, f"there is none in {directory}: no receiver has run here")]
        entries, size = await in_thread(lambda: waiting(directory, positions))
        free = shutil.disk_usage(directory).free
    except OSError as problem:
        hint = "Run `qlt doctor` as the user of `qlt serve`."
        return [Finding("journal", Verdict.WARNING, f"{directory} cannot be read: {problem.strerror}", hint)]
    return [check_journal(WaitingEntries(directory, entries, size, receiver.journal_max_bytes, free))]


async def _sinks(configuration: Configuration, database: Database | None) -> Sequence[Finding]:
    names = bootstrap.sink_names(configuration)
    if not names:
        return [Finding("sink", Verdict.WARNING, "there is none", "Set OMD_KIND to tell a catalog what is found.")]
    return await asyncio.gather(*(_sink(name, configuration, database) for name in names))


async def _sink(name: str, configuration: Configuration, database: Database | None) -> Finding:
    try:
        halted = None if database is None else await PostgresOutbox(database).halted(name)
        sink = bootstrap.sink_of(name, configuration, Metrics())
    except TrackerError as problem:
        return failed(f"sink {name}", problem)
    try:
        return await check_sink(sink, [cluster.namespace for cluster in configuration.clusters], halted)
    finally:
        await sink.aclose()


async def _analyzer(configuration: Configuration) -> Sequence[Finding]:
    try:
        async with bootstrap.opened_analyzer(configuration) as analyzer:
            return [await check_analyzer(analyzer)]
    except TrackerError as problem:
        return [failed("analyzer", problem)]


async def _provider(configuration: Configuration) -> Sequence[Finding]:
    """Whether people can log in to the page, as far as the provider's description tells."""
    issuer = configuration.oidc.issuer
    try:
        provider = bootstrap.identity_provider(configuration)
        if provider is None:
            return []
        await provider.logout_address()
    except TrackerError as problem:
        return [failed("identity provider", problem)]
    return [Finding("identity provider", Verdict.OK, f"{issuer} describes itself as it has to")]
