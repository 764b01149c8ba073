"""The database: where it is, what waits to be applied to it, and what only looks at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from query_lineage_tracker.adapters.postgres import embedded, migrate
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.purge import PostgresPurge
from query_lineage_tracker.adapters.postgres.reads import PostgresReads
from query_lineage_tracker.config import Configuration
from query_lineage_tracker.observability import configure_logging

_POOL_OF_READS = 2


Reads = PostgresReads
"""What is read of the history."""


@asynccontextmanager
async def opened_reads(configuration: Configuration) -> AsyncIterator[PostgresReads]:
    """What commands that only look need. Migrates nothing but the embedded PostgreSQL. Must run in the main thread."""
    async with opened_database(configuration) as database:
        yield PostgresReads(database)


@asynccontextmanager
async def opened_purge(configuration: Configuration) -> AsyncIterator[PostgresPurge]:
    """What deletes for good. Must run in the main thread."""
    async with opened_database(configuration) as database:
        yield PostgresPurge(database)


@asynccontextmanager
async def opened_database(configuration: Configuration, pool_size: int = _POOL_OF_READS) -> AsyncIterator[Database]:
    """The database alone, as `opened_reads` opens it."""
    configure_logging(configuration.observability, configuration.secret_values())
    schema = configuration.postgres.schema
    with database_address(configuration) as (dsn, _):
        if configuration.postgres.embedded:
            migrate.migrate(dsn, schema)
        async with Database(dsn, schema, pool_size) as database:
            yield database


@contextmanager
def database_address(configuration: Configuration) -> Iterator[tuple[str, bool]]:
    """The connection string, and whether we started the server: the embedded PostgreSQL, where none is configured.

    Must run in the main thread.
    """
    postgres = configuration.postgres
    if not postgres.embedded:
        yield postgres.dsn.reveal(), False
        return
    server = embedded.start_or_attach(postgres.data_dir, postgres.bin_dir)
    try:
        yield server.dsn, server.owned
    finally:
        server.stop()


def migrate_database(configuration: Configuration) -> Sequence[str]:
    """Apply what waits; returns the names of what was applied."""
    with database_address(configuration) as (dsn, _):
        applied = migrate.migrate(dsn, configuration.postgres.schema)
    return [f"{one.version:04}_{one.name}" for one in applied]


def database_status(configuration: Configuration) -> Sequence[migrate.MigrationStatus]:
    """Every migration and when it was applied."""
    with database_address(configuration) as (dsn, _):
        return migrate.status(dsn, configuration.postgres.schema)


def database_sql(configuration: Configuration, *, roles: bool) -> str:
    """All migrations, or the optional roles, as a script for an administrator."""
    schema = configuration.postgres.schema
    return migrate.roles_sql(schema) if roles else migrate.migration_sql(schema)
