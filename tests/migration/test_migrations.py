"""Migrations in a real PostgreSQL: what they make, that they run once, and what they refuse."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from tests.migration.schema_page import PAGE, render

from query_lineage_tracker.adapters.postgres import migrate as migrate_module
from query_lineage_tracker.adapters.postgres.migrate import (
    Migration,
    migrate,
    migration_sql,
    migrations,
    pending,
    roles_sql,
    status,
)
from query_lineage_tracker.errors import (
    ConfigurationError,
    PermissionMissing,
    SchemaNotOurs,
    StoreRefused,
    StoreUnreachable,
)


def execute(dsn: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(cast("Any", statement))
        return cursor.fetchall() if cursor.description else []


def page_of(dsn: str) -> str:
    with psycopg.connect(dsn) as connection:
        return render(connection)


def test_the_documented_schema_is_what_the_migrations_make(dsn: str) -> None:
    page = page_of(dsn)
    assert page == PAGE.read_text(encoding="utf-8"), "run `python -m tests.migration.schema_page`"


def test_every_relation_and_column_has_a_comment(dsn: str) -> None:
    uncommented = execute(
        dsn,
        """SELECT relname, attname FROM pg_class
           JOIN pg_namespace ON pg_namespace.oid = relnamespace
           JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
           WHERE nspname = 'omd' AND relkind IN ('r', 'p', 'v')
             AND (col_description(attrelid, attnum) IS NULL OR obj_description(attrelid, 'pg_class') IS NULL)""",
    )
    assert uncommented == []


def test_migrations_are_applied_once(empty_dsn: str) -> None:
    assert pending(empty_dsn) == len(migrations())
    assert [one.version for one in migrate(empty_dsn)] == [one.version for one in migrations()]
    assert migrate(empty_dsn) == []
    assert pending(empty_dsn) == 0
    assert all(one.applied_at is not None and not one.changed for one in status(empty_dsn))


def test_two_processes_that_migrate_at_once_apply_each_migration_once(empty_dsn: str) -> None:
    with ThreadPoolExecutor(4) as executor:
        applied = [one for part in executor.map(migrate, [empty_dsn] * 4) for one in part]
    assert len(applied) == len(migrations())


def test_the_printed_sql_makes_the_same_schema_and_leaves_nothing_pending(empty_dsn: str) -> None:
    execute(empty_dsn, migration_sql())
    assert pending(empty_dsn) == 0
    assert migrate(empty_dsn) == []
    assert page_of(empty_dsn) == PAGE.read_text(encoding="utf-8")


def test_a_schema_of_another_name_can_live_beside_a_foreign_one(empty_dsn: str) -> None:
    execute(empty_dsn, "CREATE SCHEMA omd; CREATE TABLE omd.users (id int); CREATE VIEW omd.everybody AS SELECT 1")
    with pytest.raises(SchemaNotOurs, match=r"omd .* everybody, users") as refused:
        migrate(empty_dsn)
    assert "QLT_PG_SCHEMA" in refused.value.hint
    with pytest.raises(SchemaNotOurs):
        status(empty_dsn)
    assert execute(empty_dsn, "SELECT to_regclass('omd.schema_migrations')") == [(None,)]
    migrate(empty_dsn, "trino_lineage")
    assert execute(empty_dsn, "SELECT count(*) FROM trino_lineage.trino_queries_history") == [(0,)]
    assert execute(empty_dsn, "SELECT count(*) FROM pg_class WHERE relnamespace = 'omd'::regnamespace") == [(2,)]


def test_the_migrations_table_of_another_tool_is_not_taken_for_ours(empty_dsn: str) -> None:
    execute(empty_dsn, "CREATE SCHEMA omd; CREATE TABLE omd.schema_migrations (version text PRIMARY KEY)")
    with pytest.raises(SchemaNotOurs, match="schema_migrations"):
        migrate(empty_dsn)


def test_an_empty_schema_that_somebody_created_for_us_is_used(empty_dsn: str) -> None:
    execute(empty_dsn, "CREATE SCHEMA omd")
    assert len(migrate(empty_dsn)) == len(migrations())


@pytest.mark.parametrize("name", ['omd"; DROP SCHEMA public; --', "", "1st", "a b", "x" * 64])
def test_a_schema_name_that_is_none_is_refused(empty_dsn: str, name: str) -> None:
    with pytest.raises(ConfigurationError, match="QLT_PG_SCHEMA"):
        migrate(empty_dsn, name)


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(dsn: str) -> None:
    execute(dsn, "UPDATE omd.schema_migrations SET checksum = 'other' WHERE version = 1")
    with pytest.raises(ConfigurationError, match="0001_initial was applied with another text"):
        migrate(dsn)
    assert status(dsn)[0].changed


def test_a_database_that_is_ahead_of_us_is_refused(dsn: str) -> None:
    execute(dsn, "INSERT INTO omd.schema_migrations (version, name, checksum) VALUES (9999, 'future', '')")
    with pytest.raises(ConfigurationError, match="9999_future"):
        migrate(dsn)


def test_a_migration_that_fails_leaves_nothing_of_itself(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Migration(9998, "broken", "CREATE TABLE {schema}.half_done (); SELECT 1 / 0;")
    shipped = [*migrations(), broken]
    monkeypatch.setattr(migrate_module, "migrations", lambda: shipped)
    with pytest.raises(StoreRefused, match="division by zero"):
        migrate(dsn)
    assert execute(dsn, "SELECT to_regclass('omd.half_done')") == [(None,)]
    assert pending(dsn) == 1


def test_a_user_without_rights_is_told_what_is_missing(empty_dsn: str) -> None:
    execute(empty_dsn, "DROP ROLE IF EXISTS nobody_special; CREATE ROLE nobody_special")
    with pytest.raises(PermissionMissing, match="permission denied"):
        migrate(make_conninfo(empty_dsn, options="-c role=nobody_special"))


def test_a_server_that_is_away_is_named_without_the_password() -> None:
    with pytest.raises(StoreUnreachable, match=r"127\.0\.0\.1:1, lineage") as away:
        migrate("postgresql://alice:s3cret@127.0.0.1:1/lineage")
    with pytest.raises(ConfigurationError) as wrong:
        migrate("alice s3cret")
    assert "s3cret" not in f"{away.value} {away.value.hint} {wrong.value} {wrong.value.hint}"


def test_readers_see_everything_but_texts(dsn: str) -> None:
    execute(dsn, roles_sql())
    execute(dsn, roles_sql())
    readable = [
        "SELECT count(*) FROM omd.trino_queries_and_query_objects_lnk",
        "SELECT count(query_id) FROM omd.trino_queries_history",
        "SELECT count(*) FROM omd.usage_by_day",
        "SELECT count(*) FROM omd.unused_tables",
        "SELECT count(prepare_query_id) FROM omd.prepared_guesses",
    ]
    for query in readable:
        execute(dsn, f"SET ROLE qlt_reader; {query}")
    hidden = {"query_texts", "history_with_text", "quarantine", "sent", "outbox", "delivery_calls", "sinks"}
    unreadable = execute(
        dsn,
        "SELECT relname FROM pg_class WHERE relnamespace = 'omd'::regnamespace AND relkind IN ('r', 'p', 'v')"
        " AND NOT relispartition AND NOT has_any_column_privilege('qlt_reader', oid, 'SELECT')",
    )
    assert {name for (name,) in unreadable} == hidden
    execute(dsn, "SET ROLE qlt_reader; SELECT * FROM omd.edges_through_views")
    for relation in hidden:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(dsn, f"SET ROLE qlt_reader; SELECT * FROM omd.{relation}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(dsn, "SET ROLE qlt_reader; SELECT error_message FROM omd.trino_queries_history")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(dsn, "SET ROLE qlt_reader; SELECT text_id FROM omd.prepared_guesses")


def test_migrations_are_numbered_without_holes() -> None:
    assert [one.version for one in migrations()] == list(range(1, len(migrations()) + 1))
    assert all(re.fullmatch(r"[0-9a-f]{64}", one.checksum) for one in migrations())
