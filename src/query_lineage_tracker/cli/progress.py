"""A progress line on standard error while long work goes on, if that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from query_lineage_tracker.ports.store import Batch, SavedBatch
    from query_lineage_tracker.services.ingest import IngestObserver


@contextmanager
def progress_of(what: str) -> Iterator[IngestObserver | None]:
    """An observer of ingest that shows how many rows are saved; None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield _Rows(lambda rows: shown.advance(task, rows))


class _Rows:
    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance

    def batch_saved(self, batch: Batch, saved: SavedBatch, seconds: float) -> None:
        self._advance(len(batch.executions) + len(batch.rejected))
