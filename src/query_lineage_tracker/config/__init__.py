"""Settings: `load` reads them from flags, environment, secret files, env file and TOML, in this order of precedence."""

from __future__ import annotations

from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.config.kafka import KafkaSettings
from query_lineage_tracker.config.kinds import SessionDefault
from query_lineage_tracker.config.loading import load
from query_lineage_tracker.config.model import Configuration, SettingRow, describe
from query_lineage_tracker.config.openmetadata import OpenMetadataSettings
from query_lineage_tracker.config.receiver import ReceiverSettings
from query_lineage_tracker.config.secret import Secret
from query_lineage_tracker.config.settings import (
    AnalyzerSettings,
    HistorySettings,
    IngestSettings,
    ObservabilitySettings,
    OmdSettings,
    PostgresSettings,
    SyncSettings,
)

__all__ = [
    "AnalyzerSettings",
    "ClusterSettings",
    "Configuration",
    "HistorySettings",
    "IngestSettings",
    "KafkaSettings",
    "ObservabilitySettings",
    "OmdSettings",
    "OpenMetadataSettings",
    "PostgresSettings",
    "ReceiverSettings",
    "Secret",
    "SessionDefault",
    "SettingRow",
    "SyncSettings",
    "describe",
    "load",
]
