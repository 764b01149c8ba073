"""Sinks as bootstrap builds them: each knocks at its own door, with its own token and no other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from tests.messages import a_query

from query_lineage_tracker.bootstrap import sink_names, sink_of
from query_lineage_tracker.config import load
from query_lineage_tracker.observability import Metrics

Asked = list[tuple[str, str | None]]


@contextmanager
def door() -> Iterator[tuple[str, Asked]]:
    """An HTTP server that keeps the path and the authorization of whoever asks."""
    asked: Asked = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(200 if self.path == "/v1/info" else 405)
            self.end_headers()
            if self.path == "/v1/info":
                self.wfile.write(b'{"nodeVersion": {"version": "476"}, "coordinator": true, "starting": false}')

        def log_message(self, *_args: object) -> None:
            """Nothing is printed."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def probe_all(folder: Path, environ: dict[str, str]) -> None:
    configuration = load("dev", {}, environ, folder)

    async def probed() -> None:
        for name in sink_names(configuration):
            sink = sink_of(name, configuration, Metrics())
            try:
                assert (sink.name, await sink.probe()) == (name, None)
            finally:
                await sink.aclose()

    asyncio.run(probed())


@pytest.mark.parametrize("told", [True, False])
def test_openlineage_is_told_the_version_of_the_engine_where_trino_tells_it(tmp_path: Path, told: bool) -> None:
    with door() as (url, asked):
        port = url.rpartition(":")[2] if told else "1"
        environ = {"OMD_KIND": "openlineage", "TRINO_HOST": "127.0.0.1", "TRINO_PORT": port, "TRINO_NAMESPACE": "lab"}
        configuration = load("dev", {}, {**environ, "QLT_OPENLINEAGE_FILE": "events.jsonl"}, tmp_path)

        async def delivered() -> None:
            sink = sink_of("openlineage", configuration, Metrics())
            for number in range(3):
                await sink.deliver(a_query(f"INSERT INTO daily SELECT {number}", targets=["hive.mart.daily"]))
            await sink.aclose()

        asyncio.run(delivered())
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    versions = [each["run"]["facets"]["processing_engine"]["version"] for each in events]
    assert versions == ["476" if told else "unknown"] * 3
    assert [path for path, _ in asked] == ["/v1/info"] * told


def test_the_token_of_one_catalog_never_goes_to_another(tmp_path: Path) -> None:
    with door() as (url, asked):
        probe_all(
            tmp_path,
            {
                "OMD_KIND": "rest,openlineage",
                "OMD_TOKEN": "first",
                "QLT_REST_URL": f"{url}/catalog",
                "QLT_OPENLINEAGE_URL": url,
            },
        )
    assert asked == [("/catalog", None), ("/api/v1/lineage", None)]


def test_each_has_its_own_token(tmp_path: Path) -> None:
    with door() as (url, asked):
        probe_all(
            tmp_path,
            {
                "OMD_KIND": "openlineage,rest",
                "OMD_URL": f"{url}/catalog",
                "OMD_TOKEN": "first",
                "QLT_OPENLINEAGE_URL": f"{url}/openlineage/lineage",
                "QLT_OPENLINEAGE_TOKEN": "third",
            },
        )
    assert asked == [("/openlineage/lineage", "Bearer third"), ("/catalog", "Bearer first")]
