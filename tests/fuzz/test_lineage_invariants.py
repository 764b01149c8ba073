"""Lineage does not depend on what a statement looks like: random queries and cases, each against a twin of itself."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from query_lineage_tracker.lineage.fingerprint import fingerprint
from query_lineage_tracker.lineage.result import Coverage, StatementKind
from tests.fuzz.mutants import PIECES
from tests.fuzz.outlines import answer, outline
from tests.oracle import queries

STATEMENTS = queries.statements(150, seed=31)
SELECTS = [sql for sql in STATEMENTS if sql.startswith(("SELECT", "WITH")) and "DISTINCT e" not in sql]


def with_comments(sql: str) -> str:
    return re.sub(r"(?<=[\w)]) (?=[\w(])", "\n/* FROM x */ -- 'y\n\t", sql)


def with_other_case(sql: str) -> str:
    return "".join(piece if piece[0] in "'\"" else piece.swapcase() for piece in PIECES.findall(sql))


def with_quoted_names(sql: str) -> str:
    """Names that hold a digit are ours, no keywords: they may be quoted, in any case."""
    return re.sub(r"(?<!['\w])([a-z]+\d+)(?!['\w])", lambda found: f'"{found[1].upper()}"', sql)


@pytest.mark.parametrize("twin", [with_comments, with_other_case, with_quoted_names])
def test_layout_case_and_quotes_change_neither_lineage_nor_fingerprint(twin: Callable[[str], str]) -> None:
    for sql in STATEMENTS:
        if "EXECUTE IMMEDIATE" in sql:
            continue
        other = twin(sql)
        assert other != sql
        assert outline(answer(other)) == outline(answer(sql)), sql
        if twin is not with_quoted_names:
            assert fingerprint(other) == fingerprint(sql), sql


def test_a_named_query_and_a_subquery_pass_lineage_on() -> None:
    for sql in SELECTS:
        own = answer(sql)
        for around in (f"SELECT * FROM ({sql}) q", f"WITH q AS ({sql}) SELECT * FROM q", f"WITH q AS ({sql}) TABLE q"):
            assert outline(answer(around)) == outline(own), around


def test_executing_a_text_is_executing_its_statement() -> None:
    for sql in SELECTS:
        quoted = sql.replace("'", "''")
        assert outline(answer(f"EXECUTE IMMEDIATE '{quoted}'")) == outline(answer(sql))
        assert outline(answer(f"EXPLAIN ANALYZE {sql}")) == outline(answer(sql))


def test_a_view_a_table_and_an_insert_have_the_columns_of_their_query() -> None:
    for sql in SELECTS:
        own = answer(sql)
        for prefix, kind in (
            ("CREATE VIEW n AS ", StatementKind.CREATE_VIEW),
            ("CREATE TABLE n AS ", StatementKind.CTAS),
        ):
            made = answer(prefix + sql)
            assert (made.kind, made.columns, set(made.sources)) == (kind, own.columns, set(own.sources)), sql


def test_an_inline_window_and_a_named_one_are_the_same() -> None:
    for sql in SELECTS:
        windows = re.findall(r"OVER \(((?:PARTITION BY \S+ )?ORDER BY \S+)\)(?= AS e\d+ FROM s\.\w+ \w+$)", sql)
        for window in windows:
            named = f"{sql.replace(f'OVER ({window})', 'OVER win')} WINDOW win AS ({window})"
            assert outline(answer(named)) == outline(answer(sql)), named
    simple = "SELECT max(a) OVER (PARTITION BY k ORDER BY d) AS e0 FROM s.u"
    named = "SELECT max(a) OVER w AS e0 FROM s.u WINDOW w AS (PARTITION BY k ORDER BY d)"
    assert outline(answer(named)) == outline(answer(simple))


@pytest.mark.parametrize("seed", range(3))
def test_any_other_literal_of_an_equal_fingerprint_has_equal_lineage(seed: int) -> None:
    dice, compared = random.Random(seed), 0
    for sql in STATEMENTS[seed::3]:
        own, shape = outline(answer(sql)), fingerprint(sql)
        pieces = PIECES.findall(sql)
        for at in [i for i, piece in enumerate(pieces) if piece[0] == "'" or piece.isdigit()]:
            value = (
                str(dice.randrange(1, 99)) if pieces[at].isdigit() else dice.choice(("'2026-02-02'", "'it''s'", "''"))
            )
            other = "".join([*pieces[:at], value, *pieces[at + 1 :]])
            if fingerprint(other) == shape:
                compared += 1
                assert outline(answer(other)) == own, other
    assert compared > 100


def test_every_random_query_is_covered_to_its_columns() -> None:
    for sql in STATEMENTS:
        result = answer(sql)
        assert result.coverage is Coverage.COLUMN, (sql, result.reasons)
        assert result.sources
