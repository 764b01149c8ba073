"""Settings of one Trino cluster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from query_lineage_tracker.config.declaring import Section, derived, plain, unset
from query_lineage_tracker.config.kinds import (
    BOOLEAN,
    HOST,
    NAME,
    PATH,
    PORT,
    ROLES,
    SECRET,
    SESSION_DEFAULTS,
    TEXT,
    VERIFY,
    WORDS,
    SessionDefault,
    choice,
    duration,
)
from query_lineage_tracker.config.secret import Secret


@dataclass(frozen=True, slots=True)
class ClusterSettings(Section):
    """One Trino cluster: where it is, how we log in, what is assumed about its sessions."""

    section: ClassVar[str] = "trino"

    name: str = plain("TRINO_CLUSTER", NAME, "trino", "The cluster's name in the query history; keep it for ever.")
    namespace: str = derived(
        "TRINO_NAMESPACE",
        NAME,
        "trino",
        "What names of objects are unique in; clusters over one metastore share one.",
        "the cluster's name",
    )
    host: str = plain("TRINO_HOST", HOST, "localhost", "The coordinator's host, without scheme and port.")
    port: int = derived("TRINO_PORT", PORT, 8080, "The coordinator's port.", "443 with https, 8080 with http")
    http_scheme: str = derived(
        "TRINO_HTTP_SCHEME",
        choice("http", "https"),
        "http",
        "Every authentication needs https.",
        "https with an authentication or port 443 or 8443, else http",
    )
    user: str = plain("TRINO_USER", TEXT, "query-lineage-tracker", "The user that we query as.")
    auth: str = derived(
        "TRINO_AUTH",
        choice("none", "basic", "jwt", "oauth2", "kerberos", "certificate"),
        "none",
        "How we log in. oauth2 opens a browser, so it is for trying things out.",
        "basic with TRINO_PASSWORD, jwt with TRINO_JWT, certificate with TRINO_CERTIFICATE, else none",
    )
    password: Secret | None = unset("TRINO_PASSWORD", SECRET, "The password for basic.")
    jwt: Secret | None = unset("TRINO_JWT", SECRET, "The token for jwt.")
    certificate: Path | None = unset("TRINO_CERTIFICATE", PATH, "The client's certificate (PEM).")
    certificate_key: Path | None = unset("TRINO_CERTIFICATE_KEY", PATH, "The key of that certificate (PEM).")
    kerberos_config: Path | None = unset("TRINO_KERBEROS_CONFIG", PATH, "The krb5.conf to use.", "the system's")
    kerberos_service_name: str | None = unset("TRINO_KERBEROS_SERVICE_NAME", TEXT, "Trino's Kerberos service.", "HTTP")
    kerberos_principal: str | None = unset("TRINO_KERBEROS_PRINCIPAL", TEXT, "Our principal.", "the cache's")
    kerberos_mutual_authentication: str = plain(
        "TRINO_KERBEROS_MUTUAL_AUTHENTICATION",
        choice("required", "optional", "disabled"),
        "required",
        "Whether the coordinator has to authenticate itself as well.",
    )
    kerberos_force_preemptive: bool = plain(
        "TRINO_KERBEROS_FORCE_PREEMPTIVE", BOOLEAN, "false", "Send the ticket before it is asked for."
    )
    kerberos_hostname_override: str | None = unset(
        "TRINO_KERBEROS_HOSTNAME_OVERRIDE", HOST, "The coordinator's host in its Kerberos service name."
    )
    kerberos_sanitize_mutual_error_response: bool = plain(
        "TRINO_KERBEROS_SANITIZE_MUTUAL_ERROR_RESPONSE",
        BOOLEAN,
        "true",
        "Empty the body of error responses that failed mutual authentication.",
    )
    kerberos_delegate: bool = plain(
        "TRINO_KERBEROS_DELEGATE", BOOLEAN, "false", "Delegate our credentials to the coordinator."
    )
    kerberos_ca_bundle: Path | None = unset(
        "TRINO_KERBEROS_CA_BUNDLE", PATH, "A file of CA certificates for Kerberos over https."
    )
    verify: bool | Path = plain(
        "TRINO_VERIFY", VERIFY, "true", "Verify the coordinator's certificate, or by which CA certificates."
    )
    roles: tuple[tuple[str, str], ...] = plain("TRINO_ROLES", ROLES, "", "Roles to take on, such as system=auditor.")
    request_timeout: timedelta = plain(
        "TRINO_REQUEST_TIMEOUT", duration("1s", "10m"), "30s", "How long one HTTP request may take."
    )
    source: str = plain("TRINO_SOURCE", TEXT, "query-lineage-tracker", "The source that our own queries carry.")
    openlineage_namespace: str | None = unset(
        "QLT_OPENLINEAGE_NAMESPACE",
        TEXT,
        "The namespace of the cluster's datasets and jobs in OpenLineage events; others may know another host.",
        "trino://host:port",
    )
    event_token: Secret | None = unset(
        "QLT_EVENT_TOKEN",
        SECRET,
        "The token that senders of the cluster's events show as `Authorization: Bearer ...`; each cluster has its own.",
        "its events are not received",
    )
    kafka_topics: tuple[str, ...] = plain(
        "QLT_KAFKA_TOPICS",
        WORDS,
        "",
        "The topics that the cluster's Kafka event listener writes, its own ones; needed with --source kafka.",
    )
    session_defaults: tuple[SessionDefault, ...] = plain(
        "QLT_SESSION_DEFAULTS",
        SESSION_DEFAULTS,
        "",
        "The session catalog and schema to assume where Trino does not let us see them; the first match counts.",
    )
    expected_users: tuple[str, ...] = plain(
        "QLT_EXPECTED_USERS",
        WORDS,
        "",
        "Users whose queries must show up; a poll that sees only our own queries is then certain to be blind.",
    )
