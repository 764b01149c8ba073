"""`qlt listener config` as people run it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from tests.acceptance.test_neighbours import answering
from tests.commands import CommandLine

TOKEN = "5a1cb3d6e0f94c2f"


@pytest.fixture
def qlt(tmp_path: Path) -> CommandLine:
    """Without a database, with nothing where Trino should be."""
    variables = {"POSTGRES_DSN": "postgresql://127.0.0.1:9/x", "TRINO_HOST": "127.0.0.1", "TRINO_PORT": "9"}
    return CommandLine(tmp_path, {**variables, "TRINO_CLUSTER": "moon", "QLT_EVENT_TOKEN": TOKEN})


def info(version: str) -> bytes:
    return json.dumps({"nodeVersion": {"version": version}, "coordinator": True, "starting": False}).encode()


def test_the_coordinator_is_asked_for_its_version_and_nothing_else(qlt: CommandLine) -> None:
    with answering(200, info("476")) as (port, asked):
        ended = qlt("listener", "config", TRINO_PORT=port)
    assert (ended.code, ended.err, asked) == (0, "", ["GET /v1/info"])
    assert ended.out.startswith("# Trino 476: every query of the cluster moon.\n")
    assert "connect-ingest-uri=http://127.0.0.1:8980/events/moon\n" in ended.out
    assert "Bearer ${ENV:QLT_EVENT_TOKEN}\n" in ended.out and TOKEN not in ended.out


def test_a_coordinator_that_is_away_ends_with_3_and_the_way_out(qlt: CommandLine) -> None:
    ended = qlt("listener", "config")
    assert (ended.code, ended.out) == (3, "")
    assert "not reachable" in ended.err and "--trino-version" in ended.err
    assert qlt("listener", "config", "--trino-version", "476").code == 0


@pytest.mark.parametrize(
    ("kind", "version", "since"), [("http", "362", 363), ("kafka", "453", 454), ("openlineage", "449", 450)]
)
def test_a_listener_that_the_version_lacks_ends_with_2(qlt: CommandLine, kind: str, version: str, since: int) -> None:
    qlt = qlt.having(QLT_KAFKA_BROKERS="a:9092", QLT_KAFKA_TOPICS="t")
    ended = qlt("listener", "config", "--kind", kind, "--trino-version", version)
    assert (ended.code, ended.out) == (2, "")
    assert f"Trino {version} has no {kind} event listener that works; {since} has" in ended.err
    first = qlt("listener", "config", "--kind", kind, "--trino-version", str(since))
    assert first.code == 0 and "event-listener.name=" in first.out


def test_the_token_is_revealed_on_demand(qlt: CommandLine) -> None:
    asked = ("listener", "config", "--trino-version", "476", "--reveal-token")
    assert f"Authorization:Bearer {TOKEN}\n" in qlt(*asked).out
    assert f"transport.api-key={TOKEN}\n" in qlt(*asked, "--kind", "openlineage").out


def test_a_token_that_trino_cannot_send_is_refused_without_showing_it(qlt: CommandLine) -> None:
    ended = qlt("listener", "config", "--trino-version", "476", QLT_EVENT_TOKEN="five,commas")
    assert (ended.code, ended.out) == (2, "")
    assert "openssl rand" in ended.err and "commas" not in ended.err


def test_a_token_that_is_not_set_is_told(qlt: CommandLine) -> None:
    ended = qlt("listener", "config", "--trino-version", "476", QLT_EVENT_TOKEN="")
    assert ended.code == 0 and "QLT_EVENT_TOKEN of the cluster moon is not set" in ended.err
    open_to_all = qlt("listener", "config", "--trino-version", "476", QLT_EVENT_TOKEN="", QLT_RECEIVER_INSECURE="true")
    assert (open_to_all.code, open_to_all.err) == (0, "") and "Authorization" not in open_to_all.out


@pytest.mark.parametrize(
    ("variables", "options", "address", "warned"),
    [
        ({"TRINO_HOST": "trino.example.com"}, (), "http://127.0.0.1:8980", True),
        ({"QLT_RECEIVER_HOST": "10.0.0.7", "QLT_RECEIVER_PORT": "90"}, (), "http://10.0.0.7:90", False),
        ({"TRINO_HOST": "trino.example.com"}, ("--url", "https://qlt.example.com/"), "https://qlt.example.com", False),
        ({"QLT_RECEIVER_HOST": "0.0.0.0"}, (), f"http://{socket.gethostname()}:8980", False),
        ({}, ("--url", "https://qlt.example.com/x/events/moon"), "https://qlt.example.com/x", False),
    ],
)
def test_the_address_is_one_that_trino_reaches(
    qlt: CommandLine, variables: dict[str, str], options: tuple[str, ...], address: str, warned: bool
) -> None:
    ended = qlt.having(**variables)("listener", "config", "--trino-version", "476", *options)
    assert ended.code == 0 and f"connect-ingest-uri={address}/events/moon\n" in ended.out
    assert ("does not reach" in ended.err) is warned


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--trino-version", "latest"), "'latest' is not a version"),
        (("--trino-version", "476", "--url", "tracker:8980"), "is not an http:// or https:// address"),
        (("--trino-version", "476", "--kind", "kafka"), "QLT_KAFKA_BROKERS"),
        (("--trino-version", "476", "--kind", "mysql"), "mysql"),
        (("--trino-version", "476", "--cluster", "sun"), "there is no cluster 'sun'"),
    ],
)
def test_what_cannot_be_meant_ends_with_2(qlt: CommandLine, options: tuple[str, ...], told: str) -> None:
    ended = qlt("listener", "config", *options)
    assert (ended.code, ended.out) == (2, "") and told in ended.err
