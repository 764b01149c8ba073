"""`qlt analyze`: the lineage of SQL, for people and for scripts; no database, no configuration."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from enum import Enum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from query_lineage_tracker.cli.output import print_object, print_text, readers_may_leave
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.passed_text import PassThrough
    from query_lineage_tracker.lineage.result import LineageResult, ObjectName

    Columns = Mapping[ObjectName, list[str]]


class AnswerForm(str, Enum):
    """How answers are printed."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    MERMAID = "mermaid"
    DOT = "dot"
    OPENLINEAGE = "openlineage"


class InputForm(str, Enum):
    """What is read: SQL with semicolons between statements, or one JSON object a line."""

    SQL = "sql"
    JSONL = "jsonl"


class Session(NamedTuple):
    """What names are resolved in, and the columns that are known."""

    catalog: str | None
    schema: str | None
    columns: Columns
    pass_through: PassThrough | None


class Analyzed(NamedTuple):
    """A statement with its answer; `script` is the text that a problem's line and column count in."""

    sql: str
    result: LineageResult
    script: str
    origin: str
    number: int


def analyze(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Files of SQL; - is standard input.")
    ] = None,
    sql: Annotated[str | None, typer.Option("--execute", "-e", metavar="SQL", help="The SQL itself.")] = None,
    catalog: Annotated[str | None, typer.Option(help="The session's catalog.")] = None,
    schema: Annotated[str | None, typer.Option(help="The session's schema.")] = None,
    columns: Annotated[
        Path | None,
        typer.Option(help="Known columns, tab-separated: catalog, schema, table, column, type.", metavar="FILE"),
    ] = None,
    dialects: Annotated[
        str,
        typer.Option(
            "--pass-through",
            envvar="QLT_PASS_THROUGH_DIALECTS",
            metavar="CATALOG=DIALECT,...",
            help="The dialects of texts that system.query passes on to catalogs, such as pg=postgres.",
        ),
    ] = "",
    read: Annotated[InputForm, typer.Option("--input", help="What is read.")] = InputForm.SQL,
    output: Annotated[AnswerForm, typer.Option("--output", "-o", help="How to print.")] = AnswerForm.TEXT,
) -> None:
    """Tell the lineage of SQL: the tables and columns that each statement reads and writes. Nothing is executed.

    Several statements are separated by semicolons, and USE and CREATE count for those after them. With `--input jsonl`
    each line is one object `{"sql": ..., "catalog": ..., "schema": ...}` on its own, and gets its answer in its place.
    """
    if sql is not None and files:
        raise UsageError("SQL is given twice", hint="Give either files or -e SQL.")
    known = {} if columns is None else _known_columns(columns)
    session = Session(catalog, schema, known, _pass_through(dialects) if dialects else None)
    statements = _statements(sql, files or [Path("-")], session, read)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    with readers_may_leave():
        wrong = _print(statements, output)
    # Of the filter, an answer about an error is an answer like any other.
    raise typer.Exit(int(wrong and read is InputForm.SQL))


def _pass_through(dialects: str) -> PassThrough | None:
    from query_lineage_tracker.bootstrap import pass_through_by
    from query_lineage_tracker.config.kinds import DIALECTS

    try:
        return pass_through_by(DIALECTS.parse(dialects))
    except ValueError as problem:
        raise UsageError(f"--pass-through {dialects!r}: expected {DIALECTS.expected}") from problem


def _statements(sql: str | None, files: list[Path], session: Session, read: InputForm) -> Iterator[Analyzed]:
    if read is InputForm.JSONL:
        lines = sql.splitlines() if sql is not None else (line for file in files for line in _lines(file))
        return (_analyzed_line(line, number, session) for number, line in enumerate(lines, 1))
    texts = (
        [("", sql)] if sql is not None else [("" if file == Path("-") else str(file), _text(file)) for file in files]
    )
    return (one for origin, text in texts for one in _analyzed_script(text, origin, session))


def _analyzed_script(script: str, origin: str, session: Session) -> Iterator[Analyzed]:
    from query_lineage_tracker.lineage.script import analyze_script

    found = analyze_script(script, **session._asdict())
    for number, (piece, result) in enumerate(found, 1):
        yield Analyzed(piece.sql, result, script, origin, number)


def _analyzed_line(line: str, number: int, session: Session) -> Analyzed:
    """The answer about one line, whatever stands there."""
    from query_lineage_tracker.lineage import analyze as lineage_of

    try:
        given = json.loads(line)
        sql, catalog, schema = given["sql"], given.get("catalog"), given.get("schema")
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return _not_analyzed(line, number, 'not a JSON object with "sql"')
    if not isinstance(sql, str) or not all(isinstance(name, str | None) for name in (catalog, schema)):
        return _not_analyzed(line, number, '"sql", "catalog" and "schema" are texts')
    try:
        result = lineage_of(
            sql,
            catalog=catalog or session.catalog,
            schema=schema or session.schema,
            columns=session.columns,
            pass_through=session.pass_through,
        )
    except Exception as defect:
        return _not_analyzed(sql, number, f"analyzer defect: {type(defect).__name__}: {defect}"[:200])
    return Analyzed(sql, result, sql, f"line {number}", number)


def _not_analyzed(sql: str, number: int, why: str) -> Analyzed:
    from query_lineage_tracker.lineage.result import Coverage, Effect, LineageResult, StatementKind, SyntaxProblem

    problem = SyntaxProblem(0, 0, why)
    result = LineageResult(StatementKind.UNKNOWN, Effect.NONE, coverage=Coverage.NONE, error=problem)
    return Analyzed(sql, result, sql, f"line {number}", number)


def _print(statements: Iterable[Analyzed], output: AnswerForm) -> bool:
    """Print all answers; whether any of the statements has an error."""
    wrong = False

    def watched() -> Iterator[Analyzed]:
        nonlocal wrong
        for one in statements:
            wrong = wrong or one.result.error is not None
            yield one

    _PRINTERS[output](watched())
    return wrong


def _print_text(statements: Iterable[Analyzed]) -> None:
    from query_lineage_tracker.lineage.render import as_text

    for place, one in enumerate(statements):
        text = as_text(one.result, one.script)
        prefix = f"{one.origin}:" if one.origin and one.result.error is not None else ""
        print_text(("\n" if place else "") + prefix + text)


def _print_json(statements: Iterable[Analyzed]) -> None:
    print_object({"statements": [_answer(one) for one in statements]})


def _print_lines(statements: Iterable[Analyzed]) -> None:
    """Each answer at once: who asks line by line waits for it."""
    for one in statements:
        print(json.dumps(_answer(one)), flush=True)


def _print_mermaid(statements: Iterable[Analyzed]) -> None:
    from query_lineage_tracker.lineage.render import as_mermaid

    print_text(as_mermaid([one.result for one in statements]))


def _print_dot(statements: Iterable[Analyzed]) -> None:
    from query_lineage_tracker.lineage.render import as_dot

    print_text(as_dot([one.result for one in statements]))


def _print_openlineage(statements: Iterable[Analyzed]) -> None:
    from query_lineage_tracker.lineage.render import as_openlineage

    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    for one in statements:
        if one.result.error is None:
            job = f"{Path(one.origin).stem or 'qlt-analyze'}.{one.number}"
            print_text(json.dumps(as_openlineage(one.result, one.sql, job=job, event_time=now)))


_PRINTERS: dict[AnswerForm, Callable[[Iterable[Analyzed]], None]] = {
    AnswerForm.TEXT: _print_text,
    AnswerForm.JSON: _print_json,
    AnswerForm.JSONL: _print_lines,
    AnswerForm.MERMAID: _print_mermaid,
    AnswerForm.DOT: _print_dot,
    AnswerForm.OPENLINEAGE: _print_openlineage,
}


def _answer(one: Analyzed) -> dict[str, Any]:
    from query_lineage_tracker.lineage.answer import answer
    from query_lineage_tracker.lineage.fingerprint import fingerprint

    return answer(one.result, fingerprint(one.sql))


def _text(file: Path) -> str:
    try:
        content = sys.stdin.buffer.read() if file == Path("-") else file.read_bytes()
    except OSError as problem:
        raise UsageError(f"{file} cannot be read: {problem.strerror}") from problem
    return content.decode("utf-8-sig", "replace")


def _lines(file: Path) -> Iterator[str]:
    """Lines one by one, so that a filter answers before its input ends."""
    try:
        stream = sys.stdin.buffer if file == Path("-") else file.open("rb")
    except OSError as problem:
        raise UsageError(f"{file} cannot be read: {problem.strerror}") from problem
    with stream:
        for line in stream:
            yield line.decode("utf-8", "replace")


def _known_columns(file: Path) -> Columns:
    """Columns by object, in the order of the file, in lower case; the type is not needed."""
    from query_lineage_tracker.lineage.result import ObjectName

    found: dict[ObjectName, list[str]] = {}
    for number, line in enumerate(_text(file).splitlines(), 1):
        parts = line.lower().split("\t")
        if len(parts) >= 4:
            found.setdefault(ObjectName(*parts[:3]), []).append(parts[3])
        elif line.strip():
            raise UsageError(
                f"{file}:{number}: {len(parts)} columns, expected catalog, schema, table, column and type",
                hint="They are separated by tabs.",
            )
    return found
