"""`qlt demo`: the real job on a recorded real workload, with no configuration."""

from __future__ import annotations

import os
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from query_lineage_tracker.cli.common import run_async
from query_lineage_tracker.cli.progress import progress_of
from query_lineage_tracker.cli.run import Job, opened_job, sync_all

if TYPE_CHECKING:
    from query_lineage_tracker.config import Configuration
    from query_lineage_tracker.ports import SavedBatch

_CLUSTER = "demo"
_PASSED_ON = ("QLT_DATA_DIR", "QLT_PG_BIN_DIR", "QLT_LOG_LEVEL")
_NEXT = """
Try next:
  .venv/bin/qlt queries list --state FAILED    what failed, and why
  .venv/bin/qlt queries show {query_id}
  .venv/bin/qlt status                         watermark, lag, gaps, outbox
  less {sink_file}

On your own cluster: cp .env.prod.example .env.prod, fill it in, then
  APP_ENV=prod .venv/bin/qlt doctor
  APP_ENV=prod .venv/bin/python main.py"""


def demo() -> None:
    """Run the real job on a recorded workload: an embedded PostgreSQL, lineage, a file as the catalog."""
    run_async(lambda _stop: _demo())


async def _demo() -> int:
    started = time.perf_counter()
    configuration = _configuration()
    recording = resources.files("query_lineage_tracker") / "demo" / "recording.jsonl"
    with resources.as_file(recording) as path:
        async with opened_job(configuration) as job:
            saved = await _ingest(job, path)
            code = await sync_all(job)
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


async def _ingest(job: Job, recording: Path) -> SavedBatch:
    from query_lineage_tracker import bootstrap

    cluster = job.parts.configuration.cluster()
    source = await bootstrap.recorded_until_now(job.parts, cluster, recording)
    with progress_of("reading the recorded workload") as progress:
        ingest = bootstrap.ingest_of(job.parts, job.analyzer, cluster, progress)
        return await bootstrap.follower_of(job.parts, cluster).once(lambda lease: ingest.run_pass(source, lease))
