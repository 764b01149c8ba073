"""The command line on a database of its own for each test, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.commands import CommandLine
from tests.integration.conftest import dsn, empty_dsn, postgres_dsn, template

__all__ = ["dsn", "empty_dsn", "postgres_dsn", "template"]


@pytest.fixture
def qlt(tmp_path: Path, dsn: str) -> CommandLine:
    """On a migrated database, with a file as the catalog and nothing where Trino should be."""
    return CommandLine(tmp_path, {"POSTGRES_DSN": dsn, "TRINO_PORT": "9", "TRINO_HOST": "127.0.0.1"})
