"""Puts the parts together by the configuration: the only package that knows the adapters."""

from __future__ import annotations

from query_lineage_tracker.adapters.event_loop import run_in_loop
from query_lineage_tracker.bootstrap.analysis import opened_analyzer, pass_through_by
from query_lineage_tracker.bootstrap.database import (
    Reads,
    database_address,
    database_sql,
    database_status,
    migrate_database,
    opened_purge,
    opened_reads,
)
from query_lineage_tracker.bootstrap.ingest import (
    describing_of,
    event_follower_of,
    follower_of,
    ingest_of,
    learning_of,
    learning_untold_of,
    learning_views_of,
    reanalysis_of,
    rhythm_of,
)
from query_lineage_tracker.bootstrap.insights import Insights, insights_of, opened_insights
from query_lineage_tracker.bootstrap.kafka import opened_kafka_events, require_kafka
from query_lineage_tracker.bootstrap.page import identity_provider, page_server
from query_lineage_tracker.bootstrap.parts import Parts, opened, unready, worker_name
from query_lineage_tracker.bootstrap.receiving import Receiving, opened_receiver
from query_lineage_tracker.bootstrap.sinks import (
    askable,
    backfill_sink,
    measured,
    opened_sinks,
    sink_names,
    sink_of,
    stale_rules_of,
    sync_of,
    told_costs,
    told_texts,
    told_usage,
    withdrawing,
)
from query_lineage_tracker.bootstrap.sources import polled, recorded, recorded_until_now, replayed, trino_version

__all__ = [
    "Insights",
    "Parts",
    "Reads",
    "Receiving",
    "askable",
    "backfill_sink",
    "database_address",
    "database_sql",
    "database_status",
    "describing_of",
    "event_follower_of",
    "follower_of",
    "identity_provider",
    "ingest_of",
    "insights_of",
    "learning_of",
    "learning_untold_of",
    "learning_views_of",
    "measured",
    "migrate_database",
    "opened",
    "opened_analyzer",
    "opened_insights",
    "opened_kafka_events",
    "opened_purge",
    "opened_reads",
    "opened_receiver",
    "opened_sinks",
    "page_server",
    "pass_through_by",
    "polled",
    "reanalysis_of",
    "recorded",
    "recorded_until_now",
    "replayed",
    "require_kafka",
    "rhythm_of",
    "run_in_loop",
    "sink_names",
    "sink_of",
    "stale_rules_of",
    "sync_of",
    "told_costs",
    "told_texts",
    "told_usage",
    "trino_version",
    "unready",
    "withdrawing",
    "worker_name",
]
