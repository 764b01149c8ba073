"""Ingest of a cluster, what follows it, and analysis that is done again."""

from __future__ import annotations

from datetime import timedelta

from query_lineage_tracker.adapters.postgres.columns import PostgresColumns, PostgresUntoldColumns
from query_lineage_tracker.adapters.postgres.definitions import PostgresDefinitions
from query_lineage_tracker.adapters.postgres.descriptions import PostgresDescriptions
from query_lineage_tracker.adapters.postgres.statements import PostgresStatements
from query_lineage_tracker.bootstrap.parts import Parts, worker_name
from query_lineage_tracker.bootstrap.sinks import openmetadata_columns, sink_names
from query_lineage_tracker.config import ClusterSettings, Configuration, IngestSettings
from query_lineage_tracker.ports.analysis import LineageAnalyzer
from query_lineage_tracker.ports.sources import QuerySource
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.describe import DescribeRules, DescribeWrites
from query_lineage_tracker.services.follow import Follower, Rhythm
from query_lineage_tracker.services.ingest import Ingest, IngestObserver, IngestRules
from query_lineage_tracker.services.learn_columns import LearnColumns
from query_lineage_tracker.services.learn_views import LearnViews, ViewRules
from query_lineage_tracker.services.prepare import ClaimRules
from query_lineage_tracker.services.reanalyze import Reanalysis, ReanalysisRules

_LONGEST_PAUSE = timedelta(minutes=5)
_EVENT_PAUSE_S = 1.0
_PAUSE_OF_UNTOLD_S = 60.0
_DESCRIBING_S = 15.0
_LONGEST_EVENT_PAUSE_S = 15.0


def ingest_of(
    parts: Parts, analyzer: LineageAnalyzer, cluster: ClusterSettings, progress: IngestObserver | None = None
) -> Ingest:
    """Ingest of one cluster."""
    rules = IngestRules(
        cluster=cluster.name,
        namespace=cluster.namespace,
        redact_literals=parts.configuration.history.redact_literals,
        claims=claim_rules(parts.configuration),
        sinks=sink_names(parts.configuration),
    )
    observers = (parts.observer,) if progress is None else (parts.observer, progress)
    columns = PostgresColumns(parts.database, cluster.namespace)
    return Ingest(parts.store, _knowing(analyzer, parts, cluster), rules, observers, columns)


def learning_of(
    parts: Parts, analyzer: LineageAnalyzer, cluster: ClusterSettings, source: QuerySource
) -> LearnColumns | None:
    """What asks the coordinator for columns, over the connection of the source that polls it; None where none may."""
    settings = parts.configuration.analyzer
    if not (settings.trino_columns and isinstance(analyzer, TrinoAnalyzer)) or source.name != "trino":
        return None
    from query_lineage_tracker.adapters.trino.poller import TrinoPoller

    if not isinstance(source, TrinoPoller):
        return None
    columns = PostgresColumns(parts.database, cluster.namespace)
    reanalysis = reanalysis_of(parts, analyzer, cluster)
    return LearnColumns(columns, source.columns, reanalysis, settings.columns_refresh.total_seconds())


def learning_untold_of(
    parts: Parts, analyzer: LineageAnalyzer, cluster: ClusterSettings, source: QuerySource
) -> LearnColumns | None:
    """What asks OpenMetadata for columns that neither statements nor the coordinator told; None where none may."""
    configuration = parts.configuration
    settings = configuration.analyzer
    if not (configuration.openmetadata.columns and isinstance(analyzer, TrinoAnalyzer)):
        return None
    trino_first = settings.trino_columns and source.name == "trino"
    return LearnColumns(
        PostgresUntoldColumns(parts.database, cluster.namespace, trino_first=trino_first),
        openmetadata_columns(configuration, parts.metrics, cluster.namespace),
        reanalysis_of(parts, analyzer, cluster),
        settings.columns_refresh.total_seconds(),
        pause_s=_PAUSE_OF_UNTOLD_S,
    )


def learning_views_of(
    parts: Parts, analyzer: LineageAnalyzer, cluster: ClusterSettings, source: QuerySource
) -> LearnViews | None:
    """What asks the coordinator for texts of views, over the connection of the source that polls it; None where none
    may."""
    settings = parts.configuration.analyzer
    if not (settings.trino_views and isinstance(analyzer, TrinoAnalyzer)) or source.name != "trino":
        return None
    from query_lineage_tracker.adapters.trino.poller import TrinoPoller

    if not isinstance(source, TrinoPoller):
        return None
    rules = ViewRules(
        cluster=cluster.name,
        namespace=cluster.namespace,
        refresh_s=settings.views_refresh.total_seconds(),
        redact_literals=parts.configuration.history.redact_literals,
        sinks=sink_names(parts.configuration),
    )
    views = PostgresDefinitions(parts.database, cluster.namespace)
    return LearnViews(parts.store, views, source.views, _knowing(analyzer, parts, cluster), rules)


def describing_of(parts: Parts, ingest: Ingest, cluster: ClusterSettings, source: QuerySource) -> DescribeWrites | None:
    """What asks the coordinator about writes, over the connection of the source that polls it; None where none may."""
    settings = parts.configuration.ingest
    if not settings.describe_writes or source.name != "trino":
        return None
    from query_lineage_tracker.adapters.trino.poller import TrinoPoller

    if not isinstance(source, TrinoPoller):
        return None
    most = max(1, int(settings.query_detail_rate * _DESCRIBING_S))
    rules = DescribeRules(cluster.name, settings.min_expire_age.total_seconds(), most)
    return DescribeWrites(PostgresDescriptions(parts.database), source.descriptions, ingest, rules)


def reanalysis_of(parts: Parts, analyzer: LineageAnalyzer, cluster: ClusterSettings) -> Reanalysis:
    """Reanalysis of the statements of the cluster's namespace."""
    columns = PostgresColumns(parts.database, cluster.namespace)
    rules = ReanalysisRules(cluster.name, cluster.namespace, sink_names(parts.configuration))
    statements = PostgresStatements(parts.database)
    return Reanalysis(parts.store, statements, _knowing(analyzer, parts, cluster), columns, rules)


def _knowing(analyzer: LineageAnalyzer, parts: Parts, cluster: ClusterSettings) -> LineageAnalyzer:
    """The analyzer with what is known of the columns and views of a namespace, if it asks at all."""
    if not isinstance(analyzer, TrinoAnalyzer):
        return analyzer
    namespace = cluster.namespace
    return analyzer.knowing(PostgresColumns(parts.database, namespace), PostgresDefinitions(parts.database, namespace))


def claim_rules(configuration: Configuration) -> ClaimRules:
    """How claims of tools are read."""
    from query_lineage_tracker.adapters.files.rules import read_rules

    history = configuration.history
    rules = () if history.attribution_rules is None else read_rules(history.attribution_rules)
    return ClaimRules(rules, history.attribution_personal)


def follower_of(parts: Parts, cluster: ClusterSettings) -> Follower:
    """Who follows one cluster."""
    rhythm = rhythm_of(parts.configuration.ingest)
    return Follower(cluster.name, worker_name(), parts.leases, rhythm, parts.observer)


def event_follower_of(parts: Parts, cluster: ClusterSettings) -> Follower:
    """Who saves the events of one cluster; asking PostgreSQL again soon costs Trino nothing."""
    rhythm = Rhythm(interval=_EVENT_PAUSE_S, longest_pause=_LONGEST_EVENT_PAUSE_S)
    return Follower(cluster.name, worker_name(), parts.leases, rhythm, parts.observer)


def rhythm_of(settings: IngestSettings) -> Rhythm:
    """How a cluster is followed. Backing off for long would itself let the coordinator forget what we have not seen.

    Whoever is away is asked at every second poll, because what happens between its return and our next poll is a gap.
    Whoever refuses us is left alone for longer: refused logins may lock an account.
    """
    longest_refused = min(_LONGEST_PAUSE, settings.min_expire_age / 3)
    longest_pause = min(longest_refused, 2 * settings.poll_interval)
    spans = (settings.poll_interval, settings.lease, longest_pause, longest_refused)
    return Rhythm(*(span.total_seconds() for span in spans))
