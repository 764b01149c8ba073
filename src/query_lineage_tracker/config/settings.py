"""Every setting, once: its variable, kind, default and meaning stand at the field that holds its value.

A section is a TOML table too: the field `host` of `ClusterSettings` is `host` in `[trino]`. Durations are timedeltas,
sizes bytes, rates per second, paths absolute once loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.config.declaring import Section, Setting, derived, plain, settings_of, unset
from query_lineage_tracker.config.kafka import KafkaSettings
from query_lineage_tracker.config.kinds import (
    BOOLEAN,
    DIALECTS,
    DSN,
    HEADER,
    HOST,
    PATH,
    PG_SCHEMA,
    PORT,
    RATE,
    SECRET,
    SERVICE,
    SIZE,
    URL,
    VERIFY,
    choice,
    choices,
    duration,
    whole,
)
from query_lineage_tracker.config.oidc import OidcSettings
from query_lineage_tracker.config.openlineage import OpenLineageSettings
from query_lineage_tracker.config.openmetadata import OpenMetadataSettings
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.config.receiver import ReceiverSettings
from query_lineage_tracker.config.secret import Secret


@dataclass(frozen=True, slots=True)
class IngestSettings(Section):
    """How the coordinator is polled and rows are written."""

    section: ClassVar[str] = "ingest"

    poll_interval: timedelta = plain(
        "POLL_INTERVAL", duration("1s", "1h"), "30s", "Time between two polls of a cluster."
    )
    batch_size: int = plain("BATCH_SIZE", whole(1, 50_000), "2000", "Most rows in one transaction.")
    poll_overlap: timedelta = plain(
        "QLT_POLL_OVERLAP",
        duration("0s", "1h"),
        "2m",
        "How far behind the watermark each poll reads again.",
    )
    min_expire_age: timedelta = plain(
        "QLT_TRINO_MIN_EXPIRE_AGE",
        duration("1s", "7d"),
        "15m",
        "The coordinator's query.min-expire-age: how long it surely remembers a query.",
    )
    full_poll_every: int = plain(
        "QLT_FULL_POLL_EVERY",
        whole(1, 100_000),
        "20",
        "Each n-th poll reads everything that Trino remembers.",
    )
    query_list_max_bytes: int = plain(
        "QLT_QUERY_LIST_MAX_BYTES",
        SIZE,
        "32MB",
        "Where GET /v1/query is cut off and pruned details of single queries are fetched instead.",
    )
    query_detail_rate: float = plain(
        "QLT_QUERY_DETAIL_RATE", RATE, "5/s", "How many of these details are fetched, at most."
    )
    describe_writes: bool = plain(
        "QLT_DESCRIBE_WRITES",
        BOOLEAN,
        "true",
        "Fetch these details for writes that no event described: the tables and columns that Trino itself saw.",
    )
    lease: timedelta = plain(
        "QLT_LEASE_SECONDS",
        duration("5s", "1h"),
        "60s",
        "How long a silent tracker keeps its right to ingest a cluster; a bare number is seconds.",
    )


@dataclass(frozen=True, slots=True)
class PostgresSettings(Section):
    """Where the history is kept.

    `dsn` is empty when libpq's own variables in the environment say it all. `named` tells whether any database was
    named, and `embedded` that none was and ours has to be started (dev only).
    """

    section: ClassVar[str] = "postgres"

    dsn: Secret = derived(
        "POSTGRES_DSN",
        DSN,
        Secret(""),
        "PostgreSQL 15 or newer; libpq's own variables (PGHOST, PGUSER, PGPASSWORD, ...) serve as well.",
        "dev: the embedded PostgreSQL; prod: required",
    )
    schema: str = plain("QLT_PG_SCHEMA", PG_SCHEMA, "omd", "The schema that holds our relations.")
    pool_size: int = plain("QLT_PG_POOL_SIZE", whole(2, 200), "8", "Most connections that we open.")
    bin_dir: Path | None = unset(
        "QLT_PG_BIN_DIR",
        PATH,
        "Where initdb and postgres of the embedded PostgreSQL are.",
        "the wheel's",
    )
    data_dir: Path = plain(
        "QLT_DATA_DIR", PATH, ".qlt", "Our own files: the embedded database, the journal, the sink's file."
    )
    named: bool = False
    embedded: bool = False


@dataclass(frozen=True, slots=True)
class OmdSettings(Section):
    """The metadata catalog that is kept up to date."""

    section: ClassVar[str] = "omd"

    kind: tuple[str, ...] = derived(
        "OMD_KIND",
        choices("openmetadata", "rest", "openlineage", "file", alone="none"),
        ("file",),
        "Who is told, each by a sync of its own: openmetadata, any other catalog through the generic REST sink, "
        "consumers of OpenLineage events, a file of JSON lines; or nobody.",
        "openmetadata in prod or with OMD_URL, else file",
    )
    url: str | None = unset("OMD_URL", URL, "The catalog's address, for openmetadata and rest.")
    token: Secret | None = unset("OMD_TOKEN", SECRET, "The token of the bot that we act as.")
    auth_header: str = plain(
        "OMD_AUTH_HEADER",
        HEADER,
        "Authorization",
        "rest: the header that carries the token (`Authorization` as Bearer, any other as it is).",
    )
    rest_url: str | None = unset(
        "QLT_REST_URL", URL, "rest: its own address, where it is not the only catalog.", "OMD_URL and OMD_TOKEN"
    )
    rest_token: Secret | None = unset(
        "QLT_REST_TOKEN", SECRET, "rest: the token for QLT_REST_URL; OMD_TOKEN never goes there."
    )
    service: str | None = unset(
        "OMD_SERVICE", SERVICE, "The database service in the catalog that stands for Trino.", "each object's namespace"
    )
    verify: bool | Path = plain(
        "OMD_VERIFY", VERIFY, "true", "Verify the catalog's certificate, or by which CA certificates."
    )
    timeout: timedelta = plain("OMD_TIMEOUT", duration("1s", "10m"), "30s", "How long one request may take.")
    concurrency: int = plain("OMD_CONCURRENCY", whole(1, 64), "4", "Most requests at the same time.")
    send_sql: bool = plain("OMD_SEND_SQL", BOOLEAN, "true", "Send the redacted SQL, not only the lineage.")
    sink_file: Path = derived(
        "QLT_SINK_FILE",
        PATH,
        Path(".qlt/lineage.jsonl"),
        "file: where the JSON lines go.",
        "lineage.jsonl in QLT_DATA_DIR",
    )


@dataclass(frozen=True, slots=True)
class AnalyzerSettings(Section):
    """Which analyzer works out lineage, and its bounds."""

    section: ClassVar[str] = "analyzer"

    name: str = plain(
        "LINEAGE_ANALYZER",
        choice("trino", "sqllineage"),
        "trino",
        "What works out the lineage of SQL: our own analyzer, or sqllineage (an extra, in worker processes).",
    )
    trino_columns: bool = plain(
        "QLT_TRINO_COLUMNS",
        BOOLEAN,
        "true",
        "Ask Trino's information_schema for the columns that statements need, one bounded SELECT a poll.",
    )
    columns_refresh: timedelta = plain(
        "QLT_COLUMNS_REFRESH",
        duration("1m", "30d"),
        "1h",
        "How long columns that Trino told, or did not tell, are not asked for again.",
    )
    trino_views: bool = plain(
        "QLT_TRINO_VIEWS",
        BOOLEAN,
        "false",
        "Ask Trino for the texts of views that were read but not seen being created, one bounded SELECT a poll.",
    )
    views_refresh: timedelta = plain(
        "QLT_VIEWS_REFRESH",
        duration("1m", "30d"),
        "1d",
        "How long an object is not asked for its text as a view again.",
    )
    pass_through_dialects: tuple[tuple[str, str], ...] = plain(
        "QLT_PASS_THROUGH_DIALECTS",
        DIALECTS,
        "",
        "The dialects of texts that system.query passes on, such as pg=postgres,mysql_*=mysql (needs extra sqlglot).",
    )
    timeout: timedelta = plain(
        "QLT_ANALYZER_TIMEOUT",
        duration("100ms", "10m"),
        "10s",
        "sqllineage: how long one statement may take; trino: from when on a slow one is logged.",
    )
    memory_bytes: int = plain("QLT_ANALYZER_MEMORY", SIZE, "512MB", "sqllineage: most memory of one worker.")
    workers: int = plain("QLT_ANALYZER_WORKERS", whole(1, 64), "2", "sqllineage: worker processes.")


@dataclass(frozen=True, slots=True)
class HistorySettings(Section):
    """What is kept, and for how long."""

    section: ClassVar[str] = "history"

    redact_literals: bool = plain(
        "QLT_REDACT_LITERALS",
        BOOLEAN,
        "false",
        "Redact every literal before anything is stored; secrets always are.",
    )
    attribution_rules: Path | None = unset(
        "QLT_ATTRIBUTION_RULES", PATH, "A TOML file of signatures of your own tools, a [[rule]] each."
    )
    attribution_personal: bool = plain(
        "QLT_ATTRIBUTION_PERSONAL",
        BOOLEAN,
        "true",
        "Keep users and e-mail addresses that tools write into comments and client info.",
    )
    retention_days: int = plain(
        "QLT_RETENTION_DAYS",
        whole(0, 36_500),
        "395",
        "Days of history to keep, with the texts that nothing else needs; 0 keeps all.",
    )


@dataclass(frozen=True, slots=True)
class SyncSettings(Section):
    """How the outbox is emptied."""

    section: ClassVar[str] = "sync"

    interval: timedelta = plain("QLT_SYNC_INTERVAL", duration("100ms", "1h"), "5s", "Pause when the outbox is empty.")
    usage: bool = plain(
        "QLT_OMD_USAGE", BOOLEAN, "true", "Tell how often objects were used, a UTC day at a time once it is over."
    )
    usage_today: timedelta | None = unset(
        "QLT_OMD_USAGE_TODAY",
        duration("10m", "24h"),
        "How often to tell today's usage as well; OpenMetadata adds all of these to the counts of schema and database.",
        "a day is told once it is over",
    )
    query_costs: bool = plain(
        "OMD_QUERY_COSTS",
        BOOLEAN,
        "false",
        "Tell what executions of queries cost, in CPU seconds, a UTC day once it is over; it cannot be untold.",
    )
    all_texts: bool = plain(
        "OMD_ALL_TEXTS",
        BOOLEAN,
        "false",
        "Tell every distinct (redacted) text as a query of its own, not only one of each statement.",
    )
    lease: timedelta = plain("QLT_SYNC_LEASE", duration("5s", "1h"), "120s", "How long a claimed message stays ours.")
    calls_days: int = plain(
        "QLT_CALLS_DAYS",
        whole(0, 3650),
        "30",
        "Days to keep the calls that changed something at catalogs; 0 keeps none.",
    )
    calls_rows: int = plain("QLT_CALLS_ROWS", whole(1000, 100_000_000), "100000", "Most of these calls that are kept.")
    calls_body: int = plain(
        "QLT_CALLS_BODY", whole(0, 1_000_000), "2000", "Characters of a call's request that are kept; 0 keeps its hash."
    )


@dataclass(frozen=True, slots=True)
class ObservabilitySettings(Section):
    """Logs, metrics and health."""

    section: ClassVar[str] = "observability"

    log_level: str = plain(
        "QLT_LOG_LEVEL", choice("debug", "info", "warning", "error"), "info", "The least level that is logged."
    )
    log_format: str = derived(
        "QLT_LOG_FORMAT",
        choice("console", "json"),
        "console",
        "Readable lines, or one JSON object a line.",
        "console in dev, json in prod",
    )
    metrics_port: int | None = unset("QLT_METRICS_PORT", PORT, "The port of /metrics, /healthz and /readyz.", "off")
    metrics_host: str = plain("QLT_METRICS_HOST", HOST, "127.0.0.1", "The address it listens on.")


SECTIONS: tuple[type[Section], ...] = (
    ClusterSettings,
    IngestSettings,
    PostgresSettings,
    OmdSettings,
    OpenLineageSettings,
    OpenMetadataSettings,
    AnalyzerSettings,
    HistorySettings,
    SyncSettings,
    ReceiverSettings,
    KafkaSettings,
    PageSettings,
    OidcSettings,
    ObservabilitySettings,
)
SETTINGS: dict[str, Setting] = {setting.name: setting for section in SECTIONS for _, setting in settings_of(section)}
