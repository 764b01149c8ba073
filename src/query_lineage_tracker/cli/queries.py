"""`qlt queries`: the query history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, run_reads
from query_lineage_tracker.cli.output import Output, print_rows, print_text
from query_lineage_tracker.cli.sections import Rows, print_sections
from query_lineage_tracker.cli.times import SinceOption, UntilOption
from query_lineage_tracker.domain.filters import QueryFilter
from query_lineage_tracker.domain.history import State
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Reads

app = typer.Typer(name="queries", help="The query history.", no_args_is_help=True)

_COLUMNS = (
    "cluster",
    "query_id",
    "created",
    "user",
    "source",
    "state",
    "capture",
    "error_code",
    "elapsed_ms",
    "kind",
    "text",
)
_FOR_PEOPLE = ("cluster", "query_id", "user", "source", "state", "error_code", "elapsed_ms", "text")
_WIDTH_WITHOUT_TEXT = 90
_SHORTEST_TEXT = 20
_TEXTS = {
    "text": "TEXT",
    "prepared_text": "PREPARED TEXT",
    "prepared_guess": "PREPARED TEXT (A GUESS: THE LAST PREPARE OF THAT NAME)",
}

ClusterOption = Annotated[str | None, typer.Option("--cluster", help="Only of this cluster.")]


@app.callback()
def queries() -> None:
    """The query history."""


@app.command("list")
def list_queries(
    cluster: ClusterOption = None,
    user: Annotated[str | None, typer.Option("--user", help="Only of this user.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="Only of this client program.")] = None,
    state: Annotated[State | None, typer.Option("--state", case_sensitive=False, help="Only in this state.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="Only with this in the SQL, in any case.")] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="Only what uses this table: name, schema.name or catalog.schema.name.")
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows.")] = 50,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List executed queries, the newest first."""
    wanted = QueryFilter(cluster, user, source, state and state.value, text, table, since, until)

    async def show_list(reads: Reads) -> None:
        rows = await reads.queries(wanted, limit)
        if output is Output.TABLE:
            print_rows(map(short, rows), columns_for_people(rows))
        else:
            print_rows(rows, _COLUMNS, output)

    run_reads(env, show_list)


@app.command()
def show(
    query_id: Annotated[str, typer.Argument(help="Trino's id of the query.")],
    cluster: ClusterOption = None,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show one query: text, session, times, what it uses and makes, and how each is known."""

    async def show_query(reads: Reads) -> None:
        query = _only(await reads.query(query_id, cluster), query_id)
        lineage = await reads.lineage_of_statement(query["statement_id"])
        if output is Output.TABLE:
            print_sections({"query": list(_facts(query)), **lineage}, output)
            _print_texts(query)
        else:
            print_sections({"query": [query], **lineage}, output)

    run_reads(env, show_query)


def _only(found: Rows, query_id: str) -> Mapping[str, Any]:
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"there is no query {query_id} in the history", hint="`qlt queries list` shows what there is.")
    clusters = ", ".join(str(row["cluster"]) for row in found)
    raise UsageError(f"several clusters ran a query {query_id}: {clusters}", hint="Choose one with --cluster NAME.")


def columns_for_people(rows: Rows) -> Sequence[str]:
    """Fewer, because a line has to fit: the id begins with the time, and the cluster is mostly the same."""
    several = len({row["cluster"] for row in rows}) > 1
    return _FOR_PEOPLE if several else _FOR_PEOPLE[1:]


def short(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row with a beginning of its text, on one line."""
    width = max(_SHORTEST_TEXT, get_terminal_size((150, 0)).columns - _WIDTH_WITHOUT_TEXT)
    text = " ".join((row["text"] or "")[: 4 * width].split())
    return {**row, "text": text if len(text) <= width else text[: width - 1] + "…"}


def _facts(query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What is known of the query, one fact a row."""
    for name, value in query.items():
        if value is not None and name not in _TEXTS:
            yield {"fact": name, "value": value}


def _print_texts(query: Mapping[str, Any]) -> None:
    """The texts as they are, but for what could steer a terminal."""
    for name, heading in _TEXTS.items():
        if query[name] is not None:
            safe = (
                char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in query[name]
            )
            print_text(f"\n{heading}\n{''.join(safe)}")
