"""What holds for every text: SQL, pieces of SQL in any order, arbitrary characters."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from query_lineage_tracker.lineage.fingerprint import fingerprint, normalize
from query_lineage_tracker.lineage.redaction import redact, redact_message
from query_lineage_tracker.lineage.tokens import Kind, tokenize

_SOUP = r"""
SELECT FROM WHERE GROUP ORDER BY HAVING LIMIT IN VALUES ROW ARRAY MAP CAST AS WITH CREATE CATALOG ALTER REPLACE USING
COMMENT TABLE TABLE( PIVOT FOR VERSION OF JSON_TABLE COLUMNS PATH NESTED CALL EXECUTE IMMEDIATE PREPARE p SET SESSION
AUTHORIZATION INSERT INTO t a.b.c query query(query raw_query( system. password token "connection-password" secret_key
key IDENTIFIED UESCAPE LIKE NULL TRUE DATE TIMESTAMP varchar( decimal( rollup( sets( ( ) [ ] , . ; = => <> != -> ? + -
* / || @ { } "a" "it's" "x=y" `b` 1 23 4.5 1_000 1_0.5e3 0x1F 6e7 .8 2b '' 'x' 'it''s' 'jdbc:x://u:pw@h/d' '!' '!!'
'password=abc' U&'\0041' U&'!0041' X'AB' AKIAABCDEFGHIJKLMNOP password=hunter2 -- /* */ ' " ` /* :
"""
_WORDS = re.findall(r"\S+", _SOUP)
_TEXTS = [
    "'SELECT ''y'' FROM t'",
    "'SELECT 1 WHERE token = ''q'' GROUP BY 1'",
    "'CALL x(''y'', password => ?)'",
    "'a -- b'",
    "$$ a $$",
    "$$ password='x' $$",
    "$$",
    "AS OF",
    "-- token=abc\n",
    "/* password='x' */",
    "/* AKIAABCDEFGHIJKLMNOP*/",
    "\n",
    "\0",
    "\ud800",
    "é",
]
PIECES = st.sampled_from([*_WORDS, *_TEXTS])
GLUE = st.sampled_from([" ", " ", "\n", ""])
PIECED_SQL = st.lists(st.tuples(PIECES, GLUE), max_size=40).map(lambda pairs: "".join(a + b for a, b in pairs))
ANY_SQL = st.one_of(PIECED_SQL, st.text(max_size=60))
many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(ANY_SQL, st.booleans())
def test_redaction_keeps_the_fingerprint(sql: str, literals: bool) -> None:
    normalized = normalize(sql, literals=literals)
    assert normalized.fingerprint == fingerprint(sql) == fingerprint(normalized.redacted)


@many
@given(ANY_SQL, st.booleans())
def test_a_second_redaction_changes_nothing(sql: str, literals: bool) -> None:
    redacted = redact(sql, literals=literals)
    assert redact(redacted, literals=literals) is redacted


@many
@given(ANY_SQL, st.booleans())
def test_redaction_keeps_the_number_of_tokens_and_every_operator(sql: str, literals: bool) -> None:
    before, after = tokenize(sql), tokenize(redact(sql, literals=literals))
    assert len(before.kinds) == len(after.kinds)
    assert [text for kind, text in zip(before.kinds, before.texts, strict=True) if kind is Kind.OPERATOR] == [
        text for kind, text in zip(after.kinds, after.texts, strict=True) if kind is Kind.OPERATOR
    ]


def _identifiers(sql: str) -> list[str]:
    tokens = tokenize(sql)
    return [text for kind, text in zip(tokens.kinds, tokens.texts, strict=True) if kind < Kind.OPERATOR]


@many
@given(ANY_SQL.filter(lambda sql: "catalog" not in sql.lower() and "session" not in sql.lower()), st.booleans())
def test_redaction_keeps_every_identifier(sql: str, literals: bool) -> None:
    assert _identifiers(redact(sql, literals=literals)) == _identifiers(sql)


@many
@given(st.lists(PIECES, max_size=12), st.lists(PIECES, max_size=12))
def test_a_fingerprint_does_not_depend_on_layout_and_comments(left: list[str], right: list[str]) -> None:
    pieces = [
        piece for piece in [*left, *right] if not any(mark in piece for mark in ("--", "/*", "$$", "'", '"', "`"))
    ]
    assert fingerprint(" ".join(pieces)) == fingerprint("\n/* why */ ".join(pieces) + " -- so")


@many
@given(ANY_SQL, ANY_SQL, st.booleans())
def test_any_message_can_be_redacted(message: str, sql: str, literals: bool) -> None:
    assert "hunter2" not in redact_message(message + " password=hunter2", sql=sql, literals=literals)


@pytest.mark.parametrize(
    "unit",
    [
        "TABLE(f(",
        "EXECUTE IMMEDIATE 'x",
        "password => f(",
        "a IN (",
        "a IN ((1), ",
        "VALUES (",
        "VALUES (1), ",
        "ORDER BY (",
        "'",
        "CREATE CATALOG c ",
        "CALL a.",
        "CALL ",
        "version as of (",
        "version as of 1 ",
        "pivot (a in (",
        "pivot (a in (1) ",
        "array[",
        "secret = (",
        "'secret=' ",
        "'://' ",
        "1 ",
        "-- a\n",
    ],
)
def test_long_texts_of_anything_take_linear_time(unit: str) -> None:
    began = time.process_time()
    normalize(unit * (200_000 // len(unit)), literals=True)
    assert time.process_time() - began < 5


def test_deeply_nested_sql_is_bounded() -> None:
    sql = "SELECT 1"
    for _ in range(16):
        sql = "EXECUTE IMMEDIATE '" + sql.replace("'", "''") + "'"
    began = time.process_time()
    normalize(sql)
    assert time.process_time() - began < 5
