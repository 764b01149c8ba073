"""`qlt serve --page`: the API as people meet it."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.commands import CommandLine, recorded, write_lines

INSERT = "INSERT INTO revenue SELECT total FROM orders"


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def serving(qlt: CommandLine, address: str, *options: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    process = qlt.start("serve", "--page", *options, QLT_PAGE_ADDRESS=address, **variables)
    try:
        yield process
    finally:
        process.terminate()
        _, err = process.communicate(timeout=30)
        assert process.returncode == 0, err.decode()


def asked(address: str, path: str, **headers: str) -> Any:
    """The answer, as soon as somebody listens."""
    for _ in range(300):
        try:
            return httpx.get(f"http://{address}/api/v1{path}", headers=headers).json()
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(path)


def test_the_page_alone_answers_questions_about_the_history(qlt: CommandLine, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "recording.jsonl", [recorded(60, INSERT)])
    assert qlt("run", "--once", "--source", "files", path).code == 0
    address = f"127.0.0.1:{free_port()}"
    with serving(qlt, address, "--no-receiver"):
        graph = asked(address, "/lineage?name=revenue")
        assert {node["object"] for node in graph["nodes"]} == {"lake.core.orders", "lake.core.revenue"}
        assert asked(address, "/openapi.json")["info"]["title"] == "Query Lineage Tracker"


def test_the_page_is_served_beside_the_receiver_and_asks_for_its_token(qlt: CommandLine) -> None:
    address = f"127.0.0.1:{free_port()}"
    token = "a-token-of-the-page"
    receiver = {"QLT_RECEIVER_PORT": str(free_port()), "QLT_RECEIVER_INSECURE": "true"}
    with serving(qlt, address, QLT_PAGE_TOKEN=token, **receiver):
        assert asked(address, "/sync", Authorization=f"Bearer {token}") == []
        assert asked(address, "/sync")["status"] == 401


def test_an_address_that_others_can_reach_demands_a_token(qlt: CommandLine) -> None:
    ended = qlt("serve", "--page", "--no-receiver", QLT_PAGE_ADDRESS="0.0.0.0:8090")
    assert ended.code == 2 and "QLT_PAGE_TOKEN, QLT_PAGE_USERS_FILE" in ended.err


def test_an_address_that_is_taken_is_told(qlt: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = qlt("serve", "--page", "--no-receiver", QLT_PAGE_ADDRESS=f"127.0.0.1:{taken.getsockname()[1]}")
    assert ended.code == 2 and "QLT_PAGE_ADDRESS" in ended.err


def test_serving_nothing_is_refused(qlt: CommandLine) -> None:
    ended = qlt("serve", "--no-receiver")
    assert ended.code == 2 and "--page" in ended.err
