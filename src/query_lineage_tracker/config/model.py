"""The whole configuration, and what it tells about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.config.kafka import KafkaSettings
from query_lineage_tracker.config.oidc import OidcSettings
from query_lineage_tracker.config.openlineage import OpenLineageSettings
from query_lineage_tracker.config.openmetadata import OpenMetadataSettings
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.config.receiver import ReceiverSettings
from query_lineage_tracker.config.secret import Secret, dsn_passwords
from query_lineage_tracker.config.settings import (
    AnalyzerSettings,
    HistorySettings,
    IngestSettings,
    ObservabilitySettings,
    OmdSettings,
    PostgresSettings,
    SyncSettings,
)
from query_lineage_tracker.errors import ConfigurationError


class SettingRow(NamedTuple):
    """A setting as it is shown: `value` is masked where secret, `origin` says where it came from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """All settings. `env` is dev or prod; there is at least one cluster, and their names differ."""

    env: str = "dev"
    clusters: tuple[ClusterSettings, ...] = field(default_factory=lambda: (ClusterSettings(),))
    ingest: IngestSettings = field(default_factory=IngestSettings)
    postgres: PostgresSettings = field(default_factory=lambda: PostgresSettings(embedded=True))
    omd: OmdSettings = field(default_factory=OmdSettings)
    openmetadata: OpenMetadataSettings = field(default_factory=OpenMetadataSettings)
    openlineage: OpenLineageSettings = field(default_factory=OpenLineageSettings)
    analyzer: AnalyzerSettings = field(default_factory=AnalyzerSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    receiver: ReceiverSettings = field(default_factory=ReceiverSettings)
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    page: PageSettings = field(default_factory=PageSettings)
    oidc: OidcSettings = field(default_factory=OidcSettings)
    observability: ObservabilitySettings = field(default_factory=ObservabilitySettings)
    rows: tuple[SettingRow, ...] = ()
    warnings: tuple[str, ...] = ()

    def cluster(self, name: str | None = None) -> ClusterSettings:
        """The cluster of that name; without a name, the only one. Raises ConfigurationError."""
        found = [cluster for cluster in self.clusters if name in (None, cluster.name)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(cluster.name for cluster in self.clusters)
        wrong = f"there is no cluster {name!r}" if name else "there are several clusters"
        raise ConfigurationError(f"{wrong}; configured are: {known}", hint="Choose one with --cluster NAME.")

    def secret_values(self) -> tuple[str, ...]:
        """Every secret text, for masking logs."""
        secrets = [
            self.postgres.dsn,
            self.omd.token,
            self.omd.rest_token,
            self.openlineage.token,
            self.kafka.password,
            self.page.token,
            self.oidc.client_secret,
        ]
        for cluster in self.clusters:
            secrets += [cluster.password, cluster.jwt, cluster.event_token]
        texts = [secret.reveal() for secret in secrets if isinstance(secret, Secret) and secret]
        return (*texts, *dsn_passwords(self.postgres.dsn.reveal()))


def describe(configuration: Configuration) -> tuple[SettingRow, ...]:
    """Each setting with its masked value and its origin."""
    return configuration.rows
