"""Migrations: numbered SQL files, each applied once, with its checksum, one at a time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

from query_lineage_tracker.adapters.postgres.queries import load, render
from query_lineage_tracker.adapters.postgres.translate import translated
from query_lineage_tracker.errors import ConfigurationError, PermissionMissing, SchemaNotOurs

if TYPE_CHECKING:
    from typing_extensions import LiteralString

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_OUR_COLUMNS = {"version", "name", "checksum", "applied_at"}


@dataclass(frozen=True, slots=True)
class Migration:
    """A numbered SQL file."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """A migration and when it was applied; `changed` when another text was applied under its number."""

    version: int
    name: str
    applied_at: datetime | None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class _Applied:
    version: int
    name: str
    checksum: str
    applied_at: datetime


def migrations() -> Sequence[Migration]:
    """All migrations that we ship, in their order."""
    folder = resources.files(__package__) / "migrations"
    found = [(match, entry) for entry in folder.iterdir() if (match := _NAME.fullmatch(entry.name))]
    shipped = (Migration(int(match[1]), match[2], entry.read_text(encoding="utf-8")) for match, entry in found)
    return sorted(shipped, key=lambda migration: migration.version)


def migrate(dsn: str, schema: str = "omd") -> Sequence[Migration]:
    """Apply what is pending, each in a transaction of its own; returns what was applied.

    Raises SchemaNotOurs before it changes anything in a schema that holds other relations, ConfigurationError when an
    applied migration was changed or the database is ahead of us, PermissionMissing, StoreUnreachable.
    """
    applied = []
    with translated(dsn), psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        while (migration := _apply_next(connection, schema)) is not None:
            applied.append(migration)
    return applied


def status(dsn: str, schema: str = "omd") -> Sequence[MigrationStatus]:
    """Every migration that we ship or that was applied. Raises as `migrate` does."""
    with translated(dsn), psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        applied = _applied(connection, schema)
    shipped = {migration.version: migration for migration in migrations()}
    return [_status(shipped.get(version), applied.get(version)) for version in sorted(shipped.keys() | applied.keys())]


def pending(dsn: str, schema: str = "omd") -> int:
    """How many migrations wait to be applied."""
    return sum(one.applied_at is None for one in status(dsn, schema))


def migration_sql(schema: str = "omd") -> str:
    """All migrations as one script for an administrator to run; needs no database."""
    scripts = [_preamble(schema), *(_script(migration, schema) for migration in migrations())]
    return "BEGIN;\n\n" + "\n".join(scripts) + "\nCOMMIT;\n"


def roles_sql(schema: str = "omd") -> str:
    """The optional roles and their grants as a script for an administrator to run."""
    return render((resources.files(__package__) / "roles.sql").read_text(encoding="utf-8"), schema)


def _status(shipped: Migration | None, applied: _Applied | None) -> MigrationStatus:
    if shipped is None:
        assert applied is not None  # noqa: S101 - the version stems from one of the two
        return MigrationStatus(applied.version, applied.name, applied.applied_at)
    if applied is None:
        return MigrationStatus(shipped.version, shipped.name, None)
    changed = applied.checksum != shipped.checksum
    return MigrationStatus(shipped.version, shipped.name, applied.applied_at, changed)


def _apply_next(connection: psycopg.Connection, schema: str) -> Migration | None:
    with connection.transaction():
        connection.execute(_queries(schema)["lock"], [schema])
        applied = _applied(connection, schema)
        migration = _next(applied)
        if migration is not None:
            if not applied:
                _run(connection, _preamble(schema))
            _run(connection, _script(migration, schema))
    return migration


def _next(applied: Mapping[int, _Applied]) -> Migration | None:
    shipped = migrations()
    ahead = [one for version, one in applied.items() if version > shipped[-1].version]
    if ahead:
        raise ConfigurationError(
            f"the database was migrated by a newer version: it has {ahead[0].version:04}_{ahead[0].name}",
            hint="Install that version of query-lineage-tracker, or a newer one.",
        )
    for migration in shipped:
        if migration.version not in applied:
            return migration
        if applied[migration.version].checksum != migration.checksum:
            raise ConfigurationError(
                f"migration {migration.version:04}_{migration.name} was applied with another text",
                hint="Applied migrations never change: restore the released file, and put the change into a new one.",
            )
    return None


def _run(connection: psycopg.Connection, script: LiteralString) -> None:
    try:
        connection.execute(script)
    except (errors.UndefinedFile, errors.FeatureNotSupported) as error:
        raise ConfigurationError(
            f"the extension pg_trgm cannot be created: {error}",
            hint="Install PostgreSQL's contrib package on the database server.",
        ) from error
    except errors.InsufficientPrivilege as error:
        raise PermissionMissing(
            f"the migration lacks a right: {error}",
            hint="Let an administrator run `CREATE EXTENSION pg_trgm` and `GRANT CREATE ON DATABASE`, or what "
            "`qlt db sql` prints.",
        ) from error


def _applied(connection: psycopg.Connection, schema: str) -> dict[int, _Applied]:
    """What was applied to the schema; empty when it does not exist or is empty."""
    queries = _queries(schema)
    found = connection.execute(queries["relations_of_schema"], [schema]).fetchall()
    if not found:
        return {}
    columns = connection.execute(queries["columns_of_migrations"], [schema]).fetchall()
    if {name for (name,) in columns} != _OUR_COLUMNS:
        raise _not_ours(schema, [str(name) for (name,) in found])
    return {row[0]: _Applied(*row) for row in connection.execute(queries["applied"]).fetchall()}


def _not_ours(schema: str, relations: Sequence[str]) -> SchemaNotOurs:
    named = ", ".join(relations[:5]) + (f" and {len(relations) - 5} more" if len(relations) > 5 else "")
    return SchemaNotOurs(
        f"the schema {schema} exists and is not ours: it holds {named}",
        hint=f"Nothing was changed. Choose another name for ours, e.g. QLT_PG_SCHEMA={schema}_lineage.",
    )


def _preamble(schema: str) -> LiteralString:
    return _queries(schema)["create_schema"]


def _script(migration: Migration, schema: str) -> LiteralString:
    text = render(f"-- {migration.version:04}_{migration.name}\n{migration.text}\n", schema)
    row = render(f" ({migration.version}, '{migration.name}', '{migration.checksum}');\n", schema)
    return text + _queries(schema)["record"] + row


def _queries(schema: str) -> Mapping[str, LiteralString]:
    return load("migrations", schema)
