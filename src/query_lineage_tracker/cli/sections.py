"""Several tables at once to standard output, for people and for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

from query_lineage_tracker.cli.output import Output, print_object, print_rows, print_text

_LONGEST_TEXT = 200

Rows = Sequence[Mapping[str, Any]]


def print_sections(sections: Mapping[str, Rows], output: Output) -> None:
    """Print named tables: one under the other, as one JSON object, a line a row, or a CSV row a value."""
    if output is Output.JSON:
        print_object({title: list(rows) for title, rows in sections.items()})
    elif output is Output.JSONL:
        for title, rows in sections.items():
            for row in rows:
                print_rows([{"section": title, **row}], ("section", *row), output)
    elif output is Output.CSV:
        print_rows(_values(sections), ("section", "row", "name", "value"), output)
    else:
        _print_tables(sections)


def _values(sections: Mapping[str, Rows]) -> Iterator[Mapping[str, object]]:
    for title, rows in sections.items():
        for number, row in enumerate(rows, 1):
            for name, value in row.items():
                yield {"section": title, "row": number, "name": name, "value": value}


def _print_tables(sections: Mapping[str, Rows]) -> None:
    filled = {title: rows for title, rows in sections.items() if rows}
    for number, (title, rows) in enumerate(filled.items()):
        print_text(("\n" if number else "") + title.replace("_", " ").upper())
        print_rows(map(_short, rows), tuple(rows[0]), Output.TABLE, sys.stdout)


def _short(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: shorten(value, _LONGEST_TEXT) if isinstance(value, str) else value for name, value in row.items()}
