"""Fixtures for tests against a real Trino. They run with QLT_TEST_TRINO=1 and are deselected without it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.trino.harness import TrinoServer


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    real = [item for item in items if "trino_server" in getattr(item, "fixturenames", ())]
    for item in real:
        item.add_marker(pytest.mark.trino)
    if real and os.environ.get("QLT_TEST_TRINO") != "1":
        config.hook.pytest_deselected(items=real)
        items[:] = [item for item in items if item not in real]


@pytest.fixture(scope="session")
def trino_server() -> Iterator[TrinoServer]:
    """A server of this session's own on QLT_TEST_TRINO_PORT (18081), stopped and cleaned afterwards.

    A test starts it with `trino_server.fresh(...)` in the configuration that it needs.
    """
    server = TrinoServer(int(os.environ.get("QLT_TEST_TRINO_PORT", "18081")))
    server.get()
    try:
        yield server
    finally:
        server.clean()
