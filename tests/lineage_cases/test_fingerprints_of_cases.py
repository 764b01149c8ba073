"""Redaction keeps the lineage of every case, and so does every other literal that the fingerprint lets in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.fingerprint import fingerprint
from query_lineage_tracker.lineage.redaction import redact
from query_lineage_tracker.lineage.result import LineageResult
from query_lineage_tracker.lineage.tokens import Kind, tokenize
from tests.lineage_cases.cases import Case, load

CASES = load()
OTHERS = {
    Kind.STRING: ["'x'", "''", "'other'", "'main'", "'it''s'", "'SELECT 1'"],
    Kind.UNICODE_STRING: ["U&'other'"],
    Kind.BINARY: ["X'00'"],
    Kind.DOLLAR_STRING: ["$$x$$"],
    Kind.INTEGER: ["1", "2", "3", "99", "1.5", "1e0"],
    Kind.DECIMAL: ["2", "0.1", "1e0"],
    Kind.DOUBLE: ["2", "0.1"],
}


def lineage(case: Case, sql: str) -> LineageResult:
    """The answer but for the message of an error, which may cite a literal, and its place."""
    columns = {".".join(name): [column for column, _ in pairs] for name, pairs in case.tables.items()}
    result = analyze(sql, catalog=case.catalog, schema=case.schema, columns=lambda name: columns.get(str(name)))
    return replace(result, error=replace(result.error, line=0, column=0, message="") if result.error else None)


def with_other_literals(sql: str) -> list[str]:
    """The text with one literal replaced, for every literal and every replacement."""
    tokens = tokenize(sql)
    texts = []
    for i, kind in enumerate(tokens.kinds):
        for other in OTHERS.get(kind, ()):
            replaced = [*tokens.texts[:i], other, *tokens.texts[i + 1 :]]
            texts.append("".join(gap + text for gap, text in zip(tokens.gaps, replaced, strict=True)))
    return texts


@pytest.mark.parametrize("literals", [False, True])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_redaction_keeps_lineage_and_fingerprint(case: Case, literals: bool) -> None:
    redacted = redact(case.sql, literals=literals)
    assert lineage(case, redacted) == lineage(case, case.sql)
    assert fingerprint(redacted) == fingerprint(case.sql)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_literals_that_keep_the_fingerprint_keep_the_lineage(case: Case) -> None:
    expected, own = lineage(case, case.sql), fingerprint(case.sql)
    for sql in with_other_literals(case.sql):
        assert fingerprint(sql) != own or lineage(case, sql) == expected, sql


def test_equal_fingerprints_of_different_cases_mean_equal_lineage() -> None:
    seen: dict[tuple[object, ...], tuple[Case, LineageResult]] = {}
    for case in CASES:
        key = (fingerprint(case.sql), case.catalog, case.schema, str(case.tables))
        answer = lineage(case, case.sql)
        _, other = seen.setdefault(key, (case, answer))
        assert answer == other, case
