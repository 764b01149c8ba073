from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_lineage_tracker.lineage.tokens import (
    Kind,
    comments,
    identifier_value,
    line_and_column,
    string_literal,
    string_value,
    tokenize,
)

PIECES = st.sampled_from(
    [
        "'",
        "''",
        '"',
        "`",
        "--",
        "/*",
        "*/",
        "\n",
        "\r",
        " ",
        "a",
        "U&",
        "X",
        "x'",
        "1",
        ".",
        "_",
        "e",
        "E+",
        "0x",
        "0b",
        "-",
        ">",
        "=",
        "!",
        "<",
        "|",
        "{",
        "}",
        "\x00",
        "\ud800",
        "é",
        "😀",
        "#",
        ";",
        "?",
        "@",
        "(",
        ")",
        "SELECT",
        "İ",
    ]
)
ANY_TEXT = st.one_of(st.text(), st.lists(PIECES).map("".join))


def kinds_and_texts(sql: str) -> list[tuple[str, str]]:
    tokens = tokenize(sql)
    assert (tokens.kinds[-1], tokens.texts[-1]) == (Kind.END, "")
    return [(kind.name, text) for kind, text in zip(tokens.kinds[:-1], tokens.texts[:-1], strict=True)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((word, "IDENT") for word in ("a", "SELECT", "_a1", "user", "Union", "x", "U", "x1", "u_x")),
        *((word, "DIGIT_IDENT") for word in ("1a", "2024_orders", "1_", "1__0", "0x", "0x1g", "1e", "1e5x", "1_0e5")),
        *((number, "INTEGER") for number in ("0", "123", "1_000", "0x1F", "0XfF_0", "0o17", "0b1_01")),
        *((number, "DECIMAL") for number in ("1.", "1.5", ".5", "1_0.5_0", ".1_2")),
        *((number, "DOUBLE") for number in ("1e5", "1E+5", "1.5e-3", "1.e5", ".5E3")),
        *((string, "STRING") for string in ("''", "'a'", "'it''s'", "''''", "'a\nb'", "'-- x'", "'/* x */'")),
        *((string, "UNICODE_STRING") for string in ("U&'a'", "u&'\\0041''b'")),
        *((string, "BINARY") for string in ("X'AB'", "x''")),
        *((name, "QUOTED") for name in ('"a"', '"a""b"', '"select"', '"a.b"', '"--"')),
        ("`a``b`", "BACKQUOTED"),
        *((mark, "OPERATOR") for mark in "(),.;:?@$^|[]{}+-*/%<>="),
        *((mark, "OPERATOR") for mark in ("->", "=>", "||", "<>", "!=", "<=", ">=", "{-", "-}")),
        *(
            (junk, "ERROR")
            for junk in ("#", "~", "!", "\\", "&", "é", "\x00", "\x0b", "\u00a0", "'a", '"a', "`a", "/* a")
        ),
    ],
)
def test_a_token_has_its_kind(text: str, kind: str) -> None:
    assert kinds_and_texts(text) == [(kind, text)]


@pytest.mark.parametrize(
    ("sql", "texts"),
    [
        ("t1.5", ["t1", ".5"]),
        ("1.a", ["1.", "a"]),
        ("1.5e", ["1.5", "e"]),
        ("1_0.5e3", ["1_0.5", "e3"]),
        ("1e+5abc", ["1e+5", "abc"]),
        ("a.b.c", ["a", ".", "b", ".", "c"]),
        ("X'AB''CD'", ["X'AB'", "'CD'"]),
        ("U&'a' UESCAPE '!'", ["U&'a'", "UESCAPE", "'!'"]),
        ("a<-1", ["a", "<", "-", "1"]),
        ("x->x||y", ["x", "->", "x", "||", "y"]),
        ("ARRAY<ARRAY<bigint>>", ["ARRAY", "<", "ARRAY", "<", "bigint", ">", ">"]),
        (
            "PATTERN (^ A {- B+ -}{2,}? $)",
            ["PATTERN", "(", "^", "A", "{-", "B", "+", "-}", "{", "2", ",", "}", "?", "$", ")"],
        ),
        ("t @ dev", ["t", "@", "dev"]),
        ("'''''", ["''''", "'"]),
        ("a--b", ["a"]),
        ("a/**/b", ["a", "b"]),
        ("/* /* */ a", ["a"]),
        ("a /* b", ["a", "/* b"]),
        ("--x\ra", ["a"]),
        ("##é", ["##é"]),
        ("a!!=b", ["a", "!", "!=", "b"]),
        ("", []),
        (" \n", []),
    ],
)
def test_texts_are_split_as_trino_splits_them(sql: str, texts: list[str]) -> None:
    assert tokenize(sql).texts[:-1] == texts


@given(ANY_TEXT)
def test_layout_and_tokens_together_are_the_text(sql: str) -> None:
    tokens = tokenize(sql)
    assert "".join(gap + text for gap, text in zip(tokens.gaps, tokens.texts, strict=True)) == sql


@given(ANY_TEXT)
def test_every_list_is_as_long_as_the_tokens_and_only_the_last_is_the_end(sql: str) -> None:
    tokens = tokenize(sql)
    lengths = {len(part) for part in (tokens.kinds, tokens.texts, tokens.words, tokens.gaps, tokens.offsets())}
    assert lengths == {len(tokens.texts)}
    assert [kind for kind in tokens.kinds if kind is Kind.END] == [tokens.kinds[-1]]
    assert all(tokens.texts[:-1])


@given(ANY_TEXT)
def test_offsets_point_at_the_tokens(sql: str) -> None:
    tokens = tokenize(sql)
    assert all(sql.startswith(text, offset) for text, offset in zip(tokens.texts, tokens.offsets(), strict=True))


@pytest.mark.parametrize(
    "unit", ["'", "'\"", "/*", "--\n", "-", "/**/", "1", "1_", "1.", "!", "é", "U&'", "x'", "`a", " "]
)
def test_a_megabyte_of_anything_takes_linear_time(unit: str) -> None:
    began = time.process_time()
    tokenize(unit * (1_000_000 // len(unit)) + "'")
    assert time.process_time() - began < 5


def test_comments_are_found_with_their_offsets_and_not_inside_strings() -> None:
    sql = "/* first */ SELECT '-- no' -- mid\r\n, \"/* no */\" --last"
    found = comments(tokenize(sql))
    assert [text for _, text in found] == ["/* first */", "-- mid", "--last"]
    assert all(sql.startswith(text, offset) for offset, text in found)


@pytest.mark.parametrize(
    ("offset", "expected"), [(0, (1, 1)), (1, (1, 2)), (2, (1, 3)), (3, (2, 1)), (4, (3, 1)), (5, (3, 2))]
)
def test_lines_and_columns_count_from_one(offset: int, expected: tuple[int, int]) -> None:
    assert line_and_column("ab\n\nc", offset) == expected


@pytest.mark.parametrize(
    ("text", "name"), [("Orders", "orders"), ('"My ""T"""', 'my "t"'), ("`A``B`", "a`b"), ("2A", "2a"), ('""', "")]
)
def test_identifiers_are_unquoted_and_lower_case(text: str, name: str) -> None:
    assert identifier_value(text) == name


@pytest.mark.parametrize(
    ("text", "escape", "value"),
    [
        ("'it''s'", "\\", "it's"),
        ("U&'d\\0061t\\+000061'", "\\", "data"),
        ("u&'d!0061t!!'", "!", "dat!"),
        ("U&'\\zz \\+FFFFFF \\\\'", "\\", "\\zz \\+FFFFFF \\"),
        ("''", "\\", ""),
    ],
)
def test_string_values_are_unescaped(text: str, escape: str, value: str) -> None:
    assert string_value(text, escape) == value


@given(st.text())
def test_a_string_literal_has_the_value_it_was_made_of(value: str) -> None:
    literal = string_literal(value)
    assert tokenize(literal).texts == [literal, ""]
    assert string_value(literal) == value
