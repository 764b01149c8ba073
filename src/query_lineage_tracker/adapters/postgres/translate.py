"""PostgreSQL's errors in our words, in one place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import conninfo, errors
from psycopg_pool import PoolClosed, PoolTimeout

from query_lineage_tracker.adapters.postgres.refusals import refusal_of
from query_lineage_tracker.errors import (
    ConfigurationError,
    PermissionMissing,
    StoreBusy,
    StoreUnreachable,
    TrackerError,
)

# Classes of SQLSTATE: connection, authorization, unknown database, resources, intervention, a lock that is not given.
_AWAY = ("08", "28", "3D", "53", "57", "55P03")
# Deadlock, serialization, and a partition that somebody else is detaching.
_BUSY = ("40", "55000")


@contextmanager
def translated(dsn: str) -> Iterator[None]:
    """Raise StoreUnreachable, StoreRefused, PermissionMissing or ConfigurationError for what psycopg raises, without
    secrets."""
    try:
        yield
    except (psycopg.Error, PoolTimeout, PoolClosed) as error:
        told = _in_our_words(error, dsn)
        if told is None:
            raise
        raise told from error


def address(dsn: str) -> str:
    """Where the database is, for messages: host, port and database name.

    Raises ConfigurationError, without the text, for what is no connection string.
    """
    try:
        parts = conninfo.conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise ConfigurationError(
            "POSTGRES_DSN is not a connection string of PostgreSQL",
            hint="Expected postgresql://user:password@host:5432/database or `host=... dbname=...`.",
        ) from None
    host = parts.get("host") or parts.get("hostaddr") or os.environ.get("PGHOST") or "the local socket"
    port = parts.get("port") or os.environ.get("PGPORT") or "5432"
    database = parts.get("dbname") or os.environ.get("PGDATABASE") or "the user's database"
    return f"{host}:{port}, {database}"


def _in_our_words(error: Exception, dsn: str) -> TrackerError | None:
    if isinstance(error, errors.InsufficientPrivilege):
        return PermissionMissing(
            f"PostgreSQL refuses: {_first_line(error)}", hint="`qlt db sql --roles` prints the roles and their grants."
        )
    if isinstance(error, (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn)):
        return ConfigurationError(
            f"the database schema is not there or old: {_first_line(error)}", hint="Run `qlt db migrate`."
        )
    if isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None:
        address(dsn)
    if isinstance(error, psycopg.OperationalError) and (error.sqlstate or "").startswith(_BUSY):
        return StoreBusy(f"other transactions stand in the way: {_first_line(error)}", hint="Trying again is sensible.")
    if isinstance(error, psycopg.Error) and (refused := refusal_of(error)) is not None:
        return refused
    if _away(error):
        return StoreUnreachable(
            f"PostgreSQL does not answer ({address(dsn)}): {_first_line(error)}",
            hint="Check that it runs, POSTGRES_DSN, and the user's right to connect.",
        )
    return None


def _away(error: Exception) -> bool:
    """Whether it is the server or the way to it; psycopg files wrong states under the same head.

    A server that only reads was the primary until a moment ago, or never was.
    """
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return True
    if isinstance(error, psycopg.OperationalError):
        return error.sqlstate is None or error.sqlstate.startswith(_AWAY)
    return isinstance(error, (psycopg.InterfaceError, PoolTimeout, PoolClosed))


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
