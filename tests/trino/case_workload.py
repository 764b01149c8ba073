"""The cases of the lineage tests as statements that a real server can run: over tables that are really there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.lineage_cases.cases import Case, load
from tests.trino.raw_session import RawSession
from tests.trino.workload import Sent

Table = tuple[str, str, str]
World = tuple[object, ...]
_LEAVES_TABLES_ALONE = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"})
_NOT_IN_ICEBERG = frozenset({"json"})
_SCHEMA = re.compile(r"\b(lake|s)\b\"?\.", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def run_cases(address: str) -> Iterator[tuple[Case, Sent]]:
    """Run every case that this server can know; one that selects as a CREATE TABLE AS, so that Trino tells its columns.

    A table never changes its columns: where cases mean other ones, or change them, they have a schema of their own. So
    a case that names its schema is left out where that is not possible.
    """
    worlds: dict[World, str] = {}
    there: set[str] = set()
    with RawSession(address, "setup", "cases", "lake") as setup, RawSession(address, "cases", "cases") as session:
        for number, case in enumerate(load()):
            if case.file == "unknown" or case.catalog != "lake" or _SCHEMA.search(case.sql):
                continue
            world = _world(case, number)
            schema = worlds.setdefault(world, f"s{len(worlds)}")
            for statement in _tables(case, schema):
                if statement not in there:
                    setup.send(statement)
                    there.add(statement)
            session.catalog, session.schema = "lake", schema
            text = f"CREATE TABLE memory.default.case_{number} AS {case.sql}" if case.kind == "SELECT" else case.sql
            yield case, session.send(text)


def _world(case: Case, number: int) -> World:
    """Equal for cases over equal tables that leave them alone."""
    tables = tuple(sorted((table, tuple(columns)) for table, columns in case.tables.items()))
    return tables if case.kind in _LEAVES_TABLES_ALONE else (number, tables)


def _tables(case: Case, schema: str) -> Iterator[str]:
    """Statements that make the tables that the case names, unless they are there or the case makes them."""
    named = {word.lower() for word in _WORD.findall(case.sql)}
    yield f"CREATE SCHEMA IF NOT EXISTS {schema}"
    for (catalog, inside, name), columns in case.tables.items():
        made = case.kind == "CTAS" and case.target == f"{catalog}.{inside}.{name}" and " EXISTS " not in case.sql
        if (catalog, inside) == ("lake", "s") and not made and (not name.isidentifier() or name in named):
            listed = ", ".join(f"{_quoted(one)} {kind}" for one, kind in columns if kind not in _NOT_IN_ICEBERG)
            yield f"CREATE TABLE IF NOT EXISTS {schema}.{_quoted(name)} ({listed})"


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'
