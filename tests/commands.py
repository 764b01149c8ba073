"""The command line as people run it: a process, its output, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

QLT = Path(sys.executable).with_name("qlt")
OURS = ("APP_ENV", "BATCH_SIZE", "LINEAGE_", "OMD_", "PG", "POLL_", "POSTGRES_", "QLT_", "TRINO_")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    def rows(self) -> list[dict[str, Any]]:
        """What `--output jsonl` printed."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class CommandLine:
    """`qlt` in a folder, with the variables of its settings and nobody else's."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def having(self, **variables: str) -> CommandLine:
        """The same with more variables."""
        return replace(self, variables={**self.variables, **variables})

    def __call__(self, *arguments: str | Path, stdin: bytes | None = None, **variables: str) -> Ended:
        """Run to the end."""
        process = self.start(*arguments, **variables)
        try:
            out, err = process.communicate(stdin, timeout=120)
        finally:
            process.kill()
        return Ended(process.returncode, out.decode(), err.decode())

    def start(self, *arguments: str | Path, **variables: str) -> subprocess.Popen[bytes]:
        """A process that runs; whoever asked for it ends it."""
        # Compiled modules are kept, as anybody's are: else every command compiles them all again.
        others = (*OURS, "PYTHONDONTWRITEBYTECODE")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        return subprocess.Popen(
            [QLT, *arguments],
            cwd=self.folder,
            # Which days are over depends on today.
            env={**clean, "QLT_OMD_USAGE": "false", **self.variables, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def recorded(number: int, sql: str = "SELECT 1", **more: object) -> dict[str, object]:
    """A recorded query that ended well, `number` seconds into a day."""
    time = f"{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}"
    return {
        "query_id": f"20261122_{time.replace(':', '')}_{number % 100_000:05}_aaaaa",
        "state": "FINISHED",
        "user": "alice",
        "source": "airflow",
        "query": sql,
        "created": f"2026-11-22T{time}.000Z",
        "end": f"2026-11-22T{time}.500Z",
        "catalog": "lake",
        "schema": "core",
        **more,
    }


def write_lines(path: Path, rows: Iterable[Mapping[str, object] | str]) -> Path:
    """A file of recorded queries; what is text already stands there as it is."""
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("".join(line + "\n" for line in lines))
    return path
