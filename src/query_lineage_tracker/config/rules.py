"""What settings require of each other: broken rules are errors, oddities are warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from query_lineage_tracker.config.cluster import ClusterSettings
from query_lineage_tracker.config.kafka import KafkaSettings
from query_lineage_tracker.config.model import Configuration
from query_lineage_tracker.config.oidc import OidcSettings
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.config.reading import GivenValues
from query_lineage_tracker.config.receiver import ReceiverSettings
from query_lineage_tracker.config.settings import OmdSettings
from query_lineage_tracker.config.sources import why_missing

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_SHORTEST_TOKEN = 16

Broken = tuple[tuple[str, ...], str]
"""The settings that a rule is about, and what is wrong."""


def broken_rules(configuration: Configuration, failed: set[str]) -> list[str]:
    """What is wrong between settings; rules about a setting that is wrong by itself stay silent."""
    broken = [*_database(configuration), *_omd(configuration.omd, configuration.env), *_columns(configuration)]
    for cluster in configuration.clusters:
        suffix = f" [cluster {cluster.name}]" if len(configuration.clusters) > 1 else ""
        broken += [(names, text + suffix) for names, text in (*_trino(cluster), *_files(cluster))]
    broken += [*_receiver(configuration.receiver), *_tokens(configuration.clusters)]
    broken += [*_kafka(configuration.kafka), *_topics(configuration.clusters), *_page(configuration)]
    broken += [*_oidc(configuration.oidc, configuration.page)]
    broken += [*_existing("OMD_VERIFY", configuration.omd.verify)]
    broken += [*_existing("QLT_OPENLINEAGE_VERIFY", configuration.openlineage.verify)]
    return [text for names, text in broken if failed.isdisjoint(names)]


def oddities(configuration: Configuration, given: GivenValues) -> Iterator[str]:
    """What is allowed and probably not meant."""
    plain = len(configuration.clusters) == 1 and "TRINO_HOST" not in given
    if configuration.env == "prod" and plain and configuration.clusters[0].host == "localhost":
        yield "TRINO_HOST is not given; localhost is used"
    if configuration.env == "prod" and any(cluster.auth == "oauth2" for cluster in configuration.clusters):
        yield "TRINO_AUTH=oauth2 waits for a person with a browser; a service needs another authentication"
    receiver = configuration.receiver
    received = any(cluster.event_token for cluster in configuration.clusters)
    if received and receiver.certificate is None and receiver.host not in _LOOPBACK:
        yield f"QLT_RECEIVER_HOST={receiver.host} without QLT_RECEIVER_CERTIFICATE: tokens travel unencrypted"
    if configuration.page.token and len(configuration.page.token.reveal()) < _SHORTEST_TOKEN:
        yield f"QLT_PAGE_TOKEN has fewer than {_SHORTEST_TOKEN} characters"
    for cluster in configuration.clusters:
        if cluster.event_token and len(cluster.event_token.reveal()) < _SHORTEST_TOKEN:
            yield f"QLT_EVENT_TOKEN of {cluster.name} has fewer than {_SHORTEST_TOKEN} characters"
    if configuration.kafka.password and configuration.kafka.security == "sasl_plaintext":
        yield "QLT_KAFKA_PASSWORD travels unencrypted: QLT_KAFKA_SECURITY is sasl_plaintext"
    yield from _tokens_in_the_clear(configuration)


def _tokens_in_the_clear(configuration: Configuration) -> Iterator[str]:
    omd, openlineage = configuration.omd, configuration.openlineage
    for prefix, token, url in (
        ("OMD", omd.token, omd.url),
        ("QLT_REST", omd.rest_token, omd.rest_url),
        ("QLT_OPENLINEAGE", openlineage.token, openlineage.url),
    ):
        if token and url and url.startswith("http:"):
            yield f"{prefix}_TOKEN travels unencrypted to {urlsplit(url).hostname}: {prefix}_URL is http"


def _database(configuration: Configuration) -> Iterator[Broken]:
    if configuration.env == "prod" and not configuration.postgres.named:
        yield (
            ("POSTGRES_DSN",),
            "POSTGRES_DSN (or libpq's PGHOST, PGHOSTADDR, PGSERVICE) is required when APP_ENV=prod",
        )


def _omd(omd: OmdSettings, env: str) -> Iterator[Broken]:
    asked = [kind for kind in omd.kind if kind == "openmetadata" or (kind == "rest" and omd.rest_url is None)]
    if asked and omd.url is None:
        why = "when APP_ENV=prod and OMD_KIND is not given" if env == "prod" else f"with OMD_KIND={asked[0]}"
        yield ("OMD_KIND", "OMD_URL"), f"OMD_URL is required {why}; OMD_KIND=file or none goes without"
    if len(asked) > 1:
        yield ("OMD_KIND", "QLT_REST_URL"), "QLT_REST_URL is required for rest beside openmetadata, whose is OMD_URL"
    if omd.rest_token and omd.rest_url is None:
        yield ("QLT_REST_URL", "QLT_REST_TOKEN"), "QLT_REST_TOKEN is given, but not QLT_REST_URL, where it goes"
    if "openmetadata" in omd.kind and not omd.token:
        yield ("OMD_KIND", "OMD_TOKEN", "OMD_URL"), "OMD_TOKEN (or OMD_TOKEN_FILE) is required for openmetadata"


def _columns(configuration: Configuration) -> Iterator[Broken]:
    if configuration.openmetadata.columns and "openmetadata" not in configuration.omd.kind:
        yield ("OMD_KIND", "QLT_OMD_COLUMNS"), "QLT_OMD_COLUMNS=true needs openmetadata among OMD_KIND"


def _trino(cluster: ClusterSettings) -> Iterator[Broken]:
    if cluster.auth != "none" and cluster.http_scheme == "http":
        yield (
            ("TRINO_AUTH", "TRINO_HTTP_SCHEME"),
            f"TRINO_HTTP_SCHEME=http would send the credentials of TRINO_AUTH={cluster.auth} in the clear: use https",
        )
    proofs = {
        "basic": ("TRINO_PASSWORD", cluster.password),
        "jwt": ("TRINO_JWT", cluster.jwt),
        "certificate": ("TRINO_CERTIFICATE", cluster.certificate),
    }
    for auth, (name, proof) in proofs.items():
        if auth == cluster.auth and not proof:
            yield ("TRINO_AUTH", name), f"{name} is required with TRINO_AUTH={auth}"
        if cluster.auth == "none" and proof:
            yield ("TRINO_AUTH", name), f"{name} is given, but TRINO_AUTH is none; it has to be {auth}"
    if cluster.auth == "certificate" and cluster.certificate_key is None:
        yield (
            ("TRINO_AUTH", "TRINO_CERTIFICATE_KEY"),
            "TRINO_CERTIFICATE_KEY is required with TRINO_AUTH=certificate",
        )


def _files(cluster: ClusterSettings) -> Iterator[Broken]:
    yield from _existing("TRINO_CERTIFICATE", cluster.certificate)
    yield from _existing("TRINO_CERTIFICATE_KEY", cluster.certificate_key)
    yield from _existing("TRINO_KERBEROS_CONFIG", cluster.kerberos_config)
    yield from _existing("TRINO_KERBEROS_CA_BUNDLE", cluster.kerberos_ca_bundle)
    yield from _existing("TRINO_VERIFY", cluster.verify)


def _receiver(receiver: ReceiverSettings) -> Iterator[Broken]:
    pair = ("QLT_RECEIVER_CERTIFICATE", "QLT_RECEIVER_KEY")
    if (receiver.certificate is None) != (receiver.certificate_key is None):
        yield pair, f"{pair[0]} and {pair[1]} need each other"
    yield from _existing(pair[0], receiver.certificate)
    yield from _existing(pair[1], receiver.certificate_key)
    if receiver.memory_bytes < receiver.max_body_bytes:
        sizes = ("QLT_RECEIVER_MEMORY", "QLT_RECEIVER_MAX_BODY")
        yield sizes, f"{sizes[0]} has to hold at least one body of {sizes[1]}"


def _tokens(clusters: Sequence[ClusterSettings]) -> Iterator[Broken]:
    """The token of an OpenLineage event says which cluster it is about."""
    tokens = [cluster.event_token for cluster in clusters if cluster.event_token]
    if len(set(tokens)) < len(tokens):
        yield ("QLT_EVENT_TOKEN",), "QLT_EVENT_TOKEN: each cluster needs a token of its own"


def _kafka(kafka: KafkaSettings) -> Iterator[Broken]:
    login = ("QLT_KAFKA_SECURITY", "QLT_KAFKA_USERNAME", "QLT_KAFKA_PASSWORD")
    if kafka.security.startswith("sasl") and not (kafka.username and kafka.password):
        yield login, f"{login[1]} and {login[2]} are required with {login[0]}={kafka.security}"
    if not kafka.security.startswith("sasl") and (kafka.username or kafka.password):
        yield login, f"{login[1]} is given, but {login[0]} is {kafka.security}; it has to be sasl_ssl"
    pair = ("QLT_KAFKA_CERTIFICATE", "QLT_KAFKA_KEY")
    if (kafka.certificate is None) != (kafka.certificate_key is None):
        yield pair, f"{pair[0]} and {pair[1]} need each other"
    yield from _existing(pair[0], kafka.certificate)
    yield from _existing(pair[1], kafka.certificate_key)
    yield from _existing("QLT_KAFKA_VERIFY", kafka.verify)


def _topics(clusters: Sequence[ClusterSettings]) -> Iterator[Broken]:
    """Events carry no cluster name, so the topic tells it."""
    topics = [topic for cluster in clusters for topic in set(cluster.kafka_topics)]
    if len(set(topics)) < len(topics):
        yield ("QLT_KAFKA_TOPICS",), "QLT_KAFKA_TOPICS: each cluster needs topics of its own"


def _page(configuration: Configuration) -> Iterator[Broken]:
    page = configuration.page
    pair = ("QLT_PAGE_ADDRESS", "QLT_PAGE_TOKEN")
    if not (page.asks_who or page.is_local or configuration.oidc.issuer):
        others = "QLT_PAGE_USERS_FILE, QLT_PAGE_OIDC_ISSUER or QLT_PAGE_PROXY_HEADER"
        yield pair, f"{pair[0]}={page.address} is open to others: {pair[1]}, {others} is required with it"
    proxy = ("QLT_PAGE_PROXY_HEADER", "QLT_PAGE_PROXY_ADDRESSES")
    if page.proxy_header is not None and not page.proxy_addresses:
        yield proxy, f"{proxy[0]} needs {proxy[1]}: from anywhere else the header means nothing"
    if page.proxy_role_header is not None and page.proxy_header is None:
        yield (proxy[0], "QLT_PAGE_PROXY_ROLE_HEADER"), f"QLT_PAGE_PROXY_ROLE_HEADER needs {proxy[0]}"
    yield from _existing("QLT_PAGE_USERS_FILE", page.users_file)


def _oidc(oidc: OidcSettings, page: PageSettings) -> Iterator[Broken]:
    pair = ("QLT_PAGE_OIDC_ISSUER", "QLT_PAGE_OIDC_CLIENT_ID")
    if (oidc.issuer is None) != (oidc.client_id is None):
        yield pair, f"{pair[0]} and {pair[1]} need each other"
    if oidc.issuer and not oidc.origin:
        origin = ("QLT_PAGE_OIDC_ORIGIN", "QLT_PAGE_ADDRESS")
        yield origin, f"{origin[0]} is required with {origin[1]}={page.address}: what people open the page at"
    if oidc.issuer and page.proxy_header is not None:
        both = (pair[0], "QLT_PAGE_PROXY_HEADER")
        yield both, f"{both[0]} and {both[1]} exclude each other: one of them says who somebody is"
    roles = ("QLT_PAGE_OIDC_ROLE_CLAIM", "QLT_PAGE_OIDC_OPERATORS", "QLT_PAGE_OIDC_VIEWERS")
    if (oidc.role_claim is None) != (not (oidc.operators or oidc.viewers)):
        yield roles, f"{roles[0]} needs {roles[1]} or {roles[2]}, and they need it"
    yield from _existing("QLT_PAGE_OIDC_CA_BUNDLE", oidc.ca_bundle)


def _existing(name: str, path: Path | bool | None) -> Iterator[Broken]:
    if isinstance(path, Path) and (why := why_missing(path)):
        yield (name,), f"{name}: {why}"
