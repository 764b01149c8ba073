"""Definitions of views that Trino told of, and the refreshes that go by definitions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone

from query_lineage_tracker.lineage.engine import ViewText, merged
from query_lineage_tracker.lineage.result import Coverage, Effect, LineageResult, Method, ObjectName, StatementKind
from query_lineage_tracker.ports.analysis import Run, StatementText
from query_lineage_tracker.ports.store import AnalyzedStatement, Definition
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.definitions import defined, told_views

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
U, V, M = (ObjectName("lake", "s", name) for name in ("u", "v", "m"))


def definition_of(view: ViewText) -> tuple[AnalyzedStatement, Definition]:
    told = told_views([(view, NOON), (view, NOON - HOUR)], redact_literals=False)
    return asyncio.run(defined(told, TrinoAnalyzer(), "n"))[0]


def test_a_view_is_read_in_its_own_schema_if_trino_reached_all_that_its_text_names() -> None:
    statement, definition = definition_of(ViewText(V, False, "SELECT a FROM u", (U,)))
    joined = merged(statement.result, statement.engine)
    assert (statement.session_catalog, statement.session_schema) == ("lake", "s")
    assert (joined.result.kind, joined.result.target) == (StatementKind.CREATE_VIEW, V)
    assert joined.sources == {U: Method.BOTH}
    assert [column.name for column in joined.result.columns] == ["a"]
    assert definition == Definition(V, False, statement.statement_id, NOON - HOUR, NOON)


def test_a_view_that_was_created_in_another_session_has_the_tables_that_trino_reached() -> None:
    elsewhere = ObjectName("lake", "other", "u")
    statement, _ = definition_of(ViewText(V, False, "SELECT a FROM u", (elsewhere,)))
    joined = merged(statement.result, statement.engine)
    assert (statement.session_catalog, statement.session_schema) == (None, None)
    assert joined.sources == {elsewhere: Method.ENGINE}
    assert joined.result.unresolved == ()


def test_a_view_of_which_trino_did_not_tell_what_it_reached_is_read_without_a_session() -> None:
    statement, _ = definition_of(ViewText(V, False, "SELECT a FROM u JOIN lake.s.w USING (a)", reaches=None))
    assert (statement.session_catalog, statement.engine, statement.engine_at) == (None, None, None)
    assert statement.result.sources == (ObjectName("lake", "s", "w"),)
    assert [name.parts for name in statement.result.unresolved] == [("u",)]


def test_a_name_with_quotes_and_a_materialized_view_make_a_statement_that_can_be_read() -> None:
    odd = ObjectName("lake", "s", 'we.ird"m')
    statement, definition = definition_of(ViewText(odd, True, "SELECT a FROM lake.s.u", (U,)))
    assert statement.result.error is None
    assert (statement.result.kind, statement.result.target) == (StatementKind.CREATE_MATERIALIZED_VIEW, odd)
    assert definition.materialized


def test_secrets_in_a_view_are_redacted() -> None:
    text = "SELECT * FROM TABLE(pg.system.query(query => 'SELECT 1', password => 'hunter2'))"
    told = told_views([(ViewText(V, False, text), NOON)], redact_literals=False)
    assert "hunter2" not in told[0].redacted


class Stored:
    """Definitions that are stored, and how often they were asked for."""

    def __init__(self, **texts: str) -> None:
        self.texts = {ObjectName("lake", "s", name): StatementText(sql, "lake", "s") for name, sql in texts.items()}
        self.asked: list[set[ObjectName]] = []

    async def definitions(self, objects: Iterable[ObjectName]) -> Mapping[ObjectName, StatementText]:
        self.asked.append(set(objects))
        return {one: self.texts[one] for one in self.asked[-1] if one in self.texts}


def results(stored: Stored, *statements: StatementText) -> list[LineageResult]:
    return list(asyncio.run(TrinoAnalyzer(definitions=stored).analyze(statements)))


def run(sql: str, hour: int = 0) -> StatementText:
    return StatementText(sql, "lake", "s", None, (Run(NOON + hour * HOUR, NOON + hour * HOUR),))


def test_a_refresh_reads_what_the_stored_definition_names() -> None:
    stored = Stored(m="CREATE MATERIALIZED VIEW m AS SELECT a FROM u WHERE b > 1")
    (refresh,) = results(stored, run("REFRESH MATERIALIZED VIEW m"))
    assert (refresh.kind, refresh.effect, refresh.target) == (StatementKind.REFRESH, Effect.WRITES, M)
    assert (refresh.sources, refresh.coverage) == ((U,), Coverage.COLUMN)
    assert [(column.name, str(column.direct[0].column)) for column in refresh.columns] == [("a", "lake.s.u.a")]
    assert stored.asked == [{M}]


def test_a_refresh_goes_by_the_last_definition_before_it_is_stored() -> None:
    stored = Stored(m="CREATE MATERIALIZED VIEW m AS SELECT a FROM u")
    created = run("CREATE OR REPLACE MATERIALIZED VIEW m AS SELECT b FROM w", 2)
    older = run("CREATE MATERIALIZED VIEW m AS SELECT c FROM x", 1)
    *_, refresh = results(stored, created, older, run("REFRESH MATERIALIZED VIEW m", 3))
    assert refresh.sources == (ObjectName("lake", "s", "w"),)
    assert stored.asked == []


def test_a_refresh_without_a_readable_definition_says_that_its_sources_are_unknown() -> None:
    for stored in (Stored(), Stored(m="CREATE MATERIALIZED VIEW m AS SELECT FROM FROM")):
        (refresh,) = results(stored, run("REFRESH MATERIALIZED VIEW m"))
        assert (refresh.sources, refresh.target, refresh.coverage) == ((), M, Coverage.TABLE)
        assert refresh.reasons == ("what lake.s.m is made of stands in its definition",)
