"""`load`: all sources together, what follows from what, and one report of everything that is wrong."""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.config.declaring import Section
from query_lineage_tracker.config.kafka import KafkaSettings
from query_lineage_tracker.config.libpq import LIBPQ, NAMES_A_DATABASE, connection_string
from query_lineage_tracker.config.model import Configuration, SettingRow
from query_lineage_tracker.config.oidc import OidcSettings
from query_lineage_tracker.config.openlineage import OpenLineageSettings
from query_lineage_tracker.config.openmetadata import OpenMetadataSettings
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.config.reading import GivenValues, read_section, rows_of, secret_text
from query_lineage_tracker.config.receiver import ReceiverSettings
from query_lineage_tracker.config.rules import broken_rules, oddities
from query_lineage_tracker.config.secret import MASK, Secret, masked_dsn
from query_lineage_tracker.config.settings import (
    AnalyzerSettings,
    HistorySettings,
    IngestSettings,
    ObservabilitySettings,
    OmdSettings,
    PostgresSettings,
    SyncSettings,
)
from query_lineage_tracker.config.sources import (
    Given,
    Layer,
    Notes,
    env_file_layers,
    environment_layers,
    flag_layer,
    toml_values,
    why_missing,
)
from query_lineage_tracker.errors import ConfigurationError

S = TypeVar("S", bound=Section)


def load(
    env: str | None = None,
    flags: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Configuration:
    """The configuration; `flags` are keyed by the variable that each stands for.

    Raises ConfigurationError with everything that is wrong, each with its variable, its origin and what is expected.
    """
    environ = os.environ if environ is None else environ
    cwd = Path.cwd() if cwd is None else cwd
    name, origin = _environment_name(env, environ)
    notes = Notes()
    layers = (
        flag_layer(flags or {}),
        *environment_layers(environ, notes),
        *env_file_layers(cwd / f".env.{name}", notes),
    )
    _check_environment_name(name, layers, notes)
    toml = toml_values(_toml_path(ChainMap(*layers), cwd, notes), notes)
    given = ChainMap(*layers, toml.values)
    built = _Built(name, cwd, notes)
    configuration = built.configuration(given, toml.clusters, environ)
    notes.problems += broken_rules(configuration, notes.failed)
    if notes.problems:
        raise ConfigurationError(_report(notes), hint="docs/reference/configuration.md has every setting.")
    rows = (SettingRow("APP_ENV", name, origin), *built.rows)
    return replace(configuration, rows=rows, warnings=(*notes.warnings, *oddities(configuration, given)))


def _environment_name(env: str | None, environ: Mapping[str, str]) -> tuple[str, str]:
    text, origin = next(
        (text, origin)
        for text, origin in ((env, "flag --env"), (environ.get("APP_ENV"), "environment"), ("dev", "default"))
        if text
    )
    if text not in ("dev", "prod"):
        raise ConfigurationError(f"APP_ENV ({origin}): {text!r} is not one of dev, prod")
    return text, origin


def _check_environment_name(name: str, layers: tuple[Layer, ...], notes: Notes) -> None:
    in_file = layers[3].get("APP_ENV")
    if in_file and in_file.value != name:
        notes.problems.append(f"APP_ENV ({in_file.origin}) contradicts the name of its file")


def _toml_path(given: GivenValues, cwd: Path, notes: Notes) -> Path:
    chosen = given.get("QLT_CONFIG")
    usual = cwd / "qlt.toml"
    if chosen is None:
        return usual
    path = cwd / str(chosen.value)
    why = why_missing(path)
    if why is None and path.is_file():
        return path
    notes.problems.append(f"QLT_CONFIG ({chosen.origin}): {why or f'{path} is no file'}")
    return usual


def _report(notes: Notes) -> str:
    if len(notes.problems) == 1 and not notes.warnings:
        return notes.problems[0]
    heading = "a setting is wrong" if len(notes.problems) == 1 else f"{len(notes.problems)} settings are wrong"
    odd = ["perhaps because:", *(f"  {warning}" for warning in notes.warnings)] if notes.warnings else []
    return "\n".join([f"{heading}:", *(f"  {problem}" for problem in notes.problems), *odd])


class _Built:
    """Builds the sections and collects their rows on the way."""

    def __init__(self, env: str, cwd: Path, notes: Notes) -> None:
        self._env, self._cwd, self._notes = env, cwd, notes
        self.rows: list[SettingRow] = []

    def configuration(
        self, given: GivenValues, clusters: tuple[Layer, ...], environ: Mapping[str, str]
    ) -> Configuration:
        several = tuple(self._several(given, clusters))
        postgres = self._postgres(given, environ)
        page = self._plain(PageSettings, given)
        return Configuration(
            env=self._env,
            clusters=several or (self._cluster(given, ""),),
            ingest=self._plain(IngestSettings, given),
            postgres=postgres,
            omd=self._omd(given, postgres.data_dir),
            openmetadata=self._plain(OpenMetadataSettings, given),
            openlineage=self._openlineage(given, postgres.data_dir),
            analyzer=self._plain(AnalyzerSettings, given),
            history=self._plain(HistorySettings, given),
            sync=self._plain(SyncSettings, given),
            receiver=self._receiver(given, postgres.data_dir),
            kafka=self._kafka(given),
            page=page,
            oidc=self._oidc(given, page),
            observability=self._observability(given),
        )

    def _plain(self, section: type[S], given: GivenValues) -> S:
        built = self._read(section, given)
        self.rows += rows_of(built, given)
        return built

    def _read(self, section: type[S], given: GivenValues) -> S:
        return read_section(section, given, self._cwd, self._notes)

    def _several(self, given: GivenValues, clusters: tuple[Layer, ...]) -> list[ClusterSettings]:
        named = {str(cluster["TRINO_CLUSTER"].value): cluster for cluster in clusters if "TRINO_CLUSTER" in cluster}
        if len(named) < len(clusters):
            self._notes.problems.append("each [[cluster]] needs a name, and their names have to differ")
        return [self._cluster({**given, **cluster}, f" [{name}]") for name, cluster in named.items()]

    def _cluster(self, given: GivenValues, suffix: str) -> ClusterSettings:
        read = self._read(ClusterSettings, given)
        auth = read.auth if "TRINO_AUTH" in given else _implied_auth(read)
        secure = auth != "none" or ("TRINO_PORT" in given and read.port in (443, 8443))
        scheme = read.http_scheme if "TRINO_HTTP_SCHEME" in given else "https" if secure else "http"
        cluster = replace(
            read,
            namespace=read.namespace if "TRINO_NAMESPACE" in given else read.name,
            auth=auth,
            http_scheme=scheme,
            port=read.port if "TRINO_PORT" in given else 443 if scheme == "https" else 8080,
        )
        self.rows += rows_of(cluster, given, suffix)
        return cluster

    def _postgres(self, given: GivenValues, environ: Mapping[str, str]) -> PostgresSettings:
        read = self._read(PostgresSettings, given)
        libpq = {name: given[name] for name in LIBPQ if name in given}
        handed = {name: self._libpq_text(value) for name, value in libpq.items() if name not in environ}
        if "POSTGRES_DSN" in given and handed:
            self._notes.problems.append(
                f"{', '.join(handed)}: put it into POSTGRES_DSN or the environment; a file can hold only one of the two"
            )
        named = "POSTGRES_DSN" in given or any(name in libpq for name in NAMES_A_DATABASE)
        dsn = connection_string(handed) if named else ""
        postgres = replace(
            read,
            dsn=read.dsn or Secret(dsn, masked_dsn(dsn)),
            named=named,
            embedded=self._env == "dev" and not named,
        )
        self.rows += rows_of(read, given)
        self.rows += [
            SettingRow(name, MASK if name == "PGPASSWORD" else str(value.value), value.origin)
            for name, value in libpq.items()
        ]
        return postgres

    def _libpq_text(self, given: Given) -> str:
        try:
            return secret_text(given, self._cwd) if given.file else str(given.value)
        except ValueError as error:
            self._notes.problems.append(f"PGPASSWORD ({given.origin}): {error}")
            return ""

    def _omd(self, given: GivenValues, data_dir: Path) -> OmdSettings:
        read = self._read(OmdSettings, given)
        kind = "openmetadata" if self._env == "prod" or read.url else "file"
        omd = replace(
            read,
            kind=read.kind if "OMD_KIND" in given else (kind,),
            sink_file=read.sink_file if "QLT_SINK_FILE" in given else data_dir / "lineage.jsonl",
        )
        self.rows += rows_of(omd, given)
        return omd

    def _openlineage(self, given: GivenValues, data_dir: Path) -> OpenLineageSettings:
        read = self._read(OpenLineageSettings, given)
        file = read.file if "QLT_OPENLINEAGE_FILE" in given else data_dir / "openlineage.jsonl"
        openlineage = replace(read, file=file)
        self.rows += rows_of(openlineage, given)
        return openlineage

    def _receiver(self, given: GivenValues, data_dir: Path) -> ReceiverSettings:
        read = self._read(ReceiverSettings, given)
        receiver = read if "QLT_JOURNAL_DIR" in given else replace(read, journal_dir=data_dir / "journal")
        self.rows += rows_of(receiver, given)
        return receiver

    def _kafka(self, given: GivenValues) -> KafkaSettings:
        read = self._read(KafkaSettings, given)
        security = "sasl_ssl" if read.username else "ssl" if read.certificate else "plaintext"
        kafka = read if "QLT_KAFKA_SECURITY" in given else replace(read, security=security)
        self.rows += rows_of(kafka, given)
        return kafka

    def _oidc(self, given: GivenValues, page: PageSettings) -> OidcSettings:
        read = self._read(OidcSettings, given)
        oidc = read if read.origin or not page.is_local else replace(read, origin=f"http://{page.address}")
        self.rows += rows_of(oidc, given)
        return oidc

    def _observability(self, given: GivenValues) -> ObservabilitySettings:
        read = self._read(ObservabilitySettings, given)
        log_format = "json" if self._env == "prod" else "console"
        built = read if "QLT_LOG_FORMAT" in given else replace(read, log_format=log_format)
        self.rows += rows_of(built, given)
        return built


def _implied_auth(cluster: ClusterSettings) -> str:
    implied = {"basic": cluster.password, "jwt": cluster.jwt, "certificate": cluster.certificate}
    return next((auth for auth, proof in implied.items() if proof), "none")
