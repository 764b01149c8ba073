"""Fixtures for tests against a real Trino; those are deselected without QLT_TEST_TRINO=1 or --run-trino.

pytest knows the option only where this directory stands on its command line: `pytest tests/trino --run-trino`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.trino.harness import TrinoServer


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-trino", action="store_true", help="run the tests that need a real Trino")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    real = [item for item in items if "trino_server" in getattr(item, "fixturenames", ())]
    for item in real:
        item.add_marker(pytest.mark.trino)
    wanted = config.getoption("--run-trino", default=False) or os.environ.get("QLT_TEST_TRINO") == "1"
    if real and not wanted:
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
