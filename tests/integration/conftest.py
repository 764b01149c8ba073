"""A real PostgreSQL for the session, a migrated template, and a fresh database of it for each test."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.embedded import start_or_attach
from query_lineage_tracker.adapters.postgres.migrate import migrate

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@contextmanager
def reachable_directory() -> Iterator[Path]:
    """A temporary directory that the server's user can reach, also when the tests run as root.

    Not one of pytest's: it closes theirs to others whenever another run begins.
    """
    with tempfile.TemporaryDirectory(prefix="qlt-test-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The server: ours, on QLT_TEST_PG_BIN_DIR if set; each worker of a parallel run has its own."""
    bin_dir = os.environ.get("QLT_TEST_PG_BIN_DIR")
    with reachable_directory() as directory:
        server = start_or_attach(directory / "pg", Path(bin_dir) if bin_dir else None)
        yield server.dsn
        # At once, without a checkpoint of what is thrown away.
        if server.process is not None:
            server.process.send_signal(signal.SIGQUIT)
        server.stop()


@pytest.fixture(scope="session")
def template(postgres_dsn: str) -> str:
    """Name of a migrated database that nobody is connected to."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE qlt_template")
    migrate(make_conninfo(postgres_dsn, dbname="qlt_template"))
    return "qlt_template"


@pytest.fixture
def empty_dsn(postgres_dsn: str) -> str:
    """A fresh database without our schema."""
    return _create_database(postgres_dsn, "template0")


@pytest.fixture
def dsn(postgres_dsn: str, template: str) -> str:
    """A fresh migrated database."""
    return _create_database(postgres_dsn, template)


@pytest.fixture
async def database(dsn: str, anyio_backend: str) -> AsyncIterator[Database]:
    """A fresh migrated database with an open pool."""
    async with Database(dsn) as opened:
        yield opened


def _create_database(server: str, template: str) -> str:
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    return make_conninfo(server, dbname=name)
