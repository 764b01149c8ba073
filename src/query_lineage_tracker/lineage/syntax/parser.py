"""The way into the parser: a text in, its syntax tree or the place of its first error out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from query_lineage_tracker.lineage.result import SyntaxProblem
from query_lineage_tracker.lineage.syntax.cursor import Unparsable
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
    keys = keys_of(tokens)
    keys.extend((END, END, END))  # so that looking ahead needs no check
    parser = Parser(tokens, keys)
    try:
        statement = parser.statement()
        parser.end()
    except Unparsable as problem:
        return _problem(tokens, problem.at, problem.message)
    except RecursionError:
        return _problem(tokens, parser.pos, "the statement is nested too deeply to be analyzed")
    return statement


def _problem(tokens: Tokens, at: int, message: str) -> SyntaxProblem:
    offsets = tokens.offsets()
    line, column = line_and_column(tokens.sql, offsets[min(at, len(offsets) - 1)])
    return SyntaxProblem(line, column, message)
