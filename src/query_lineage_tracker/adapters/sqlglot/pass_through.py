"""Texts in the dialects of other databases, put into Trino's SQL by sqlglot, an extra.

Our own analyzer follows the columns of what comes out. What Trino's SQL cannot say keeps its tables.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.lineage.passed_text import PassedText
from query_lineage_tracker.lineage.tokens import Kind, tokenize

if TYPE_CHECKING:
    from sqlglot import exp

_LONGEST_TEXT = 100_000
_DEEPEST_NESTING = 100
_LONGEST_PROBLEM = 200
_ONE_DATABASE = frozenset({"postgres", "materialize", "risingwave"})
"""Where a name of three parts can only begin with the database that the catalog is."""
_MADE_UP = frozenset({"rownum", "rowid", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
_OF_TABLES = frozenset({"this", "db", "catalog", "alias", "joins", "laterals", "hints", "sample", "pivots"})
_PLAIN_NAME = re.compile(r"[\w $-]+")
_TEXTS = frozenset({Kind.STRING, Kind.UNICODE_STRING, Kind.BINARY, Kind.DOLLAR_STRING})


class _Unread(Exception):
    """A text that is not read, and why."""


def installed() -> bool:
    """Whether the extra is there."""
    return find_spec("sqlglot") is not None


class SqlglotPassThrough:
    """`lineage.PassThrough` by pairs of a catalog pattern (`*` and `?`) and sqlglot's name of a dialect.

    The first match counts. An unknown dialect is a ConfigurationError.
    """

    def __init__(self, dialects: Sequence[tuple[str, str]]) -> None:
        from sqlglot.dialects.dialect import Dialect

        logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it logs texts, and all it warns of is refused here
        for _, dialect in dialects:
            try:
                Dialect.get_or_raise(dialect)
            except ValueError as problem:
                hint = "sqlglot knows postgres, mysql, tsql, oracle, snowflake, bigquery, redshift and more"
                raise ConfigurationError(f"QLT_PASS_THROUGH_DIALECTS: no dialect {dialect!r}", hint=hint) from problem
        self._dialects = tuple((pattern.lower(), dialect.lower()) for pattern, dialect in dialects)

    @property
    def version(self) -> str:
        named = ",".join(f"{pattern}={dialect}" for pattern, dialect in self._dialects)
        return f"sqlglot {version('sqlglot')} {named}"

    def read(self, catalog: str, text: str) -> PassedText | None:
        dialect = next((dialect for pattern, dialect in self._dialects if fnmatchcase(catalog, pattern)), None)
        return None if dialect is None else _read(text, dialect)


@lru_cache(maxsize=64)  # a text is asked for again when the columns of its tables are known
def _read(text: str, dialect: str) -> PassedText:
    try:
        query = _query(text, dialect)
        tables, complete = _tables(query)
    except Exception as problem:  # whatever is wrong in there, it is this text alone
        return PassedText(problem=_told(problem))
    try:
        return PassedText(_in_trino_sql(query), tables, complete)
    except Exception as problem:
        return PassedText("", tables, complete, _told(problem))


def _query(text: str, dialect: str) -> exp.Expr:
    if len(text) > _LONGEST_TEXT:
        raise _Unread(f"it is longer than {_LONGEST_TEXT:,} characters")
    if _nesting(text) > _DEEPEST_NESTING:
        raise _Unread(f"it is nested deeper than {_DEEPEST_NESTING}")
    if not _same_literals(text, dialect):
        raise _Unread("its literals or comments are not written as in Trino's SQL")
    query = _parsed(text, dialect)
    _check_names(query, dialect)
    return query


def _told(problem: Exception) -> str:
    """What is wrong with a text, without citing it: reasons are shown where texts are not."""
    from sqlglot.errors import ParseError, TokenError, UnsupportedError

    if isinstance(problem, _Unread | UnsupportedError):
        return str(problem)[:_LONGEST_PROBLEM]
    if isinstance(problem, ParseError) and problem.errors:
        first = problem.errors[0]
        return f"{first['description']} at {first['line']}:{first['col']}"[:_LONGEST_PROBLEM]
    if isinstance(problem, RecursionError):
        return "it is nested too deeply"
    return "a literal does not end" if isinstance(problem, TokenError) else f"sqlglot: {type(problem).__name__}"


def _nesting(text: str) -> int:
    """At most how deep brackets nest; those in literals count too."""
    depth = deepest = 0
    for bracket in re.findall(r"[()\[\]{}]|\bcase\b|\bend\b", text, re.IGNORECASE):
        depth = depth + 1 if bracket.lower() in ("(", "[", "{", "case") else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _same_literals(text: str, dialect: str) -> bool:
    """Whether both languages see the same literals and comments in it.

    Fingerprints generalise what Trino's SQL takes for a literal and drop what it takes for a comment. If more than that
    is one here (or less), texts of one fingerprint could read different tables.
    """
    from sqlglot.dialects.dialect import Dialect

    theirs = Dialect.get_or_raise(dialect).tokenize(text)
    ends = {token.end + 1 for token in theirs if token.token_type.name.endswith("STRING")}
    tokens = tokenize(text)
    ours = [
        (kind, start, start + len(its))
        for kind, start, its in zip(tokens.kinds, tokens.offsets(), tokens.texts, strict=True)
        if its
    ]
    in_ours, in_theirs = bytearray(len(text) + 1), bytearray(len(text) + 1)
    for _, start, end in ours:
        in_ours[start:end] = b"\1" * (end - start)
    for token in theirs:
        in_theirs[token.start : token.end + 1] = b"\1" * (token.end + 1 - token.start)
    return (
        all(end in ends for kind, _, end in ours if kind in _TEXTS)
        and all(any(in_theirs[start:end]) for _, start, end in ours)
        and all(any(in_ours[token.start : token.end + 1]) for token in theirs)
    )


def _parsed(text: str, dialect: str) -> exp.Expr:
    from sqlglot import exp, parse
    from sqlglot.errors import ErrorLevel

    statements = [one for one in parse(text, read=dialect, error_level=ErrorLevel.RAISE) if one is not None]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query | exp.Values):
        raise _Unread("it is not one query")
    query = statements[0]
    if query.find(exp.DML, exp.Into, exp.Command):
        raise _Unread("it does more than read")
    return query


def _check_names(query: exp.Expr, dialect: str) -> None:
    """Refuse names that mean more than a stored table of this catalog; drop what can only be the catalog."""
    from sqlglot import exp

    for table in query.find_all(exp.Table):
        if isinstance(table.this, exp.Func):
            continue
        plain = all(isinstance(part, exp.Identifier) and _PLAIN_NAME.fullmatch(part.name) for part in table.parts)
        if not plain or (table.catalog and not table.db):
            raise _Unread("it names tables in a way of its own")
        if dialect in _ONE_DATABASE:
            table.set("catalog", None)


def _in_trino_sql(query: exp.Expr) -> str:
    from sqlglot import exp
    from sqlglot.errors import ErrorLevel

    if any(its and key not in _OF_TABLES for table in query.find_all(exp.Table) for key, its in table.args.items()):
        raise _Unread("it reads parts of tables in a way of its own")
    rows = {table.alias_or_name.lower() for table in query.find_all(exp.Table, exp.Subquery)}
    for column in query.find_all(exp.Column):
        name = column.name.lower()
        if name in _MADE_UP or isinstance(column, exp.Pseudocolumn):
            raise _Unread(f"{name} is a column that the database makes up")
        if not column.table and name in rows:
            raise _Unread(f"{name} may be a column or a whole row")
    if _invents_names(query):
        raise _Unread("a column of its result has no name")
    return query.sql("trino", unsupported_level=ErrorLevel.RAISE)


def _invents_names(query: exp.Expr) -> bool:
    """Whether a form that Trino's SQL does not have is put around columns without a name, which get one then."""
    from sqlglot import exp

    around = query.find(exp.Qualify) or any(distinct.args.get("on") for distinct in query.find_all(exp.Distinct))
    return bool(around) and any(not one.output_name for select in query.find_all(exp.Select) for one in select.selects)


def _tables(query: exp.Expr) -> tuple[tuple[tuple[str, ...], ...], bool]:
    """The stored tables that a query reads, and whether there is no function that could read others."""
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    found = {id(one): one for scope in traverse_scope(query) for one in scope.sources.values()}.values()
    tables = [one for one in found if isinstance(one, exp.Table)]
    names = [tuple(part.name.lower() for part in one.parts) for one in tables if not isinstance(one.this, exp.Func)]
    functions = query.find_all(exp.Anonymous)
    return tuple(dict.fromkeys(names)), not any(isinstance(one.parent, exp.Table | exp.Lateral) for one in functions)
