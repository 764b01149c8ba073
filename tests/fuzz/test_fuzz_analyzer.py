"""The short form of the fuzz run; the long one is `python -m tests.fuzz.fuzz_analyzer --count 1000000`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.fuzz_analyzer import check, check_redaction, run
from tests.fuzz.mutants import ODDITIES, seeds

WORDS = [
    "select",
    "from",
    "where",
    "with",
    "u",
    "a",
    "as",
    "(",
    ")",
    ",",
    ".",
    "*",
    "'x'",
    "1",
    "over",
    "values",
    "insert into t",
]


@pytest.mark.parametrize("seed", range(4))
def test_mutated_statements_get_an_answer(seed: int) -> None:
    findings = run(seeds(200), seed, 1_000)
    assert not findings.failures
    assert sum(findings.coverages.values()) == 1_000
    assert findings.coverages["COLUMN"] > 50, "too few mutants stay right for the run to mean much"
    assert findings.coverages["NONE"] > 50, "too few mutants are wrong for the run to mean much"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, *ODDITIES]), max_size=40).map(" ".join))
def test_heaps_of_words_get_an_answer(sql: str) -> None:
    assert check(sql, {}) in {"COLUMN", "TABLE", "NONE"}
    check_redaction(sql)


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text_gets_an_answer(sql: str) -> None:
    assert check(sql, {}) in {"COLUMN", "TABLE", "NONE"}
    check_redaction(sql)
