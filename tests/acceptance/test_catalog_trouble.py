"""What somebody sees whose OpenMetadata cannot be told: the thing, the reason, the way out."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from tests.commands import CommandLine, recorded, write_lines
from tests.openmetadata.fake_server import FakeOpenMetadata, Fault

PAGE = {"Content-Type": "text/html"}


@pytest.fixture
def fake() -> Iterator[FakeOpenMetadata]:
    with FakeOpenMetadata() as server:
        server.state.add_table("trino", "lake", "core", "orders", columns=["amount"])
        server.state.add_table("trino", "lake", "mart", "t", columns=["amount"])
        yield server


@pytest.fixture
def known(qlt: CommandLine, fake: FakeOpenMetadata) -> CommandLine:
    """With one write that OpenMetadata is to be told of."""
    qlt = qlt.having(OMD_KIND="openmetadata", OMD_URL=fake.url, OMD_TOKEN=fake.token)
    path = write_lines(qlt.folder / "queries.jsonl", [recorded(1, "INSERT INTO mart.t SELECT amount FROM orders")])
    assert qlt("backfill", path, OMD_KIND="none").code == 0
    assert qlt("outbox", "backfill", "openmetadata").code == 0
    return qlt


def sink_of(qlt: CommandLine) -> dict[str, str]:
    rows = json.loads(qlt("doctor", "-o", "json").out)["rows"]
    return next(row for row in rows if row["check"] == "sink openmetadata")


def halted(known: CommandLine, **settings: str) -> str:
    """What `qlt sync` says."""
    ended = known.having(**settings)("sync")
    assert ended.code == 3, ended.err
    assert "`qlt doctor`" in ended.err
    return ended.err.replace("token-of-the-bot", "SECRET")


def test_a_token_that_is_not_accepted(known: CommandLine, fake: FakeOpenMetadata) -> None:
    said = halted(known, OMD_TOKEN="yesterdays")
    assert f"{fake.url}/api/v1: HTTP 401" in said and "it has expired, was replaced" in said
    assert "yesterdays" not in said


def test_a_bot_that_may_do_everything_but_lineage(known: CommandLine, fake: FakeOpenMetadata) -> None:
    fake.state.denied.add("EditLineage")
    said = halted(known)
    assert "put_lineage trino.lake.core.orders -> trino.lake.mart.t: HTTP 403" in said
    assert "[EditLineage] not allowed; grant this right" in said
    asked = sink_of(known)
    assert asked["verdict"] == "WARNING" and "[EditLineage] not allowed; grant this right" in asked["detail"]
    fake.state.denied.clear()
    assert known("sync").code == 0
    assert sink_of(known)["verdict"] == "OK"


def test_a_service_that_is_not_there(known: CommandLine) -> None:
    known = known.having(OMD_SERVICE="trinoo")
    ended = known("sync")
    assert "2 parked, 0 dead; `qlt outbox list` says why, `qlt doctor` whether the service is right" in ended.err
    asked = sink_of(known)
    assert (asked["verdict"], asked["detail"]) == ("WARNING", "lists no databases under the service trinoo")
    assert "OMD_SERVICE" in asked["hint"]


@pytest.mark.parametrize("path", ["/behind/a/prefix", "/omd/api"])
def test_a_url_of_something_else(known: CommandLine, fake: FakeOpenMetadata, path: str) -> None:
    said = halted(known, OMD_URL=fake.url + path)
    assert f"{fake.url}{path.removesuffix('/api')}/api/v1: the URL answers with a page, not the API; check" in said


def test_a_proxy_that_answers_instead(known: CommandLine, fake: FakeOpenMetadata) -> None:
    fake.faults.append(Fault(".*", 407, b"<html>Who are you?</html>", PAGE, times=9))
    assert "HTTP 407, a page, not the API; a proxy in between refuses" in halted(known)
    fake.faults[:] = [Fault(".*", 502, b"<html>Bad Gateway</html>", PAGE, times=9)]
    assert "HTTP 502, a page, not the API" in halted(known)


def test_a_proxy_of_the_environment_that_is_away(known: CommandLine, fake: FakeOpenMetadata) -> None:
    proxy = "http://me:SECRET@127.0.0.1:9"
    said = halted(known, HTTP_PROXY=proxy, http_proxy=proxy, NO_PROXY="", no_proxy="")
    assert f"no connection to {fake.url}/api/v1 through the proxy 127.0.0.1:9 of the environment" in said
    assert "SECRET" not in said


def test_https_where_there_is_none(known: CommandLine, fake: FakeOpenMetadata) -> None:
    assert "is it an http:// address?" in halted(known, OMD_URL=fake.url.replace("http:", "https:"))


def test_a_certificate_that_nobody_knows(known: CommandLine, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    paths = ["-keyout", "key.pem", "-out", "certificate.pem", "-subj", "/CN=localhost"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *paths],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        said = halted(known, OMD_URL=f"https://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert f"the TLS certificate of https://127.0.0.1:{server.server_port}/api/v1 is not trusted (self-signed" in said
    assert "OMD_VERIFY" in said


def test_hostile_names_arrive_or_say_why_not(qlt: CommandLine) -> None:
    names = ["a.b", "表 ü", "per%cent", "sla/sh", "q?x&y#z", "b\\ack", "new\nline", "..", "@at", "x" * 256]
    service, never = "my.svc ü", ['quo"te', "y" * 257]
    with FakeOpenMetadata("1.12") as fake:
        for name in (*names, "source"):
            fake.state.add_table(service, "lake", "s.1", name, columns=["a.b", "k"])
        quoted = [name.replace('"', '""') for name in (*names, *never)]
        texts = [
            f'INSERT INTO lake."s.1"."{name}" ("a.b", k) SELECT "a.b", k FROM lake."s.1".source' for name in quoted
        ]
        qlt = qlt.having(
            OMD_KIND="openmetadata", OMD_URL=fake.url, OMD_TOKEN=fake.token, OMD_SERVICES=f"lak*={service}"
        )
        log = [recorded(number, sql, user=f"us/er.{number} ü") for number, sql in enumerate(texts)]
        assert qlt("backfill", write_lines(qlt.folder / "queries.jsonl", log), OMD_KIND="none").code == 0
        qlt("outbox", "backfill", "openmetadata")
        changes = qlt("sync", "--dry-run", "-o", "jsonl").rows()
        assert len([row for row in changes if row["kind"] == "LINEAGE" and row["change"]]) == len(names)
        assert qlt("sync").code == 1
        assert len(fake.state.edges) == len(names)
        assert all(edge and len(edge["columnsLineage"]) == 2 for edge in fake.state.edges.values())
        dead = qlt("outbox", "list", "--state", "dead", "-o", "jsonl").rows()
        assert len(dead) == len(never) and all("OpenMetadata's names can" in row["reason"] for row in dead)
        verified = qlt("sync", "--verify")
        assert verified.code == 0 and "0 differ" in verified.err
        qlt("outbox", "requeue", "--state", "settled")
        fake.requests.clear()
        assert qlt("sync", OMD_NAME_CASE="ignore").code == 0
        assert fake.writes == []
