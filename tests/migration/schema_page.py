"""The documented schema, read from the catalog of a migrated database.

`python -m tests.migration.schema_page` writes docs/reference/schema.md again after a new migration.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg

from query_lineage_tracker.adapters.postgres.embedded import start_or_attach
from query_lineage_tracker.adapters.postgres.migrate import migrate

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "schema.md"
_CATALOG = (Path(__file__).with_name("catalog.sql")).read_text()
_KINDS = {"r": "table", "p": "partitioned table", "v": "view"}
_HEAD = """# Schema of the database

Generated from the migrations; a test keeps it equal. The schema is called `omd` unless `QLT_PG_SCHEMA` says otherwise.

Three names are a contract with your own SQL and stay: `trino_queries_history`, `trino_query_objects` and
`trino_queries_and_query_objects_lnk`. Everything may be read; only the tracker writes. There are few foreign keys: rows
are written in bulk by one writer that creates what it refers to in the same transaction.

Days are partitions of the history: a query id begins with its UTC day, so `query_id >= '20261122'` reads one day on.
`qlt db sql --roles` prints roles for the migrator, the tracker, and readers who may not see SQL texts.
"""


def render(connection: psycopg.Connection[Any]) -> str:
    """The page of the schema `omd` that the connection sees."""
    rows = connection.execute(_CATALOG).fetchall()
    sections = [_relation(list(columns)) for _, columns in groupby(rows, key=lambda row: row[0])]
    return "\n".join([_HEAD, *sections])


def _relation(rows: Sequence[tuple[Any, ...]]) -> str:
    name, kind, comment, definitions = rows[0][:4]
    lines = [f"## {name}", "", f"A {_KINDS[kind]}. {comment}", ""]
    lines += ["| column | type | | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{column}` | {type_} | {_notes(null, kind)} | {meaning} |" for *_, column, type_, null, meaning in rows
    ]
    lines += ["", *_definitions(definitions)]
    return "\n".join(lines)


def _notes(not_null: bool, kind: str) -> str:
    return "not null" if not_null and kind != "v" else ""


def _definitions(definitions: Sequence[str] | None) -> Iterator[str]:
    for definition in definitions or ():
        yield f"- `{definition}`"
    if definitions:
        yield ""


def main() -> int:
    """Write the page."""
    with tempfile.TemporaryDirectory(prefix="qlt-schema-") as directory:
        Path(directory).chmod(0o755)
        server = start_or_attach(Path(directory) / "pg")
        try:
            migrate(server.dsn)
            with psycopg.connect(server.dsn) as connection:
                PAGE.write_text(render(connection), encoding="utf-8")
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
