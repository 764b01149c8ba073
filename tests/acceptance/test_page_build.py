"""`python page/build.py`: builds when something is newer than what was built, and says why where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "page/build.py"
NPM = """#!/bin/sh
echo "$1" >> "$BUILDS"
[ "$1" = run ] || exit 0
mkdir -p ../src/query_lineage_tracker/web/static && touch ../src/query_lineage_tracker/web/static/index.html
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a page of one file."""
    for folder in ("page/src", "page/public", "docs/reference", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(SCRIPT, tmp_path / "page")
    for source in ("page/src/main.tsx", "page/package.json", "docs/reference/openapi.json"):
        (tmp_path / source).write_text("")
    return tmp_path


def program(checkout: Path, name: str, text: str) -> None:
    path = checkout / "bin" / name
    path.write_text(text)
    path.chmod(0o755)


def build(checkout: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{checkout / 'bin'}:/bin", "BUILDS": str(checkout / "builds"), "PIP_NO_INDEX": "1"}
    command = [sys.executable, str(checkout / "page/build.py"), *options]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


def builds(checkout: Path) -> list[str]:
    return (checkout / "builds").read_text().split()


def test_the_page_is_built_again_only_when_a_source_is_newer(checkout: Path) -> None:
    program(checkout, "node", "#!/bin/sh\necho v22.1.0\n")
    program(checkout, "npm", NPM)
    assert build(checkout).returncode == 0
    assert build(checkout).returncode == 0
    assert builds(checkout) == ["ci", "run"]
    later = time.time() + 60
    os.utime(checkout / "page/src/main.tsx", (later, later))
    assert build(checkout).returncode == 0
    assert builds(checkout) == ["ci", "run", "ci", "run"]


def test_what_the_build_says_is_told_when_it_fails(checkout: Path) -> None:
    program(checkout, "node", "#!/bin/sh\necho v22.1.0\n")
    program(checkout, "npm", "#!/bin/sh\necho no such registry\nexit 1\n")
    ended = build(checkout)
    assert ended.returncode == 1 and "`npm ci --no-fund` failed" in ended.stderr and "no such registry" in ended.stderr


@pytest.mark.parametrize("version", [None, "v18.20.0"])
def test_who_only_wants_to_run_may_do_without(checkout: Path, version: str | None) -> None:
    if version:
        program(checkout, "node", f"#!/bin/sh\necho {version}\n")
        program(checkout, "npm", NPM)
    ended = build(checkout, "--if-possible")
    assert ended.returncode == 0 and "The page is not built: " in ended.stderr
    assert build(checkout).returncode == 1
    assert not (checkout / "builds").exists()
