"""What `qlt doctor` says about the database."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from query_lineage_tracker.adapters.postgres import migrate
from query_lineage_tracker.adapters.postgres.queries import load
from query_lineage_tracker.adapters.postgres.translate import address, translated
from query_lineage_tracker.errors import ConfigurationError, PermissionMissing, TrackerError
from query_lineage_tracker.services.doctor import Finding, Verdict, failed

_LEAST_VERSION = 15
_CONNECT_SECONDS = 10


def check(dsn: str, schema: str) -> tuple[Finding, ...]:
    """Is it reachable and recent enough, can it search texts, is our schema current and consistent?

    Stops at the first question whose failure leaves the others without an answer. Never raises what PostgreSQL does.
    """
    try:
        server = _answer(dsn, schema, "server")
    except TrackerError as problem:
        return (failed("postgres", problem),)
    findings = [_version(server, dsn), _trigrams(server)]
    try:
        findings.append(_migrations(dsn, schema, may_create=bool(server["may_create"])))
        if findings[-1].verdict is Verdict.OK:
            findings.append(_consistency(dsn, schema))
    except TrackerError as problem:
        findings.append(failed("migrations", problem))
    return tuple(findings)


def _answer(dsn: str, schema: str, name: str) -> dict[str, Any]:
    """The one row that a query of ours answers."""
    queries = load("check", schema)
    with (
        translated(dsn),
        psycopg.connect(dsn, connect_timeout=_CONNECT_SECONDS, row_factory=dict_row) as connection,
    ):
        connection.execute(queries["patience"])
        row = connection.execute(queries[name]).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM
    return row


def _version(server: dict[str, Any], dsn: str) -> Finding:
    name = "postgres"
    told = f"PostgreSQL {server['version']} at {address(dsn)} as {server['as_user']}, {server['size']}"
    if server["version_num"] < _LEAST_VERSION * 10_000:
        hint = f"PostgreSQL {_LEAST_VERSION} or newer is needed."
        return failed(name, ConfigurationError(told, hint=hint))
    if server["encoding"] != "UTF8":
        hint = "Create the database with ENCODING 'UTF8': query texts hold any character."
        return failed(name, ConfigurationError(f"{told}, encoding {server['encoding']}", hint=hint))
    if server["read_only"]:
        hint = "It is a standby; name the primary in POSTGRES_DSN (target_session_attrs=read-write)."
        return failed(name, ConfigurationError(f"{told}, read-only", hint=hint))
    return Finding(name, Verdict.OK, told)


def _trigrams(server: dict[str, Any]) -> Finding:
    name = "pg_trgm"
    if server["trigrams"]:
        return Finding(name, Verdict.OK, f"installed, {server['trigrams']}")
    if server["trigrams_available"]:
        return Finding(name, Verdict.OK, "available; the first migration creates it")
    hint = "Install PostgreSQL's contrib package on the database server."
    return failed(name, ConfigurationError("the extension pg_trgm is not available", hint=hint))


def _migrations(dsn: str, schema: str, *, may_create: bool) -> Finding:
    name = "migrations"
    known = migrate.status(dsn, schema)
    changed = [f"{one.version:04}_{one.name}" for one in known if one.changed]
    if changed:
        hint = "Applied migrations never change: restore the released files."
        return failed(name, ConfigurationError(f"applied with another text: {', '.join(changed)}", hint=hint))
    waiting = sum(one.applied_at is None for one in known)
    if not waiting:
        return Finding(name, Verdict.OK, f"the schema {schema} is current, {known[-1].version:04}_{known[-1].name}")
    told = f"{waiting} of {len(known)} wait to be applied to the schema {schema}"
    if waiting == len(known) and not may_create:
        hint = "GRANT CREATE ON DATABASE to our user, or let an administrator run what `qlt db sql` prints."
        return failed(name, PermissionMissing(f"{told}, and our user may not create schemas", hint=hint))
    return Finding(name, Verdict.WARNING, told, "`qlt db migrate` applies them, and so does `qlt run` when it starts.")


def _consistency(dsn: str, schema: str) -> Finding:
    name = "consistency"
    orphans = _answer(dsn, schema, "orphans")
    if not any(orphans.values()):
        return Finding(name, Verdict.OK, "the newest executions and edges refer to what is there")
    told = f"{orphans['executions']} executions and {orphans['edges']} edges refer to what is not there"
    return failed(name, TrackerError(told, hint="Somebody changed our tables: restore them from a backup."))
