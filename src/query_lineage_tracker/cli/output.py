"""Rows to standard output, for people (table) and for programs (json, jsonl, csv).

The JSON forms are a contract: `json` is one object with `schema_version` and `rows`, `jsonl` one row a line.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from enum import Enum
from typing import TextIO

SCHEMA_VERSION = 1
_NEVER_WRAPPED = 40


class Output(str, Enum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def print_rows(
    rows: Iterable[Mapping[str, object]],
    columns: Sequence[str],
    output: Output = Output.TABLE,
    stream: TextIO | None = None,
) -> None:
    """Print the columns of the rows; a column that a row lacks is empty. jsonl and csv print while rows arrive."""
    with readers_may_leave():
        _print_rows(rows, columns, output, stream or sys.stdout)


def _print_rows(rows: Iterable[Mapping[str, object]], columns: Sequence[str], output: Output, out: TextIO) -> None:
    ordered = ({column: row.get(column) for column in columns} for row in rows)
    if output is Output.JSON:
        print_object({"rows": list(ordered)}, out)
    elif output is Output.JSONL:
        out.writelines(_json(row) + "\n" for row in ordered)
    elif output is Output.CSV:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(value) for value in row.values()] for row in ordered)
    else:
        _print_table([[_visible(_for_people(value)) for value in row.values()] for row in ordered], columns, out)


def print_object(content: Mapping[str, object], stream: TextIO | None = None) -> None:
    """Print one JSON object with its schema version, indented."""
    document = {"schema_version": SCHEMA_VERSION, **content}
    print_text(json.dumps(document, indent=2, default=_text), stream)


def print_text(text: str, stream: TextIO | None = None) -> None:
    """Print the text as it is, and a line end."""
    with readers_may_leave():
        print(text, file=stream or sys.stdout)


@contextmanager
def readers_may_leave() -> Iterator[None]:
    """A reader of standard output who has seen enough (`| head`) is no error: the rest goes nowhere."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _print_table(rows: list[list[str]], columns: Sequence[str], out: TextIO) -> None:
    if out.isatty():
        _print_rich(rows, columns, out)
        return
    widths = [max(map(len, values)) for values in zip(columns, *rows, strict=True)]
    for row in [list(columns), *rows]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip(), file=out)


def _print_rich(rows: list[list[str]], columns: Sequence[str], out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column, *cells in zip(columns, *rows, strict=True):
        # A wrapped id cannot be copied; what is long gives way.
        table.add_column(column, overflow="fold", no_wrap=max(map(len, cells), default=0) <= _NEVER_WRAPPED)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(file=out).print(table)


def _json(row: Mapping[str, object]) -> str:
    return json.dumps(row, default=_text)


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return json.dumps(value, default=str) if isinstance(value, list | tuple | dict) else str(value)


def _for_people(value: object) -> str:
    """Times in UTC without what nobody reads; the other forms have them in full."""
    return f"{value.astimezone(timezone.utc):%Y-%m-%d %H:%M:%SZ}" if isinstance(value, datetime) else _text(value)


def _visible(text: str) -> str:
    """Control characters made visible: query texts come from others and could steer the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
