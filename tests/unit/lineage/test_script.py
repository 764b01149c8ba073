"""Scripts are split by tokens, and problems are told where they stand in the script."""

from __future__ import annotations

import pytest

from query_lineage_tracker.lineage.result import SyntaxProblem
from query_lineage_tracker.lineage.script import Piece, split

ROUTINE = """CREATE FUNCTION twice(x bigint) RETURNS bigint
BEGIN
  DECLARE y bigint DEFAULT x;
  SET y = y * 2;
  RETURN y;
END"""


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("", []),
        (" ;;\n; ", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' ; SELECT \";\" -- ;\n; SELECT /* ; */ 3", ["SELECT ';'", 'SELECT ";" -- ;', "SELECT /* ; */ 3"]),
        ("SELECT 'open ; SELECT 2", ["SELECT 'open ; SELECT 2"]),
        (f"{ROUTINE};\nSELECT twice(a) FROM u;", [ROUTINE, "SELECT twice(a) FROM u"]),
        ("BEGIN; SELECT 1", ["BEGIN", "SELECT 1"]),
        ("-- only a comment", []),
    ],
)
def test_a_script_is_split_at_semicolons_that_separate(script: str, statements: list[str]) -> None:
    assert [piece.sql for piece in split(script)] == statements


def test_a_piece_knows_where_it_begins() -> None:
    assert split("SELECT 1;\n\n  SELECT 2; SELECT 3") == [
        Piece("SELECT 1", 1, 1),
        Piece("SELECT 2", 3, 3),
        Piece("SELECT 3", 3, 13),
    ]


def test_a_problem_is_moved_into_the_script() -> None:
    piece = Piece("SELECT\n FROM", 3, 5)
    assert piece.in_script(SyntaxProblem(1, 2, "x")) == SyntaxProblem(3, 6, "x")
    assert piece.in_script(SyntaxProblem(2, 2, "x")) == SyntaxProblem(4, 2, "x")
    assert piece.in_script(SyntaxProblem(0, 0, "x")) == SyntaxProblem(0, 0, "x")
