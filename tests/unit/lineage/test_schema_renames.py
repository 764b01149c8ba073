"""What a statement that renames or drops a schema says."""

from __future__ import annotations

import pytest

from query_lineage_tracker.lineage import analyze
from query_lineage_tracker.lineage.result import Effect, SchemaDrop, SchemaRename, StatementKind


@pytest.mark.parametrize(
    ("sql", "rename"),
    [
        ("ALTER SCHEMA s RENAME TO s2", SchemaRename("lake", "s", "s2")),
        ('ALTER SCHEMA other."S" RENAME TO "S 2"', SchemaRename("other", "s", "s 2")),
        ("ALTER SCHEMA a.b.c RENAME TO d", None),
        ("ALTER SCHEMA s SET AUTHORIZATION ROLE r", None),
    ],
)
def test_a_schema_is_renamed_in_its_catalog(sql: str, rename: SchemaRename | None) -> None:
    result = analyze(sql, catalog="lake", schema="elsewhere")
    assert (result.kind, result.effect, result.target) == (StatementKind.DDL, Effect.NONE, None)
    assert result.lifecycle == rename


def test_without_a_session_catalog_it_is_not_guessed() -> None:
    assert analyze("ALTER SCHEMA s RENAME TO s2").lifecycle is None


@pytest.mark.parametrize(
    ("sql", "drop"),
    [
        ("DROP SCHEMA s CASCADE", SchemaDrop("lake", "s")),
        ('DROP SCHEMA IF EXISTS other."S" CASCADE', SchemaDrop("other", "s")),
        ("DROP SCHEMA s", None),
        ("DROP SCHEMA s RESTRICT", None),
        ("DROP SCHEMA a.b.c CASCADE", None),
        ("DROP CATALOG lake CASCADE", None),
    ],
)
def test_only_a_schema_that_is_dropped_with_what_is_in_it_takes_that_along(sql: str, drop: SchemaDrop | None) -> None:
    result = analyze(sql, catalog="lake", schema="elsewhere")
    assert (result.kind, result.effect, result.target) == (StatementKind.DDL, Effect.NONE, None)
    assert result.lifecycle == drop


def test_without_a_session_catalog_what_is_dropped_is_not_guessed() -> None:
    assert analyze("DROP SCHEMA s CASCADE").lifecycle is None
