"""`qlt reanalyze`: what the current analyzer and the current columns make of the statements that are stored."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, load_configuration, run_async
from query_lineage_tracker.cli.output import Output, print_rows
from query_lineage_tracker.errors import UsageError

if TYPE_CHECKING:
    from query_lineage_tracker.config import ClusterSettings, Configuration
    from query_lineage_tracker.services.reanalyze import Page, Reanalysis

_SETS = ("sources", "columns_read", "column_edges")
_SUMMARY = ("namespace", "analyzed", "differ", "kind", "coverage", "error", "target", *_SETS)
_DIFFERENCE = ("statement_id", "kind", "coverage", "error", "target", *_SETS)


class _Wish(NamedTuple):
    """What is to be done and shown."""

    everything: bool
    dry_run: bool
    output: Output


def reanalyze(
    everything: Annotated[bool, typer.Option("--all", help="Every statement, not only those that are stale.")] = False,
    stale: Annotated[
        bool, typer.Option("--stale", help="Those of another analyzer version or by other columns; the default.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would differ.")] = False,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="Only the namespace of this one of several clusters.")
    ] = None,
    output: OutputOption = Output.TABLE,
    env: EnvOption = None,
) -> None:
    """Analyze stored statements again from their stored texts, and keep what differs: edges that no statement makes any
    more leave, new ones appear, catalogs are told.

    May be stopped and run again. A table counts what differs; jsonl and csv have a row a statement that differs.
    """
    if everything and stale:
        raise UsageError("--all and --stale exclude each other", hint="--stale is the default.")
    configuration = load_configuration(env)
    clusters = _one_a_namespace((configuration.cluster(cluster),) if cluster else configuration.clusters)

    wish = _Wish(everything, dry_run, output)
    run_async(lambda stop: _reanalyze(configuration, clusters, wish, stop))


async def _reanalyze(
    configuration: Configuration, clusters: Sequence[ClusterSettings], wish: _Wish, stop: asyncio.Event
) -> int:
    from query_lineage_tracker import bootstrap

    async with bootstrap.opened(configuration) as parts, bootstrap.opened_analyzer(configuration) as analyzer:
        found = [(one, bootstrap.reanalysis_of(parts, analyzer, one)) for one in clusters]
        if wish.output is Output.TABLE:
            print_rows([await _summary(one.namespace, reanalysis, wish, stop) for one, reanalysis in found], _SUMMARY)
        elif wish.output is Output.JSONL:
            for _, reanalysis in found:
                async for page in _pages(reanalysis, wish, stop):
                    print_rows(_rows(page), _DIFFERENCE, wish.output)
        else:
            pages = [page for _, reanalysis in found async for page in _pages(reanalysis, wish, stop)]
            print_rows([row for page in pages for row in _rows(page)], _DIFFERENCE, wish.output)
    return int(stop.is_set())


async def _summary(namespace: str, reanalysis: Reanalysis, wish: _Wish, stop: asyncio.Event) -> dict[str, object]:
    """How many statements differ in what, and of sets how much is added and removed."""
    counts: Counter[str] = Counter()
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    async for page in _pages(reanalysis, wish, stop):
        counts.update(analyzed=page.analyzed, differ=len(page.differences))
        for name, differs in ((name, differs) for _, one in page.differences for name, differs in one.items()):
            if isinstance(differs, Mapping):
                added[name] += len(differs["added"])
                removed[name] += len(differs["removed"])
            else:
                counts[name] += 1
    shown = {name: counts[name] for name in _SUMMARY[1:]}
    return {"namespace": namespace, **shown, **{name: f"+{added[name]} -{removed[name]}" for name in _SETS}}


async def _pages(reanalysis: Reanalysis, wish: _Wish, stop: asyncio.Event) -> AsyncIterator[Page]:
    """The pages; people are told how far they are."""
    from query_lineage_tracker.ports.store import Which

    which = Which.ALL if wish.everything else Which.STALE
    async for page in reanalysis.pages(which, dry_run=wish.dry_run, stop=stop):
        if sys.stderr.isatty():
            typer.echo(f"{page.waiting - page.analyzed} statements wait", err=True)
        yield page


def _rows(page: Page) -> list[dict[str, object]]:
    return [{"statement_id": str(key), **differs} for key, differs in page.differences]


def _one_a_namespace(clusters: Sequence[ClusterSettings]) -> list[ClusterSettings]:
    return list({cluster.namespace: cluster for cluster in reversed(clusters)}.values())
