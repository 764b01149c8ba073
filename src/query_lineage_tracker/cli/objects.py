"""`qlt objects`: tables and views that queries used."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, run_insights
from query_lineage_tracker.cli.lineage import NamespaceOption, tell
from query_lineage_tracker.cli.output import Output, print_rows
from query_lineage_tracker.domain.insights.objects import ObjectSearch

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Insights

_COLUMNS = (
    "namespace",
    "object",
    "kind",
    "gone",
    "columns",
    "upstream",
    "downstream",
    "first_seen",
    "last_seen",
)
_FOR_PEOPLE = ("object", "kind", "gone", "columns", "upstream", "downstream", "last_seen")


class ObjectKind(str, Enum):
    """What an object is."""

    TABLE = "TABLE"
    VIEW = "VIEW"
    MATERIALIZED_VIEW = "MATERIALIZED_VIEW"


def objects(
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="Only with this in the name.")] = None,
    kind: Annotated[ObjectKind | None, typer.Option("--kind", case_sensitive=False, help="Only of this kind.")] = None,
    gone: Annotated[bool | None, typer.Option("--gone/--there", help="Only what was dropped, or what was not.")] = None,
    unread_days: Annotated[
        int | None, typer.Option("--unread-days", min=1, max=400, help="Only what was not read for so many days.")
    ] = None,
    namespace: NamespaceOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Most rows.")] = 50,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List tables and views by their names, with how many columns, upstream and downstream tables are known."""

    async def show(insights: Insights) -> None:
        from query_lineage_tracker.services.insights.objects import first_day, search_objects

        wanted = ObjectSearch(
            text=text,
            kind=kind and kind.value,
            namespace=namespace,
            gone=gone,
            unread_since=None if unread_days is None else first_day(unread_days),
        )
        page = await search_objects(insights.objects, wanted, limit=limit)
        rows = [asdict(row) for row in page.rows]
        print_rows(rows, _FOR_PEOPLE if output is Output.TABLE else _COLUMNS, output)
        tell(page.advice or ("There are more: narrow the search, or raise --limit." if page.next else None))

    run_insights(env, show)
