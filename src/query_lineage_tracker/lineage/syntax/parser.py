"""The way into the parser: a text in, its syntax tree or the place of its first error out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from query_lineage_tracker.lineage.result import SyntaxProblem
from query_lineage_tracker.lineage.syntax.cursor import DEPTH_LIMIT, TooDeep, Unparsable
from query_lineage_tracker.lineage.syntax.forms import FORMS
from query_lineage_tracker.lineage.syntax.json_forms import JSON_FORMS
from query_lineage_tracker.lineage.syntax.utilities import Utilities
from query_lineage_tracker.lineage.syntax.words import END, keys_of
from query_lineage_tracker.lineage.tokens import Tokens, line_and_column

if TYPE_CHECKING:
    from collections.abc import Callable

    from query_lineage_tracker.lineage.syntax.statement_tree import Statement


class Parser(Utilities):
    """All parts of the parser together."""

    __slots__ = ()

    forms: ClassVar[dict[str, Callable[[Any], None]]] = {**FORMS, **JSON_FORMS}


def parse(tokens: Tokens) -> Statement | SyntaxProblem:
    """The statement that the tokens make, a semicolon at the end allowed; never raises."""
    try:
        return parse_within(tokens, DEPTH_LIMIT)
    except TooDeep as problem:
        return problem_at(tokens, problem.at, "the statement is nested too deeply")
    except RecursionError:
        return SyntaxProblem(0, 0, "the statement is nested too deeply")


def parse_within(tokens: Tokens, limit: int) -> Statement | SyntaxProblem:
    """As `parse`, with a limit of one's own.

    Raises TooDeep where the nesting takes more frames of the interpreter than `limit`.
    """
    keys = keys_of(tokens)
    keys.extend((END, END, END))  # so that looking ahead needs no check
    parser = Parser(tokens, keys, limit)
    try:
        statement = parser.statement()
        parser.end()
    except Unparsable as problem:
        return problem_at(tokens, problem.at, problem.message)
    return statement


def problem_at(tokens: Tokens, at: int, message: str) -> SyntaxProblem:
    """A problem with the place of a token."""
    offsets = tokens.offsets()
    line, column = line_and_column(tokens.sql, offsets[min(at, len(offsets) - 1)])
    return SyntaxProblem(line, column, message)
