"""Fixtures for tests against a real Trino. They run with --run-trino and are deselected without it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from query_lineage_tracker.adapters.postgres.embedded import start_or_attach
from tests.trino.accounts import Figures
from tests.trino.harness import TrinoServer
from tests.trino.relay import EVENT_TOKEN, Relay
from tests.trino.tracker import reachable

IMPATIENT = "query.client.timeout=15s\n"
_FIGURES = pytest.StashKey[Figures]()
_NUMBERS = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-trino", action="store_true", help="run the tests against a real Trino")
    parser.addoption("--run-soak", action="store_true", help="with --run-trino, the soak as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    real = [item for item in items if "trino_server" in getattr(item, "fixturenames", ())]
    for item in real:
        item.add_marker(pytest.mark.trino)
    if real and not config.getoption("--run-trino", default=False):
        config.hook.pytest_deselected(items=real)
        items[:] = [item for item in items if item not in real]
    soaks = [item for item in items if "soaked" in getattr(item, "fixturenames", ())]
    if soaks and not config.getoption("--run-soak", default=False):
        config.hook.pytest_deselected(items=soaks)
        items[:] = [item for item in items if item not in soaks]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash.get(_FIGURES, Figures())
    for title, lines in figures.sections().items():
        terminalreporter.section(title, sep="-")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> Figures:
    """What is printed at the end of the run."""
    return pytestconfig.stash.setdefault(_FIGURES, Figures())


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


@pytest.fixture(scope="session")
def default_server(trino_server: TrinoServer) -> TrinoServer:
    """The server in its default configuration, with all that tests before have left there."""
    return trino_server.fresh()


@pytest.fixture(scope="session")
def relay(trino_server: TrinoServer) -> Iterator[Relay]:
    """Where the event listener of `event_server` sends."""
    with Relay(trino_server.port + 300, keep=True) as relay:
        yield relay


@pytest.fixture(scope="module")
def event_server(trino_server: TrinoServer, relay: Relay) -> TrinoServer:
    """A server that sends events, and that soon gives up a client that asks no more."""
    if trino_server.events_url != relay.address:
        trino_server.fresh(config=IMPATIENT, events_url=relay.address, events_token=EVENT_TOKEN)
    return trino_server


@pytest.fixture(scope="session")
def postgres_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of this session's own."""
    server = start_or_attach(reachable(tmp_path_factory.mktemp("postgres")) / "pg")
    yield server.dsn
    # At once, without a checkpoint of what is thrown away.
    if server.process is not None:
        server.process.send_signal(signal.SIGQUIT)
    server.stop()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where a tracker runs."""
    return reachable(tmp_path)


@pytest.fixture(scope="session")
def new_database(postgres_dsn: str) -> Callable[[], str]:
    """Makes an empty database and tells its address."""

    def create() -> str:
        name = f"tracker_{next(_NUMBERS)}"
        with psycopg.connect(postgres_dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return make_conninfo(postgres_dsn, dbname=name)

    return create
