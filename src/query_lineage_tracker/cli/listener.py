"""`qlt listener`: Trino's event listener, set up by a paste."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, load_configuration
from query_lineage_tracker.cli.output import print_text
from query_lineage_tracker.errors import ConfigurationError, PermissionMissing, TrinoUnreachable, UsageError
from query_lineage_tracker.events.listeners import (
    AVAILABLE_SINCE,
    FROM_ENVIRONMENT,
    ListenerKind,
    Receiver,
    Topics,
    http_properties,
    is_bearer_token,
    kafka_properties,
    openlineage_properties,
    version_number,
)

if TYPE_CHECKING:
    from query_lineage_tracker.config import ClusterSettings, Configuration

app = typer.Typer(name="listener", help="Trino's event listener.", no_args_is_help=True)

_ANY = ("0.0.0.0", "[::]")  # noqa: S104
_LOOPBACK = ("127.", "localhost", "[::1]")


@app.callback()
def listener() -> None:
    """Trino's event listener."""


@app.command()
def config(
    cluster: Annotated[str | None, typer.Option("--cluster", help="Which one of several clusters.")] = None,
    kind: Annotated[ListenerKind, typer.Option("--kind", help="Which of Trino's listeners.")] = ListenerKind.HTTP,
    trino_version: Annotated[
        str | None, typer.Option("--trino-version", metavar="VERSION", help="Instead of asking the coordinator.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", help="Where Trino reaches the receiver; by QLT_RECEIVER_HOST and _PORT otherwise."),
    ] = None,
    reveal_token: Annotated[
        bool, typer.Option("--reveal-token", help="Print the token itself, not a reference to Trino's environment.")
    ] = False,
    env: EnvOption = None,
) -> None:
    """Print the properties file that makes Trino tell us of every query, for the version that it is.

    Ends with 2 where that version has no such listener, with 3 where the coordinator cannot be asked for its version.
    """
    configuration = load_configuration(env)
    chosen = configuration.cluster(cluster)
    version = _version(trino_version, chosen)
    if version < AVAILABLE_SINCE[kind]:
        since = AVAILABLE_SINCE[kind]
        hint = "Polls work with every version." if kind is ListenerKind.HTTP else "Try --kind http, or upgrade Trino."
        raise UsageError(f"Trino {version} has no {kind.value} event listener that works; {since} has", hint=hint)
    if kind is ListenerKind.KAFKA:
        print_text(kafka_properties(version, chosen.name, _topics(configuration, chosen)))
        return
    receiver = Receiver(
        _address(configuration, chosen, url),
        _token(configuration, chosen, reveal=reveal_token),
        configuration.receiver.body_timeout,
    )
    if kind is ListenerKind.HTTP:
        print_text(http_properties(version, chosen.name, receiver))
    else:
        trino_url = f"{chosen.http_scheme}://{chosen.host}:{chosen.port}"
        print_text(openlineage_properties(version, chosen.name, receiver, trino_url))


def _version(given: str | None, cluster: ClusterSettings) -> int:
    told = _asked_version(cluster) if given is None else given
    number = version_number(told)
    if number is None:
        raise UsageError(f"{told!r} is not a version of Trino such as 476", hint="Say it with --trino-version.")
    return number


def _asked_version(cluster: ClusterSettings) -> str:
    from query_lineage_tracker import bootstrap

    way_out = "Say which version it is with --trino-version."
    try:
        return bootstrap.run_in_loop(bootstrap.trino_version(cluster))
    except (TrinoUnreachable, PermissionMissing) as problem:
        raise type(problem)(str(problem), hint=f"{problem.hint} {way_out}".lstrip()) from problem


def _address(configuration: Configuration, cluster: ClusterSettings, url: str | None) -> str:
    """Where Trino reaches the receiver, without a path; tells what is odd about it."""
    receiver = configuration.receiver
    if url is not None:
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"--url {url!r} is not an http:// or https:// address")
        return url.rstrip("/").removesuffix(f"/events/{cluster.name}")
    host = socket.gethostname() if receiver.host in _ANY else receiver.host
    if host.startswith(_LOOPBACK) and not cluster.host.startswith(_LOOPBACK):
        _warn(f"Trino at {cluster.host} does not reach {host}: set QLT_RECEIVER_HOST, or say --url")
    return f"{'https' if receiver.certificate else 'http'}://{host}:{receiver.port}"


def _token(configuration: Configuration, cluster: ClusterSettings, *, reveal: bool) -> str | None:
    token = cluster.event_token
    if token is None:
        if configuration.receiver.insecure:
            return None
        _warn(f"QLT_EVENT_TOKEN of the cluster {cluster.name} is not set: until it is, the receiver takes no events")
    elif not is_bearer_token(token.reveal()):
        raise ConfigurationError(
            f"Trino cannot send the QLT_EVENT_TOKEN of the cluster {cluster.name}",
            hint="Choose one of letters, digits and any of . _ ~ + / -, such as `openssl rand -hex 32` prints.",
        )
    return token.reveal() if reveal and token is not None else FROM_ENVIRONMENT


def _topics(configuration: Configuration, cluster: ClusterSettings) -> Topics:
    kafka = configuration.kafka
    if not kafka.brokers or not cluster.kafka_topics:
        hint = "The tracker reads there what Trino writes there."
        raise ConfigurationError("QLT_KAFKA_BROKERS and QLT_KAFKA_TOPICS have to be set", hint=hint)
    return Topics(kafka.brokers, cluster.kafka_topics, secured=kafka.security != "plaintext")


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
