"""What `qlt doctor` asks: one finding a question, each with the way out. The adapters add findings of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from query_lineage_tracker.errors import ConfigurationError, DependencyUnreachable, TrackerError
from query_lineage_tracker.ports.analysis import LineageAnalyzer, StatementText
from query_lineage_tracker.ports.delivery import HousedSink, MetadataSink

_LITTLE_SPACE = 2**30
_NO_SPACE = 100 * 2**20
_EXAMPLE = StatementText("INSERT INTO memory.here.there SELECT name FROM memory.here.place", None, None)


class Verdict(str, Enum):
    """How a question was answered."""

    OK = "OK"
    WARNING = "WARNING"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question; `hint` is the way out. `problem` is the error to leave with, if it failed."""

    name: str
    verdict: Verdict
    detail: str
    hint: str = ""
    problem: TrackerError | None = None


def failed(name: str, problem: TrackerError) -> Finding:
    """The finding that an error is."""
    return Finding(name, Verdict.FAILED, str(problem), problem.hint, problem)


def exit_code(findings: Iterable[Finding]) -> int:
    """0 when nothing failed; 2 where the configuration is wrong, else 3 where a neighbour is unreachable, else 1."""
    codes = {1 if one.problem is None else one.problem.exit_code for one in findings if one.verdict is Verdict.FAILED}
    return next((code for code in (2, 3, 1) if code in codes), 0)


def check_space(directory: Path) -> Finding:
    """Is there room where our own files are?"""
    name = "disk space"
    free = _free(directory)
    detail = f"{free / 2**30:.1f} GiB free for {directory}"
    hint = "Free some space, or set QLT_DATA_DIR to another disk."
    if free < _NO_SPACE:
        return Finding(name, Verdict.FAILED, detail, hint, TrackerError(detail))
    if free < _LITTLE_SPACE:
        return Finding(name, Verdict.WARNING, detail, hint)
    return Finding(name, Verdict.OK, detail)


def _free(directory: Path) -> int:
    """Bytes free there, or where the directory will be."""
    for path in (directory, *directory.parents):
        with suppress(OSError):
            return shutil.disk_usage(path).free
    return 0


async def check_analyzer(analyzer: LineageAnalyzer) -> Finding:
    """Does the analyzer understand a plain statement?"""
    name = "analyzer"
    (result,) = await analyzer.analyze([_EXAMPLE])
    if result.error is None and result.target is not None and result.sources:
        return Finding(name, Verdict.OK, f"{analyzer.version} finds the lineage of an example")
    told = result.error.message if result.error is not None else "it finds no lineage in a plain INSERT"
    hint = "Look at LINEAGE_ANALYZER, QLT_ANALYZER_TIMEOUT and QLT_ANALYZER_MEMORY."
    return failed(name, ConfigurationError(f"{analyzer.version} does not work: {told}", hint=hint))


async def check_sink(sink: MetadataSink, namespaces: Sequence[str] = (), halted: str | None = None) -> Finding:
    """Can anything be delivered to the catalog now? `halted` is why sync holds back what waits for it."""
    name = f"sink {sink.name}"
    reason = await sink.probe()
    if reason is not None:
        hint = f"Look at OMD_KIND, and at the URL and the token of {sink.name} in the settings."
        return failed(name, DependencyUnreachable(reason, hint=hint))
    if halted is not None:
        hint = "Sync tries again by itself, or with `qlt sync`: what was refused may go through by now."
        return Finding(name, Verdict.WARNING, f"answers, but sync is halted: {halted}", hint)
    empty = await sink.empty_services(namespaces) if isinstance(sink, HousedSink) else ()
    if empty:
        hint = "Is that the service of Trino's tables (OMD_SERVICE, OMD_SERVICES)? The catalog has to read them first."
        return Finding(name, Verdict.WARNING, f"lists no databases under the service {', '.join(empty)}", hint)
    return Finding(name, Verdict.OK, "can be delivered to")
