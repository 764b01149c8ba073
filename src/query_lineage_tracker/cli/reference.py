"""The page docs/reference/command-line.md; `python -m query_lineage_tracker.cli.reference` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import typer

from query_lineage_tracker.cli.main import app

_INTRODUCTION = """\
# Command line

<!-- Written by `python -m query_lineage_tracker.cli.reference`; change the commands, not this page. -->

One command, `qlt`. Settings come from the environment, `.env.dev` or `.env.prod`, and `qlt.toml`
([configuration](configuration.md)); `--env` chooses the env file. `python main.py` is `qlt run`.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | work failed or partly failed: an undelivered message, a row still not understood, a pass stopped before its end |
| 2 | the command line or a setting is wrong |
| 3 | a neighbour is unreachable or refuses, or another tracker holds the lease: trying again is sensible |
| 130 | interrupted by Ctrl-C |

`qlt run` without `--once` ends with 0 on SIGTERM, within 25 seconds: the batch in flight is finished or rolled back.

## Output

Data goes to standard output, logs and progress to standard error. `--output` takes

| form | what it is |
|---|---|
| `table` | for people: times in UTC, long texts cut, control characters made visible |
| `json` | one object with `schema_version` and `rows`, or the named sections of `status` and `show` |
| `jsonl` | one row a line; rows of sections carry `section` |
| `csv` | with a header; sections as `section,row,name,value` |

The last three hold texts in full, and times as ISO 8601. A reader that leaves early (`| head`) is no error.
Points in time are ISO 8601 (UTC where they have no zone), a day, or how long ago: `90m`, `2h`, `7d`.
"""


def reference() -> str:
    """The page, in Markdown."""
    root = typer.main.get_command(app)
    context = typer.Context(root, info_name="qlt")
    return "\n".join([_INTRODUCTION, *_lines_of(root, context)])


def _lines_of(command: Any, context: Any) -> Iterator[str]:
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        inner = typer.Context(found, info_name=name, parent=context)
        is_group = hasattr(found, "list_commands")
        if not is_group or found.invoke_without_command:
            yield from _section(found, inner)
        if is_group:
            yield from _lines_of(found, inner)


def _section(command: Any, context: Any) -> Iterator[str]:
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"## `{context.command_path}`\n"
    yield f"{command.help.strip()}\n"
    yield f"    {context.command_path} {pieces}\n"
    records = [parameter.get_help_record(context) or _argument(parameter) for parameter in command.params]
    shown = [record for record in records if record is not None and not record[0].startswith("--help")]
    if shown:
        yield "| option | meaning |"
        yield "|---|---|"
        yield from (f"| `{_cell(name)}` | {_cell(meaning)} |" for name, meaning in shown)
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _argument(parameter: Any) -> tuple[str, str] | None:
    return (parameter.make_metavar(None), parameter.help) if getattr(parameter, "help", None) else None


if __name__ == "__main__":
    sys.stdout.write(reference())
