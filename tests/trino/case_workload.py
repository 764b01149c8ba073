"""The cases of the lineage tests as statements that a real server can run: over tables that are really there."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lineage_cases.cases import Case, load
from tests.trino.raw_session import RawSession
from tests.trino.workload import Sent

Table = tuple[str, str, str]
_LEAVES_TABLES_ALONE = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"})
_NOT_IN_ICEBERG = frozenset({"json"})
_CATALOGS = frozenset({"lake", "memory"})


class CaseTables:
    """The tables that cases are about, created anew where the next case means other ones."""

    def __init__(self, session: RawSession) -> None:
        self._session = session
        self._there: dict[Table, list[tuple[str, str]]] = {}
        self._schemas: set[tuple[str, str]] = set()

    def provide(self, case: Case) -> Iterator[Sent]:
        """Make the tables of the case; a target that the case creates is not there."""
        for table, columns in case.tables.items():
            if table[0] in _CATALOGS and self._there.get(table) != columns:
                yield from self._create(table, [one for one in columns if one[1] not in _NOT_IN_ICEBERG])
                self._there[table] = columns
        if case.kind == "CTAS" and "NOT EXISTS" not in case.sql and case.target is not None:
            yield self._session.send(f"DROP TABLE IF EXISTS {case.target}")

    def forget(self, case: Case) -> None:
        """Some of the tables may be others now."""
        if case.kind == "CTAS" and case.target is not None:
            self._there = {table: columns for table, columns in self._there.items() if table[2] not in case.target}
        elif case.kind not in _LEAVES_TABLES_ALONE:
            self._there.clear()

    def _create(self, table: Table, columns: list[tuple[str, str]]) -> Iterator[Sent]:
        if table[:2] not in self._schemas:
            yield self._session.send(f"CREATE SCHEMA IF NOT EXISTS {_dotted(table[:2])}")
            self._schemas.add(table[:2])
        listed = ", ".join(f"{_quoted(name)} {kind}" for name, kind in columns)
        yield self._session.send(f"CREATE OR REPLACE TABLE {_dotted(table)} ({listed})")


def run_cases(address: str) -> Iterator[tuple[Case, Sent]]:
    """Run every case; one that selects is run as a CREATE TABLE AS, so that the server tells of its columns."""
    with RawSession(address, "setup", "cases") as setup, RawSession(address, "cases", "cases") as session:
        tables = CaseTables(setup)
        for number, case in enumerate(load()):
            list(tables.provide(case))
            session.catalog, session.schema = case.catalog, case.schema
            yield case, session.send(_statement(case, number))
            tables.forget(case)


def _statement(case: Case, number: int) -> str:
    return f"CREATE TABLE memory.default.case_{number} AS {case.sql}" if case.kind == "SELECT" else case.sql


def _dotted(parts: tuple[str, ...]) -> str:
    return ".".join(map(_quoted, parts))


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"'
