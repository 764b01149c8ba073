"""Scripts: texts that hold several statements with semicolons between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.changes import changed_columns
from query_lineage_tracker.lineage.result import SyntaxProblem
from query_lineage_tracker.lineage.syntax.parser import parse
from query_lineage_tracker.lineage.tokens import line_and_column, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from query_lineage_tracker.lineage.analyze import KnownColumns
    from query_lineage_tracker.lineage.flow.objects import Columns
    from query_lineage_tracker.lineage.passed_text import PassThrough
    from query_lineage_tracker.lineage.result import ColumnChange, LineageResult, ObjectName
    from query_lineage_tracker.lineage.tokens import Tokens

_LONGEST_ROUTINE = 200
"""How many semicolons a statement with a routine may hold."""


class Piece(NamedTuple):
    """A statement of a script and where it begins there, counted from 1."""

    sql: str
    line: int = 1
    column: int = 1

    def in_script(self, problem: SyntaxProblem) -> SyntaxProblem:
        """The place of a problem in the script, from its place in the statement."""
        if not problem.line:
            return problem
        moved = self.column - 1 if problem.line == 1 else 0
        return SyntaxProblem(problem.line + self.line - 1, problem.column + moved, problem.message)


def analyze_script(
    script: str,
    *,
    catalog: str | None = None,
    schema: str | None = None,
    columns: KnownColumns | None = None,
    pass_through: PassThrough | None = None,
) -> Iterator[tuple[Piece, LineageResult]]:
    """The statements of a script with their lineage, as if each of them ran: USE and changes of columns count for
    those after it. Problems are told where they stand in the script."""
    known = _ScriptColumns(columns)
    for piece in split(script):
        result = analyze(piece.sql, catalog=catalog, schema=schema, columns=known, pass_through=pass_through)
        if result.session is not None and result.session.verb == "USE":
            catalog, schema = ((catalog, *result.session.names)[-2:]) if result.session.names else (catalog, schema)
        if result.change is not None:
            known.follow(result.change)
        yield piece, result if result.error is None else replace(result, error=piece.in_script(result.error))


class _ScriptColumns:
    """The columns that are known while a script runs."""

    def __init__(self, columns: KnownColumns | None) -> None:
        self._before = columns.get if isinstance(columns, Mapping) else columns
        self._changed: dict[ObjectName, tuple[str, ...] | None] = {}

    def __call__(self, name: ObjectName) -> Columns | None:
        if name in self._changed or self._before is None:
            return self._changed.get(name)
        return self._before(name)

    def follow(self, change: ColumnChange) -> None:
        like = None if change.like is None else self._names(change.like)
        self._changed[change.object] = changed_columns(change, self._names(change.object), like)

    def _names(self, name: ObjectName) -> tuple[str, ...] | None:
        found = self(name)
        return None if found is None else tuple(found)


def split(script: str) -> list[Piece]:
    """The statements of a script, without their semicolons; what is empty is left out.

    A semicolon in a string, a quoted name or a comment separates nothing, nor does one in the body of a routine.
    """
    tokens = tokenize(script)
    offsets = tokens.offsets()
    pieces = []
    begin = 0
    for end in _ends(tokens, offsets):
        if end > begin:
            start = offsets[begin]
            line, column = line_and_column(script, start)
            pieces.append(Piece(script[start : offsets[end]].rstrip(), line, column))
        begin = end + 1
    return pieces


def _ends(tokens: Tokens, offsets: list[int]) -> Iterator[int]:
    """The tokens at which statements end."""
    semicolons = [place for place, text in enumerate(tokens.texts) if text == ";"]
    semicolons.append(len(tokens.texts) - 1)
    begin = chosen = 0
    while chosen < len(semicolons):
        if "begin" in tokens.words[begin : semicolons[chosen]]:
            chosen = _end_of_routine(tokens.sql, offsets[begin], [offsets[place] for place in semicolons], chosen)
        yield semicolons[chosen]
        begin = semicolons[chosen] + 1
        chosen += 1


def _end_of_routine(script: str, start: int, ends: list[int], first: int) -> int:
    """The first semicolon that leaves the statement whole; the very first one if none does."""
    for chosen in range(first, min(first + _LONGEST_ROUTINE, len(ends))):
        if not isinstance(parse(tokenize(script[start : ends[chosen]])), SyntaxProblem):
            return chosen
    return first
