"""`qlt demo`: the real job on a recorded real workload, with no configuration."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated, Any

import typer

from query_lineage_tracker.cli.common import run_async
from query_lineage_tracker.cli.progress import progress_of
from query_lineage_tracker.cli.run import Job, opened_job, sync_all
from query_lineage_tracker.cli.serve import serve_page

if TYPE_CHECKING:
    from query_lineage_tracker.config import Configuration
    from query_lineage_tracker.ports.store import SavedBatch

_CLUSTER = "demo"
_PASSED_ON = ("QLT_DATA_DIR", "QLT_PG_BIN_DIR", "QLT_LOG_LEVEL", "QLT_PAGE_ADDRESS")
_MOST_REASONS = 6
_NEXT = """
Try next:
  .venv/bin/qlt queries list --state FAILED    what failed, and why
  .venv/bin/qlt lineage up core.orders.total   what feeds a column; qlt impact TABLE: what depends on a table
  .venv/bin/qlt demo --serve                   the page, at http://{page}
  .venv/bin/qlt status                         watermark, lag, gaps, outbox
  less {sink_file}

On your own cluster: cp .env.prod.example .env.prod, fill it in, then
  APP_ENV=prod .venv/bin/qlt doctor
  APP_ENV=prod .venv/bin/python main.py"""


def demo(
    serve: Annotated[
        bool | None,
        typer.Option("--serve/--no-serve", help="Serve the page afterwards; unless told, if this is a terminal."),
    ] = None,
) -> None:
    """Run the real job on a recorded workload: an embedded PostgreSQL, lineage, a file as the catalog, the page."""
    wanted = sys.stdout.isatty() if serve is None else serve
    run_async(lambda stop: _demo(stop, serve=wanted))


async def _demo(stop: asyncio.Event, *, serve: bool) -> int:
    configuration = _configuration()
    code = await _work(configuration, stop)
    if serve and not stop.is_set():
        await _show(configuration, stop)
    return code


async def _show(configuration: Configuration, stop: asyncio.Event) -> None:
    from query_lineage_tracker.web.files import HOW_TO_BUILD, page_is_built

    address = f"http://{configuration.page.address}"
    page = f"The page is at {address}/" if page_is_built() else f"The page is not built. {HOW_TO_BUILD}"
    typer.echo(f"\n{page}\nThe API is at {address}/api/v1/. Ctrl-C ends both.")
    await serve_page(configuration, stop)


async def _work(configuration: Configuration, stop: asyncio.Event) -> int:
    started = time.perf_counter()
    recording = resources.files("query_lineage_tracker") / "demo" / "recording.jsonl"
    with resources.as_file(recording) as path:
        async with opened_job(configuration) as job:
            saved = await _ingest(job, path, stop)
            code = await sync_all(job, stop)
            if not stop.is_set():
                await _tell(job, saved, time.perf_counter() - started)
    return code


def _configuration() -> Configuration:
    """The defaults of development, whatever the settings of the user's own clusters are."""
    from query_lineage_tracker.config import load

    data_dir = Path.cwd() / ".qlt"
    defaults = {"QLT_LOG_LEVEL": "error", "QLT_DATA_DIR": str(data_dir)}
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    flags = {"TRINO_CLUSTER": _CLUSTER, "OMD_KIND": "file"}
    # No settings are read from there: the env files and qlt.toml stand beside it, not in it.
    return load("dev", flags, defaults | passed_on, cwd=data_dir)


async def _ingest(job: Job, recording: Path, stop: asyncio.Event) -> SavedBatch:
    from query_lineage_tracker import bootstrap
    from query_lineage_tracker.services.live import UntilStopped

    cluster = job.parts.configuration.cluster()
    source = UntilStopped(await bootstrap.recorded_until_now(job.parts, cluster, recording), stop)
    with progress_of("reading the recorded workload") as progress:
        ingest = bootstrap.ingest_of(job.parts, job.analyzer, cluster, progress)
        return await bootstrap.follower_of(job.parts, cluster).once(lambda lease: ingest.run_pass(source, lease))


async def _tell(job: Job, saved: SavedBatch, seconds: float) -> None:
    reads, configuration = job.parts.reads, job.parts.configuration
    totals = await reads.totals()
    if not any(saved.counts()):
        typer.echo("Nothing changed: this workload was ingested before, and ingesting it again adds nothing.")
    typer.echo(
        f"{totals['queries']} queries, {totals['failed']} of them failed; {totals['statements']} distinct statements\n"
        f"{totals['objects']} tables and views, {totals['edges']} edges, {totals['column_edges']} column edges"
    )
    typer.echo("\nFailures by reason")
    _tell_reasons(await reads.failures())
    typer.echo(f"\nStatements that {job.analyzer.version} could not analyze, with the reason")
    _tell_reasons(await reads.not_parsed())
    typer.echo(f"\nDone in {seconds:.1f} s. The history is in {configuration.postgres.data_dir}.")
    typer.echo(_NEXT.format(sink_file=configuration.omd.sink_file, page=configuration.page.address))


def _tell_reasons(rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows[:_MOST_REASONS]:
        typer.echo(f"  {row['count']:>5}  {shorten(str(row['reason']), 100)}")
    if len(rows) > _MOST_REASONS:
        typer.echo(f"         and {len(rows) - _MOST_REASONS} more reasons")
    if not rows:
        typer.echo("         none")
