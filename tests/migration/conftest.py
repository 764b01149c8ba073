"""The same databases as the integration tests have."""

from __future__ import annotations

from tests.integration.conftest import dsn, empty_dsn, postgres_dsn, template

__all__ = ["dsn", "empty_dsn", "postgres_dsn", "template"]
